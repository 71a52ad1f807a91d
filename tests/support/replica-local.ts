import { instant, type PublicKeyHex, type RoomId, type Sha256Hex } from '../../shared/base/ids.ts';
import type { Head, LogId, SignedEvent, StoredEvent } from '../../shared/log/envelope.ts';
import type { EventLog } from '../../shared/log/event-log.ts';
import type { Signer } from '../../shared/log/signing.ts';
import { signTextBatch, textBatchHash, textHeadOf, type TextBatch } from '../../shared/log/text-batch.ts';
import type { Clock, ReplicaLocal, TextTaken } from '../../src-main/commands/ports.ts';
import { contextAt } from './log-fixtures.ts';
import { createMemoryEventLog } from './memory-event-log.ts';

type Grown = Parameters<Parameters<ReplicaLocal['onGrown']>[0]>[0];

/** What a host is to its replica, in memory, with nothing folded but who has a key: events named `KeyAdded` give one. */
export function createMemoryLocal(workspaceId: Sha256Hex, clock: Clock) {
  const logs = new Map<LogId, EventLog>([['workspace', createMemoryEventLog('workspace')]]);
  const texts = new Map<string, Map<Sha256Hex, TextBatch>>();
  const listeners = new Set<(grown: Grown) => void>();
  const keys = new Set<PublicKeyHex>();
  const hostKeys = new Set<PublicKeyHex>();
  const receipts: { readonly log: LogId; readonly count: number }[] = [];
  let refusal: Error | null = null;

  function learn(events: readonly SignedEvent[]): void {
    for (const { body } of events) {
      if (typeof body?.['key'] === 'string') keys.add(body['key'] as PublicKeyHex);
    }
  }

  function grow(grown: Grown): void {
    for (const listener of listeners) listener(grown);
  }

  function logOf(logId: LogId): EventLog {
    const log = logs.get(logId) ?? createMemoryEventLog(logId);
    logs.set(logId, log);
    return log;
  }

  function textTips(document: string) {
    const batches = [...(texts.get(document)?.values() ?? [])];
    const built = new Set(batches.map(({ header }) => header.previous));
    return batches
      .map(textHeadOf)
      .filter(({ hash }) => !built.has(hash))
      .sort((a, b) => (a.author < b.author ? -1 : 1));
  }

  function keepText(batch: TextBatch): void {
    const { document } = batch.header;
    const held = texts.get(document) ?? new Map<Sha256Hex, TextBatch>();
    texts.set(document, held);
    held.set(textBatchHash(batch.header), batch);
    grow({ document });
  }

  function takeText(batch: TextBatch): TextTaken {
    const { document, previous } = batch.header;
    const held = texts.get(document);
    if (held?.has(textBatchHash(batch.header)) === true) return { type: 'Held' };
    if (previous !== null && held?.has(previous) !== true) return { type: 'Waits' };
    keepText(batch);
    return { type: 'Taken' };
  }

  const local: ReplicaLocal = {
    workspaceId,
    logs: () => [...logs.keys()],
    log: (logId) => logs.get(logId) ?? null,
    knowsKey: (key) => keys.has(key),
    isHostKey: (key) => hostKeys.has(key),
    receive(logId, events) {
      if (refusal !== null) throw refusal;
      receipts.push({ log: logId, count: events.length });
      const stored = logOf(logId).receive(events, clock.now());
      if (logId === 'workspace') learn(stored);
      if (stored.length > 0) grow({ log: logId });
      return stored;
    },
    documents: () => [...texts.keys()],
    textTips,
    textsLacking(document, tips, limit) {
      const held = texts.get(document) ?? new Map<Sha256Hex, TextBatch>();
      const reached = new Set<Sha256Hex | null>();
      for (const { hash } of tips) {
        for (let at: Sha256Hex | null = hash; at !== null; at = held.get(at)?.header.previous ?? null) reached.add(at);
      }
      return [...held].flatMap(([hash, batch]) => (reached.has(hash) ? [] : [batch])).slice(0, limit);
    },
    receiveText: async (batch) => takeText(batch),
    onGrown(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };

  return {
    local,
    receipts,
    allowHost: (key: PublicKeyHex) => void hostKeys.add(key),
    retireHost: (key: PublicKeyHex) => void hostKeys.delete(key),
    /** From now on the disk says this to everything that comes; null makes it well again. */
    refuse: (cause: Error | null) => void (refusal = cause),
    append(
      logId: LogId,
      signer: Signer,
      bodies: readonly object[],
      ms = clock.now() as number,
    ): readonly StoredEvent[] {
      const workspaceHeads: readonly Head[] = logId === 'workspace' ? [] : logOf('workspace').heads();
      const drafts = bodies.map((body) => ({ type: 'NoteTaken', body: body as Record<string, string> }));
      const stored = logOf(logId).append(signer, drafts, contextAt(ms, workspaceHeads));
      if (logId === 'workspace') learn(stored);
      grow({ log: logId });
      return stored;
    },
    write(document: string, host: Signer, text: string): TextBatch {
      const head = textTips(document).find(({ author }) => author === host.publicKey) ?? null;
      const data = new TextEncoder().encode(text);
      const about = { operatorId: 'anna', deviceId: 'host:a' } as never as Pick<
        TextBatch['header']['updates'][0],
        'operatorId'
      >;
      const update = { at: instant(clock.now()), deviceId: 'host:a' as never, ...about, data };
      const batch = signTextBatch(host, { workspace: workspaceId, document, head }, [update]);
      keepText(batch);
      return batch;
    },
    events: (logId: LogId | RoomId): readonly StoredEvent[] => logs.get(logId)?.read() ?? [],
    hashes: (logId: LogId): readonly string[] => (logs.get(logId)?.read() ?? []).map(({ hash }) => hash).sort(),
    textHashes: (document: string): readonly string[] => [...(texts.get(document)?.keys() ?? [])].sort(),
  };
}

export type MemoryLocal = ReturnType<typeof createMemoryLocal>;
