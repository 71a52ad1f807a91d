import type { Instant } from '../../../base/ids.ts';
import { type Note, noteOnWhole } from './note.ts';
import { sentencesOf } from './sentences.ts';

/** Words that announce that more will come. */
export const ANNOUNCES =
  /\b(?:updates?|updated|(?:more|further) (?:information|details|news)|report back|next statement|(?:say|share|tell you|know) more|speak (?:to you )?again|come back)\b/i;

const TIME =
  /\b\d{1,2}[:.]\d{2}\b|\b\d{1,2} ?(?:[ap]\.?m\b|o['’]clock)|\b(?:in|within|every|next) (?:the )?(?:next )?(?:\d{1,3}|an?|one|two|three|four|six|ten|fifteen|twenty|thirty|sixty)? ?(?:minutes?|hours?)\b|\b(?:hourly|noon|midday|midnight|tomorrow|tonight)\b|\bby (?:this )?(?:morning|afternoon|evening)\b|\[[^[\]\n]{0,200}?(?:time|when|hour|o['’]clock)[^[\]\n]{0,200}\]/i;

const UTC_TIME = /\b([01]?\d|2[0-3])[:.]([0-5]\d) ?(?:UTC|GMT)\b/i;
const DAY_MS = 86_400_000;
/** A time of day this far behind is taken as passed; further behind it means tomorrow. */
const PASSED_WITHIN_MS = 6 * 3_600_000;

/**
 * Whether the text says when the next update comes (English; a clock time, a span such as "within the hour", or a slot
 * for it). With `now`, a time given in UTC that has just passed is told too.
 */
export function checkNextUpdate(text: string, now?: Instant): readonly Note[] {
  if (text.trim() === '') return [];
  const promise = sentencesOf(text).find((sentence) => ANNOUNCES.test(sentence) && TIME.test(sentence));
  if (promise === undefined)
    return [
      noteOnWhole(
        text,
        'warning',
        'Nothing says when the next update comes. A silence without an end is filled by others.',
        {
          label: 'Add when the next update comes',
          insert: 'We will give the next update by [time of next update].',
        },
      ),
    ];
  const clock = now === undefined ? null : UTC_TIME.exec(promise);
  if (now === undefined || !clock) return [];
  const promisedMs = (Number(clock[1]) * 60 + Number(clock[2])) * 60_000;
  const behindMs = ((now % DAY_MS) - promisedMs + DAY_MS) % DAY_MS;
  if (behindMs === 0 || behindMs > PASSED_WITHIN_MS) return [];
  return [
    noteOnWhole(text, 'warning', `The time of the next update, ${clock[0]}, has passed. Name a later one.`, null),
  ];
}
