// Reads what `strace -f -yy` wrote, and says whether anything left a process before the disk had it.
//
// A commit in a write-ahead log is a run of frames, each written as a header of 24 bytes and a page; the last header names
// the size of the database (SQLite, "WAL-mode File Format", section 2). The commit is durable when the file was synced
// after that last page. Whatever carries a token of it over a socket must begin after that sync has ended.

export interface TracedCall {
  readonly name: string;
  /** What the descriptor stands for: a path, or a socket as strace names it. */
  readonly file: string;
  /** What it carried, one character a byte. */
  readonly bytes: string;
  /** Where in the file; null where the call does not say. */
  readonly offset: number | null;
  /** Lines of the trace: other threads may come between its beginning and its end. */
  readonly began: number;
  readonly ended: number;
}

export interface OrderReport {
  /** Tokens that left the process at all. */
  readonly left: readonly string[];
  /** Sentences about those that left too early; a token that was never written left too early, too. */
  readonly tooEarly: readonly string[];
}

const LINE = /^(?:\[pid +)?(\d+)\]? +(\w+)\(\d+<(.*?)>(?=[,)]| <unfinished)/;
const RESUMED = /^(?:\[pid +)?(\d+)\]? +<\.\.\. (\w+) resumed>/;
const STRING = /"((?:[^"\\]|\\.)*)"(\.\.\.)?/gs;
const SIZE_AND_OFFSET = /, \d+, (\d+)(?:\)| <unfinished)/;
const FRAME_HEADER_BYTES = 24;
const WAL_HEADER_BYTES = 32;

/** Every call on a descriptor that succeeded, in the order in which they ended. Throws where strace left bytes out. */
export function readTrace(text: string): readonly TracedCall[] {
  const calls: TracedCall[] = [];
  const unfinished = new Map<string, TracedCall>();
  for (const [number, line] of text.split('\n').entries()) {
    const resumed = RESUMED.exec(line);
    if (resumed) {
      const key = `${resumed[1] ?? ''} ${resumed[2] ?? ''}`;
      const begun = unfinished.get(key);
      unfinished.delete(key);
      if (begun && !hasFailed(line)) calls.push({ ...begun, ended: number });
      continue;
    }
    const [head, pid = '', name = '', file = ''] = LINE.exec(line) ?? [];
    if (head === undefined) continue;
    const rest = line.slice(head.length);
    const isUnfinished = rest.endsWith('<unfinished ...>');
    const call = { name, file, bytes: bytesOf(rest, number), offset: offsetOf(rest), began: number, ended: number };
    if (isUnfinished) unfinished.set(`${pid} ${name}`, call);
    else if (!hasFailed(line)) calls.push(call);
  }
  return calls;
}

/** Whether each of these tokens left over a socket (or whatever `leaves` says) only when its commit was on the disk. */
export function checkOrder(
  calls: readonly TracedCall[],
  tokens: readonly string[],
  leaves: (call: TracedCall) => boolean = isToSocket,
): OrderReport {
  const durableAt = whenDurable(calls, tokens);
  const leftAt = firstSeen(calls.filter(leaves), tokens);
  const tooEarly: string[] = [];
  for (const [token, { began }] of leftAt) {
    const durable = durableAt.get(token)?.ended;
    const at = `line ${String(began + 1)}`;
    if (durable === undefined) tooEarly.push(`${token} left at ${at} and was never synced`);
    else if (began < durable)
      tooEarly.push(`${token} left at ${at}, before its sync ended at line ${String(durable + 1)}`);
  }
  return { left: [...leftAt.keys()], tooEarly };
}

/**
 * Pages that were copied into a database while frames of its write-ahead log were not synced yet: a loss of power could
 * leave them there without the log that they belong to.
 */
export function earlyCheckpoints(calls: readonly TracedCall[]): readonly string[] {
  const unsynced = new Set<string>();
  const found: string[] = [];
  for (const call of calls) {
    if (isSync(call)) unsynced.delete(call.file);
    else if (isWalWrite(call)) unsynced.add(call.file);
    else if (call.name.startsWith('pwrite') && unsynced.has(`${call.file}-wal`))
      found.push(`${call.file} was written at line ${String(call.began + 1)} before its log was synced`);
  }
  return found;
}

export function isToSocket({ name, file }: TracedCall): boolean {
  return /^(?:write|writev|sendto|sendmsg)$/.test(name) && /^(?:TCP|TCPv6|UNIX|UNIX-STREAM|socket):/.test(file);
}

/** The sync that made each token's commit durable. */
function whenDurable(calls: readonly TracedCall[], tokens: readonly string[]): ReadonlyMap<string, TracedCall> {
  const writes = calls.filter(isWalWrite);
  const durableAt = new Map<string, TracedCall>();
  for (const [token, written] of firstSeen(writes, tokens)) {
    const committed = commitOf(
      written,
      writes.filter(({ file }) => file === written.file),
    );
    if (committed === null) continue;
    const sync = calls.find((call) => isSync(call) && call.file === written.file && call.began > committed);
    if (sync) durableAt.set(token, sync);
  }
  return durableAt;
}

/** The line at which the last page of a page's commit was written; null if that never came. */
function commitOf(page: TracedCall, writes: readonly TracedCall[]): number | null {
  const at = writes.indexOf(page);
  let isLast = false;
  for (const [number, write] of writes.entries()) {
    if (isFrameHeader(write)) isLast = write.bytes.slice(4, 8) !== '\0\0\0\0';
    else if (isLast && number >= at) return write.ended;
  }
  return null;
}

function firstSeen(calls: readonly TracedCall[], tokens: readonly string[]): Map<string, TracedCall> {
  const seen = new Map<string, TracedCall>();
  let waiting = tokens;
  for (const call of calls) {
    const here = waiting.filter((token) => call.bytes.includes(token));
    if (here.length === 0) continue;
    for (const token of here) seen.set(token, call);
    waiting = waiting.filter((token) => !seen.has(token));
  }
  return seen;
}

function isWalWrite({ name, file }: TracedCall): boolean {
  return name.startsWith('pwrite') && file.endsWith('-wal');
}

function isSync({ name }: TracedCall): boolean {
  return name === 'fdatasync' || name === 'fsync';
}

function isFrameHeader({ bytes, offset }: TracedCall): boolean {
  return bytes.length === FRAME_HEADER_BYTES && (offset ?? 0) >= WAL_HEADER_BYTES;
}

function hasFailed(line: string): boolean {
  return / = (?:-1 |\?)/.test(line.slice(-120));
}

function bytesOf(rest: string, number: number): string {
  return [...rest.matchAll(STRING)]
    .map(([, escaped = '', cut]) => {
      if (cut !== undefined) throw new Error(`strace left bytes out in line ${String(number + 1)}: raise its -s`);
      return unescaped(escaped);
    })
    .join('');
}

function offsetOf(rest: string): number | null {
  const found = SIZE_AND_OFFSET.exec(rest.slice(rest.lastIndexOf('"')));
  return found ? Number(found[1]) : null;
}

const NAMED: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', v: '\v', f: '\f' };

function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{1,3}|.)/gs, (_, code: string) =>
    /^[0-7]/.test(code) ? String.fromCharCode(parseInt(code, 8)) : (NAMED[code] ?? code),
  );
}

/**
 * The same calls without one sync that made a token durable, from their middle: a check of the order must find what
 * waited for it. And how many syncs of a log there were.
 */
export function withoutOneSync(calls: readonly TracedCall[], tokens: readonly string[]) {
  const awaited = [...whenDurable(calls, tokens).values()];
  const missing = awaited[Math.floor(awaited.length / 2)];
  const logSyncs = calls.filter((call) => isSync(call) && call.file.endsWith('-wal'));
  return { without: calls.filter((call) => call !== missing), syncs: logSyncs.length };
}
