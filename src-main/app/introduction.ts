import { hostOfKey } from '../../shared/domain/workspace/workspace.ts';
import { checkEvent } from '../../shared/log/chain.ts';
import { eventHash, type SignedEvent, type StoredEvent } from '../../shared/log/envelope.ts';
import { placingOf } from '../../shared/log/placing.ts';
import type { SignatureVerifier, Signer } from '../../shared/log/signing.ts';
import type { WorkspaceHistory } from '../../shared/log/workspace-history.ts';
import type { ReplicaLocal } from '../commands/ports.ts';

/** An introduction is sent before anything is proved, so there is little room for it. */
const MOST_EVENTS = 64;
const MOST_BYTES = 240 * 1024;

/**
 * Who went back to a backup has new keys that nobody knows; and has forgotten whom it let in since. Neither would let the
 * other in to tell. So a host that was refused brings what makes it one of the workspace: its enrolment, what its restore
 * key signed, and of what they stand on as much as there is room for.
 */
export function createIntroduction(
  host: {
    readonly local: Pick<ReplicaLocal, 'log' | 'receive'>;
    readonly signer: () => Signer;
    readonly history: WorkspaceHistory;
  },
  verifier: SignatureVerifier,
) {
  const { local, history } = host;

  /** All that this host's standing was made of, the newest first, and then what is before those. */
  function worthSaying(): readonly StoredEvent[] {
    const self = hostOfKey(history.state, host.signer().publicKey);
    const isOwn = ({ envelope, body }: StoredEvent): boolean =>
      envelope.author === self?.restoreKey ||
      (envelope.type === 'HostEnrolled' && body !== null && body['hostKey'] === self?.hostId);
    const own = history.ordered.filter(isOwn).toReversed();
    if (self === null || own.length === 0) return [];
    const past = history.past(own);
    return [...own, ...history.ordered.filter((one) => past.has(one.hash) && !isOwn(one)).toReversed()];
  }

  /**
   * Whether its author may still add to the log, or might until its own machine renewed it. Whoever has stolen a key that
   * was revoked must not get in by something that they date back.
   */
  function isOfMember({ envelope }: SignedEvent, hash: StoredEvent['hash']): boolean {
    const { author, seq } = envelope;
    if (history.standingOf(author, 'workspace', seq, hash) === 'beyond-cut') return false;
    const restoreKey = hostOfKey(history.state, author)?.restoreKey;
    return history.ordered.every(
      (one) =>
        one.envelope.type !== 'KeyRetired' ||
        one.body?.['key'] !== author ||
        one.envelope.author === restoreKey ||
        history.voids.has(one.hash),
    );
  }

  return {
    introduction(): readonly SignedEvent[] {
      let bytes = 0;
      const said = new Set<StoredEvent>();
      for (const one of worthSaying().slice(0, MOST_EVENTS)) {
        bytes += Buffer.byteLength(JSON.stringify(asSigned(one)));
        if (bytes > MOST_BYTES) break;
        said.add(one);
      }
      return history.ordered.filter((one) => said.has(one)).map(asSigned);
    },
    /**
     * Takes in of another host's introduction what fits without contradicting anything, up to the first event that is
     * not what its author signed. Nothing else is verified: whoever knocks has proved nothing yet, and may come often.
     */
    introduce(introduction: readonly SignedEvent[]): void {
      const workspace = local.log('workspace');
      if (!workspace) return;
      for (const event of introduction) {
        if (!history.knowsKey(event.envelope.author)) continue;
        const hash = eventHash(event.envelope);
        const placing = placingOf(event.envelope, hash, workspace, workspace);
        if (placing.type !== 'Fits' || placing.isFork || !isOfMember(event, hash)) continue;
        if (!hasBody(event) || !checkEvent(event, verifier).ok) return;
        local.receive('workspace', [event]);
      }
    },
  };
}

/** No event takes a body away, so one that comes without was stripped, and would be held like that for ever. */
function hasBody({ body, salt }: SignedEvent): boolean {
  return body !== null && salt !== null;
}

function asSigned({ envelope, body, salt }: StoredEvent): SignedEvent {
  return { envelope, body, salt };
}
