import { z } from 'zod';

/** Milliseconds since 1970-01-01T00:00:00Z, whole. */
export const Instant = z.int().nonnegative().max(8_640_000_000_000_000).brand<'Instant'>();
export type Instant = z.infer<typeof Instant>;

/** SHA-256 in lower-case hexadecimal. */
export const Sha256Hex = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .brand<'Sha256Hex'>();
export type Sha256Hex = z.infer<typeof Sha256Hex>;

/** A raw Ed25519 public key in lower-case hexadecimal (RFC 8032). */
export const PublicKeyHex = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .brand<'PublicKeyHex'>();
export type PublicKeyHex = z.infer<typeof PublicKeyHex>;

/** A raw Ed25519 signature in lower-case hexadecimal. */
export const SignatureHex = z
  .string()
  .regex(/^[0-9a-f]{128}$/)
  .brand<'SignatureHex'>();
export type SignatureHex = z.infer<typeof SignatureHex>;

/** `workspace` names the workspace's own log and documents, so no room may have it. */
export const RoomId = z
  .string()
  .regex(/^[a-z0-9-]{8,40}$/)
  .refine((id) => id !== 'workspace', 'reserved')
  .brand<'RoomId'>();
export type RoomId = z.infer<typeof RoomId>;

const slug = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/);

export const OperatorId = slug.brand<'OperatorId'>();
export type OperatorId = z.infer<typeof OperatorId>;

/** Names one key or, until devices have keys, one browser, token or desktop: a hash of what it keeps secret. */
export const DeviceId = z
  .string()
  .regex(/^[a-z]{1,16}:[A-Za-z0-9_-]{1,64}$/)
  .brand<'DeviceId'>();
export type DeviceId = z.infer<typeof DeviceId>;

export const AlarmId = slug.brand<'AlarmId'>();
export type AlarmId = z.infer<typeof AlarmId>;

export const StatementId = slug.brand<'StatementId'>();
export type StatementId = z.infer<typeof StatementId>;

export const PublicationId = slug.brand<'PublicationId'>();
export type PublicationId = z.infer<typeof PublicationId>;

export const WatchQueryId = slug.brand<'WatchQueryId'>();
export type WatchQueryId = z.infer<typeof WatchQueryId>;

export const PeakId = slug.brand<'PeakId'>();
export type PeakId = z.infer<typeof PeakId>;

export const PlaybookId = slug.brand<'PlaybookId'>();
export type PlaybookId = z.infer<typeof PlaybookId>;

export const TemplateId = slug.brand<'TemplateId'>();
export type TemplateId = z.infer<typeof TemplateId>;

export const ChannelId = slug.brand<'ChannelId'>();
export type ChannelId = z.infer<typeof ChannelId>;

export const StepId = slug.brand<'StepId'>();
export type StepId = z.infer<typeof StepId>;

export const FeedId = slug.brand<'FeedId'>();
export type FeedId = z.infer<typeof FeedId>;

/** The only way plain numbers become instants: a clock's reading or arithmetic on instants. */
export function instant(ms: number): Instant {
  return Math.max(0, Math.round(ms)) as Instant;
}
