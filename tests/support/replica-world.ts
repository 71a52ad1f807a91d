import { RoomId, type Sha256Hex } from '../../shared/base/ids.ts';
import { isSoundTextBatch } from '../../shared/log/text-batch.ts';
import type { LogId, SignedEvent } from '../../shared/log/envelope.ts';
import { verifyEd25519 } from '../../src-main/identity/ed25519.ts';
import type { ReplicaLimits } from '../../src-main/replica/limits.ts';
import { createReplica } from '../../src-main/replica/replica.ts';
import type { BatchVerifier } from '../../src-main/replica/verify-pool.ts';
import { createFakeTime, turn } from '../fuzz/fake-time.ts';
import { contextAt, signerOf } from './log-fixtures.ts';
import { createMemoryEventLog } from './memory-event-log.ts';
import { createMemoryWire } from './replica-links.ts';
import { createMemoryLocal } from './replica-local.ts';

export const PEOPLE = ['founder', 'anna', 'ben', 'carla'] as const;
export const FIRST_ROOM = RoomId.parse('first-room');
export const SECOND_ROOM = RoomId.parse('second-room');

/** The beginning of a workspace: its genesis and a key for everybody. */
export function foundation(names: readonly string[] = PEOPLE): readonly SignedEvent[] {
  const log = createMemoryEventLog('workspace');
  const drafts = names.map((name) => ({ type: 'KeyAdded', body: { key: signerOf(name).publicKey } }));
  log.append(signerOf('founder'), drafts, contextAt(1_000));
  return log.read();
}

export interface ReplicaHostOptions {
  readonly limits?: Partial<ReplicaLimits>;
  readonly verify?: BatchVerifier;
}

/** Several hosts of one workspace, their replicas, and the lines between them, in one virtual time. */
export function createReplicaWorld() {
  const time = createFakeTime();
  const beginning = foundation();
  const [genesis] = createMemoryEventLog('workspace').receive(beginning, time.clock.now());
  const workspaceId = genesis?.hash as Sha256Hex;
  const all: { stop(): void }[] = [];

  function host(name: string, options: ReplicaHostOptions = {}) {
    const memory = createMemoryLocal(workspaceId, time.clock);
    const verified = { count: 0 };
    const verify: BatchVerifier = async (items) => {
      verified.count += items.length;
      return items.map(({ publicKey, message, signature }) => verifyEd25519(publicKey, message, signature));
    };
    const replica = createReplica({
      local: memory.local,
      clock: time.clock,
      schedule: time.schedule,
      verify: options.verify ?? verify,
      verifyText: async (batch) => isSoundTextBatch(batch, verifyEd25519),
      log: { info: () => undefined, warn: () => undefined },
      ...(options.limits && { limits: options.limits }),
    });
    all.push({ stop: () => replica.close() });
    const signer = signerOf(`host ${name}`);
    const peer = { hostId: signer.publicKey, key: signer.publicKey, name, clockOffMs: 0 };
    return { ...memory, name, replica, signer, peer, verified };
  }

  /** A host that holds the foundation from the start. */
  function founded(name: string, options?: ReplicaHostOptions) {
    const made = host(name, options);
    made.local.receive('workspace', beginning);
    made.receipts.length = 0;
    return made;
  }

  type Host = ReturnType<typeof host>;

  function connect(a: Host, b: Host, onFrame?: Parameters<typeof createMemoryWire>[1], delayMs?: number) {
    const wire = createMemoryWire(time.schedule, onFrame, delayMs);
    a.replica.connect(wire.a, b.peer);
    b.replica.connect(wire.b, a.peer);
    return wire;
  }

  /** Lets so much time go by, in small steps, with everything that waits for a promise going on in between. */
  async function pass(ms = 400, stepMs = 2): Promise<void> {
    for (let gone = 0; gone < ms; gone += stepMs) {
      time.pass(stepMs);
      await turn();
    }
  }

  return {
    time,
    workspaceId,
    host,
    founded,
    connect,
    pass,
    signerOf,
    stop: () => all.forEach((one) => one.stop()),
  };
}

export type ReplicaWorld = ReturnType<typeof createReplicaWorld>;
export type ReplicaHost = ReturnType<ReplicaWorld['host']>;

/** What a host holds, in a form to compare. */
export function held(host: ReplicaHost): Readonly<Record<string, readonly string[]>> {
  const logs = [...host.local.logs()].sort().map((logId: LogId) => [logId, host.hashes(logId)] as const);
  const texts = [...host.local.documents()].sort().map((document) => [document, host.textHashes(document)] as const);
  return Object.fromEntries([...logs, ...texts].filter(([, hashes]) => hashes.length > 0));
}
