import { isSoundTextBatch } from '../../shared/log/text-batch.ts';
import type { SignatureVerifier } from '../../shared/log/signing.ts';
import { REPLICA_CLOSE } from '../../shared/protocol/replica-frames.ts';
import type { Clock, ReplicaLocal, Schedule } from '../../src-main/commands/ports.ts';
import type { WorkspaceBook } from '../../src-main/commands/workspace-book.ts';
import { createReplica, type Replica } from '../../src-main/replica/replica.ts';

/** Replication as the host's composition wires it: whoever is retired is shut out at once. */
export function startReplication(deps: {
  readonly local: ReplicaLocal;
  readonly workspace: WorkspaceBook;
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly verifier: SignatureVerifier;
  /** The disk refused, or the program has a mistake. */
  readonly onFailure: (cause: unknown) => void;
}): Replica {
  const { local, verifier } = deps;
  const replica = createReplica({
    local,
    clock: deps.clock,
    schedule: deps.schedule,
    verify: async (items) => items.map((item) => verifier(item.publicKey, item.message, item.signature)),
    verifyText: async (batch) => isSoundTextBatch(batch, verifier),
    log: {
      info: () => undefined,
      warn(details) {
        if ('err' in details) deps.onFailure(details.err);
      },
    },
  });
  deps.workspace.changed.listen(() => {
    for (const { hostId, key } of replica.status().peers)
      if (!local.isHostKey(key)) replica.disconnect(hostId, REPLICA_CLOSE.notEnrolled, 'retired');
  });
  return replica;
}
