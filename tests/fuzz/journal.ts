import type { SlowFrame } from './report.ts';

/** What a watcher in another thread can read of a run that no longer answers. */
export const JOURNAL_BYTES = 512;
const HEAD_BYTES = 16;
const SHOWN_BYTES = 200;

/** Longest time for one frame, in ms of the thread's own processor time: other programs on the machine do not count. */
const MOST_MS = 1000;

/** Where a run is, to say after a crash or a hang which frame it was; and how long its frames took. */
export function createJournal(shared = new SharedArrayBuffer(JOURNAL_BYTES)) {
  const head = new Int32Array(shared, 0, HEAD_BYTES / 4);
  const bytes = new Uint8Array(shared, HEAD_BYTES);
  const counts = new Map<string, number>();
  let slowest: SlowFrame[] = [];
  let epochSeed = 0;
  let frame = 0;
  let what = '';

  function shown(): string {
    return Buffer.from(bytes.subarray(0, head[2] ?? 0)).toString('hex');
  }

  return {
    epoch(seed: number): void {
      epochSeed = seed;
      frame = 0;
      head[0] = seed;
    },
    /** Says what comes next. */
    note(kind: string, content: Uint8Array | string): void {
      frame += 1;
      what = kind;
      const start = typeof content === 'string' ? Buffer.from(content.slice(0, SHOWN_BYTES)) : content;
      const length = Math.min(SHOWN_BYTES, start.length);
      bytes.set(start.subarray(0, length));
      head[1] = frame;
      head[2] = length;
    },
    /** How long `act` takes counts for the frame that was noted last. */
    async time<Value>(act: () => Value | Promise<Value>): Promise<Value> {
      const startedAt = process.threadCpuUsage();
      const value = await act();
      const { user, system } = process.threadCpuUsage(startedAt);
      const ms = (user + system) / 1000;
      if (slowest.length < 10 || ms > (slowest.at(-1)?.ms ?? 0)) {
        slowest = [...slowest, { ms, epochSeed, frame, what, hex: shown() }]
          .sort((one, other) => other.ms - one.ms)
          .slice(0, 10);
      }
      if (ms > MOST_MS) throw new Error(`A frame took ${ms.toFixed(0)} ms.`);
      return value;
    },
    count(name: string): void {
      counts.set(name, (counts.get(name) ?? 0) + 1);
    },
    where: (): string => `seed ${epochSeed}, frame ${frame} (${what}): ${shown()}`,
    slowest: (): SlowFrame[] => slowest,
    counts: (): ReadonlyMap<string, number> => new Map([...counts].sort(([, one], [, other]) => other - one)),
  };
}

export type Journal = ReturnType<typeof createJournal>;

/** The frame that was noted last, for whoever watches from another thread. */
export function readJournal(shared: SharedArrayBuffer): string {
  const head = new Int32Array(shared, 0, HEAD_BYTES / 4);
  const bytes = Buffer.from(new Uint8Array(shared, HEAD_BYTES, Math.min(SHOWN_BYTES, head[2] ?? 0)));
  return `seed ${head[0] ?? 0}, frame ${head[1] ?? 0}: ${bytes.toString('hex')}`;
}

/** One way in from outside, under fire. */
export interface FuzzSession {
  /** Sends that many frames, drawn from the seed. Throws when a promise is broken. */
  run(seed: number, frames: number): Promise<void>;
  /** Everybody leaves and what is idle goes: the moment to look at the memory. */
  rest(): Promise<void>;
  end(): Promise<void>;
}

export type StartFuzz = (journal: Journal) => Promise<FuzzSession>;

/** A run is cut into epochs with a seed of their own, so that the one that failed can be run alone. */
export const EPOCH_FRAMES = 5000;
