import { z } from 'zod';
import { Instant, PublicKeyHex, Sha256Hex, SignatureHex } from '../base/ids.ts';
import { Head, LogId, SignedEvent } from '../log/envelope.ts';
import { TextBatchHeader, TextHead } from '../log/text-batch.ts';

// What two hosts of a workspace say to each other, as JSON text over one WebSocket at `/replica`.
//
// 1. Both prove their host's key (`replica-handshake.ts`); nothing of the workspace is said before.
// 2. Both say what they hold of every log and text: the newest of every branch of every author. `ready` ends it.
// 3. Each sends what the other lacks, in an order in which every event stands after its parents, and goes on with what
//    is new. An `ack` names what is held after it was committed with synchronous=FULL; so many may be on the way.
// 4. A vector that is said again after `ready` means: send me that log again from its beginning, this is what I hold.
// Everything is idempotent: it may be sent twice, in any pieces, by several peers at once.

export const REPLICA_PATH = '/replica';
export const REPLICA_VERSION = 1;

/** A frame of events is closed when it holds so many, or so many characters. */
export const MOST_FRAME_EVENTS = 500;
export const FULL_FRAME_CHARACTERS = 512 * 1024;
/** Evidence does not travel in events, and no single event comes near this. */
export const MOST_FRAME_CHARACTERS = 9 * 1024 * 1024;
/** Frames of one log that are sent before the first of them is acknowledged. */
export const MOST_UNACKNOWLEDGED = 4;
/** The same of all logs and texts together. Whoever sends more is cut: it would fill our memory. */
export const MOST_UNACKNOWLEDGED_IN_ALL = 32;

const Tips = z.array(Head).max(10_000);
const TextTips = z.array(TextHead).max(10_000);
const document = z.string().min(1).max(200);
const frames = z.int().min(0).max(1);
const nonce = z.string().regex(/^[0-9a-f]{64}$/);

export const HelloFrame = z.strictObject({
  kind: z.literal('hello'),
  v: z.literal(REPLICA_VERSION),
  workspace: Sha256Hex,
  /** The key that this host signs with; it must be enrolled. */
  key: PublicKeyHex,
  /** 32 random bytes: what the other side has to sign. */
  nonce,
  /** What the sender's clock says, so that both can tell their people when one of them is off. */
  now: Instant,
  /** What makes this host one of the workspace, for whoever does not know it: after a backup was put back, on either side. */
  introduction: z.array(SignedEvent).max(64).optional(),
});
export type HelloFrame = z.infer<typeof HelloFrame>;

export const ProofFrame = z.strictObject({ kind: z.literal('proof'), signature: SignatureHex });
export type ProofFrame = z.infer<typeof ProofFrame>;

export const ReplicaFrame = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('vector'), log: LogId, tips: Tips, length: z.int().nonnegative() }),
  z.strictObject({ kind: z.literal('text-vector'), document, tips: TextTips }),
  z.strictObject({ kind: z.literal('ready') }),
  z.strictObject({ kind: z.literal('events'), log: LogId, events: z.array(SignedEvent).min(1).max(MOST_FRAME_EVENTS) }),
  /** After the commit of what came: what is held now. `frames`: how many it is for; none when what waited came in. */
  z.strictObject({ kind: z.literal('ack'), log: LogId, tips: Tips, length: z.int().nonnegative(), frames }),
  z.strictObject({
    kind: z.literal('text'),
    header: TextBatchHeader,
    signature: SignatureHex,
    data: z.base64().max(8 * 1024 * 1024),
  }),
  z.strictObject({ kind: z.literal('text-ack'), document, tips: TextTips, frames }),
]);
export type ReplicaFrame = z.infer<typeof ReplicaFrame>;

/** Close codes of `/replica`. */
export const REPLICA_CLOSE = {
  /** Not a frame of this protocol. */
  malformed: 1003,
  tooBig: 1009,
  tryAgain: 1013,
  /** The key is not enrolled, is retired, or did not sign. */
  notEnrolled: 4401,
  otherWorkspace: 4404,
  otherVersion: 4405,
  /** It says that it is the very host it speaks to: a copied folder. */
  sameHost: 4409,
  /** Too much of what it sent was bad. */
  quarantined: 4429,
} as const;
