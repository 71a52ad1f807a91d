import { invariant } from '../../shared/base/invariant.ts';
import { eventHash, type LogId, type StoredEvent } from '../../shared/log/envelope.ts';
import type { EventLog } from '../../shared/log/event-log.ts';
import { createLogCursor, type PlacedEvent } from '../../shared/log/log-cursor.ts';
import { signEvent } from '../../shared/log/signing.ts';

/** An event log that lives as long as the test. It signs and orders as the stored one does. */
export function createMemoryEventLog(logId: LogId): EventLog {
  const cursor = createLogCursor(logId);
  const events: StoredEvent[] = [];
  const adopted: StoredEvent[] = [];
  return {
    logId,
    get length() {
      return events.length;
    },
    heads: () => cursor.heads(),
    append(signer, drafts, context) {
      const fresh: StoredEvent[] = [];
      let after: PlacedEvent | undefined;
      for (const { type, body } of drafts) {
        const place = cursor.place(signer.publicKey, context.now, context.workspaceHeads, after);
        const { event, hash } = signEvent(signer, { ...place, type }, body, context.salt());
        fresh.push({ ...event, body: structuredClone(body), index: events.length + fresh.length, hash });
        after = { envelope: event.envelope, hash };
      }
      for (const { envelope, hash } of fresh) cursor.take(envelope, hash);
      events.push(...fresh);
      return fresh;
    },
    read: (fromIndex = 0) => events.slice(fromIndex),
    adopt(foreign) {
      invariant(logId !== 'workspace', 'the workspace log adopts nothing');
      for (const event of foreign) {
        const hash = eventHash(event.envelope);
        invariant(event.envelope.log === 'workspace', 'only workspace events are adopted');
        if (adopted.some((held) => held.hash === hash)) continue;
        adopted.push({ ...event, index: adopted.length, hash });
        cursor.raise(event.envelope.time);
      }
    },
    readWorkspace: () => (logId === 'workspace' ? events.slice() : adopted.slice()),
  };
}
