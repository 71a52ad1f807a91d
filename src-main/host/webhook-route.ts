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
import { createBodyIntake } from './body-intake.ts';
import { closing, type JsonAnswer, notAllowed, refusal, tooOften } from './json-answer.ts';
import { createFailureLimit, createRequestLimit } from './rate-limit.ts';

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
  const bodyOf = createBodyIntake({ mostBytes: MOST_BYTES, mostAtOnce: MOST_AT_ONCE });

  return async (request: IncomingMessage, path: string): Promise<JsonAnswer> => {
    if (request.method !== 'POST') return notAllowed('POST', 'Use POST here.');
    const address = request.socket.remoteAddress ?? 'unknown';
    const waitMs = Math.max(failures.waitMs(address), requests.waitMs(address));
    if (waitMs > 0) return tooMany(waitMs);
    const feedId = FeedId.safeParse(path.slice(WEBHOOK_PATH.length));
    if (!feedId.success) return noSuchFeed;
    const body = await bodyOf(request);
    if (!body.ok) return body.error === 'TooLarge' ? tooLarge : tooMany(1000);
    const reply = receive(feedId.data, { headers: headersOf(request), body: body.value });
    if (reply === null || reply.status === 401) failures.failed(address);
    else if (reply.status === 202) failures.succeeded(address);
    return reply ?? noSuchFeed;
  };
}

const noSuchFeed = refusal(404, 'NoSuchFeed', 'No feed takes anything at this address.');
const tooLarge = closing(refusal(413, 'TooLarge', 'At most 1 MB at a time. Send smaller batches.'));

function tooMany(waitMs: number): JsonAnswer {
  return closing(tooOften('TooManyRequests', 'Too many at once. Send it again', waitMs));
}

/** A sender's cookies are nobody's business. */
function headersOf(request: IncomingMessage): WebhookRequest['headers'] {
  const single = Object.entries(request.headers).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[0] !== 'cookie',
  );
  return Object.fromEntries(single);
}
