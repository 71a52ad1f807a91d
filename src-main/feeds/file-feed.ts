/*
 * Keeps these:
 * 1. The cursor stands behind the last whole record that was delivered, never behind one that was not.
 * 2. A record without its line end waits, however often the file is looked at.
 * 3. What could not be stored is brought again: at least once, however long the disk is full.
 * 4. What is read twice (after a crash, a truncation) has the same ids, so that the store takes it once.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { z } from 'zod';
import type { FeedId, WatchQueryId } from '../../shared/base/ids.ts';
import type { Clock, Feed, MentionSink, Schedule } from '../commands/ports.ts';
import { createFeedMeter } from './feed-meter.ts';
import { detectFormat, type FileFormat } from './file-format.ts';
import { handOver } from './hand-over.ts';
import { parseRecords } from './parse-records.ts';
import { createRecordSplitter, type RecordSplitter } from './split-records.ts';

const LOOK_EVERY_MS = 1_000;
const CHUNK_BYTES = 512 * 1024;
/** What the source saw longer ago than this is no news: it is taken as history and alarms nobody. */
const LIVE_WITHIN_MS = 15 * 60_000;
const TAIL_BYTES = 64;

/** Where a followed file has been read to; plain JSON. `tail` are the bytes before it, to notice a rewritten file. */
export const FileCursor = z.object({
  offset: z.int().nonnegative(),
  line: z.int().positive(),
  inode: z.string(),
  tail: z.string(),
});
export type FileCursor = z.infer<typeof FileCursor>;

export interface FileFeedOptions {
  readonly feedId: FeedId;
  readonly watchQueryId: WatchQueryId;
  readonly name: string;
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly file: string;
  /** What `cursor()` gave an earlier host; anything else starts at the beginning. */
  readonly cursor?: unknown;
  /** After each delivery: the moment to keep the cursor. */
  readonly onCursor?: (cursor: FileCursor) => void;
}

export interface FileFeed extends Feed {
  cursor(): FileCursor | null;
}

interface OpenFile {
  readonly descriptor: number;
  readonly inode: string;
  readonly size: number;
}

interface Reading {
  readonly format: FileFormat;
  readonly splitter: RecordSplitter;
  readonly inode: string;
  /** Bytes handed to the splitter, the waiting ones included. */
  readTo: number;
  cursor: FileCursor;
}

/** Follows a NDJSON or CSV file as it grows, is truncated or replaced. Looks once a second. */
export function createFileFeed(options: FileFeedOptions): FileFeed {
  const { clock, schedule } = options;
  const meter = createFeedMeter(options, clock);
  const kept = FileCursor.safeParse(options.cursor);
  let resumeAt: FileCursor | null = kept.success ? kept.data : null;
  let reading: Reading | null = null;
  let cancel: (() => void) | null = null;
  let isStopped = false;

  function look(sink: MentionSink): void {
    cancel = null;
    let hasMore = false;
    try {
      hasMore = withFile(options.file, (file) => follow(file, sink));
    } catch (cause) {
      if (!isFileError(cause)) throw cause;
      reading = null;
      meter.become('failed', `The file cannot be read (${cause.code}). It is tried again every second.`);
    } finally {
      lookAgain(hasMore, sink);
    }
  }

  function lookAgain(hasMore: boolean, sink: MentionSink): void {
    if (!isStopped) cancel = schedule(hasMore ? 0 : LOOK_EVERY_MS, () => look(sink));
  }

  /** Reads one chunk; true when there is more. */
  function follow(file: OpenFile, sink: MentionSink): boolean {
    const replaced = reading === null ? null : whyReplaced(file, reading.cursor, reading.readTo);
    if (replaced !== null) reading = null;
    reading ??= begin(file, replaced === null ? resumeAt : null);
    resumeAt = null;
    if (reading === null) return false;
    if (replaced !== null) meter.note(replaced);
    const chunk = readAt(file, reading.readTo, CHUNK_BYTES);
    if (chunk.length === 0) return false;
    reading.readTo += chunk.length;
    if (!deliver(reading, file, reading.splitter.push(chunk), sink)) {
      resumeAt = reading.cursor;
      reading = null;
      return false;
    }
    return reading.readTo < file.size;
  }

  function begin(file: OpenFile, cursor: FileCursor | null): Reading | null {
    const format = detectFormat(readAt(file, 0, CHUNK_BYTES), false);
    if (!format.ok) {
      if (format.error.type === 'Wait') meter.become('live', 'Waiting for the first whole line.');
      else meter.become('failed', format.error.message);
      return null;
    }
    const rewritten = cursor === null ? null : whyReplaced(file, cursor, cursor.offset);
    meter.become('live', rewritten);
    const isFresh = cursor === null || rewritten !== null;
    const { headerBytes } = format.value;
    const from = isFresh ? { offset: headerBytes, line: format.value.format === 'csv' ? 2 : 1 } : cursor;
    const delimiter = format.value.format === 'csv' ? format.value.delimiter.charCodeAt(0) : 0;
    return {
      format: format.value,
      splitter: createRecordSplitter(format.value.format, delimiter, from),
      inode: file.inode,
      readTo: from.offset,
      cursor: { offset: from.offset, line: from.line, inode: file.inode, tail: tailBefore(file, from.offset) },
    };
  }

  function deliver(
    { format, splitter }: Reading,
    file: OpenFile,
    records: ReturnType<RecordSplitter['push']>,
    sink: MentionSink,
  ): boolean {
    if (records.length === 0 || reading === null) return true;
    const now = clock.now();
    const parsed = parseRecords(records, format, { ...options, now });
    const mentions = parsed.flatMap(({ mention }) => (mention.ok ? [mention.value] : []));
    const problem = parsed.find(({ mention }) => !mention.ok);
    for (const as of ['history', 'live'] as const) {
      const some = mentions.filter(({ observedAt }) => now - observedAt > LIVE_WITHIN_MS === (as === 'history'));
      if (!handOver(sink, some, as, meter)) return false;
    }
    meter.skipped(parsed.length - mentions.length);
    if (problem !== undefined && !problem.mention.ok) {
      meter.note(`Skipped a record that starts in line ${problem.line}: ${problem.mention.error}.`);
    }
    const offset = splitter.offset();
    reading.cursor = { offset, line: splitter.line(), inode: file.inode, tail: tailBefore(file, offset) };
    options.onCursor?.(reading.cursor);
    return true;
  }

  return {
    start(sink) {
      meter.become('live');
      look(sink);
    },
    stop() {
      isStopped = true;
      cancel?.();
      meter.become('ended', 'Stopped.');
    },
    status: () => meter.status(),
    cursor: () => reading?.cursor ?? resumeAt,
  };
}

function whyReplaced(file: OpenFile, cursor: FileCursor, readTo: number): string | null {
  if (file.inode !== cursor.inode) return 'The file was replaced; it is read again from its beginning.';
  if (file.size < readTo) return 'The file was truncated; it is read again from its beginning.';
  if (tailBefore(file, cursor.offset) !== cursor.tail)
    return 'The file was rewritten; it is read again from its beginning.';
  return null;
}

function tailBefore(file: OpenFile, offset: number): string {
  const from = Math.max(0, offset - TAIL_BYTES);
  return readAt(file, from, offset - from).toString('hex');
}

function readAt(file: OpenFile, from: number, length: number): Buffer {
  const buffer = Buffer.alloc(Math.max(0, Math.min(length, file.size - from)));
  return buffer.subarray(0, buffer.length === 0 ? 0 : readSync(file.descriptor, buffer, 0, buffer.length, from));
}

/** Opened anew at each look: only so is a file that was replaced under the same name noticed. */
function withFile<Value>(path: string, use: (file: OpenFile) => Value): Value {
  const descriptor = openSync(path, 'r');
  try {
    const { ino, size } = fstatSync(descriptor, { bigint: true });
    return use({ descriptor, inode: String(ino), size: Number(size) });
  } finally {
    closeSync(descriptor);
  }
}

function isFileError(cause: unknown): cause is { readonly code: string } {
  return cause instanceof Error && 'code' in cause && 'syscall' in cause;
}
