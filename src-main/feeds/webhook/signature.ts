import { createHmac, timingSafeEqual } from 'node:crypto';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import { instant, type Instant } from '../../../shared/base/ids.ts';

/** How far the sender's clock may be from ours, either way. */
export const WINDOW_MS = 5 * 60_000;

const SIGNATURE = /^v1=([0-9a-f]{64})$/i;

/** A signature that is right and recent. */
export interface Signed {
  /** In lower-case hexadecimal. */
  readonly signature: string;
  /** When the sender says that it signed. */
  readonly at: Instant;
}

/**
 * Checks that whoever knows the secret signed this body within the last five minutes: `v1=` and the HMAC-SHA-256 (RFC
 * 2104, FIPS 180-4) in hexadecimal over the timestamp as it was sent, a full stop, and the bytes of the body. A refusal
 * is a sentence for the sender.
 */
export function checkSignature(
  request: {
    readonly timestamp: string | undefined;
    readonly signature: string | undefined;
    readonly body: Uint8Array;
  },
  secret: string,
  now: Instant,
): Result<Signed, string> {
  const { timestamp, signature, body } = request;
  const claimed = SIGNATURE.exec(signature ?? '')?.[1];
  if (claimed === undefined) return err('The header firebreak-signature must be v1= and 64 hexadecimal digits.');
  if (timestamp === undefined || !/^\d{9,11}$/.test(timestamp)) {
    return err('The header firebreak-timestamp must be the seconds since 1970 at which the request was signed.');
  }
  const expected = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest();
  if (!timingSafeEqual(expected, Buffer.from(claimed, 'hex'))) {
    return err('The signature is not the one of this timestamp and body under the secret of this feed.');
  }
  // After the signature, so that only whoever knows the secret learns what our clock says.
  const at = instant(Number(timestamp) * 1000);
  if (Math.abs(now - at) > WINDOW_MS) return err('The timestamp is more than five minutes from now. Sign it anew.');
  return ok({ signature: claimed.toLowerCase(), at });
}
