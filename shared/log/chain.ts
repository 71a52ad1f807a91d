import { canonicalJson } from '../base/canonical.ts';
import { sha256Hex } from '../base/digest.ts';
import type { PublicKeyHex, Sha256Hex } from '../base/ids.ts';
import { err, ok, type Result } from '../base/result.ts';
import {
  bodyHashOf,
  eventBytes,
  unsignedText,
  type Head,
  type LogId,
  type SignedEvent,
  type StoredEvent,
} from './envelope.ts';
import { compareTime, type HybridTime } from './hybrid-time.ts';
import type { SignatureVerifier } from './signing.ts';

// What a verified chain guarantees:
// 1. Every event belongs to the log, and its signature is its author's over exactly its envelope.
// 2. A body that is there is the one that was signed.
// 3. Each author's events count from 1 without a gap, and each names the one before by its hash. An author may have
//    forked; what that voids is the fold's to say.
// 4. Every event stands after its parents, and its time is above theirs.
// 5. A room's events rely only on workspace events that are there.

export type ChainFault =
  | 'WrongLog'
  | 'BadSignature'
  | 'BodyChanged'
  | 'Repeated'
  | 'Gap'
  | 'WrongPrevious'
  | 'UnknownParent'
  | 'TimeNotAboveParents'
  | 'UnknownWorkspaceEvent';

/** The first place where the chain does not hold. `index` counts the given events from 0. */
export interface ChainBroken {
  readonly type: 'ChainBroken';
  readonly index: number;
  readonly author: PublicKeyHex;
  readonly seq: number;
  readonly fault: ChainFault;
}

export interface ChainToVerify {
  readonly log: LogId;
  /** In the order the log holds them: every event after its parents. */
  readonly events: readonly SignedEvent[];
  readonly verifier: SignatureVerifier;
  /** The verified workspace events that a room's events may rely on; without it, those heads are not judged. */
  readonly workspace?: readonly StoredEvent[];
}

/** Verifies all the events of one log, trusting nothing, and returns them with their hashes. */
export function verifyChain(chain: ChainToVerify): Result<readonly StoredEvent[], ChainBroken> {
  const known = new Map<Sha256Hex, KnownEvent>();
  const newest = new Map<PublicKeyHex, number>();
  const workspace = chain.workspace && new Map(chain.workspace.map((event) => [event.hash, toKnown(event)]));
  const verified: StoredEvent[] = [];
  for (const [index, event] of chain.events.entries()) {
    const { author, seq, previous, seen, time, workspace: reliedOn } = event.envelope;
    const broken = (fault: ChainFault): Result<never, ChainBroken> =>
      err({ type: 'ChainBroken', index, author, seq, fault });
    if (event.envelope.log !== chain.log) return broken('WrongLog');

    const own = checkEvent(event, chain.verifier);
    if (!own.ok) return broken(own.error);
    const hash = own.value;

    if (known.has(hash)) return broken('Repeated');
    if (seq > (newest.get(author) ?? 0) + 1) return broken('Gap');
    if (!isNext(seq, author, previous === null ? null : known.get(previous))) return broken('WrongPrevious');
    if (!seen.every((parent) => parent.author !== author && isKnown(known, parent))) return broken('UnknownParent');
    const parents =
      previous === null ? seen.map((parent) => parent.hash) : [previous, ...seen.map((each) => each.hash)];
    if (!parents.every((parent) => isAbove(time, known.get(parent)))) return broken('TimeNotAboveParents');
    if (workspace && !reliedOn.every((relied) => isKnown(workspace, relied))) return broken('UnknownWorkspaceEvent');

    const stored: StoredEvent = { ...event, index, hash };
    known.set(hash, toKnown(stored));
    newest.set(author, Math.max(seq, newest.get(author) ?? 0));
    verified.push(stored);
  }
  return ok(verified);
}

/** Checks one event by itself, its body and its signature, and returns its hash. */
export function checkEvent(
  event: SignedEvent,
  verifier: SignatureVerifier,
): Result<Sha256Hex, 'BodyChanged' | 'BadSignature'> {
  const { envelope, body, salt } = event;
  const hasBody = body !== null && salt !== null;
  if (hasBody && bodyHashOf(canonicalJson(body), salt) !== envelope.bodyHash) return err('BodyChanged');
  const bytes = eventBytes(unsignedText(envelope));
  return verifier(envelope.author, bytes, envelope.signature) ? ok(sha256Hex(bytes)) : err('BadSignature');
}

/** The newest event of every author, ordered by author. */
export function headsOf(events: readonly Pick<StoredEvent, 'envelope' | 'hash'>[]): readonly Head[] {
  const heads = new Map<PublicKeyHex, Head>();
  for (const { envelope, hash } of events) {
    const { author, seq } = envelope;
    if (seq > (heads.get(author)?.seq ?? 0)) heads.set(author, { author, seq, hash });
  }
  return [...heads.values()].sort((a, b) => (a.author < b.author ? -1 : 1));
}

interface KnownEvent {
  readonly author: PublicKeyHex;
  readonly seq: number;
  readonly time: HybridTime;
}

function toKnown({ envelope: { author, seq, time } }: StoredEvent): KnownEvent {
  return { author, seq, time };
}

/** `previous`: null where none is named, undefined where the one that is named is not there. */
function isNext(seq: number, author: PublicKeyHex, previous: KnownEvent | null | undefined): boolean {
  if (previous === null) return seq === 1;
  return previous?.author === author && previous.seq === seq - 1;
}

function isKnown(known: ReadonlyMap<Sha256Hex, KnownEvent>, head: Head): boolean {
  const event = known.get(head.hash);
  return event !== undefined && event.author === head.author && event.seq === head.seq;
}

function isAbove(time: HybridTime, parent: KnownEvent | undefined): boolean {
  return parent !== undefined && compareTime(parent.time, time) < 0;
}
