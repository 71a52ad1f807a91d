import { canonicalJson } from '../../shared/base/canonical.ts';
import { sha256Hex } from '../../shared/base/digest.ts';
import type { Sha256Hex } from '../../shared/base/ids.ts';
import { bodyHashOf, eventBytes, unsignedText, type SignedEvent } from '../../shared/log/envelope.ts';
import type { BatchVerifier, ToVerify } from './verify-pool.ts';

/** What an event is called, and what its signature has to sign. */
export interface Digested {
  readonly event: SignedEvent;
  readonly hash: Sha256Hex;
  readonly message: Uint8Array;
}

export function digest(event: SignedEvent): Digested {
  const message = eventBytes(unsignedText(event.envelope));
  return { event, hash: sha256Hex(message), message };
}

export interface EventCheck {
  /** Whether body and signature are what the envelope says. Never rejects. */
  check(digested: readonly Digested[]): Promise<readonly boolean[]>;
}

const MOST_REMEMBERED = 10_000;

/**
 * Checks events by themselves, each once, also when several peers bring it at the same moment: a signature is remembered
 * with the hash of what it signs, a body is compared each time.
 */
export function createEventCheck(verify: BatchVerifier): EventCheck {
  const known = new Map<string, Promise<boolean>>();

  function remember(key: string, isGood: Promise<boolean>): void {
    known.set(key, isGood);
    if (known.size <= MOST_REMEMBERED) return;
    const oldest = known.keys().next().value;
    if (oldest !== undefined) known.delete(oldest);
  }

  return {
    async check(digested) {
      const fresh: ToVerify[] = [];
      const answers: Promise<boolean>[] = [];
      let settle: (verified: Promise<readonly boolean[]>) => void = () => undefined;
      const verified = new Promise<readonly boolean[]>((resolve) => (settle = resolve));
      for (const { event, hash, message } of digested) {
        if (!hasItsBody(event)) {
          answers.push(Promise.resolve(false));
          continue;
        }
        const { author, signature } = event.envelope;
        const key = `${hash}/${signature}`;
        let answer = known.get(key);
        if (answer === undefined) {
          const place = fresh.push({ publicKey: author, message, signature }) - 1;
          answer = verified.then((all) => all[place] ?? false);
          remember(key, answer);
        }
        answers.push(answer);
      }
      settle(fresh.length === 0 ? Promise.resolve([]) : verify(fresh));
      return Promise.all(answers);
    },
  };
}

/** No event takes a body away, so one that comes without was stripped on its way. */
function hasItsBody({ envelope, body, salt }: SignedEvent): boolean {
  if (body === null || salt === null) return false;
  try {
    return bodyHashOf(canonicalJson(body), salt) === envelope.bodyHash;
  } catch {
    return false; // a lone surrogate in it has no canonical form
  }
}
