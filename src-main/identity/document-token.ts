import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { Instant, OperatorId } from '../../shared/base/ids.ts';
import { invariant } from '../../shared/base/invariant.ts';

const Claims = z.strictObject({
  document: z.string().min(1).max(256),
  operatorId: OperatorId,
  /** The session it was given to: whoever accepts the token asks whether that session is still open. */
  sessionId: z.string().min(1).max(128),
  expiresAt: Instant,
});
export type DocumentTokenClaims = z.infer<typeof Claims>;

export interface DocumentTokens {
  issue(claims: DocumentTokenClaims): string;
  /** The claims of a token of ours for just this document that has not expired; null for everything else. */
  check(token: string, document: string, now: Instant): DocumentTokenClaims | null;
}

/** Keeps this MAC from ever being taken for one that was made for another purpose. */
const DOMAIN = 'firebreak/document/1\n';
const FORMAT = /^fbd_([A-Za-z0-9_-]{1,1024})\.([A-Za-z0-9_-]{43})$/;

/**
 * Short-lived tokens that open one document: `fbd_CLAIMS.MAC`, both in base64url, where CLAIMS is JSON and MAC is
 * HMAC-SHA-256 (RFC 2104) over the domain prefix and CLAIMS as written. They go into the address of a socket, where a
 * durable token would not be safe.
 */
export function createDocumentTokens(secret: Uint8Array): DocumentTokens {
  invariant(secret.length === 32, 'the secret of document tokens has 256 bits');

  function macOf(claims: string): string {
    return createHmac('sha256', secret).update(DOMAIN).update(claims).digest('base64url');
  }

  return {
    issue(claims) {
      const text = Buffer.from(JSON.stringify(Claims.parse(claims))).toString('base64url');
      return `fbd_${text}.${macOf(text)}`;
    },
    check(token, document, now) {
      const [, text, mac] = FORMAT.exec(token) ?? [];
      if (text === undefined || mac === undefined) return null;
      // As text: base64url has several spellings of the same bytes, and only ours counts.
      if (!timingSafeEqual(Buffer.from(macOf(text)), Buffer.from(mac))) return null;
      const claims = parseClaims(text);
      return claims && claims.document === document && now < claims.expiresAt ? claims : null;
    },
  };
}

function parseClaims(text: string): DocumentTokenClaims | null {
  try {
    return Claims.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    return null;
  }
}
