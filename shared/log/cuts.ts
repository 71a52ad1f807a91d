import type { Sha256Hex } from '../base/ids.ts';
import type { LogId } from './envelope.ts';

/** Up to where a retired key counts, by log: beyond it, and in every log that it does not name, nothing does. */
export type Cuts = ReadonlyMap<string, { readonly seq: number; readonly hash: Sha256Hex | null }>;

export function cutsFrom(
  cuts: readonly { readonly log: string; readonly seq: number; readonly hash: Sha256Hex | null }[],
): Cuts {
  return new Map(cuts.map(({ log, seq, hash }) => [log, { seq, hash }]));
}

/** Within all of them. At a cut itself only the event counts that it names: another of that number is another branch. */
export function isWithinCuts(all: readonly Cuts[], log: LogId, seq: number, hash: Sha256Hex): boolean {
  return all.every((cuts) => {
    const cut = cuts.get(log);
    if (cut === undefined || seq > cut.seq) return false;
    return seq < cut.seq || cut.hash === null || cut.hash === hash;
  });
}
