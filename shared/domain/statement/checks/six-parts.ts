import { type Note, noteOnWhole } from './note.ts';
import { ANNOUNCES } from './next-update.ts';

interface Part {
  readonly severity: 'warning' | 'info';
  readonly missing: string;
  readonly label: string;
  readonly sentence: string;
  readonly signs: RegExp;
  /** Empathy comes first; everything else is added at the end. */
  readonly first?: true;
}

/**
 * The six parts of a first message in a crisis: CDC, Crisis and Emergency Risk Communication (CERC), "first message".
 * The signs are English turns of phrase; a part said in other words is told as missing, so this only ever advises.
 */
const PARTS: readonly Part[] = [
  {
    severity: 'warning',
    missing: 'Nothing shows that you see what this means for the people affected.',
    label: 'Add a sentence for the people affected',
    sentence: 'We are sorry for everyone who is affected by this.',
    signs:
      /\b(?:sorry|apologi[sz]e|apolog(?:y|ies)|our thoughts|condolences?|sympath(?:y|ies|ise|ize)|we (?:deeply |very much )?regret|we (?:understand|know) (?:how|that|what)|we share|hurt(?:ful)?|upset(?:ting)?|distress(?:ed|ing)?|frustrat(?:ed|ing|ion)|worr(?:y|ied|ying)|(?:we|our) (?:first )?concern|frightening|painful)\b/i,
    first: true,
  },
  {
    severity: 'warning',
    missing: 'Nothing is named as confirmed: who, what, where, when.',
    label: 'Add what is confirmed',
    sentence: 'What we can confirm: [what is confirmed: who, what, where, when].',
    signs:
      /\bwhat we know\b|\bwe know (?:so far|now)\b|(?<!\b(?:not|not yet|cannot|cannot yet|can't|be) )\bconfirm(?:ed)?\b|\bthe facts (?:are|so far)\b/i,
  },
  {
    severity: 'warning',
    missing: 'Nothing says what is not known yet.',
    label: 'Add what is not known yet',
    sentence: 'What we do not know yet: [what is not known yet].',
    signs:
      /\b(?:do not|don['’]t|does not|cannot) (?:yet )?(?:know|say|confirm)\b|\bnot yet (?:know|known|clear|confirmed)\b|\b(?:un(?:known|clear|confirmed))\b|\b(?:still|currently) (?:being )?(?:check(?:ed|ing)|investigat(?:ed|ing)|establish(?:ed|ing)|examin(?:ed|ing)|finding out|looking into|working out)\b/i,
  },
  {
    severity: 'warning',
    missing: 'Nothing says how answers and updates will come.',
    label: 'Add how answers and updates come',
    sentence: 'We will answer questions and share what we learn; the next update comes by [time of next update].',
    signs: ANNOUNCES,
  },
  {
    severity: 'info',
    missing: 'Nothing says that you will stay with this.',
    label: 'Add that you stay with this',
    sentence: 'We will stay with this until it is put right.',
    signs:
      /\b(?:stay(?:ing)? (?:with|on|in)|until (?:it|this|that|every|all|we|the)|as long as|(?:will|do) not (?:stop|rest)|won['’]t (?:stop|rest)|see (?:this|it) through|committed to|commitment|keep (?:working|looking|asking|at it)|continue to|around the clock|here for (?:you|them|as long))\b/i,
  },
  {
    severity: 'info',
    missing: 'Nothing says where to find more.',
    label: 'Add where to find more',
    sentence: 'You can find the latest at [address of the page with updates].',
    signs:
      /\bhttps?:\/\/|\bwww\.|\b[a-z0-9-]{2,63}\.(?:com|org|net|co\.uk|example|gov|info|eu|de|fr|io)\b|\bon (?:our|this|the) (?:web ?site|web ?page|page|site|status page|account|channel)\b|\b(?:hot|help)line\b|\b(?:call|phone|ring) (?:us|\+?\d)|\[[^[\]\n]{0,200}?(?:address|link|page|website|hotline|number to call|where to)[^[\]\n]{0,200}\]/i,
  },
];

/** Which of the six parts of a first message are missing, each with a sentence that would add it. */
export function checkSixParts(text: string): readonly Note[] {
  if (text.trim() === '') return [];
  return PARTS.filter((part) => !part.signs.test(text)).map((part) => {
    const { severity, missing, label, sentence } = part;
    if (!part.first) return noteOnWhole(text, severity, missing, { label, insert: sentence });
    return { severity, message: missing, from: 0, to: 0, fix: { label, insert: `${sentence}\n\n` } };
  });
}
