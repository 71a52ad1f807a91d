import { z } from 'zod';
import { canonicalJson } from '../base/canonical.ts';
import { PublicKeyHex, Sha256Hex, SignatureHex } from '../base/ids.ts';
import { utf8Bytes } from '../base/utf8.ts';

/** 32 random bytes in lower-case hexadecimal: good for one proof, for a short while. */
const Nonce = z.string().regex(/^[0-9a-f]{64}$/);

/** What a browser is asked to sign to show that it still holds its key. */
export const BrowserChallenge = z.strictObject({
  /** The organisation on this host; null before there is one. */
  workspaceId: Sha256Hex.nullable(),
  /** SHA-256 of the host's certificate (DER); null where it speaks without TLS of its own. */
  certificate: Sha256Hex.nullable(),
  nonce: Nonce,
});
export type BrowserChallenge = z.infer<typeof BrowserChallenge>;

/** The answer to a challenge. The host looks the challenge up by its nonce: nobody may choose what they signed. */
export const BrowserProof = z.strictObject({ key: PublicKeyHex, nonce: Nonce, signature: SignatureHex });
export type BrowserProof = z.infer<typeof BrowserProof>;

/** What a host says of a session; `GET /session` says it with a fresh challenge. */
export const SessionStanding = z.object({
  signedIn: z.boolean(),
  /** By which this session is known: the browser's key, or a cookie alone; null when nobody is signed in. */
  device: z.enum(['key', 'cookie']).nullable().default(null),
  /** In ms; within it a session with a key must be proved again. Null: it need not be. */
  proveWithinMs: z.number().nullable().default(null),
  challenge: BrowserChallenge.optional(),
});
export type SessionStanding = z.infer<typeof SessionStanding>;

const BROWSER_DOMAIN = 'firebreak/browser/1\n';

/**
 * The bytes that a browser's key signs (Ed25519, RFC 8032): the domain, then the challenge with the key itself as
 * canonical JSON (RFC 8785). A proof for one host, organisation or moment is none for another.
 */
export function browserProofBytes(challenge: BrowserChallenge, key: PublicKeyHex): Uint8Array {
  const { workspaceId, certificate, nonce } = challenge;
  return utf8Bytes(BROWSER_DOMAIN + canonicalJson({ workspaceId, certificate, nonce, key }));
}
