import { bytesToHex } from '@noble/hashes/utils.js';
import { canonicalJson } from '../base/canonical.ts';
import { sha256Hex } from '../base/digest.ts';
import type { PublicKeyHex, Sha256Hex, SignatureHex } from '../base/ids.ts';
import type { JsonObject } from './canonical.ts';
import {
  bodyHashOf,
  eventBytes,
  unsignedText,
  type Salt,
  type SignedEvent,
  type UnsignedEnvelope,
} from './envelope.ts';

/** A key that can sign. Nothing but its adapter may assume where the private part lives. */
export interface Signer {
  readonly publicKey: PublicKeyHex;
  /** Who keeps the private part: the host on somebody's behalf, or the operator's own device. */
  readonly custody: 'host' | 'device';
  /** The raw 64-byte Ed25519 signature (RFC 8032) of exactly these bytes. */
  sign(message: Uint8Array): Uint8Array;
}

/** Strict Ed25519 verification (RFC 8032): also false for a non-canonical or small-order point. Never throws. */
export type SignatureVerifier = (publicKey: PublicKeyHex, message: Uint8Array, signature: SignatureHex) => boolean;

/** A signed event with the texts that were hashed on the way, so that a store need not make them again. */
export interface FreshEvent {
  readonly event: SignedEvent;
  readonly hash: Sha256Hex;
  readonly unsignedText: string;
  readonly bodyText: string;
}

/** Signs one event. The body must be nothing but JSON values; a lone surrogate in a string throws. */
export function signEvent(
  signer: Signer,
  place: Omit<UnsignedEnvelope, 'v' | 'author' | 'bodyHash'>,
  body: JsonObject,
  salt: Salt,
): FreshEvent {
  const bodyText = canonicalJson(body);
  const unsigned: UnsignedEnvelope = { v: 1, author: signer.publicKey, ...place, bodyHash: bodyHashOf(bodyText, salt) };
  const text = unsignedText(unsigned);
  const bytes = eventBytes(text);
  const signature = bytesToHex(signer.sign(bytes)) as SignatureHex;
  return {
    event: { envelope: { ...unsigned, signature }, body, salt },
    hash: sha256Hex(bytes),
    unsignedText: text,
    bodyText,
  };
}
