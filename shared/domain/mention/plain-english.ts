const wordsOf = (list: string) => new Set(list.split(/\s+/));

/** Common in English and in no other language that is written with these letters. */
const english = wordsOf(
  `the and that this these those with have has haven't hasn't you your you're you've they they're their them what from
  just would wouldn't should shouldn't could couldn't about when which there there's were weren't been because people
  who why how than into after never every really don't doesn't didn't can't won't isn't wasn't aren't i'm i've i'll it's
  he's she's that's what's let's we're being our she where while still want wants know think going please again only
  even much nobody anybody somebody everyone anyone someone any other thanks today until through before without
  something nothing anything everything always does doing makes made said says got getting another right very too
  though they'll you'll ain't gonna it'll im dont cant thats`,
);

/** As common in English, and words of others too. */
const shared = wordsOf(
  `a i to of in is it for on at be was we he my me so as by or if no do are an all up out get can will had his her not
  us now new one like love good day time but its more off see go am did over some back know take need way well your
  here make really best great last most work day right look`,
);

/** One of these, and it may be a text of two languages, or of the other alone. */
const foreign = wordsOf(
  `de la el los las lo que y en un una por con para es del se su al le les des et est pas pour dans du je ce der die und
  das ist nicht ein eine mit auf von zu ich di che per non sono il del della het een van niet ik dat zijn voor op met o
  os não nao em um uma do da na no och att det som på är jag og ikke til på ng ang sa mga ko ako yung lang naman po yang
  dan ini itu tidak gak aku nya ke hai nahi kya bhi ka ki na w z nie się jest ale je si bir ve bu için e ja ei on`,
);
/** Of those, the ones that English has as well. */
for (const word of ['do', 'no', 'on', 'die']) foreign.delete(word);

/** Too few words, and chance may have put two of them there. */
const WORDS_NEEDED = 4;
const ENGLISH_NEEDED = 1;
/** As much of a text, at the least, is made of a language's commonest words; of one certain word only, more of them. */
const SHARE_NEEDED = 0.25;
const SHARE_NEEDED_OF_ONE = 0.4;

/** Any letter beyond ASCII may be another language's; quotes, dashes, dots and the signs that people put in are nobody's. */
const OTHER_LETTER = /[^\P{L}a-z]/iu;

/** Whether a text is English beyond doubt; false says nothing. */
export function isPlainEnglish(text: string): boolean {
  if (OTHER_LETTER.test(text)) return false;
  let words = 0;
  let common = 0;
  let certain = 0;
  for (const written of text
    .toLowerCase()
    .replaceAll('’', "'")
    .match(/[a-z']+/g) ?? []) {
    words += 1;
    if (english.has(written)) certain += 1;
    else if (shared.has(written)) common += 1;
    else if (foreign.has(written)) return false;
  }
  if (words < WORDS_NEEDED || certain < ENGLISH_NEEDED) return false;
  return certain + common >= words * (certain === 1 ? SHARE_NEEDED_OF_ONE : SHARE_NEEDED);
}
