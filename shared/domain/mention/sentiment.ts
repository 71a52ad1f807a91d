import vader from 'vader-sentiment';
import { wordBySign } from './sentiment-words.ts';

const { SentimentIntensityAnalyzer: analyzer } = vader;

/** An article says what it thinks at its beginning, and a line of 20,000 characters must not cost a hundred posts. */
const CHARACTERS_READ = 4000;

/**
 * An estimate, and to be labelled as one wherever it is shown: -1 (negative) to 1 (positive), by the lexicon and rules
 * of VADER (Hutto & Gilbert 2014, "A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text"), as
 * the package vader-sentiment has them. The words are told apart here: the package's own way of doing that takes nine
 * tenths of its time and agrees no better with people. It knows no irony.
 *
 * Null is unknown: a language other than English, or one that nobody can tell, or a text without a word of judgement.
 * No evidence is not "neutral".
 */
export function estimateSentiment(text: string, language: string | null): number | null {
  if (language === null || !/^en(?:-|$)/i.test(language)) return null;
  const plain = plainText(text.slice(0, CHARACTERS_READ));
  const { words, judging } = wordsOf(plain);
  if (!judging.includes(true)) return null;
  const read = { words_and_emoticons: words, is_cap_diff: someShout(words) };
  const valences: number[] = [];
  let judges = false;
  for (const [index, word] of words.entries()) {
    if (judging[index] !== true || scalesOnly(word, words[index + 1])) {
      valences.push(0);
      continue;
    }
    analyzer.sentiment_valence(0, read, word, index, valences);
    if (valences[index] !== 0) judges = true;
  }
  if (!judges) return null;
  return analyzer.score_valence(analyzer.but_check(words, valences), marksIn(plain)).compound;
}

/** All that the score asks of the text beside its words; going through the whole of it would take longer than the rest. */
function marksIn(text: string): string {
  let marks = '';
  for (let at = text.search(/[!?]/); at !== -1 && at < text.length; at += 1) {
    const mark = text.charAt(at);
    if (mark === '!' || mark === '?') marks += mark;
  }
  return marks;
}

const ENTITIES = /&(amp|lt|gt|quot|#39);/g;
const characterByEntity: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
const SIGN = /[\u2600-\u27bf\u{1f300}-\u{1faff}]/u;
const SIGNS = /[\u2600-\u27bf\u{1f300}-\u{1faff}]\ufe0f?/gu;

/** Addresses and names judge nothing; some sources leave entities in their text. Looking costs less than replacing. */
function plainText(text: string): string {
  let plain = text;
  if (plain.includes('&')) plain = plain.replaceAll(ENTITIES, (_, name: string) => characterByEntity[name] ?? ' ');
  if (plain.includes('http') || plain.includes('@')) plain = plain.replaceAll(/https?:\/\/\S+|@[\w.-]+/g, ' ');
  if (plain.includes('’')) plain = plain.replaceAll('’', "'");
  if (SIGN.test(plain)) {
    plain = plain.replaceAll(SIGNS, (sign) => ` ${wordBySign.get(sign.replace('\ufe0f', '')) ?? ''} `);
  }
  return plain;
}

const SPACES = /\s+/;

/** Words without the punctuation around them, and emoticons with it; and which of them judge. */
function wordsOf(text: string): { readonly words: readonly string[]; readonly judging: readonly boolean[] } {
  const words: string[] = [];
  const judging: boolean[] = [];
  for (const written of text.split(SPACES)) {
    if (written.length < 2) continue;
    const isKnown = judgesAlone(written);
    const word = isKnown ? written : unstretched(withoutEdges(written));
    if (word.length < 2) continue;
    words.push(word);
    judging.push(isKnown || (word !== written && judgesAlone(word)));
  }
  return { words, judging };
}

/** What the package said of a word: asking it takes ten times as long, and people use the same words again and again. */
const judgesByWord = new Map<string, boolean>();
const WORDS_REMEMBERED = 50_000;

/** Whether the lexicon knows it, `:)` and `<3` included. */
function judgesAlone(word: string): boolean {
  const known = judgesByWord.get(word);
  if (known !== undefined) return known;
  const valences: number[] = [];
  analyzer.sentiment_valence(0, { words_and_emoticons: [word], is_cap_diff: false }, word, 0, valences);
  if (judgesByWord.size >= WORDS_REMEMBERED) judgesByWord.clear();
  judgesByWord.set(word, valences[0] !== 0);
  return valences[0] !== 0;
}

function withoutEdges(written: string): string {
  let from = 0;
  let to = written.length;
  while (from < to && isMark(written.charCodeAt(from))) from += 1;
  while (to > from && isMark(written.charCodeAt(to - 1))) to -= 1;
  return from === to ? written : written.slice(from, to);
}

/** Punctuation: ASCII beside letters and digits, and the quotes, dashes and dots of the General Punctuation block. */
function isMark(unit: number): boolean {
  if (unit >= 0x80) return unit >= 0x2010 && unit <= 0x205e;
  return !((unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || (unit >= 48 && unit <= 57));
}

/** "soooo goooood": three or more of a letter are two or one. */
function unstretched(word: string): string {
  if (!mayBeStretched(word)) return word;
  const doubled = word.replaceAll(/(.)\1{2,}/gu, '$1$1');
  return judgesAlone(doubled) ? doubled : word.replaceAll(/(.)\1{2,}/gu, '$1');
}

function mayBeStretched(word: string): boolean {
  for (let at = 2; at < word.length; at += 1) {
    const unit = word.charCodeAt(at);
    if (unit === word.charCodeAt(at - 1) && unit === word.charCodeAt(at - 2)) return true;
  }
  return false;
}

/** Words that judge by themselves elsewhere, and where they stand before another only widen or narrow it. */
const scales: ReadonlySet<string> = new Set(['effing', 'fucking', 'flipping', 'fricking', 'frigging']);

function scalesOnly(word: string, next: string | undefined): boolean {
  const lower = word.toLowerCase();
  return scales.has(lower) || (lower === 'kind' && next?.toLowerCase() === 'of');
}

/** Capitals are emphasis only where not everything is in capitals. */
function someShout(words: readonly string[]): boolean {
  let shouted = 0;
  for (const word of words) if (/[A-Z]/.test(word) && !/[a-z]/.test(word)) shouted += 1;
  return shouted > 0 && shouted < words.length;
}
