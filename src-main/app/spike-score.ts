import { readFileSync, writeFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { instant } from '../../shared/base/ids.ts';
import { parseTime } from '../../shared/domain/mention/parse-time.ts';
import { createBucketDetector } from '../../shared/domain/spike/bucket-detector.ts';

/** What the first row scores: with one row nobody knows how long a bucket is. */
const FIRST_ROW = -10;

interface Row {
  readonly timestamp: string;
  readonly value: string;
}

interface Parsed {
  readonly record: Readonly<Partial<Record<string, string>>>;
  /** `lines` is the line that the record ends on. */
  readonly info: { readonly lines: number };
}

/**
 * Scores a series of counts in buckets: `timestamp,value` in, `timestamp,value,anomaly_score` out, every row in order
 * and as it was written. Causal: what a row scores depends on no row after it.
 */
export function scoreSeries(text: string): Result<string, string> {
  let columns: readonly string[] = [];
  const rows = parse<Parsed>(text, {
    columns: (header: string[]) => (columns = header),
    bom: true,
    skip_empty_lines: true,
    trim: true,
    info: true,
  });
  if (!columns.includes('timestamp') || !columns.includes('value'))
    return err('The file needs the columns timestamp and value.');
  const series: (Row & { readonly at: number; readonly count: number })[] = [];
  for (const { record, info } of rows) {
    const { timestamp = '', value = '' } = record;
    const line = String(info.lines);
    const at = parseTime(timestamp);
    const count = Number(value);
    if (at === null) return err(`Line ${line}: "${timestamp.slice(0, 60)}" is not a time we can read.`);
    if (value === '' || !Number.isFinite(count) || count < 0)
      return err(`Line ${line}: "${value.slice(0, 60)}" is not a count.`);
    const before = series.at(-1);
    if (before !== undefined && at <= before.at) return err(`Line ${line}: its time is not after the one before.`);
    series.push({ timestamp, value, at, count });
  }
  const [first, second] = series;
  const detector = first && second ? createBucketDetector(second.at - first.at) : null;
  const lines = series.map(({ timestamp, value, at, count }, index) => {
    const { score } = detector?.push(instant(at), count) ?? { score: FIRST_ROW };
    return `${timestamp},${value},${String(index === 0 ? FIRST_ROW : score)}\n`;
  });
  return ok(`timestamp,value,anomaly_score\n${lines.join('')}`);
}

/** The same from file to file. Refuses with a sentence; then nothing is written. */
export function scoreFile(input: string, output: string): Result<{ readonly rows: number }, string> {
  try {
    const scored = scoreSeries(readFileSync(input, 'utf8'));
    if (!scored.ok) return err(`${input}: ${scored.error}`);
    writeFileSync(output, scored.value);
    return ok({ rows: scored.value.split('\n').length - 2 });
  } catch (cause) {
    return err(`${input} cannot be scored: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
