import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { FeedId, instant, type Instant } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { estimateSentiment } from '../../shared/domain/mention/sentiment.ts';
import { postFromRecord } from '../../shared/domain/mention/mention-record.ts';
import type { SpikeMoment } from '../../shared/domain/spike/spike-assessment.ts';
import { createSpikeMonitor, type ObservedMention } from '../../shared/domain/spike/spike-monitor.ts';
import type { Sensitivity } from '../../shared/domain/spike/sensitivity.ts';

/** After the last mention the time goes on until a spike that is on has ended. */
const ENDS_WITHIN_MS = 8 * 3_600_000;
const LOOK_EVERY_MS = 10_000;
const FEED = FeedId.parse('spike-replay');

export interface ReplayTotals {
  readonly mentions: number;
  readonly skipped: number;
  readonly from: number | null;
  readonly to: number | null;
  readonly open: number;
  readonly escalate: number;
  readonly resolve: number;
}

/**
 * Runs the spike monitor over a file on the mentions' own time, as fast as it can: every mention is live, every row
 * without an author is its own author, and the first row is the first the monitor ever sees. The file is a CSV whose
 * first column is `epoch_s` (other columns are ignored), or our mention NDJSON. Rows must be in order of time as far
 * as a live feed's are; `print` gets a line per alarm and a last one with totals.
 */
export async function replayFile(
  file: string,
  sensitivity: Sensitivity,
  print: (line: string) => void,
): Promise<Result<ReplayTotals, string>> {
  const monitor = createSpikeMonitor({ sensitivity });
  let told = 0;
  let mentions = 0;
  let skipped = 0;
  let from: Instant | null = null;
  let to: Instant | null = null;
  let read: ((line: string, number: number) => ObservedMention | null) | null = null;
  const tally = { open: 0, escalate: 0, resolve: 0 };

  function look(at: Instant): void {
    monitor.assess(at);
    for (const moment of monitor.moments().slice(told)) {
      told += 1;
      tally[moment.change] += 1;
      print(lineOf(moment));
    }
  }

  try {
    for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
      if (read === null) {
        const reader = readerFor(line);
        if (!reader.ok) return err(`${file}: ${reader.error}`);
        read = reader.value;
      }
      if (line.trim() === '' || line.startsWith('epoch_s')) continue;
      const mention = read(line, mentions);
      if (mention === null) {
        skipped += 1;
        continue;
      }
      // What a second brought is looked at together, when it is over.
      if (to !== null && mention.observedAt > to) look(to);
      monitor.observe(mention, 'live');
      mentions += 1;
      from ??= mention.observedAt;
      to = instant(Math.max(to ?? 0, mention.observedAt));
    }
  } catch (cause) {
    return err(`${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (to !== null) {
    for (let at: number = to; at <= to + ENDS_WITHIN_MS; at += LOOK_EVERY_MS) look(instant(at));
  }
  const totals = { mentions, skipped, from: seconds(from), to: seconds(to), ...tally };
  print(JSON.stringify({ totals }));
  return ok(totals);
}

function readerFor(firstLine: string): Result<(line: string, number: number) => ObservedMention | null, string> {
  const head = firstLine.replace(/^\u{feff}/u, '').trim();
  if (head.split(',')[0] === 'epoch_s') return ok(mentionOfRow);
  if (head.startsWith('{')) return ok(mentionOfRecord);
  return err('this is neither a CSV whose first column is epoch_s nor NDJSON.');
}

function mentionOfRow(line: string, number: number): ObservedMention | null {
  const epoch = Number(line.split(',')[0]);
  if (!Number.isFinite(epoch) || epoch <= 0) return null;
  const at = instant(epoch * 1000);
  return {
    id: `row-${String(number)}`,
    observedAt: at,
    recordedAt: at,
    author: null,
    text: '',
    sentiment: null,
    repostOf: null,
    reach: null,
  };
}

function mentionOfRecord(line: string): ObservedMention | null {
  let record: unknown;
  try {
    record = JSON.parse(line);
  } catch {
    return null;
  }
  // Its own time is the only one there is: nobody took it in before.
  const post = postFromRecord(record, { feedId: FEED, now: instant(8_640_000_000_000_000), requireTime: true });
  if (!post.ok) return null;
  const { observedAt, text, language } = post.value;
  const sentiment = post.value.sentiment ?? estimateSentiment(text, language ?? 'en');
  return { ...post.value, recordedAt: observedAt, sentiment };
}

function lineOf({ at, change, calculation, explanation }: SpikeMoment): string {
  return JSON.stringify({
    at: at / 1000,
    action: change,
    score: calculation.rarity,
    observed: calculation.observed,
    expected: calculation.expected,
    why: explanation.sentence,
  });
}

function seconds(at: Instant | null): number | null {
  return at === null ? null : at / 1000;
}
