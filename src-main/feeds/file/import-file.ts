import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { FeedId } from '../../../shared/base/ids.ts';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import type { Post } from '../../../shared/domain/mention/mention.ts';
import type { Clock } from '../../commands/ports.ts';
import { detectFormat, type FileFormat } from './file-format.ts';
import { parseRecords, type ParsedRecord } from './parse-records.ts';
import { createRecordSplitter } from './split-records.ts';

const BATCH = 1_000;
const PROBLEMS_KEPT = 100;
const HEAD_BYTES = 256 * 1024;

export interface ImportProblem {
  /** Number of the record in the file, from 1; a CSV header and blank lines do not count. */
  readonly record: number;
  /** The line where it starts, from 1. */
  readonly line: number;
  readonly reason: string;
}

export interface ImportReport {
  readonly read: number;
  readonly accepted: number;
  readonly skipped: number;
  /** The first hundred. */
  readonly problems: readonly ImportProblem[];
}

export interface ImportRefused {
  readonly type: 'NotText' | 'Unreadable' | 'UnknownFormat';
  readonly message: string;
}

export interface ImportRequest {
  readonly file: string;
  readonly feedId: FeedId;
  readonly clock: Clock;
  /** Up to 1,000 at a time, in the order of the file. */
  readonly onPosts: (batch: readonly Post[]) => void | Promise<void>;
  readonly onProgress?: (progress: {
    readonly bytesRead: number;
    readonly bytesTotal: number;
    readonly read: number;
    readonly skipped: number;
  }) => void;
}

/** Reads a whole NDJSON or CSV file as history, streaming. A file that is not text is refused before anything is taken. */
export async function importFile(request: ImportRequest): Promise<Result<ImportReport, ImportRefused>> {
  try {
    const notText = await whyNotText(request.file);
    if (notText !== null) return err({ type: 'NotText', message: notText });
    const format = await formatOf(request.file);
    if (!format.ok) return format;
    return ok(await importRecords(request, format.value));
  } catch (cause) {
    if (!isFileError(cause)) throw cause;
    return err({ type: 'Unreadable', message: `The file cannot be read: ${cause.code}.` });
  }
}

async function importRecords(request: ImportRequest, format: FileFormat): Promise<ImportReport> {
  const { size: bytesTotal } = await stat(request.file);
  const firstLine = format.format === 'csv' ? 2 : 1;
  const splitter = createRecordSplitter(format, { offset: format.headerBytes, line: firstLine });
  const problems: ImportProblem[] = [];
  let read = 0;
  let skipped = 0;
  let batch: Post[] = [];

  async function take(parsed: readonly ParsedRecord[]): Promise<void> {
    for (const { line, post } of parsed) {
      read += 1;
      if (post.ok) {
        batch.push(post.value);
        if (batch.length === BATCH) {
          const full = batch;
          batch = [];
          await request.onPosts(full);
        }
        continue;
      }
      skipped += 1;
      if (problems.length < PROBLEMS_KEPT) problems.push({ record: read, line, reason: post.error });
    }
    request.onProgress?.({ bytesRead: splitter.offset(), bytesTotal, read, skipped });
  }

  const context = () => ({ ...request, now: request.clock.now(), requireTime: true });
  for await (const chunk of createReadStream(request.file, { start: format.headerBytes, highWaterMark: HEAD_BYTES })) {
    await take(parseRecords(splitter.push(chunk as Buffer), format, context()));
  }
  await take(parseRecords(splitter.flush(), format, context()));
  if (batch.length > 0) await request.onPosts(batch);
  return { read, accepted: read - skipped, skipped, problems };
}

async function whyNotText(file: string): Promise<string | null> {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  let at = 0;
  for await (const chunk of createReadStream(file, { highWaterMark: HEAD_BYTES })) {
    const bytes = chunk as Buffer;
    const nul = bytes.indexOf(0);
    if (nul >= 0) return `The file is not text: there is a NUL byte at byte ${at + nul + 1}.`;
    try {
      utf8.decode(bytes, { stream: true });
    } catch {
      return `The file is not text in UTF-8: invalid bytes after byte ${at}.`;
    }
    at += bytes.length;
  }
  try {
    utf8.decode();
  } catch {
    return 'The file is not text in UTF-8: it ends in the middle of a character.';
  }
  return null;
}

async function formatOf(file: string): Promise<Result<FileFormat, ImportRefused>> {
  const handle = await open(file, 'r');
  try {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    if (bytesRead === 0) return ok({ format: 'ndjson', headerBytes: 0 });
    const format = detectFormat(buffer.subarray(0, bytesRead), true);
    if (format.ok || format.error.type === 'UnknownFormat') return format as Result<FileFormat, ImportRefused>;
    return err({ type: 'UnknownFormat', message: 'The first line is longer than any header or record.' });
  } finally {
    await handle.close();
  }
}

function isFileError(cause: unknown): cause is { readonly code: string; readonly syscall: string } {
  return cause instanceof Error && 'code' in cause && 'syscall' in cause;
}
