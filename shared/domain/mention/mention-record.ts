import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { instant, type FeedId, type Instant } from '../../base/ids.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { Post } from './mention.ts';
import { parseTime } from './parse-time.ts';

/** Why a record cannot become a post: one sentence for people, naming the field. */
export interface MentionRefused {
  readonly type: 'MentionRefused';
  readonly reason: string;
}

export interface MentionRecordContext {
  readonly feedId: FeedId;
  /** Of a record that names none. Default: `other`. */
  readonly channel?: string;
  /** When our host took the record in. */
  readonly now: Instant;
  /** History without a time would be stamped "now" and bend the baseline, so an import refuses it. Default: false. */
  readonly requireTime?: boolean;
}

const CHANNEL_NAME = /^[a-z0-9][a-z0-9._-]{0,39}$/;
const LANGUAGE_TAG = /^([a-z]{2,3})(?:[-_][a-z0-9_-]{0,60})?$/i;
const TWO_LETTERS = /^[a-z]{2}$/;
const NO_LANGUAGE: ReadonlySet<string> = new Set(['und', 'mul', 'mis', 'zxx']);

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

/** `X`, `Bluesky`: people write names with capitals, and a channel has none. */
const channelName = z.preprocess(
  (value) => (typeof value === 'string' ? absent(value.trim().toLowerCase()) : absent(value)),
  z.string('is not the name of a channel').regex(CHANNEL_NAME, 'is not the name of a channel').optional(),
);

/** What nobody can read as a language is an unknown one: no reason to lose the post. */
const language = z.preprocess(
  (value) => (typeof value === 'string' ? (primaryLanguage(value) ?? undefined) : undefined),
  z.string().optional(),
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
 * | `sentiment` | -1 to 1; without it the estimate is ours, and made only of what becomes a mention |
 * | `channel` | where it was said, such as `x`; without it the feed's own stands in |
 * | `language` | BCP 47, such as `en-GB`, of which the primary language is kept; what is none counts as unknown |
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
  channel: channelName,
  language,
});
export type MentionRecord = z.infer<typeof MentionRecord>;

const fieldNames = Object.keys(MentionRecord.shape) as (keyof MentionRecord)[];
const fieldByName = new Map<string, keyof MentionRecord>(fieldNames.map((field) => [field, field]));
const fieldBySpelling = new Map<string, keyof MentionRecord>(fieldNames.map((field) => [field.toLowerCase(), field]));

/**
 * Makes a post of one record of a file, a webhook or a person. A time that is later than `now` counts as now: no source
 * has seen what was not there yet. Refuses with the field and the reason; never throws.
 */
export function postFromRecord(record: unknown, context: MentionRecordContext): Result<Post, MentionRefused> {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) {
    return refuse('the record is not an object with fields');
  }
  const known = withKnownSpelling(record);
  let fields = plainFields(known);
  if (fields === null) {
    const parsed = MentionRecord.safeParse(known);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      return refuse(`${issue?.path.join('.') ?? 'record'}: ${issue?.message ?? 'is malformed'}`);
    }
    fields = parsed.data;
  }
  const { occurredAt, observedAt } = fields;
  if (context.requireTime && occurredAt === undefined && observedAt === undefined) {
    return refuse('observedAt: is missing, and history without a time cannot be placed');
  }
  const post = {
    id: fields.id ?? identityOf(fields, occurredAt ?? observedAt ?? null),
    feedId: context.feedId,
    channel: fields.channel ?? context.channel ?? 'other',
    author: fields.author ?? null,
    text: fields.text,
    url: fields.url !== undefined && /^https?:\/\//i.test(fields.url) ? fields.url : null,
    language: fields.language ?? null,
    occurredAt: occurredAt ?? null,
    observedAt: earlierOf(observedAt ?? occurredAt ?? context.now, context.now),
    recordedAt: context.now,
    engagement: fields.engagement ?? null,
    reach: fields.reach ?? null,
    repostOf: fields.repostOf ?? null,
    sentiment: fields.sentiment ?? null,
  } satisfies Post;
  return ok(post);
}

/** The primary language of a BCP 47 tag (RFC 5646) in lower case; null where it names none, or "undetermined". */
export function primaryLanguage(tag: string): string | null {
  const primary = LANGUAGE_TAG.exec(tag.trim())?.[1]?.toLowerCase();
  return primary === undefined || NO_LANGUAGE.has(primary) ? null : primary;
}

function refuse(reason: string): Result<never, MentionRefused> {
  return err({ type: 'MentionRefused', reason });
}

type KnownFields = { [Field in keyof MentionRecord]?: unknown };

function withKnownSpelling(record: object): KnownFields {
  const fields: KnownFields = {};
  for (const key of Object.keys(record)) {
    // As it is written here, for nearly every record; only other spellings cost more than a look.
    const field = fieldByName.get(key) ?? fieldBySpelling.get(key.toLowerCase().replaceAll(/[_\-\s\u{feff}]/gu, ''));
    if (field !== undefined && fields[field] === undefined)
      fields[field] = (record as KnownFields)[key as typeof field];
  }
  return fields;
}

/**
 * The same as `MentionRecord` makes, for a record that needs no mending; null for every other, which the schema then
 * judges. A third of an import's time went into the schema, and nearly every record is plain.
 */
export function plainFields(known: KnownFields): MentionRecord | null {
  const { id, author, text, url, repostOf, engagement, reach, sentiment, channel, language } = known;
  if (!isWords(id, 512) || !isWords(author, 512) || !isWords(url, 2048) || !isWords(repostOf, 512)) return null;
  if (typeof text !== 'string' || text.length > 20_000 || text.trim() === '') return null;
  if (!isQuantity(engagement, 0, MOST) || !isQuantity(reach, 0, MOST) || !isQuantity(sentiment, -1, 1)) return null;
  if (!isWords(channel, 40) || (channel !== undefined && !CHANNEL_NAME.test(channel))) return null;
  // Three letters may mean "unknown", and longer tags have to be cut: the schema knows.
  if (!isWords(language, 2) || (language !== undefined && !TWO_LETTERS.test(language))) return null;
  const occurredAt = plainTime(known.occurredAt);
  const observedAt = plainTime(known.observedAt);
  if (occurredAt === null || observedAt === null) return null;
  return { id, author, text, url, occurredAt, observedAt, engagement, reach, repostOf, sentiment, channel, language };
}

const MOST = Number.MAX_VALUE;

function isWords(value: unknown, max: number): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value !== '' && value.length <= max);
}

function isQuantity(value: unknown, min: number, max: number): value is number | undefined {
  return value === undefined || (typeof value === 'number' && value >= min && value <= max);
}

/** Null when only the schema can tell. */
function plainTime(value: unknown): Instant | undefined | null {
  return value === undefined ? undefined : typeof value === 'string' ? parseTime(value) : null;
}

/** The reading time stays out: the same record read twice must be the same post. */
function identityOf(fields: Pick<MentionRecord, 'author' | 'text' | 'url'>, at: Instant | null): string {
  const canonical = JSON.stringify([fields.author ?? null, fields.text, fields.url ?? null, at]);
  return `sha256:${bytesToHex(sha256(utf8ToBytes(canonical)))}`;
}

function earlierOf(a: Instant, b: Instant): Instant {
  return a < b ? a : b;
}

/** The moved post keeps its distance between `occurredAt` and `observedAt`. For replays, which are moved to now. */
export function postMovedTo(post: Post, observedAt: Instant, recordedAt: Instant): Post {
  const { occurredAt } = post;
  return {
    ...post,
    occurredAt: occurredAt === null ? null : instant(observedAt + (occurredAt - post.observedAt)),
    observedAt,
    recordedAt,
  };
}
