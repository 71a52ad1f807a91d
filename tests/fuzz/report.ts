import { z } from 'zod';

export const PROTOCOL_NAMES = ['sync', 'websocket', 'api', 'local'] as const;
export type ProtocolName = (typeof PROTOCOL_NAMES)[number];

export const FuzzOrder = z.strictObject({
  protocol: z.enum(PROTOCOL_NAMES),
  seed: z.int().nonnegative(),
  frames: z.int().nonnegative(),
});
export type FuzzOrder = z.infer<typeof FuzzOrder>;

export const FuzzReport = z.strictObject({
  /** What went wrong, with the seed and the frame; null when nothing did. */
  problem: z.string().nullable(),
  seconds: z.number(),
  /** Bytes in use after a collection: before the run, and after everybody had left. */
  memory: z.strictObject({ before: z.number(), after: z.number() }),
  /** The ten dearest frames, in ms of processor time. */
  slowest: z.array(
    z.strictObject({ ms: z.number(), epochSeed: z.number(), frame: z.number(), what: z.string(), hex: z.string() }),
  ),
  /** How often what happened: closes by code, lines of the log. */
  counts: z.array(z.tuple([z.string(), z.number()])),
});
export type FuzzReport = z.infer<typeof FuzzReport>;
export type SlowFrame = FuzzReport['slowest'][number];
