import type { Finding } from '../finding.ts';

/** What one check says about one text, before it is known which text that is. */
export type Note = Omit<Finding, 'check' | 'channelId'>;

/** A note on the words from..to of a text (UTF-16 offsets). */
export function noteAt(
  place: { readonly from: number; readonly to: number },
  severity: Note['severity'],
  message: string,
  fix: Note['fix'] = null,
): Note {
  return { severity, message, from: place.from, to: place.to, fix };
}

/** A note on a whole text; its fix, if it has one, adds a sentence at the end, after a blank line. */
export function noteOnWhole(
  text: string,
  severity: Note['severity'],
  message: string,
  sentence: { readonly label: string; readonly insert: string } | null,
): Note {
  const gap = text === '' || text.endsWith('\n\n') ? '' : text.endsWith('\n') ? '\n' : '\n\n';
  const fix = sentence && { label: sentence.label, insert: gap + sentence.insert };
  return { severity, message, from: null, to: null, fix };
}
