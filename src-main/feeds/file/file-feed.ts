/*
 * Keeps these:
 * 1. The cursor stands behind the last whole record that was stored, never behind one that was not, and is stored in
 *    one transaction with it.
 * 2. A record without its line end waits, however often the file is looked at; only the last one of a file that was
 *    rotated away, and will get no more, is taken without.
 * 3. What could not be stored is brought again: at least once, however long the disk is full.
 * 4. What is read twice (after a truncation) has the same ids, so that the store takes it once.
 * 5. A file that was rotated away is read to its end, and those that came and went after it, before the new one.
 */
import type { FeedSettings } from '../../../shared/domain/feed/feed-settings.ts';
import type { Feed, FeedDeps, PostSink } from '../../commands/ports.ts';
import { createFeedMeter } from '../feed-meter.ts';
import { handOverByAge } from '../hand-over.ts';
import { detectFormat, type FileFormat } from './file-format.ts';
import { FileCursor, isFileError, type OpenFile, readAt, tailBefore, whyAnother, withFile } from './open-file.ts';
import { parseRecords } from './parse-records.ts';
import { fileRotatedAway, inodeRotatedNext } from './rotated-files.ts';
import { createRecordSplitter, type RawRecord, type RecordSplitter } from './split-records.ts';

const LOOK_EVERY_MS = 1_000;
/** A few hundred records: a step and its transaction must not hold up the rest of the host. */
const CHUNK_BYTES = 128 * 1024;

export type FileSettings = Pick<Extract<FeedSettings, { kind: 'file' }>, 'feedId' | 'name' | 'path'>;

interface Reading {
  readonly inode: string;
  readonly format: FileFormat;
  readonly splitter: RecordSplitter;
  /** Bytes handed to the splitter, the waiting ones included. */
  readTo: number;
}

function startOf(inode: string, finished: readonly string[]): FileCursor {
  return { offset: 0, line: 1, inode, tail: '', finished: [...finished] };
}

/** Follows a NDJSON or CSV file as it grows, is truncated, rewritten or rotated. Looks once a second. */
export function createFileFeed(settings: FileSettings, deps: FeedDeps): Feed {
  const { clock, schedule } = deps;
  const { path } = settings;
  const meter = createFeedMeter({ ...settings, kind: 'file' }, clock, { by: 'posts' });
  const kept = FileCursor.safeParse(deps.cursor);
  let cursor: FileCursor | null = kept.success ? kept.data : null;
  let reading: Reading | null = null;
  let cancel: (() => void) | null = null;
  let isStopped = false;

  function look(sink: PostSink): void {
    cancel = null;
    let hasMore = false;
    try {
      hasMore = withFile(path, (file) => follow(file, sink));
    } catch (cause) {
      if (!isFileError(cause)) throw cause;
      reading = null;
      meter.become('failed', `The file cannot be read (${cause.code}). It is tried again every second.`);
    } finally {
      if (!isStopped) cancel = schedule(hasMore ? 0 : LOOK_EVERY_MS, () => look(sink));
    }
  }

  /** One step through the file, or through one that was rotated away; true when there is more to read at once. */
  function follow(file: OpenFile, sink: PostSink): boolean {
    const another = cursor === null ? null : whyAnother(file, cursor);
    if (cursor === null || another === null) return readOn(file, sink) === 'more';
    const rest = fileRotatedAway(path, cursor);
    if (rest !== null) return withFile(rest, (old) => readRest(old, file, sink));
    cursor = startOf(file.inode, []);
    reading = null;
    const read = readOn(file, sink);
    if (read !== 'unreadable') meter.note(`The file was ${another}; it is read again from its beginning.`);
    return read === 'more';
  }

  /** Reads one chunk. */
  function readOn(file: OpenFile, sink: PostSink): 'more' | 'end' | 'not-stored' | 'unreadable' {
    const isHeld = reading !== null && reading.inode === file.inode && reading.readTo <= file.size;
    if (!isHeld) reading = begin(file);
    if (reading === null) return 'unreadable';
    const chunk = readAt(file, reading.readTo, CHUNK_BYTES);
    reading.readTo += chunk.length;
    const records = reading.splitter.push(chunk);
    const hasMore = chunk.length > 0 && reading.readTo < file.size;
    const isTaken = records.length === 0 || deliver(reading, records, placeBehind(reading.splitter, file), sink);
    return isTaken ? (hasMore ? 'more' : 'end') : 'not-stored';
  }

  /** Until the new file has its first bytes the old one may still be written to; then it gets no more. */
  function readRest(old: OpenFile, current: OpenFile, sink: PostSink): boolean {
    const read = readOn(old, sink);
    if (read === 'more' || read === 'not-stored') return read === 'more';
    if (current.size === 0) return false;
    const finished = [...(cursor?.finished ?? []), old.inode];
    const following = inodeRotatedNext(path, old.inode, [...finished, current.inode]);
    const next = startOf(following ?? current.inode, following === null ? [] : finished);
    if (reading !== null && !deliver(reading, reading.splitter.flush(), next, sink)) return false;
    cursor = next;
    reading = null;
    return true;
  }

  function begin(file: OpenFile): Reading | null {
    const format = detectFormat(readAt(file, 0, CHUNK_BYTES), false);
    if (!format.ok) {
      if (format.error.type === 'Wait') meter.become('live', 'Waiting for the first whole line.');
      else meter.become('failed', format.error.message);
      return null;
    }
    meter.become('live');
    const { headerBytes } = format.value;
    const isCsv = format.value.format === 'csv';
    const first = { offset: headerBytes, line: isCsv ? 2 : 1 };
    const from = cursor === null || cursor.offset < headerBytes ? first : cursor;
    const splitter = createRecordSplitter(format.value, from);
    cursor = placeBehind(splitter, file);
    return { inode: file.inode, format: format.value, splitter, readTo: from.offset };
  }

  function placeBehind(splitter: RecordSplitter, file: OpenFile): FileCursor {
    const offset = splitter.offset();
    const tail = tailBefore(file, offset);
    return { offset, line: splitter.line(), inode: file.inode, tail, finished: cursor?.finished ?? [] };
  }

  function deliver(from: Reading, records: readonly RawRecord[], next: FileCursor, sink: PostSink): boolean {
    const now = clock.now();
    const parsed = parseRecords(records, from.format, { feedId: settings.feedId, now });
    const posts = parsed.flatMap(({ post }) => (post.ok ? [post.value] : []));
    if (!handOverByAge(sink, posts, now, meter, next)) {
      reading = null; // read again from the cursor
      return false;
    }
    cursor = next;
    meter.skipped(parsed.length - posts.length);
    const problem = parsed.find(({ post }) => !post.ok);
    if (problem !== undefined && !problem.post.ok) {
      meter.note(`Skipped a record that starts in line ${problem.line}: ${problem.post.error}.`);
    }
    return true;
  }

  return {
    start: look,
    stop() {
      isStopped = true;
      cancel?.();
      meter.become('ended', 'Stopped.');
    },
    status: () => meter.status(),
  };
}
