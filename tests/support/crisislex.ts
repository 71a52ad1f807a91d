import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { SHARED_DATA } from './shared-data.ts';

const FOLDER = join(SHARED_DATA, 'crisislex');
/** Snowflake ids hold the milliseconds since this moment in the bits above 22. */
const SNOWFLAKE_EPOCH_MS = 1_288_834_974_657n;

/** One record of a mention file, as `postFromRecord` reads it. */
export interface ConvertedMention {
  readonly id: string;
  readonly text: string;
  readonly observedAt: string;
}

export function timeOfSnowflake(id: string): number {
  return Number((BigInt(id) >> 22n) + SNOWFLAKE_EPOCH_MS);
}

export function isCrisislexThere(crisis: string): boolean {
  return [tweetsFile(crisis), timelineFile(crisis)].every((file) => existsSync(file));
}

/**
 * A crisis of CrisisLexT26 as records of our mention file, oldest first: the labelled tweets with their words, at the
 * times of their ids, and for every other tweet of the timeline one without words. The timeline knows whole seconds,
 * so a labelled tweet stands for one of the timeline's of its second.
 */
export function convertCrisislex(crisis: string): {
  readonly labelled: number;
  readonly records: readonly ConvertedMention[];
} {
  const rows = parse<Record<string, string>>(readFileSync(tweetsFile(crisis), 'utf8'), {
    columns: true,
    trim: true,
    relax_column_count: false,
  });
  const tweets = rows.map((row) => {
    const id = row['Tweet ID'] ?? '';
    return { id, text: row['Tweet Text'] ?? '', at: timeOfSnowflake(id) };
  });
  const timeline = parse<Record<string, string>>(readFileSync(timelineFile(crisis), 'utf8'), {
    columns: true,
    trim: true,
  });
  const leftBySecond = new Map<number, number>();
  for (const { at } of tweets) leftBySecond.set(second(at), (leftBySecond.get(second(at)) ?? 0) + 1);
  const others = timeline.flatMap((row, index) => {
    const at = Number(row['epoch_s']);
    const left = leftBySecond.get(at) ?? 0;
    if (left > 0) leftBySecond.set(at, left - 1);
    return left > 0
      ? []
      : [{ id: `timeline-${String(index)}`, text: 'A tweet whose words are not part of the data set.', at: at * 1000 }];
  });
  const records = [...tweets, ...others]
    .sort((one, other) => one.at - other.at)
    .map(({ id, text, at }) => ({ id, text, observedAt: new Date(at).toISOString() }));
  return { labelled: tweets.length, records };
}

/** The records as the bytes of an NDJSON file. */
export function asNdjson(records: readonly ConvertedMention[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('');
}

function second(ms: number): number {
  return Math.floor(ms / 1000);
}

function tweetsFile(crisis: string): string {
  return join(FOLDER, `${crisis}-tweets_labeled.csv`);
}

function timelineFile(crisis: string): string {
  return join(FOLDER, `${crisis}.timeline.csv`);
}
