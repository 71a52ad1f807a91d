import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import envPaths from 'env-paths';
import { Head, LogId } from '../../shared/log/envelope.ts';

// How far each author has come in each log, kept where a restored database cannot take it back.
//
// 1. A mark is written after its event was committed and before the append is acknowledged, by one plain write without
//    a sync. So when the process dies, no acknowledged event is above its mark.
// 2. Marks are synced at most SYNC_AFTER_MS later. So when the power fails, marks may lag by what was appended in that
//    time (and never lead, because the event was committed first).
// 3. A disk that refuses a mark refuses neither the event nor the start of a host: that file's marks lag until it takes
//    them again.
// 4. Both files hold the same marks; the higher one counts. One lies with the keys, one outside the data folder.
// So a database restored to a state before its marks is always recognised, but for a loss that lies entirely within
// SYNC_AFTER_MS before a power failure.

const SYNC_AFTER_MS = 1_000;
const REWRITE_AFTER_LINES = 20_000;

export interface HighWater {
  /** Notes an author's newest committed event. Costs a plain write, no sync. */
  raise(log: LogId, head: Head): void;
  /** The highest known heads of a log's authors. */
  marks(log: LogId): readonly Head[];
  /** Every log of which a mark is known, whether or not its file is here now. */
  logs(): readonly LogId[];
  /**
   * Whether this machine has kept marks for this folder before: `fresh` when nobody has, `known` when it has, `copied`
   * when only the folder itself brings some. A copied or moved folder must not sign on with its old keys.
   */
  readonly standing: 'fresh' | 'known' | 'copied';
  /** Forgets that the folder was copied: call it once new keys are in place. */
  settle(): void;
  close(): void;
}

/** The file outside the data folder. `configDirectory` is the platform's own unless a test gives another. */
export function outsideHighWaterFile(
  dataDirectory: string,
  configDirectory: string = envPaths('Firebreak', { suffix: '' }).config,
): string {
  const folder = createHash('sha256').update(realpathSync(dataDirectory)).digest('hex').slice(0, 32);
  return join(configDirectory, 'high-water', `${folder}.txt`);
}

export function openHighWater(files: { readonly inside: string; readonly outside: string }): HighWater {
  const insideMarks = readMarks(files.inside);
  const outsideMarks = readMarks(files.outside);
  const standing =
    insideMarks.size === 0 && outsideMarks.size === 0 ? 'fresh' : outsideMarks.size > 0 ? 'known' : 'copied';
  const marks = merge(insideMarks, outsideMarks);
  const outside = createMarkFile(files.outside, marks);
  const inside = createMarkFile(files.inside, marks);
  let settled = standing !== 'copied';
  let lines = 0;
  let timer: NodeJS.Timeout | undefined;

  function rewrite(): void {
    lines = 0;
    inside.rewrite();
    if (settled) outside.rewrite(); // a copied folder stays so until new keys are in place, even if we die first
  }

  function writeMark(line: string): void {
    lines += 1;
    if (lines > REWRITE_AFTER_LINES) return rewrite();
    inside.write(line);
    if (settled) outside.write(line);
  }

  function sync(): void {
    timer = undefined;
    inside.sync();
    if (settled) outside.sync();
  }

  rewrite();

  return {
    standing,
    raise(log, head) {
      const key = keyOf(log, head);
      const held = marks.get(key);
      if (held !== undefined && held.head.seq >= head.seq) return;
      marks.set(key, { log, head });
      writeMark(lineOf({ log, head }));
      timer ??= setTimeout(sync, SYNC_AFTER_MS).unref();
    },
    marks: (log) => [...marks.values()].filter((mark) => mark.log === log).map((mark) => mark.head),
    logs: () => [...new Set([...marks.values()].map((mark) => mark.log))],
    settle() {
      settled = true;
      rewrite();
    },
    close() {
      clearTimeout(timer);
      sync();
      inside.close();
      outside.close();
    },
  };
}

interface Mark {
  readonly log: LogId;
  readonly head: Head;
}
type Marks = ReadonlyMap<string, Mark>;

/** One line a mark, whole or not at all. Nothing here throws: what the disk refused is written with the next chance. */
function createMarkFile(file: string, marks: Marks) {
  let descriptor: number | null = null;
  let isBehind = false;

  function close(): void {
    if (descriptor !== null) closeSync(descriptor);
    descriptor = null;
  }

  function attempt(write: () => void): void {
    try {
      write();
      isBehind = false;
    } catch {
      isBehind = true;
    }
  }

  /** Leaves the file open for further lines. */
  function writeAll(): void {
    const partial = `${file}.partial`;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const fresh = openSync(partial, 'w', 0o600);
    try {
      writeFileSync(fresh, [...marks.values()].map(lineOf).join(''));
      fsyncSync(fresh);
      renameSync(partial, file);
    } catch (cause) {
      closeSync(fresh);
      throw cause;
    }
    close();
    descriptor = fresh;
  }

  return {
    rewrite: () => attempt(writeAll),
    write(line: string): void {
      attempt(() => {
        if (isBehind || descriptor === null) writeAll();
        else if (writeSync(descriptor, line) < Buffer.byteLength(line)) throw new Error('half a line');
      });
    },
    sync(): void {
      attempt(() => {
        if (isBehind) writeAll();
        else if (descriptor !== null) fsyncSync(descriptor);
      });
    },
    close,
  };
}

/** A line that a crash tore, or that is not ours, is passed over: a lower mark is better than no start. */
function readMarks(file: string): Marks {
  const marks = new Map<string, Mark>();
  for (const line of readTextOrNothing(file).split('\n')) {
    const [logText, author, seq, hash] = line.split(' ');
    const log = LogId.safeParse(logText);
    const head = Head.safeParse({ author, seq: Number(seq), hash });
    if (!log.success || !head.success) continue;
    const mark = { log: log.data, head: head.data };
    const key = keyOf(mark.log, mark.head);
    if (mark.head.seq > (marks.get(key)?.head.seq ?? 0)) marks.set(key, mark);
  }
  return marks;
}

function readTextOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function merge(a: Marks, b: Marks): Map<string, Mark> {
  const merged = new Map(a);
  for (const [key, mark] of b) if (mark.head.seq > (merged.get(key)?.head.seq ?? 0)) merged.set(key, mark);
  return merged;
}

function keyOf(log: LogId, head: Head): string {
  return `${log} ${head.author}`;
}

function lineOf({ log, head }: Mark): string {
  return `${log} ${head.author} ${head.seq} ${head.hash}\n`;
}
