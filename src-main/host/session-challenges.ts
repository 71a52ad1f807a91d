import { randomBytes } from 'node:crypto';
import type { Sha256Hex } from '../../shared/base/ids.ts';
import type { BrowserChallenge } from '../../shared/protocol/browser-proof.ts';
import type { Clock } from '../commands/ports.ts';

/** What a proof is bound to on this host at this moment. */
export interface ChallengeBinding {
  readonly workspaceId: Sha256Hex | null;
  readonly certificate: Sha256Hex | null;
}

/** What browsers are asked to sign: random, short-lived, each good for one attempt whether that succeeds or not. */
export interface SessionChallenges {
  issue(): BrowserChallenge;
  /** Null for what was never asked, asked too long ago, answered before, or asked when the host was another one. */
  take(nonce: string): BrowserChallenge | null;
}

/** Long enough for a slow machine to sign; a page asks anew each time. */
const LIFE_MS = 60_000;
/** More than the request limit lets a few addresses have at once: the oldest is forgotten, so memory stays bounded. */
const MOST_CHALLENGES = 8192;

export function createSessionChallenges(clock: Clock, binding: () => ChallengeBinding): SessionChallenges {
  const openByNonce = new Map<string, { readonly challenge: BrowserChallenge; readonly issuedAt: number }>();

  return {
    issue() {
      const { workspaceId, certificate } = binding();
      const challenge = { workspaceId, certificate, nonce: randomBytes(32).toString('hex') };
      openByNonce.set(challenge.nonce, { challenge, issuedAt: clock.now() });
      const oldest = openByNonce.keys().next();
      if (openByNonce.size > MOST_CHALLENGES && !oldest.done) openByNonce.delete(oldest.value);
      return challenge;
    },
    take(nonce) {
      const open = openByNonce.get(nonce);
      openByNonce.delete(nonce);
      if (!open || clock.now() - open.issuedAt >= LIFE_MS) return null;
      const { challenge } = open;
      const now = binding();
      const isSame = challenge.workspaceId === now.workspaceId && challenge.certificate === now.certificate;
      return isSame ? challenge : null;
    },
  };
}
