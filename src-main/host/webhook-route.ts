/**
 * The door for whoever sends mentions: `POST /feeds/<feedId>`. It needs neither cookie nor `Origin`, because every
 * request is signed with the feed's own secret; the feed checks that. Here it is only kept from being a burden.
 *
 * 1. No more than `MOST_BYTES` of a body is ever held, and no more than `MOST_AT_ONCE` bodies at a time.
 * 2. Who fails is slowed down; nobody sends faster than `PER_SECOND` for long.
 * 3. Neither headers nor bodies reach the log.
 */
import type { IncomingMessage } from 'node:http';
import { FeedId } from '../../shared/base/ids.ts';
import type { Clock, WebhookReply, WebhookRequest } from '../commands/ports.ts';
import { createFailureLimit, createRequestLimit } from './rate-limit.ts';
import type { SessionAnswer } from './session-routes.ts';

export const WEBHOOK_PATH = '/feeds/';
const MOST_BYTES = 1024 * 1024;
const MOST_AT_ONCE = 16;
const PER_SECOND = 50;
const AT_ONCE = 200;

/** Hands a request to the feed of that name; null when there is no such feed, or it is not spoken to. */
export type WebhookReceiver = (feedId: FeedId, request: WebhookRequest) => WebhookReply | null;

export function createWebhookRoute(clock: Clock, receive: WebhookReceiver) {
  const failures = createFailureLimit(clock);
  const requests = createRequestLimit(clock, { perSecond: PER_SECOND, atOnce: AT_ONCE });
  let underWay = 0;

  return async (request: IncomingMessage, path: string): Promise<SessionAnswer> => {
    if (request.method !== 'POST')
      return { ...refusal(405, 'MethodNotAllowed', 'Use POST here.'), headers: { Allow: 'POST' } };
    const address = request.socket.remoteAddress ?? 'unknown';
    const waitMs = Math.max(failures.waitMs(address), requests.waitMs(address));
    if (waitMs > 0) return tooMany(waitMs);
    const feedId = FeedId.safeParse(path.slice(WEBHOOK_PATH.length));
    if (!feedId.success) return noSuchFeed;
    if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) return tooLarge;
    if (underWay >= MOST_AT_ONCE) return tooMany(1000);
    underWay += 1;
    let body: Uint8Array | null;
    try {
      body = await bodyOf(request);
    } finally {
      underWay -= 1;
    }
    if (body === null) return tooLarge;
    const reply = receive(feedId.data, { headers: headersOf(request), body });
    if (reply === null || reply.status === 401) failures.failed(address);
    else if (reply.status === 202) failures.succeeded(address);
    return reply ?? noSuchFeed;
  };
}

const noSuchFeed = refusal(404, 'NoSuchFeed', 'No feed takes anything at this address.');
/** The rest of the body is not read: the connection ends with this answer. */
const tooLarge: SessionAnswer = {
  ...refusal(413, 'TooLarge', 'At most 1 MB at a time. Send smaller batches.'),
  headers: { Connection: 'close' },
};

function tooMany(waitMs: number): SessionAnswer {
  const seconds = Math.ceil(waitMs / 1000);
  return {
    ...refusal(429, 'TooManyRequests', `Too many at once. Send it again in ${String(seconds)} s.`),
    headers: { 'Retry-After': String(seconds), Connection: 'close' },
  };
}

function refusal(status: number, code: string, message: string): SessionAnswer {
  return { status, body: { code, message } };
}

/** A sender's cookies are nobody's business. */
function headersOf(request: IncomingMessage): WebhookRequest['headers'] {
  const single = Object.entries(request.headers).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[0] !== 'cookie',
  );
  return Object.fromEntries(single);
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
