import { err, ok, type Result } from '../../../shared/base/result.ts';
import type { Post } from '../../../shared/domain/mention/mention.ts';
import { postFromRecord, type MentionRecordContext } from '../../../shared/domain/mention/mention-record.ts';
import { rowsOf, type FileFormat } from './file-format.ts';
import type { RawRecord } from './split-records.ts';

export interface ParsedRecord {
  /** Where it starts in the file, from 1. */
  readonly line: number;
  readonly post: Result<Post, string>;
}

/** Makes posts of the records of a file, each for itself: one malformed record disturbs no other. Blank lines are none. */
export function parseRecords(
  records: readonly RawRecord[],
  format: FileFormat,
  context: MentionRecordContext,
): readonly ParsedRecord[] {
  const texts = records.filter((record) => record.bytes.some((byte) => byte > 0x20)).map(textOf);
  const values = format.format === 'csv' ? rowValues(texts, format) : texts.map(jsonValue);
  return values.map((value, index) => {
    const line = texts[index]?.line ?? 0;
    if (!value.ok) return { line, post: value };
    const post = postFromRecord(value.value, context);
    return { line, post: post.ok ? post : err(post.error.reason) };
  });
}

interface RecordText {
  readonly line: number;
  readonly text: Result<string, string>;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function textOf(record: RawRecord): RecordText {
  const { line } = record;
  if (record.flaw === 'unclosed') return { line, text: err('a quote is opened and never closed') };
  if (record.flaw === 'too-long') return { line, text: err('it is longer than any record') };
  if (record.bytes.includes(0)) return { line, text: err('it holds NUL bytes, so it is not text') };
  try {
    return { line, text: ok(utf8.decode(record.bytes)) };
  } catch {
    return { line, text: err('it is not valid UTF-8') };
  }
}

function jsonValue({ text }: RecordText): Result<unknown, string> {
  if (!text.ok) return text;
  try {
    return ok(JSON.parse(text.value));
  } catch {
    return err('it is not valid JSON');
  }
}

function rowValues(
  texts: readonly RecordText[],
  format: FileFormat & { format: 'csv' },
): readonly Result<unknown, string>[] {
  const readable = texts.flatMap(({ text }) => (text.ok ? [text.value] : []));
  // One call for all of them is what makes it quick; if the rows do not come out one for one, each is read alone.
  const together = rowsOf(readable.join('\n'), format.delimiter);
  const rows =
    together?.length === readable.length ? together : readable.map((row) => rowsOf(row, format.delimiter)?.[0] ?? null);
  let next = 0;
  return texts.map(({ text }) => {
    if (!text.ok) return text;
    const row = rows[next++] ?? null;
    if (row === null) return err('its quotes do not match');
    if (row.length !== format.columns.length) {
      return err(`it has ${row.length} fields where the header has ${format.columns.length}`);
    }
    return ok(Object.fromEntries(format.columns.map((column, index) => [column, row[index]])));
  });
}
