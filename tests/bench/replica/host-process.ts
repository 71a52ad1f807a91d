// One host of the benchmark, in this process: asked by join.ts and relay.ts.
import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { RoomId, Sha256Hex } from '../../../shared/base/ids.ts';
import { invariant } from '../../../shared/base/invariant.ts';
import { formatDocumentName } from '../../../shared/protocol/document-names.ts';
import type { RoomBook } from '../../../src-main/commands/room-book.ts';
import { answerTasks } from '../sync/worker.ts';
import { openBenchHost, type BenchHost } from './bench-host.ts';
import { CORA, type Machine, WIM } from './cast.ts';
import { type LoopGaps, paced, sharedNow, watchLoop } from './pace.ts';
import { openPage } from './page.ts';
import { note, seed } from './seed.ts';

export interface Opening {
  readonly folder: string;
  readonly machine: Machine;
  /** What it joins; null when it is there. */
  readonly workspaceId: Sha256Hex | null;
}

export interface Meeting {
  readonly trusted: Machine;
  /** Where the machine is that it follows; null when it waits to be followed. */
  readonly port: number | null;
}

export interface Awaited {
  readonly roomId: RoomId;
  readonly events: number;
}

export interface Joined {
  readonly ms: number;
  /** What this process used of the processors meanwhile, all threads together. */
  readonly processorMs: number;
  /** In bytes, of the whole process; the most it ever had, and both others after a collection. */
  readonly rss: { readonly before: number; readonly most: number; readonly after: number };
  /** In bytes: what JavaScript still uses of that, buffers included, more than before. */
  readonly kept: number;
  readonly gaps: LoopGaps;
}

export interface Paced {
  readonly roomId: RoomId;
  readonly count: number;
  readonly everyMs: number;
}

let host: BenchHost | null = null;
let endWatch: (() => LoopGaps) | null = null;

answerTasks({
  seed: ({ folder, events }: { folder: string; events: number }) => seed(folder, events),

  open({ folder, machine, workspaceId }: Opening) {
    host = openBenchHost(folder, machine, workspaceId);
  },

  listen: () => opened().listen(),
  meet: ({ trusted, port }: Meeting) => opened().begin(trusted, port),

  /** Joins from an empty folder; resolves when the room is on the disk and folded. */
  async join({ trusted, port, ...awaited }: Meeting & Awaited): Promise<Joined> {
    const before = await collected();
    const endOwnWatch = watchLoop();
    const processor = process.cpuUsage();
    const began = sharedNow();
    opened().begin(trusted, port);
    await held(awaited);
    const ms = sharedNow() - began;
    const { user, system } = process.cpuUsage(processor);
    const gaps = endOwnWatch();
    const most = process.resourceUsage().maxRSS * 1024;
    const after = await collected();
    const rss = { before: before.rss, most, after: after.rss };
    return { ms, processorMs: (user + system) / 1000, rss, kept: after.used - before.used, gaps };
  },

  held,

  /** Stands for everything that the room has become here. */
  fold({ roomId }: Pick<Awaited, 'roomId'>) {
    const { events, state } = bookOf(roomId);
    const hash = createHash('sha256');
    for (const event of events) hash.update(`${event.hash} ${event.actor.kind}\n`);
    return hash.update(JSON.stringify(state)).digest('hex');
  },

  watch() {
    globalThis.gc?.();
    endWatch = watchLoop();
  },
  gaps: () => endWatch?.() ?? null,

  /** Writes into the room's log; returns when each was begun, and when it was acknowledged here. */
  async append({ roomId, count, everyMs }: Paced) {
    const times: { readonly at: number; readonly acknowledgedAt: number }[] = [];
    await paced(count, everyMs, (turn) => {
      const at = sharedNow();
      const accepted = opened().warRoom.record(CORA, roomId, [note(`Measured ${String(turn)}`)]);
      invariant(accepted.ok, 'a note counts');
      times.push({ at, acknowledgedAt: sharedNow() });
    });
    return times;
  },

  /** When each of so many notes had been committed and folded here. */
  arrivals({ roomId, count }: Pick<Paced, 'roomId' | 'count'>): Promise<readonly number[]> {
    return new Promise((resolve) => {
      const times: number[] = [];
      const stop = bookOf(roomId).changed.listen(({ events }) => {
        const now = sharedNow();
        for (const { event } of events) {
          const turn = event.type === 'LogEntryAdded' ? /^Measured (\d+)$/.exec(event.text)?.[1] : undefined;
          if (turn !== undefined) times[Number(turn)] ??= now;
        }
        if (times.filter(() => true).length < count) return;
        stop();
        resolve(times);
      });
    });
  },

  /** Types letters into the room's notes, one after the other, as somebody's page at this host. */
  async type({ roomId, count, everyMs }: Paced) {
    const text = openPage(opened().sync, notesOf(roomId), CORA);
    const times: number[] = [];
    await paced(count, everyMs, () => {
      times.push(sharedNow());
      text.insert(text.length, 'x');
    });
    return times;
  },

  /** When each of so many letters had reached a page at this host. */
  letters({ roomId, count }: Pick<Paced, 'roomId' | 'count'>): Promise<readonly number[]> {
    const text = openPage(opened().sync, notesOf(roomId), WIM);
    return new Promise((resolve) => {
      const times: number[] = [];
      text.observe(() => {
        const now = sharedNow();
        while (times.length < text.length) times.push(now);
        if (times.length >= count) resolve(times);
      });
    });
  },
});

function opened(): BenchHost {
  invariant(host, 'the host was opened');
  return host;
}

function bookOf(roomId: RoomId): RoomBook {
  const book = opened().warRoom.rooms.get(roomId);
  invariant(book, 'the room is here');
  return book;
}

function notesOf(roomId: RoomId): string {
  return formatDocumentName({ type: 'room-notes', roomId });
}

function held({ roomId, events }: Awaited): Promise<void> {
  const isHeld = (): boolean => (opened().warRoom.rooms.get(roomId)?.events.length ?? 0) >= events;
  return new Promise((resolve) => {
    if (isHeld()) return resolve();
    const stop = opened().warRoom.changed.listen(() => {
      if (!isHeld()) return;
      stop();
      resolve();
    });
  });
}

async function collected(): Promise<{ readonly rss: number; readonly used: number }> {
  for (let time = 0; time < 3; time += 1) {
    globalThis.gc?.();
    await wait(100);
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, used: heapUsed + external };
}
