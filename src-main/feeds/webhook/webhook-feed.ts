/*
 * Keeps these:
 * 1. Nothing is read of a body before its signature was found right.
 * 2. "Taken" is said only when it is on the disk, together with its signature: then, and only then, is that signature
 *    refused, by this host or one that starts after it.
 * 3. A sender that got no answer may send again: under the same signature it hears that it was taken, under a new one
 *    the same posts count once.
 */
import { z } from 'zod';
import { err, ok, type Result } from '../../../shared/base/result.ts';
import type { FeedSettings } from '../../../shared/domain/feed/feed-settings.ts';
import type { Post } from '../../../shared/domain/mention/mention.ts';
import { postFromRecord } from '../../../shared/domain/mention/mention-record.ts';
import type { Clock, FeedDeps, PostSink, WebhookFeed, WebhookReply, WebhookRequest } from '../../commands/ports.ts';
import { createFeedMeter } from '../feed-meter.ts';
import { handOverByAge } from '../hand-over.ts';
import { NOTHING_SEEN, SeenSignatures, whetherSeen, withSeen } from './seen-signatures.ts';
import { checkSignature } from './signature.ts';

export const MOST_BODY_BYTES = 1024 * 1024;
const MOST_RECORDS = 1_000;
/** On average; more than a store takes beside everything else would only pile up. */
const RECORDS_A_SECOND = 5_000;
const RECORDS_AT_ONCE = 20_000;
/** What a request costs beside its records: 20 of one record a second on average. More belongs into batches. */
const RECORDS_A_REQUEST = 250;

export type WebhookSettings = Pick<Extract<FeedSettings, { kind: 'webhook' }>, 'feedId' | 'name'>;

interface RefusedRecord {
  /** From 0, as in the array that was sent. */
  readonly index: number;
  readonly reason: string;
}

/** Takes what a sender POSTs: records of the mention file, one or up to a thousand. `address` is where to, for people. */
export function createWebhookFeed(
  settings: WebhookSettings & { readonly address?: string | null },
  deps: FeedDeps,
  secret: string | null,
): WebhookFeed {
  const { clock } = deps;
  const kept = SeenSignatures.safeParse(deps.cursor);
  const allowance = createAllowance(clock);
  const meter = createFeedMeter({ ...settings, kind: 'webhook' }, clock, { by: 'posts' });
  let memory = kept.success ? kept.data : NOTHING_SEEN;
  let taker: PostSink | null = null;

  function receive({ headers, body }: WebhookRequest): WebhookReply {
    if (taker === null) return refusal(503, 'This feed is paused. Send it again later.');
    if (secret === null || secret === '') {
      return refusal(401, 'This feed has no secret yet. Make one in the settings and sign with it.');
    }
    if (body.byteLength > MOST_BODY_BYTES) return refusal(413, 'The body is larger than 1 MB. Send smaller batches.');
    const now = clock.now();
    const timestamp = headers['firebreak-timestamp'];
    const signed = checkSignature({ timestamp, signature: headers['firebreak-signature'], body }, secret, now);
    if (!signed.ok) return refusal(401, signed.error);
    const seen = whetherSeen(memory, signed.value);
    if (seen === 'seen') return refusal(409, 'This request was taken before. Nothing is to be done.');
    if (seen === 'too-old') return refusal(401, 'The timestamp is older than others that were taken. Sign it anew.');
    const records = recordsOf(body);
    if (!records.ok) return refusal(400, records.error);
    if (records.value.length > MOST_RECORDS)
      return refusal(413, 'There are more than 1,000 records. Send smaller batches.');
    const cost = RECORDS_A_REQUEST + records.value.length;
    if (!allowance.take(cost)) return refusal(429, 'Too much at once. Wait a second, and send batches of up to 1,000.');

    const { posts, refused } = toPosts(records.value);
    meter.skipped(refused.length);
    if (posts.length === 0 && refused.length > 0) {
      return { status: 400, body: { error: 'No record could be read.', ...report(posts, refused) } };
    }
    const next = withSeen(memory, signed.value, now);
    if (!handOverByAge(taker, posts, now, meter, next)) {
      allowance.giveBack(cost);
      return refusal(503, 'It cannot be stored at the moment. Send it again later.');
    }
    memory = next;
    return { status: 202, body: report(posts, refused) };
  }

  function toPosts(records: readonly unknown[]): {
    readonly posts: readonly Post[];
    readonly refused: readonly RefusedRecord[];
  } {
    const context = { feedId: settings.feedId, now: clock.now() };
    const posts: Post[] = [];
    const refused: RefusedRecord[] = [];
    for (const [index, record] of records.entries()) {
      const post = postFromRecord(record, context);
      if (post.ok) posts.push(post.value);
      else refused.push({ index, reason: post.error.reason });
    }
    return { posts, refused };
  }

  return {
    start(sink) {
      taker = sink;
      meter.become('live', secret === null ? 'There is no secret yet: everything is refused.' : null);
    },
    stop() {
      taker = null;
      meter.become('ended', 'Stopped.');
    },
    status: () => meter.status(),
    receive,
  };
}

const Records = z.union([z.array(z.unknown()), z.record(z.string(), z.unknown()).transform((record) => [record])]);
const utf8 = new TextDecoder('utf-8', { fatal: true });

function recordsOf(body: Uint8Array): Result<readonly unknown[], string> {
  try {
    const records = Records.safeParse(JSON.parse(utf8.decode(body)));
    return records.success ? ok(records.data) : err('The body must be one record or an array of records.');
  } catch {
    return err('The body is not JSON in UTF-8.');
  }
}

function report(posts: readonly Post[], refused: readonly RefusedRecord[]) {
  return { taken: posts.length, refused: refused.length, problems: refused };
}

function refusal(status: Exclude<WebhookReply['status'], 202>, error: string): WebhookReply {
  return { status, body: { error } };
}

/** A bucket that fills with time (RFC 2697, section 3): bursts are welcome, floods are not. */
function createAllowance(clock: Clock) {
  let left = RECORDS_AT_ONCE;
  let filledAt = clock.now();
  return {
    take(cost: number): boolean {
      const now = clock.now();
      left = Math.min(RECORDS_AT_ONCE, left + ((now - filledAt) / 1000) * RECORDS_A_SECOND);
      filledAt = now;
      if (left < cost) return false;
      left -= cost;
      return true;
    },
    giveBack(cost: number): void {
      left = Math.min(RECORDS_AT_ONCE, left + cost);
    },
  };
}
