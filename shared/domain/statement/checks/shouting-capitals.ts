import { type Note, noteAt } from './note.ts';

/** Long abbreviations that are always written in capitals; one of up to five letters needs no entry. */
const KNOWN = new Set(['NASDAQ', 'UNICEF', 'UNESCO', 'UNAIDS', 'UNHCR', 'INTERPOL', 'EUROPOL', 'RIDDOR', 'COVID']);
/** Short ones that stand side by side without anybody shouting. */
const COMMON = new Set(
  'AG AI BBC BST CDC CEO CEST CET CFO CNN COO CPR CTO DNA EDT ER EST ET EU FAQ FBI FCA FDA GDPR GMT GPS GMBH HIV HR HSE ICO ID IP IT LLC LTD MHRA MOT NASA NATO NGO NHS NYPD OK PDF PDT PIN PLC PPE PR PST PT QR SA SE SMS TV UAE UK UN URL US USA USB UTC VAT VIP WHO'.split(
    ' ',
  ),
);
/** These are words as well: where a whole run shouts, they shout with it. */
const WORDS_TOO = new Set(['IT', 'US', 'WHO', 'OK', 'PIN', 'SA', 'SE', 'AI', 'ER', 'ET', 'AG']);

const WORD = /[\p{L}\p{M}\p{N}'’]+/gu;
const CAPITALS = /(?<![\p{L}\p{M}\p{N}'’])\p{Lu}[\p{Lu}\p{M}'’]{0,39}(?![\p{L}\p{M}\p{N}'’])/gu;
/** What may stand between two words of one run. */
const BETWEEN = /^[ \t,;:!?&/-]+$/;
const MAX_RUN = 60;

interface Word {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Runs of words in capitals. One word of six letters or more shouts, and so do two or more in a row; a single short one
 * (NHS, BAFIN) is read as an abbreviation. The fix writes the run as a sentence would have it.
 */
export function checkShoutingCapitals(text: string): readonly Note[] {
  return runsOfCapitals(text).flatMap((run) => {
    const loud = run.filter((word) => !KNOWN.has(word.text) && !COMMON.has(word.text) && word.text.length > 1);
    if (loud.length < 2 && !loud.some((word) => word.text.length >= 6)) return [];
    const place = { from: run[0]?.from ?? 0, to: run.at(-1)?.to ?? 0 };
    const fix = { label: 'Write it in sentence case', insert: inSentenceCase(text, place) };
    return [noteAt(place, 'warning', 'Capitals read as shouting.', fix)];
  });
}

function runsOfCapitals(text: string): readonly (readonly Word[])[] {
  const runs: Word[][] = [];
  let run: Word[] = [];
  for (const match of text.matchAll(CAPITALS)) {
    const word = { text: match[0], from: match.index, to: match.index + match[0].length };
    const before = run.at(-1);
    const near = before && run.length < MAX_RUN && word.from - before.to <= 3;
    if (near && BETWEEN.test(text.slice(before.to, word.from))) run.push(word);
    else runs.push((run = [word]));
  }
  return runs;
}

/** Small letters, except abbreviations, "I", and the first letter of a sentence. */
function inSentenceCase(text: string, place: { readonly from: number; readonly to: number }): string {
  const lowered = text.slice(place.from, place.to).replace(WORD, (word) => {
    if (KNOWN.has(word) || (COMMON.has(word) && !WORDS_TOO.has(word))) return word;
    return word === 'I' || /^I['’]/.test(word) ? `I${word.slice(1).toLowerCase()}` : word.toLowerCase();
  });
  const before = text.slice(Math.max(0, place.from - 3), place.from).replace(/[ \t]+$/, '');
  const begins = before === '' || /[.!?\n]$/.test(before);
  const cased = begins ? lowered.charAt(0).toUpperCase() + lowered.slice(1) : lowered;
  return cased.replace(/([!?]\s+)(\p{Ll})/gu, (_, end: string, letter: string) => end + letter.toUpperCase());
}
