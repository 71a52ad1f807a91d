import { z } from 'zod';
import { parseJson } from '../../../shared/base/json.ts';

const Did = z.string().regex(/^did:[a-z0-9]+:[A-Za-z0-9._:%-]{1,256}$/);
/** https://atproto.com/specs/record-key and /specs/tid: nothing in them needs escaping in an address. */
const RecordKey = z.string().regex(/^[A-Za-z0-9._:~-]{1,512}$/);
const Rev = z.string().min(1).max(64);
const Operation = z.enum(['create', 'update', 'delete']);

const commitFields = {
  rev: Rev,
  operation: Operation,
  collection: z.string().min(1).max(317),
  rkey: RecordKey,
  record: z.unknown().optional(),
};

/** What `/subscribe` sends ("v1"). `kind` is `commit`, `identity`, `account`, or something newer. */
const FrameV1 = z.object({
  did: Did,
  time_us: z.int().positive(),
  kind: z.string().max(64),
  commit: z.object(commitFields).optional(),
});

/** It is shown to people, so it is a name and nothing else. */
const ErrorName = z
  .string()
  .regex(/^[A-Za-z]{1,64}$/)
  .catch('unknown');

/** What `/xrpc/network.bsky.jetstream.subscribeEvents` sends ("v2"): one message or one error a frame. */
const FrameV2 = z.discriminatedUnion('$type', [
  z.object({ $type: z.literal('message'), payload: z.looseObject({ $type: z.string().max(256) }) }),
  z.object({ $type: z.literal('error'), error: ErrorName }),
]);

const CommitV2 = z.object({ did: Did, time: z.iso.datetime().max(40), ...commitFields });
const InfoV2 = z.object({ name: z.string().max(128) });

const V2 = 'network.bsky.jetstream.subscribeEvents#';

export interface Commit {
  readonly did: string;
  readonly rev: string;
  readonly operation: z.infer<typeof Operation>;
  readonly collection: string;
  readonly rkey: string;
  /** Absent of a deletion. Not parsed yet: it is as its author's program wrote it. */
  readonly record?: unknown;
}

export type JetstreamFrame =
  /** `timeUs`: when Jetstream saw it, microseconds since 1970. */
  | { readonly type: 'commit'; readonly timeUs: number; readonly commit: Commit }
  /** Identities, accounts, and what comes to be one day. */
  | { readonly type: 'other' }
  | { readonly type: 'info'; readonly name: string }
  | { readonly type: 'error'; readonly error: string };

/** One text frame of either version; null when it is none. */
export function parseJetstreamFrame(text: string): JetstreamFrame | null {
  const frame = parseJson(text);
  if (typeof frame !== 'object' || frame === null) return null;
  return '$type' in frame ? parseV2(frame) : parseV1(frame);
}

function parseV1(frame: object): JetstreamFrame | null {
  const parsed = FrameV1.safeParse(frame);
  if (!parsed.success) return null;
  const { did, time_us: timeUs, kind, commit } = parsed.data;
  if (kind !== 'commit') return { type: 'other' };
  return commit === undefined ? null : { type: 'commit', timeUs, commit: { did, ...commit } };
}

function parseV2(frame: object): JetstreamFrame | null {
  const parsed = FrameV2.safeParse(frame);
  if (!parsed.success) return null;
  if (parsed.data.$type === 'error') return { type: 'error', error: parsed.data.error };
  const { payload } = parsed.data;
  if (payload.$type === `${V2}info`) {
    const info = InfoV2.safeParse(payload);
    return info.success ? { type: 'info', name: info.data.name } : null;
  }
  if (payload.$type !== `${V2}commit`) return { type: 'other' };
  const message = CommitV2.safeParse(payload);
  if (!message.success) return null;
  const { time, ...commit } = message.data;
  return { type: 'commit', timeUs: microsecondsOf(time), commit };
}

/** `Date` keeps three of the six digits, which would move a cursor by up to a millisecond. */
function microsecondsOf(time: string): number {
  const digits = /\.(\d{1,6})\d*Z$/.exec(time)?.[1] ?? '';
  const wholeSeconds = Date.parse(time.replace(/\.\d+Z$/, 'Z'));
  return wholeSeconds * 1_000 + Number(digits.padEnd(6, '0'));
}
