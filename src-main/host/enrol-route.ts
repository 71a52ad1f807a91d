/**
 * The door for a machine that joins: `POST /enrol`. It needs neither cookie nor `Origin`: the invite in its body is what
 * lets it in, and its keys sign that they come with it. The HTTP host slows down whoever fails.
 *
 * 1. No more than `MOST_BYTES` of a body is held, and no more than `MOST_AT_ONCE` bodies at a time.
 * 2. Nobody asks faster than `PER_SECOND` for long, whether it succeeds or not.
 * 3. Nothing of the body reaches the log.
 */
import type { IncomingMessage } from 'node:http';
import type { Result } from '../../shared/base/result.ts';
import { type EnrolmentAnswer, EnrolmentRequest } from '../../shared/protocol/enrolment.ts';
import type { WireError } from '../../shared/protocol/wire.ts';
import type { Clock } from '../commands/ports.ts';
import { createRequestLimit } from './rate-limit.ts';
import type { SessionAnswer } from './session-routes.ts';

/** Settles an invite. Synchronous: two that come at once are settled one after the other. */
export type EnrolmentReceiver = (
  request: EnrolmentRequest,
) => Result<EnrolmentAnswer, { readonly status: number; readonly error: WireError }>;

const MOST_BYTES = 16 * 1024;
const MOST_AT_ONCE = 16;
const PER_SECOND = 5;
const AT_ONCE = 20;

export function createEnrolRoute(clock: Clock, redeem: EnrolmentReceiver) {
  const requests = createRequestLimit(clock, { perSecond: PER_SECOND, atOnce: AT_ONCE });
  let underWay = 0;

  return async (request: IncomingMessage): Promise<SessionAnswer> => {
    const address = request.socket.remoteAddress ?? 'unknown';
    const waitMs = requests.waitMs(address);
    if (waitMs > 0) return tooMany(waitMs);
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
      return refusal(415, 'NotJson', 'Send the invite as JSON.');
    if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) return tooLarge;
    if (underWay >= MOST_AT_ONCE) return tooMany(1000);
    underWay += 1;
    let body: string | null;
    try {
      body = await bodyOf(request);
    } finally {
      underWay -= 1;
    }
    if (body === null) return tooLarge;
    const wanted = EnrolmentRequest.safeParse(parseJson(body));
    if (!wanted.success)
      return refusal(400, 'Malformed', 'This is not how a machine joins. Update Firebreak on both machines.');
    const redeemed = redeem(wanted.data);
    if (redeemed.ok) return { status: 200, body: { ...redeemed.value } };
    const { code, message } = redeemed.error.error;
    return refusal(redeemed.error.status, code, message);
  };
}

/** The rest of the body is not read: the connection ends with this answer. */
const tooLarge: SessionAnswer = {
  ...refusal(413, 'TooLarge', 'That is too long to be an invite.'),
  headers: { Connection: 'close' },
};

function tooMany(waitMs: number): SessionAnswer {
  const seconds = Math.ceil(waitMs / 1000);
  return {
    ...refusal(429, 'TooManyAttempts', `Too many attempts. Try again in ${String(seconds)} s.`),
    headers: { 'Retry-After': String(seconds), Connection: 'close' },
  };
}

function refusal(status: number, code: string, message: string): SessionAnswer {
  return { status, body: { code, message } };
}

async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
