import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import { z } from 'zod';
import { quickFolder } from '../../support/quick-folder.ts';
import { createRandom } from '../../support/random.ts';
import { contentOf, openRoomOnDisk, type RoomContent, sizesOf } from '../../support/room-on-disk.ts';
import { linesUntilKilled } from '../../support/until-killed.ts';
import { WAL_HEADER_BYTES, walFrames } from '../../support/wal-file.ts';

// What a disk may do to a write-ahead log, done to the files of a process that was killed. What it had acknowledged is
// known to the commit: where each ended in the log, and what there was then.

const Acknowledged = z.object({
  /** Which run of the log: it begins anew when all of it has been copied into the database. */
  run: z.int(),
  ends: z.int(),
  sizes: z.array(z.int()),
});
type Acknowledged = z.infer<typeof Acknowledged>;

interface Killed {
  readonly database: Buffer;
  readonly wal: Buffer;
  readonly shm: Buffer;
  readonly acknowledged: readonly Acknowledged[];
  /** All that the files hold, uncut. */
  readonly content: RoomContent;
}

const folder = quickFolder();
const file = join(folder, 'tried.db');
afterAll(() => rmSync(folder, { recursive: true }));

/** Lets a process commit until this is enough, and takes its files as it leaves them. */
async function killedAfter(name: string, isEnough: (acknowledged: readonly Acknowledged[]) => boolean) {
  const source = join(folder, `${name}.db`);
  const parsed: Acknowledged[] = [];
  const read = (lines: readonly string[]) => {
    for (const line of lines.slice(parsed.length)) parsed.push(Acknowledged.parse(JSON.parse(line)));
    return parsed;
  };
  const acknowledged = read(await linesUntilKilled('disk-writer.ts', [source], (lines) => isEnough(read(lines))));
  const [database, wal, shm] = ['', '-wal', '-shm'].map((suffix) => readFileSync(source + suffix));
  if (!database || !wal || !shm) throw new Error('three files');
  const content = read3({ database, wal, shm: null });
  if (content === 'damaged') throw new Error('the files are damaged before anything was done to them');
  const killed: Killed = { database, wal, shm, acknowledged, content };
  // The last commit may have been on the disk without having been acknowledged.
  const last = acknowledged.at(-1);
  expect(sizesOf(content).every((size, part) => size >= (last?.sizes[part] ?? 0))).toBe(true);
  return killed;
}

/** Opens these three files as a host would; null leaves one out. */
function read3(files: { database: Buffer; wal: Buffer | null; shm: Buffer | null }): RoomContent | 'damaged' {
  for (const [suffix, bytes] of [
    ['', files.database],
    ['-wal', files.wal],
    ['-shm', files.shm],
  ] as const) {
    rmSync(file + suffix, { force: true });
    if (bytes !== null) writeFileSync(file + suffix, bytes);
  }
  const opened = openRoomOnDisk(file);
  if (!opened.ok) {
    expect(opened.error).toMatchObject({ type: 'DatabaseDamaged', file });
    expect(readFileSync(file).equals(files.database)).toBe(true);
    if (files.wal !== null) expect(readFileSync(`${file}-wal`).equals(files.wal)).toBe(true);
    return 'damaged';
  }
  try {
    return contentOf(opened.value);
  } finally {
    opened.value.db.close();
  }
}

/** Everything that is read was written, in that order, and ends where a commit ended. */
function expectWholeCommits(content: RoomContent, { acknowledged, content: all }: Killed, because: string): void {
  const sizes = sizesOf(content);
  const known = [sizes.map(() => 0), ...acknowledged.map((one) => one.sizes), sizesOf(all)];
  expect(known, because).toContainEqual(sizes);
  const { events, texts } = content;
  const prefix: RoomContent = {
    events: all.events.slice(0, events.length),
    texts: texts.map((updates, number) => all.texts[number]?.slice(0, updates.length) ?? []),
  };
  expect(isDeepStrictEqual(content, prefix), because).toBe(true);
}

/** What must be there whatever the log is cut to: what was acknowledged up to the cut, and what came before this run. */
function acknowledgedBefore({ acknowledged }: Killed, cut: number): Acknowledged | undefined {
  const run = acknowledged.at(-1)?.run;
  return acknowledged.findLast((one) => one.run !== run || one.ends <= cut);
}

function expectCutAt(killed: Killed, cut: number, shm: Buffer | null): void {
  const because = `cut at ${String(cut)} of ${String(killed.wal.length)}, shm ${shm ? String(shm.length) : 'missing'}`;
  const content = read3({ database: killed.database, wal: killed.wal.subarray(0, cut), shm });
  if (content === 'damaged') throw new Error(`damaged when ${because}`);
  expectWholeCommits(content, killed, because);
  const expected = acknowledgedBefore(killed, cut);
  const last = killed.acknowledged.at(-1);
  if (expected === last) {
    for (const [part, size] of sizesOf(content).entries())
      expect(size, because).toBeGreaterThanOrEqual(last?.sizes[part] ?? 0);
  } else expect(sizesOf(content), because).toEqual(expected?.sizes ?? [0, 0, 0]);
}

/** As a crash, a copy or another machine may leave it: gone, the killed process' own, zeros, noise. */
function sharedMemories({ shm }: Killed): readonly (Buffer | null)[] {
  const random = createRandom(512);
  const noise = Buffer.from(shm.map(() => Math.floor(random() * 256)));
  return [null, shm, Buffer.alloc(shm.length), noise];
}

test('a log cut at every 512 bytes opens with every commit before the cut and no part of another', async () => {
  const killed = await killedAfter('first-run', (acknowledged) => acknowledged.length >= 26);
  expect(new Set(killed.acknowledged.map(({ run }) => run)).size).toBe(1);
  const shms = sharedMemories(killed);
  let cuts = 0;
  for (let cut = 0; cut <= killed.wal.length; cut += 512) expectCutAt(killed, cut, shms[cuts++ % shms.length] ?? null);
  expectCutAt(killed, killed.wal.length, null);
  console.info(
    `${String(cuts)} cuts of a log of ${String(killed.wal.length)} bytes, ${String(killed.acknowledged.length)} commits`,
  );
});

test('a log that began anew after a checkpoint loses nothing of before, wherever it is cut', async () => {
  const killed = await killedAfter('second-run', (acknowledged) => {
    const run = acknowledged.at(-1)?.run;
    return acknowledged[0]?.run !== run && acknowledged.filter((one) => one.run === run).length >= 6;
  });
  const live = killed.acknowledged.at(-1)?.ends ?? 0;
  expect(killed.wal.length).toBeGreaterThan(live);
  const shms = sharedMemories(killed);
  let cuts = 0;
  // Behind the present run lie the pages of the one before: a cut there takes nothing away.
  for (let cut = 0; cut <= killed.wal.length; cut += cut <= live + 8_192 ? 512 : 128 * 512)
    expectCutAt(killed, cut, shms[cuts++ % shms.length] ?? null);
});

test('the shared memory beside a log may be of any other moment', async () => {
  const killed = await killedAfter('shm', (acknowledged) => acknowledged.length >= 12);
  const earlier = await killedAfter('shm-earlier', (acknowledged) => acknowledged.length >= 4);
  for (const shm of [...sharedMemories(killed), earlier.shm, killed.shm.subarray(0, 3), Buffer.alloc(0)])
    expect(read3({ database: killed.database, wal: killed.wal, shm })).toEqual(killed.content);
});

test('a damaged header is named, and so is a damaged frame that later commits follow; nothing is written', async () => {
  const killed = await killedAfter('damaged', (acknowledged) => acknowledged.length >= 20);
  const withWal = (change: (wal: Buffer) => void) => {
    const wal = Buffer.from(killed.wal);
    change(wal);
    return read3({ database: killed.database, wal, shm: null });
  };
  expect(withWal((wal) => wal.fill(0, 0, WAL_HEADER_BYTES))).toBe('damaged');
  expect(withWal((wal) => wal.fill(0, 0, 512))).toBe('damaged');
  for (let byte = 0; byte < WAL_HEADER_BYTES; byte += 1)
    expect(
      withWal((wal) => (wal[byte] = (wal[byte] ?? 0) ^ 1)),
      `byte ${String(byte)}`,
    ).toBe('damaged');

  const frames = walFrames(killed.wal);
  const commits = frames.flatMap(({ isCommit }, number) => (isCommit ? [number] : []));
  const random = createRandom(4096);
  const outcomes = { damaged: 0, 'the last commit is gone': 0 };
  for (const [number, { ends }] of frames.entries()) {
    const starts = frames[number - 1]?.ends ?? WAL_HEADER_BYTES;
    const at = starts + Math.floor(random() * (ends - starts));
    const content = withWal((wal) => (wal[at] = (wal[at] ?? 0) ^ (1 << Math.floor(random() * 8))));
    const because = `a bit of byte ${String(at)} in frame ${String(number)} of ${String(frames.length)}`;
    if (content === 'damaged') {
      outcomes.damaged += 1;
      continue;
    }
    // A commit that is torn at the end is what a crash leaves of one that nobody was told of.
    expect(number, because).toBeGreaterThan(commits.at(-3) ?? 0);
    expectWholeCommits(content, killed, because);
    outcomes['the last commit is gone'] += 1;
  }
  expect(outcomes.damaged).toBeGreaterThan(frames.length / 2);
});
