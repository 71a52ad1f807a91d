import { invariant } from '../../shared/base/invariant.ts';
import { eventHash, type LogId, type StoredEvent } from '../../shared/log/envelope.ts';
import type { EventLog } from '../../shared/log/event-log.ts';
import { createLogCursor, type PlacedEvent } from '../../shared/log/log-cursor.ts';
import { signEvent } from '../../shared/log/signing.ts';

export interface MemoryLogOptions {
  /** What an earlier log of this kind held, as a restart finds it. */
  readonly events?: readonly StoredEvent[];
  readonly workspaceEvents?: readonly StoredEvent[];
  /** In the disk's place: called with what is to be kept before any of it is. May throw, and nothing is kept then. */
  readonly write?: (events: readonly StoredEvent[]) => void;
}

/** An event log that lives as long as the test. It signs, orders and takes in as the stored one does. */
export function createMemoryEventLog(logId: LogId, options: MemoryLogOptions = {}): EventLog {
  const cursor = createLogCursor(logId);
  const events: StoredEvent[] = [];
  const adopted = new Map<string, StoredEvent>();

  function keep(fresh: readonly StoredEvent[]): void {
    for (const event of fresh) {
      cursor.take(event.envelope, event.hash, event.arrivedAt === undefined ? 'here' : 'elsewhere');
      events.push(event);
    }
  }

  function keepAdopted(event: StoredEvent): void {
    adopted.set(event.hash, event);
    cursor.raise(event.envelope.time);
  }

  keep(options.events ?? []);
  options.workspaceEvents?.forEach(keepAdopted);
  return {
    logId,
    get length() {
      return events.length;
    },
    heads: cursor.heads,
    tips: cursor.tips,
    find: cursor.find,
    append(signer, drafts, context) {
      const fresh: StoredEvent[] = [];
      let after: PlacedEvent | undefined;
      for (const { type, body } of drafts) {
        const place = cursor.place(signer.publicKey, context.now, context.workspaceHeads, after);
        const { event, hash } = signEvent(signer, { ...place, type }, body, context.salt());
        fresh.push({ ...event, body: structuredClone(body), index: events.length + fresh.length, hash });
        after = { envelope: event.envelope, hash };
      }
      options.write?.(fresh);
      keep(fresh);
      return fresh;
    },
    receive(foreign, arrivedAt) {
      invariant(arrivedAt > 0, 'nothing arrives at the beginning of time');
      const hashed = foreign.map((event) => ({ event, envelope: event.envelope, hash: eventHash(event.envelope) }));
      const fresh = cursor.unheld(hashed).map(({ event: { envelope, body, salt }, hash }, offset): StoredEvent => {
        return { envelope, body: structuredClone(body), salt, index: events.length + offset, hash, arrivedAt };
      });
      options.write?.(fresh);
      keep(fresh);
      return fresh;
    },
    lacking(tips, fromIndex, limit) {
      const { indexes, next } = cursor.lacked(tips, fromIndex, limit);
      return { events: indexes.flatMap((index) => events[index] ?? []), next };
    },
    read: (fromIndex = 0) => events.slice(fromIndex),
    adopt(foreign) {
      invariant(logId !== 'workspace', 'the workspace log adopts nothing');
      for (const event of foreign) {
        if ('hash' in event && typeof event.hash === 'string' && adopted.has(event.hash)) continue;
        const hash = eventHash(event.envelope);
        invariant(event.envelope.log === 'workspace', 'only workspace events are adopted');
        const { envelope, body, salt } = event;
        if (!adopted.has(hash)) keepAdopted({ envelope, body, salt, index: adopted.size, hash });
      }
    },
    readWorkspace: () => (logId === 'workspace' ? events.slice() : [...adopted.values()]),
  };
}
