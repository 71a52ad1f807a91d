import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { z } from 'zod';

const TAIL_BYTES = 64;

/** A file while it is looked at; `size` is what it was when it was opened. */
export interface OpenFile {
  readonly descriptor: number;
  readonly inode: string;
  readonly size: number;
}

/**
 * Where a followed file has been read to. `tail` are the bytes before that place, in hexadecimal: they tell a file that
 * was rewritten under its own name and number. `finished` are the files that were read to their end on the way from one
 * that was rotated away to the one that is written now.
 */
export const FileCursor = z.object({
  offset: z.int().nonnegative(),
  line: z.int().positive(),
  inode: z.string(),
  tail: z.string(),
  finished: z.array(z.string()).default([]),
});
export type FileCursor = z.infer<typeof FileCursor>;

/**
 * Opened anew at each look: only so is a file that was replaced under the same name noticed. Without waiting: a pipe
 * would hold the whole host until somebody writes into it.
 */
export function withFile<Value>(path: string, use: (file: OpenFile) => Value): Value {
  // Windows has no such flag, and no file there that is waited for.
  const descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stat = fstatSync(descriptor, { bigint: true });
    if (!stat.isFile()) throw Object.assign(new Error('not a regular file'), { code: 'not a file', syscall: 'open' });
    return use({ descriptor, inode: String(stat.ino), size: Number(stat.size) });
  } finally {
    closeSync(descriptor);
  }
}

export function readAt(file: OpenFile, from: number, length: number): Buffer {
  const buffer = Buffer.alloc(Math.max(0, Math.min(length, file.size - from)));
  return buffer.subarray(0, buffer.length === 0 ? 0 : readSync(file.descriptor, buffer, 0, buffer.length, from));
}

export function tailBefore(file: OpenFile, offset: number): string {
  const from = Math.max(0, offset - TAIL_BYTES);
  return readAt(file, from, offset - from).toString('hex');
}

/** Why the file is not the one that the cursor is from, as a word of the sentence about it; null when it is. */
export function whyAnother(file: OpenFile, cursor: FileCursor): 'replaced' | 'truncated' | 'rewritten' | null {
  if (file.inode !== cursor.inode) return 'replaced';
  if (file.size < cursor.offset) return 'truncated';
  return tailBefore(file, cursor.offset) === cursor.tail ? null : 'rewritten';
}

export function isFileError(cause: unknown): cause is { readonly code: string } {
  return cause instanceof Error && 'code' in cause && 'syscall' in cause;
}
