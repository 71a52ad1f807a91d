import { createHmac } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import ipaddr from 'ipaddr.js';
import { instant } from '../../shared/base/ids.ts';
import { canonicalJson } from '../../shared/base/canonical.ts';
import type { Clock, Delivery, Publisher } from '../commands/ports.ts';

const TIMEOUT_MS = 10_000;
const MOST_ANSWER_BYTES = 64 * 1024;

/**
 * Hands a cleared text to a receiving system: one POST, signed with HMAC-SHA-256 (RFC 2104) over `TIMESTAMP.BODY`,
 * with an idempotency key. Redirects are not followed and private addresses not called, unless their host is allowed
 * by name: a publisher must not become a way into the network it runs in.
 *
 * Headers: `Firebreak-Timestamp` (seconds), `Firebreak-Signature: v1=HEX`, `Idempotency-Key`.
 */
export function createWebhookPublisher(deps: {
  readonly secret: Uint8Array;
  readonly clock: Clock;
  /** Hosts that may be called although their address is private, such as `127.0.0.1` or `press.intern`. */
  readonly allowedPrivateHosts: readonly string[];
}): Publisher {
  const { secret, clock, allowedPrivateHosts } = deps;
  return {
    async deliver({ url, idempotencyKey, body }) {
      const target = new URL(url);
      if (target.protocol !== 'https:' && target.protocol !== 'http:')
        return { outcome: 'refused', reason: 'A webhook address begins with https:// or http://.' };
      const address = await addressOf(target, allowedPrivateHosts);
      if ('refusal' in address) return { outcome: 'refused', reason: address.refusal };
      const text = canonicalJson(body);
      const timestamp = String(Math.floor(clock.now() / 1000));
      const signature = createHmac('sha256', secret).update(`${timestamp}.${text}`).digest('hex');
      const headers = {
        'Content-Type': 'application/json',
        'Content-Length': String(Buffer.byteLength(text)),
        'Firebreak-Timestamp': timestamp,
        'Firebreak-Signature': `v1=${signature}`,
        'Idempotency-Key': idempotencyKey,
      };
      return post(target, address.ip, headers, text, clock);
    },
  };
}

/** The address is settled before it is called, so that a name cannot lead somewhere else the second time it is asked. */
async function addressOf(
  target: URL,
  allowed: readonly string[],
): Promise<{ readonly ip: string } | { readonly refusal: string }> {
  const host = target.hostname.replace(/^\[|\]$/g, '');
  let ip: string;
  try {
    ip = ipaddr.isValid(host) ? host : (await lookup(host)).address;
  } catch {
    return { refusal: `The name ${host} could not be found.` };
  }
  const isPublic = ipaddr.process(ip).range() === 'unicast';
  if (isPublic || allowed.includes(target.hostname) || allowed.includes(target.host)) return { ip };
  return { refusal: `${host} is a private address. Allow it by name if it is meant.` };
}

function post(
  target: URL,
  ip: string,
  headers: Readonly<Record<string, string>>,
  text: string,
  clock: Clock,
): Promise<Delivery> {
  return new Promise((resolve) => {
    let sent = false;
    const request = (target.protocol === 'https:' ? requestHttps : requestHttp)({
      host: ip,
      port: target.port || undefined,
      path: target.pathname + target.search,
      method: 'POST',
      servername: target.hostname,
      headers: { ...headers, Host: target.host },
      timeout: TIMEOUT_MS,
      agent: false,
    });
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('finish', () => (sent = true));
    // Before the last byte has left nothing can have been published; after it only a person can tell.
    request.on('error', (cause) => {
      const reason = `The receiver could not be reached or did not answer (${cause.message}).`;
      resolve({ outcome: sent ? 'unknown' : 'refused', reason });
    });
    request.on('response', (response) => {
      const status = response.statusCode ?? 0;
      let size = 0;
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size <= MOST_ANSWER_BYTES) chunks.push(chunk);
        else response.destroy();
      });
      response.on('close', () => {
        if (status >= 200 && status < 300)
          resolve({ outcome: 'delivered', address: addressIn(chunks), at: instant(clock.now()) });
        else if (status >= 500)
          resolve({
            outcome: 'unknown',
            reason: `The receiver answered ${String(status)}: it may have published or not.`,
          });
        else resolve({ outcome: 'refused', reason: `The receiver answered ${String(status)}.` });
      });
    });
    request.end(text);
  });
}

/** The receiver may say where the text is now, as `{"address": "https://..."}`. */
function addressIn(chunks: readonly Buffer[]): string | null {
  try {
    const answer: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const address = typeof answer === 'object' && answer !== null && 'address' in answer ? answer.address : null;
    return typeof address === 'string' && /^https?:\/\//.test(address) ? address.slice(0, 2048) : null;
  } catch {
    return null;
  }
}
