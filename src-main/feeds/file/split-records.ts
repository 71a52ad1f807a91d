import type { FileFormat } from './file-format.ts';

const NEW_LINE = 0x0a;
const QUOTE = 0x22;
/** A quote that is still open after this much was never meant to close, and a line without an end is none of ours. */
const LONGEST_RECORD = 256 * 1024;

/** The bytes of one record without its line end, and the line of the file where it starts (from 1). */
export interface RawRecord {
  readonly bytes: Buffer;
  readonly line: number;
  /** Why it is no record: a quote that never closes; more bytes than any record has, of which this is a piece. */
  readonly flaw: 'unclosed' | 'too-long' | null;
}

/**
 * Cuts a growing file into records: lines, or for CSV lines whose quoted line breaks belong to them (RFC 4180). What
 * has no end yet waits. `offset` and `line` say where the first byte comes from.
 */
export interface RecordSplitter {
  push(bytes: Buffer): readonly RawRecord[];
  /** The file is over: what waits is a record too. */
  flush(): readonly RawRecord[];
  /** Of the first byte that is not part of a given record yet. */
  offset(): number;
  line(): number;
}

export function createRecordSplitter(
  format: FileFormat,
  from: { readonly offset: number; readonly line: number } = { offset: 0, line: 1 },
): RecordSplitter {
  let waiting: Buffer = Buffer.alloc(0);
  const delimiter = format.format === 'csv' ? format.delimiter.charCodeAt(0) : 0;
  let { offset, line } = from;

  function take(length: number, flaw: RawRecord['flaw'] = null): RawRecord {
    const whole = waiting.subarray(0, length);
    const record = { bytes: withoutLineEnd(whole), line, flaw };
    line += countLines(whole);
    offset += length;
    waiting = waiting.subarray(length);
    return record;
  }

  function cut(isOver: boolean): readonly RawRecord[] {
    const records: RawRecord[] = [];
    while (waiting.length > 0) {
      const end = format.format === 'csv' ? endOfRow(waiting, delimiter) : waiting.indexOf(NEW_LINE) + 1;
      if (end > 0) {
        records.push(take(end));
      } else if (end === OPEN_QUOTE && (isOver || waiting.length > LONGEST_RECORD)) {
        // Only the line with the stray quote is lost; the next one starts afresh.
        const lineEnd = waiting.indexOf(NEW_LINE) + 1;
        records.push(take(lineEnd > 0 ? lineEnd : waiting.length, 'unclosed'));
      } else if (isOver) {
        records.push(take(waiting.length));
      } else if (waiting.length > LONGEST_RECORD) {
        records.push(take(waiting.length, 'too-long'));
      } else {
        break;
      }
    }
    return records;
  }

  return {
    push(bytes) {
      waiting = waiting.length === 0 ? bytes : Buffer.concat([waiting, bytes]);
      return cut(false);
    },
    flush: () => cut(true),
    offset: () => offset,
    line: () => line,
  };
}

const NO_END = 0;
const OPEN_QUOTE = -1;

/** Length of the first row with its line end, or why there is none. A quote opens only at the start of a field. */
function endOfRow(bytes: Buffer, delimiter: number): number {
  let isQuoted = false;
  let isFieldStart = true;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (isQuoted) {
      if (byte !== QUOTE) continue;
      if (bytes[at + 1] === QUOTE) at += 1;
      else isQuoted = false;
      continue;
    }
    if (byte === NEW_LINE) return at + 1;
    if (byte === QUOTE && isFieldStart) isQuoted = true;
    isFieldStart = byte === delimiter;
  }
  return isQuoted ? OPEN_QUOTE : NO_END;
}

function withoutLineEnd(bytes: Buffer): Buffer {
  let end = bytes.length;
  if (bytes[end - 1] === NEW_LINE) end -= 1;
  if (bytes[end - 1] === 0x0d) end -= 1;
  return bytes.subarray(0, end);
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEW_LINE); at >= 0; at = bytes.indexOf(NEW_LINE, at + 1)) count += 1;
  return count;
}
