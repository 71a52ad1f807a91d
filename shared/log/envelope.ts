import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { sha256Hex } from '../base/digest.ts';
import { type Instant, PublicKeyHex, RoomId, Sha256Hex, SignatureHex } from '../base/ids.ts';
import { invariant } from '../base/invariant.ts';
import type { JsonObject } from './canonical.ts';
import { HybridTime } from './hybrid-time.ts';
import { utf8Bytes } from '../base/utf8.ts';

/** The workspace's one log, or the log of a room. */
export const LogId = z.union([z.literal('workspace'), RoomId]);
export type LogId = z.infer<typeof LogId>;

/** Keeps a body's bytes from being guessed from its hash once the body has been redacted. 16 random bytes. */
export const Salt = z
  .string()
  .regex(/^[0-9a-f]{32}$/)
  .brand<'Salt'>();
export type Salt = z.infer<typeof Salt>;

/** An author's newest event in a log, as far as somebody knew. */
export const Head = z.strictObject({ author: PublicKeyHex, seq: z.int().positive(), hash: Sha256Hex }).readonly();
export type Head = z.infer<typeof Head>;

/** Far above any real team; keeps a forged event from costing memory. */
const Heads = z.array(Head).max(4096).readonly();

const unsigned = {
  v: z.literal(1),
  log: LogId,
  author: PublicKeyHex,
  /** Counts the author's events in this log, from 1. */
  seq: z.int().positive(),
  time: HybridTime,
  /** Hash of the author's previous event in this log; null exactly when `seq` is 1. */
  previous: Sha256Hex.nullable(),
  /** Heads of other authors in this log that changed since the author's own previous event. */
  seen: Heads,
  /** Workspace-log heads that the author relied on and had not named before in this log; empty in the workspace log. */
  workspace: Heads,
  type: z
    .string()
    .min(1)
    .max(64)
    .refine((type) => type.isWellFormed(), 'a lone surrogate has no canonical form'),
  /** SHA-256 of the salt's bytes followed by the canonical body's. */
  bodyHash: Sha256Hex,
};

/** Everything of an event that is signed. */
export const UnsignedEnvelope = z.strictObject(unsigned).readonly();
export type UnsignedEnvelope = z.infer<typeof UnsignedEnvelope>;

/** The settled outside of every event. It says nothing about the body but its hash. */
export const Envelope = z.strictObject({ ...unsigned, signature: SignatureHex }).readonly();
export type Envelope = z.infer<typeof Envelope>;

const Body = z.custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value));

/** One event with what stands beside its envelope. A redaction makes both body and salt null; the chain still holds. */
export const SignedEvent = z
  .strictObject({ envelope: Envelope, body: Body.nullable(), salt: Salt.nullable() })
  .refine((event) => (event.body === null) === (event.salt === null), 'body and salt are redacted together')
  .readonly();
export type SignedEvent = z.infer<typeof SignedEvent>;

/** An event as a log keeps it. `index` counts the events of one log as it received them, from 0. */
export type StoredEvent = SignedEvent & {
  readonly index: number;
  readonly hash: Sha256Hex;
  /** When it came in from another host; absent for what was signed here. Known to this host alone, and never judged by. */
  readonly arrivedAt?: Instant;
};

const EVENT_DOMAIN = 'firebreak/event/1\n';

/**
 * The canonical text (RFC 8785) of what is signed, from an envelope with or without its signature. It is the hottest
 * text of the program, and of a fixed shape: names written in canonical order, and values that are hexadecimal, whole
 * numbers or a type's name, which JSON.stringify writes as the canonical form does.
 */
export function unsignedText(envelope: UnsignedEnvelope): string {
  return JSON.stringify({
    author: envelope.author,
    bodyHash: envelope.bodyHash,
    log: envelope.log,
    previous: envelope.previous,
    seen: envelope.seen.map(canonicalHead),
    seq: envelope.seq,
    time: { counter: envelope.time.counter, wall: envelope.time.wall },
    type: envelope.type,
    v: envelope.v,
    workspace: envelope.workspace.map(canonicalHead),
  });
}

function canonicalHead({ author, hash, seq }: Head): Head {
  return { author, hash, seq };
}

/** The bytes that are hashed and signed. The domain prefix keeps a signature from meaning anything elsewhere. */
export function eventBytes(unsignedEnvelopeText: string): Uint8Array {
  return utf8Bytes(EVENT_DOMAIN + unsignedEnvelopeText);
}

/** The event's identity: SHA-256 of the bytes its signature signs. */
export function eventHash(envelope: UnsignedEnvelope): Sha256Hex {
  return sha256Hex(eventBytes(unsignedText(envelope)));
}

/** SHA-256 of the salt's bytes followed by the canonical body's bytes. */
export function bodyHashOf(canonicalBody: string, salt: Salt): Sha256Hex {
  return sha256Hex(concatBytes(hexToBytes(salt), utf8Bytes(canonicalBody)));
}

/** Turns 16 random bytes into a salt. */
export function saltOf(randomBytes: Uint8Array): Salt {
  invariant(randomBytes.length === 16, 'a salt has 16 bytes');
  return bytesToHex(randomBytes) as Salt;
}
