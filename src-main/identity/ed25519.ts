import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { PublicKeyHex, type SignatureHex } from '../../shared/base/ids.ts';
import { invariant } from '../../shared/base/invariant.ts';
import type { Signer } from '../../shared/log/signing.ts';

/** Order of the base point (RFC 8032, section 5.1). */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
/** The field's prime. */
const P = 2n ** 255n - 19n;
/** One square root of -1 decides the two `y` of the points of order 8; these are they. */
const ORDER_8_Y = littleEndian(Buffer.from('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'hex'));
/** The `y` of every point whose order divides 8: a key or an R there fits more than one message. */
const SMALL_ORDER_Y = new Set([0n, 1n, P - 1n, ORDER_8_Y, P - ORDER_8_Y]);

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Verifying one key's signatures again and again should not decode the key each time. */
const MAX_CACHED_KEYS = 1024;
const cachedKeys = new Map<PublicKeyHex, KeyObject | null>();

/**
 * Strict Ed25519 verification (RFC 8032, section 5.1.7, without the cofactor): refuses an S that is not below L, and
 * public keys and R that are not canonical or of small order. Node stands on OpenSSL and Electron on BoringSSL, which
 * differ in how much of this they refuse themselves; two replicas must not differ in what they accept.
 */
export function verifyEd25519(publicKey: PublicKeyHex, message: Uint8Array, signature: SignatureHex): boolean {
  const prepared = prepareEd25519(publicKey, signature);
  return prepared !== null && verify(null, message, prepared.key, prepared.signature);
}

/** The strict part of it, which needs no message: what is left is for `crypto.verify`. Null when it is refused already. */
export function prepareEd25519(
  publicKey: PublicKeyHex,
  signature: SignatureHex,
): { readonly key: KeyObject; readonly signature: Uint8Array } | null {
  const bytes = Buffer.from(signature, 'hex');
  if (bytes.length !== 64 || bytes.toString('hex') !== signature) return null; // one spelling only: no capitals
  if (!isStrictPoint(bytes.subarray(0, 32)) || littleEndian(bytes.subarray(32)) >= L) return null;
  const key = publicKeyObject(publicKey);
  return key && { key, signature: bytes };
}

/** Makes a new key pair. The private part is returned as its 32-byte seed. */
export function createKeyPair(): { readonly publicKey: PublicKeyHex; readonly seed: Buffer } {
  const { privateKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8_PREFIX.length);
  return { publicKey: publicKeyOf(privateKey), seed };
}

/** A signer over a 32-byte seed; the seed itself is not reachable through it. */
export function createSigner(seed: Uint8Array, custody: Signer['custody']): Signer {
  invariant(seed.length === 32, 'an Ed25519 seed has 32 bytes');
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  return { publicKey: publicKeyOf(key), custody, sign: (message) => sign(null, message, key) };
}

function publicKeyOf(privateKey: KeyObject): PublicKeyHex {
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return PublicKeyHex.parse(spki.subarray(SPKI_PREFIX.length).toString('hex'));
}

function publicKeyObject(publicKey: PublicKeyHex): KeyObject | null {
  const cached = cachedKeys.get(publicKey);
  if (cached !== undefined) return cached;
  const made = makePublicKeyObject(publicKey);
  if (cachedKeys.size >= MAX_CACHED_KEYS) cachedKeys.clear(); // a flood of forged keys must not grow it
  cachedKeys.set(publicKey, made);
  return made;
}

function makePublicKeyObject(publicKey: PublicKeyHex): KeyObject | null {
  const raw = Buffer.from(publicKey, 'hex');
  if (raw.length !== 32 || raw.toString('hex') !== publicKey || !isStrictPoint(raw)) return null;
  try {
    return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}

/** Whether the encoding is canonical (y below P) and not of small order. Whether it is on the curve, OpenSSL says. */
function isStrictPoint(raw: Uint8Array): boolean {
  const y = littleEndian(raw) & ((1n << 255n) - 1n);
  return y < P && !SMALL_ORDER_Y.has(y);
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}
