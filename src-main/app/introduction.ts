import { hostOfKey, type WorkspaceState } from '../../shared/domain/workspace/workspace.ts';
import { checkEvent } from '../../shared/log/chain.ts';
import type { SignedEvent, StoredEvent } from '../../shared/log/envelope.ts';
import { placingOf } from '../../shared/log/placing.ts';
import type { SignatureVerifier, Signer } from '../../shared/log/signing.ts';
import type { ReplicaLocal } from '../commands/ports.ts';

const MOST_RENEWALS = 64;

/**
 * A host that went back to a backup has new keys, which nobody knows yet, so nobody would let it in to tell. Its restore
 * key is known, and signed for them: that goes into its greeting.
 */
export function createIntroduction(
  host: {
    readonly local: Pick<ReplicaLocal, 'log' | 'receive'>;
    readonly signer: () => Signer;
    readonly state: () => WorkspaceState;
    readonly workspaceEvents: () => readonly StoredEvent[];
  },
  verifier: SignatureVerifier,
) {
  const { local, state } = host;
  return {
    /** The newest that this host's restore key signed; none for most. */
    renewal(): readonly SignedEvent[] {
      const restoreKey = hostOfKey(state(), host.signer().publicKey)?.restoreKey;
      return host
        .workspaceEvents()
        .filter(({ envelope }) => envelope.author === restoreKey)
        .slice(-MOST_RENEWALS)
        .map(({ envelope, body, salt }) => ({ envelope, body, salt }));
    },
    /** Takes in what another host's restore key signed, as far as it holds and fits. */
    introduce(renewal: readonly SignedEvent[]): void {
      const workspace = local.log('workspace');
      if (!workspace) return;
      for (const event of renewal) {
        const isRestoring = Object.values(state().hosts).some(({ restoreKey }) => restoreKey === event.envelope.author);
        const checked = isRestoring ? checkEvent(event, verifier) : null;
        if (!checked?.ok || placingOf(event.envelope, checked.value, workspace, workspace).type !== 'Fits') continue;
        local.receive('workspace', [event]);
      }
    },
  };
}
