import { createHash, hash } from 'node:crypto';
import type { PublicKeyHex, SignatureHex } from '../../shared/base/ids.ts';
import type { SignatureVerifier, Signer } from '../../shared/log/signing.ts';
import { createSigner, verifyEd25519 } from '../../src-main/identity/ed25519.ts';

/** How the hosts of one world sign. Keys come from names, so that a seed brings them back. */
export interface SignatureScheme {
  signerOf(name: string, custody: Signer['custody']): Signer;
  readonly verifier: SignatureVerifier;
}

/**
 * A keyed hash in the place of Ed25519, for the bulk of the seeds: whoever has no key cannot sign, and a changed byte is
 * found, at a fiftieth of the cost. The secrets are known to the world's verifier alone.
 */
export function keyedHashSignatures(): SignatureScheme {
  const secrets = new Map<PublicKeyHex, string>();
  const signed = (secret: string, message: Uint8Array): string =>
    createHash('sha512').update(secret).update(message).digest('hex');
  return {
    signerOf(name, custody) {
      const secret = hash('sha256', `secret of ${name}`);
      const publicKey = hash('sha256', `public key of ${secret}`) as PublicKeyHex;
      secrets.set(publicKey, secret);
      return { publicKey, custody, sign: (message) => Buffer.from(signed(secret, message), 'hex') };
    },
    verifier(publicKey, message, signature) {
      const secret = secrets.get(publicKey);
      return secret !== undefined && signed(secret, message) === signature;
    },
  };
}

/** The signatures of the program itself. What one host has verified is remembered for the others of the world. */
export function ed25519Signatures(): SignatureScheme {
  const known = new Map<string, boolean>();
  return {
    signerOf: (name, custody) => createSigner(createHash('sha256').update(`seed of ${name}`).digest(), custody),
    verifier(publicKey, message, signature: SignatureHex) {
      const key = `${publicKey}${signature}${hash('sha256', message)}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const isGood = verifyEd25519(publicKey, message, signature);
      known.set(key, isGood);
      return isGood;
    },
  };
}
