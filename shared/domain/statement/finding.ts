import { z } from 'zod';

/** What one check says about a text. A finding never stops a person from approving; it is recorded beside the yes. */
export const Finding = z.strictObject({
  /** Which check speaks, for example `unfilled-slot`. */
  check: z.string().max(64),
  severity: z.enum(['info', 'warning', 'blocking']),
  message: z.string().max(500),
  /** Which channel's text it is about; null is the master. */
  channelId: z.string().max(64).nullable(),
  /** Place in that text as UTF-16 offsets; null when it is about the whole text. */
  from: z.int().nonnegative().nullable(),
  to: z.int().nonnegative().nullable(),
  /** A change that would settle it: replace from..to (or add at the end) with `insert`. */
  fix: z.strictObject({ label: z.string().max(120), insert: z.string().max(2000) }).nullable(),
});
export type Finding = z.infer<typeof Finding>;
