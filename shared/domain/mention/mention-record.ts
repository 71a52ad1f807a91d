import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { instant, type FeedId, type Instant, type WatchQueryId } from '../../base/ids.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { Mention } from './mention.ts';
import { estimateSentiment } from './sentiment.ts';
import { parseTime } from './parse-time.ts';

/** Why a record cannot become a mention: one sentence for people, naming the field. */
export interface MentionRefused {
  readonly type: 'MentionRefused';
  readonly reason: string;
}

export interface MentionRecordContext {
  readonly feedId: FeedId;
  readonly watchQueryId: WatchQueryId;
  /** When our host took the record in. */
  readonly now: Instant;
  /** History without a time would be stamped "now" and bend the baseline, so an import refuses it. Default: false. */
  readonly requireTime?: boolean;
}

const absent = (value: unknown): unknown => (value === '' ? undefined : (value ?? undefined));

const words = (max: number) => z.preprocess(absent, z.string().max(max).optional());

/** A number, or what a CSV cell holds: the same number as text. */
const quantity = z.preprocess(
  (value) => (typeof value === 'string' ? (value.trim() === '' ? undefined : Number(value)) : (value ?? undefined)),
  z.number().optional(),
);

/** A snowflake written as a bare JSON number has already lost its last digits, so two posts could share it. */
const identity = z.preprocess(
  (value) => (Number.isSafeInteger(value) ? String(value) : absent(value)),
  z.string('must be text; a number this large is not exact, write it in quotes').max(512).optional(),
);

const time = z.preprocess(
  absent,
  z
    .union([z.string(), z.number()])
    .optional()
    .transform((value, issues) => {
      if (value === undefined) return undefined;
      const at = parseTime(value);
      if (at !== null) return at;
      issues.addIssue({ code: 'custom', message: `is not a time we can read: ${JSON.stringify(value).slice(0, 60)}` });
      return z.NEVER;
    }),
);

/**
 * One record of our mention file: a line of NDJSON, or a row of a CSV file with a header.
 *
 * | field | meaning |
 * |---|---|
 * | `text` | required; what was written, at most 20,000 characters |
 * | `id` | identity at the source; without it the SHA-256 of author, text, address and time stands in |
 * | `author`, `url`, `repostOf` | text; `repostOf` is the id of the mention this one repeats |
 * | `occurredAt`, `observedAt` | ISO 8601 (UTC unless it names an offset) or epoch seconds or milliseconds, see `parseTime`; each stands in for `observedAt` when that is missing, then the moment of reading does |
 * | `engagement`, `reach` | numbers, not negative |
 * | `sentiment` | -1 to 1; without it our own estimate stands in |
 *
 * Field names count without case, `_`, `-` and spaces (`observed_at` is `observedAt`); an empty cell is an absent
 * field; other fields are ignored. An address that is not http(s) is dropped: it must never become a link.
 */
export const MentionRecord = z.object({
  id: identity,
  author: words(512),
  text: z
    .string('is missing')
    .max(20_000, 'is longer than 20,000 characters')
    .refine((text) => text.trim() !== '', 'is empty'),
  url: words(2048),
  occurredAt: time,
  observedAt: time,
  engagement: quantity.pipe(z.number().nonnegative('must not be negative').optional()),
  reach: quantity.pipe(z.number().nonnegative('must not be negative').optional()),
  repostOf: identity,
  sentiment: quantity.pipe(z.number().min(-1).max(1).optional()),
});
export type MentionRecord = z.infer<typeof MentionRecord>;

const fieldBySpelling = new Map(Object.keys(MentionRecord.shape).map((field) => [field.toLowerCase(), field]));

/** Makes a mention of one record of a file. Refuses with the field and the reason; never throws. */
export function mentionFromRecord(record: unknown, context: MentionRecordContext): Result<Mention, MentionRefused> {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    return refuse('the record is not an object with fields');
  }
  const parsed = MentionRecord.safeParse(withKnownSpelling(record));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return refuse(`${issue?.path.join('.') ?? 'record'}: ${issue?.message ?? 'is malformed'}`);
  }
  const { occurredAt, observedAt, ...fields } = parsed.data;
  if (context.requireTime && occurredAt === undefined && observedAt === undefined) {
    return refuse('observedAt: is missing, and history without a time cannot be placed');
  }
  const mention = {
    id: fields.id ?? identityOf(fields, occurredAt ?? observedAt ?? null),
    feedId: context.feedId,
    watchQueryId: context.watchQueryId,
    author: fields.author ?? null,
    text: fields.text,
    url: fields.url !== undefined && /^https?:\/\//i.test(fields.url) ? fields.url : null,
    occurredAt: occurredAt ?? null,
    observedAt: observedAt ?? occurredAt ?? context.now,
    recordedAt: context.now,
    engagement: fields.engagement ?? null,
    reach: fields.reach ?? null,
    repostOf: fields.repostOf ?? null,
    sentiment: fields.sentiment ?? estimateSentiment(fields.text),
  } satisfies Mention;
  return ok(mention);
}

function refuse(reason: string): Result<never, MentionRefused> {
  return err({ type: 'MentionRefused', reason });
}

function withKnownSpelling(record: object): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(record)) {
    // As it is written here, for nearly every record; only other spellings cost more than a look.
    const field = Object.hasOwn(MentionRecord.shape, key)
      ? key
      : fieldBySpelling.get(key.toLowerCase().replaceAll(/[_\-\s\u{feff}]/gu, ''));
    if (field !== undefined && fields[field] === undefined) fields[field] = value;
  }
  return fields;
}

/** The reading time stays out: the same record read twice must be the same mention. */
function identityOf(fields: Pick<MentionRecord, 'author' | 'text' | 'url'>, at: Instant | null): string {
  const canonical = JSON.stringify([fields.author ?? null, fields.text, fields.url ?? null, at]);
  return `sha256:${bytesToHex(sha256(utf8ToBytes(canonical)))}`;
}

/** The moved mention keeps its distance between `occurredAt` and `observedAt`. For replays, which are moved to now. */
export function mentionMovedTo(mention: Mention, observedAt: Instant, recordedAt: Instant): Mention {
  const { occurredAt } = mention;
  return {
    ...mention,
    occurredAt: occurredAt === null ? null : instant(observedAt + (occurredAt - mention.observedAt)),
    observedAt,
    recordedAt,
  };
}
