import type { Sha256Hex } from '../../shared/base/ids.ts';
import { invariant } from '../../shared/base/invariant.ts';
import { eventHash, type Head, type LogId, type SignedEvent, type StoredEvent } from '../../shared/log/envelope.ts';
import type { EventLog } from '../../shared/log/event-log.ts';
import { compareTime } from '../../shared/log/hybrid-time.ts';
import { parentHashes } from '../../shared/log/order.ts';
import type { DocumentStore, TextLog } from '../../src-main/commands/ports.ts';
import type { HighWater } from '../../src-main/identity/high-water.ts';
import { createMemoryDocumentStore } from '../support/memory-document-store.ts';
import { createMemoryEventLog } from '../support/memory-event-log.ts';
import { createMemoryTextLog } from '../support/memory-text-log.ts';

// The disk of one host, with what a power failure leaves of it.
// 1. What is written is volatile until it is synced. `append`, `receive` and `adopt` sync before they return, as
//    SQLite does with synchronous=FULL; a crash takes away whatever was not synced.
//    A full disk refuses all of a commit, and the log is as it was.
// 2. A process that has crashed can write nothing any more: everything it still tries throws `ProcessEnded`.
// 3. High-water marks lie beside the files: a backup that is put in place does not take them back.

/** The host's process ended in the middle of what it was doing. */
export class ProcessEnded extends Error {
  constructor() {
    super('the process has ended');
  }
}

/** There was no room for it; nothing of it was kept. */
export class DiskFull extends Error {
  constructor() {
    super('the disk is full');
  }
}

/** When the process ends, at the next commit: before it, before its mark is noted, or before whoever waits is told. */
export type CrashPoint = 'before commit' | 'before mark' | 'before acknowledgement';

export interface DiskFaults {
  /** The planted fault: says that it is kept, and syncs so much later. Null is an honest disk. */
  readonly syncAfterMs: number | null;
  /** The planted fault: takes two events with one time for the same. */
  readonly dropsEqualTimes: boolean;
}

/** How much of every log there was at some moment. Files only ever grow, so that is enough to go back. */
export type Backup = ReadonlyMap<LogId, { readonly events: number; readonly adopted: number }>;

export interface SimulatedDisk {
  /** Ends the process that has the disk now, and forgets what was not synced. */
  crash(): void;
  /** Ends the process in good order: everything is synced. */
  shutDown(): void;
  /** Begins a process: only the newest one may write. */
  begin(): OpenDisk;
  /** Every event that would still be there after a crash. */
  synced(): ReadonlyMap<LogId, readonly StoredEvent[]>;
  /** Whether a process has it open. */
  isOpen(): boolean;
  backUp(): Backup;
  /** Puts a backup in place of what is there. No process may be running. */
  restore(backup: Backup): void;
  /** The next commit goes as far as this, and the process ends there. */
  crashAt: CrashPoint | null;
  /** Refuses the event that would get this index in its log, or a higher one; null: there is room. */
  fullFrom: number | null;
}

/** The disk as one process has it. */
export interface OpenDisk {
  readonly logIds: readonly LogId[];
  open(logId: LogId): EventLog;
  remove(logId: LogId): void;
  /** Where the texts of a file are; each commit of theirs is synced, and no backup takes them back. */
  texts(logId: LogId): { readonly documents: DocumentStore; readonly texts: TextLog };
  readonly highWater: HighWater;
}

interface File {
  events: StoredEvent[];
  adopted: StoredEvent[];
  synced: { events: number; adopted: number };
}

export function createDisk(deps: {
  readonly faults: DiskFaults;
  readonly schedule: (delayMs: number, act: () => void) => unknown;
  /** The process has just ended by itself, at a crash point. */
  onCrash(): void;
}): SimulatedDisk {
  const { faults, schedule } = deps;
  const files = new Map<LogId, File>();
  const marks = new Map<LogId, Map<string, Head>>();
  const texts = new Map<LogId, { readonly documents: DocumentStore; readonly texts: TextLog }>();
  let process = 0;
  let isRunning = false;

  function endProcess(): void {
    isRunning = false;
    process += 1;
    for (const [logId, file] of files) {
      file.events.length = file.synced.events;
      file.adopted.length = file.synced.adopted;
      if (file.events.length === 0 && file.adopted.length === 0) files.delete(logId);
    }
  }

  function sync(file: File): void {
    file.synced = { events: file.events.length, adopted: file.adopted.length };
  }

  function raise(logId: LogId, head: Head): void {
    const ofLog = marks.get(logId) ?? new Map<string, Head>();
    marks.set(logId, ofLog);
    if ((ofLog.get(head.author)?.seq ?? 0) < head.seq) ofLog.set(head.author, head);
  }

  const disk: SimulatedDisk = {
    crashAt: null,
    fullFrom: null,
    crash: endProcess,
    shutDown() {
      for (const file of files.values()) sync(file);
      endProcess();
    },
    begin() {
      invariant(!isRunning, 'one process at a time');
      isRunning = true;
      process += 1;
      const me = process;
      return openDisk(() => isRunning && process === me);
    },
    synced: () => new Map([...files].map(([logId, file]) => [logId, file.events.slice(0, file.synced.events)])),
    isOpen: () => isRunning,
    backUp: () => new Map([...files].map(([logId, file]) => [logId, file.synced])),
    restore(backup) {
      invariant(!isRunning, 'a running process would not see it');
      for (const [logId, file] of files) {
        const then = backup.get(logId);
        if (then === undefined) {
          files.delete(logId);
          texts.delete(logId); // they are in that file
          continue;
        }
        file.synced = then;
        file.events.length = then.events;
        file.adopted.length = then.adopted;
      }
    },
  };
  return disk;

  function openDisk(isAlive: () => boolean): OpenDisk {
    function assertAlive(): void {
      if (!isAlive()) throw new ProcessEnded();
    }

    function endAt(point: CrashPoint): void {
      if (disk.crashAt !== point) return;
      disk.crashAt = null;
      endProcess();
      deps.onCrash();
      throw new ProcessEnded();
    }

    function commit(file: File, write: () => void): void {
      endAt('before commit');
      write();
      if (faults.syncAfterMs === null) sync(file);
      else schedule(faults.syncAfterMs, () => isAlive() && sync(file));
    }

    /** What was signed here has its mark noted; what came from others needs none. */
    function keep(logId: LogId, file: File, events: readonly StoredEvent[]): void {
      assertAlive();
      if (events.some(({ index }) => index >= (disk.fullFrom ?? Infinity))) throw new DiskFull();
      commit(file, () => file.events.push(...events));
      endAt('before mark');
      for (const { arrivedAt, envelope, hash } of events)
        if (arrivedAt === undefined) raise(logId, { author: envelope.author, seq: envelope.seq, hash });
      endAt('before acknowledgement');
    }

    return {
      get logIds() {
        return [...files.keys()];
      },
      remove: (logId) => void files.delete(logId),
      texts(logId) {
        const documents = createMemoryDocumentStore();
        const held = texts.get(logId) ?? { documents, texts: createMemoryTextLog(documents) };
        texts.set(logId, held);
        return { documents: whileAlive(held.documents, assertAlive), texts: whileAlive(held.texts, assertAlive) };
      },
      highWater: {
        raise,
        marks: (logId) => [...(marks.get(logId)?.values() ?? [])],
        logs: () => [...marks.keys()],
        standing: 'known',
        settle: () => undefined,
        close: () => undefined,
      },
      open(logId) {
        assertAlive();
        const file = files.get(logId) ?? { events: [], adopted: [], synced: { events: 0, adopted: 0 } };
        files.set(logId, file);
        const log = createMemoryEventLog(logId, {
          events: [...file.events],
          workspaceEvents: [...file.adopted],
          write: (events) => {
            if (events.length > 0) keep(logId, file, events);
          },
        });
        return {
          logId,
          get length() {
            return log.length;
          },
          heads: log.heads,
          tips: log.tips,
          find: log.find,
          lacking: log.lacking,
          read: log.read,
          readWorkspace: log.readWorkspace,
          append(signer, drafts, context) {
            assertAlive();
            return log.append(signer, drafts, context);
          },
          receive(events, arrivedAt) {
            assertAlive();
            return log.receive(faults.dropsEqualTimes ? withoutEqualTimes(events, file) : events, arrivedAt);
          },
          adopt(events) {
            assertAlive();
            const before = log.readWorkspace().length;
            log.adopt(events);
            const fresh = log.readWorkspace().slice(before);
            if (fresh.length > 0) commit(file, () => file.adopted.push(...fresh));
          },
        };
      },
    };
  }
}

/** The same, for as long as its process lives. */
function whileAlive<Port extends object>(port: Port, assertAlive: () => void): Port {
  return new Proxy(port, {
    get(target, name) {
      assertAlive();
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Nor what stands on them, which could not be kept without. */
function withoutEqualTimes(events: readonly SignedEvent[], { events: held }: File): readonly SignedEvent[] {
  const dropped = new Set<Sha256Hex>();
  return events.filter(({ envelope }) => {
    const hash = eventHash(envelope);
    const isTwin = held.some((one) => one.hash !== hash && compareTime(one.envelope.time, envelope.time) === 0);
    if (isTwin || parentHashes(envelope).some((parent) => dropped.has(parent))) dropped.add(hash);
    return !dropped.has(hash);
  });
}
