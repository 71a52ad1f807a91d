import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { type FileCursor, isFileError, tailBefore, withFile } from './open-file.ts';

/** A folder with more files than this is looked through no further: it is not one of rotated files. */
const MOST_FILES = 2_000;
/** So many bytes of the tail must be there before a copy is believed to be one. */
const TAIL_TO_BELIEVE = 32;

/**
 * The file beside `path` in which reading goes on after `path` itself has become another one: the same file under
 * another name (rename and create), or else a copy of it that is just as long or longer (copy and truncate). Null when
 * there is none.
 */
export function fileRotatedAway(path: string, cursor: FileCursor): string | null {
  const beside = filesBeside(path);
  const renamed = beside.find(({ inode, file }) => inode === cursor.inode && isContinued(file, cursor));
  if (renamed !== undefined) return renamed.file;
  if (cursor.tail.length < 2 * TAIL_TO_BELIEVE) return null;
  const stem = basename(path, extname(path));
  const copy = beside.find(({ file }) => basename(file).startsWith(stem) && isContinued(file, cursor));
  return copy?.file ?? null;
}

/**
 * The file that was written after the one with the inode `last` and rotated away too, before anybody looked: of those
 * named like it (`feed.ndjson.1`, `feed.ndjson.2`) the one that was changed next. Null when it is the turn of `path`.
 */
export function inodeRotatedNext(path: string, last: string, finished: readonly string[]): string | null {
  const beside = filesBeside(path);
  const before = beside.find(({ inode }) => inode === last);
  if (before === undefined) return null;
  const shape = shapeOf(before.file);
  const [next] = beside
    // Several may have one time of change: those that were read are known by their number.
    .filter(({ file, inode, changedAt }) => {
      return shapeOf(file) === shape && changedAt >= before.changedAt && !finished.includes(inode);
    })
    .toSorted((a, b) => (a.changedAt < b.changedAt ? -1 : a.changedAt > b.changedAt ? 1 : 0));
  return next?.inode ?? null;
}

function isContinued(file: string, cursor: FileCursor): boolean {
  try {
    return withFile(file, (open) => open.size >= cursor.offset && tailBefore(open, cursor.offset) === cursor.tail);
  } catch (cause) {
    if (isFileError(cause)) return false; // gone, or not ours to read
    throw cause;
  }
}

/** `feed.ndjson.12` and `feed.ndjson.3` are of one shape. */
function shapeOf(file: string): string {
  return basename(file).replaceAll(/\d+/g, '#');
}

function filesBeside(
  path: string,
): readonly { readonly file: string; readonly inode: string; readonly changedAt: bigint }[] {
  const folder = dirname(path);
  const names = readdirSync(folder).slice(0, MOST_FILES);
  return names
    .map((name) => join(folder, name))
    .filter((file) => basename(file) !== basename(path))
    .flatMap((file) => {
      const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
      return stat?.isFile() ? [{ file, inode: String(stat.ino), changedAt: stat.mtimeNs }] : [];
    });
}
