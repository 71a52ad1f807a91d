import { bytesToHex } from '@noble/hashes/utils.js';
import { canonicalJson } from '../base/canonical.ts';
import type { Sha256Hex, SignatureHex } from '../base/ids.ts';
import type { SignatureVerifier, Signer } from '../log/signing.ts';
import { utf8Bytes } from '../base/utf8.ts';
import type { HelloFrame } from './replica-frames.ts';

/** What a session is bound to, so that a proof means nothing anywhere else. */
export interface SessionBinding {
  /** SHA-256 of the server's certificate (DER) as the side at hand sees it; null on loopback without TLS. */
  readonly certificate: Sha256Hex | null;
  readonly client: HelloFrame;
  readonly server: HelloFrame;
}

const SESSION_DOMAIN = 'firebreak/session/1\n';

/** Signs that whoever holds this key speaks on this very connection: both sides' nonces, the workspace, the certificate. */
export function proveSession(signer: Signer, side: 'client' | 'server', binding: SessionBinding): SignatureHex {
  return bytesToHex(signer.sign(sessionBytes(side, binding))) as SignatureHex;
}

export function isSessionProof(
  signature: SignatureHex,
  side: 'client' | 'server',
  binding: SessionBinding,
  verifier: SignatureVerifier,
): boolean {
  return verifier(binding[side].key, sessionBytes(side, binding), signature);
}

function sessionBytes(side: 'client' | 'server', { certificate, client, server }: SessionBinding): Uint8Array {
  return utf8Bytes(SESSION_DOMAIN + canonicalJson({ side, certificate, client, server }));
}
