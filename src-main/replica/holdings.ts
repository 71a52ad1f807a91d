import type { PublicKeyHex, Sha256Hex } from '../../shared/base/ids.ts';

/** The newest of one branch of one author: a head of a log, or of a text. `place` counts the author's from 1. */
export interface Tip {
  readonly author: PublicKeyHex;
  readonly place: number;
  readonly hash: Sha256Hex;
}

/**
 * What a peer is known to hold of one log or text: what it said, and what passed between us since.
 *
 * A tip that we do not hold and that is above all we hold of its author most likely follows ours, so ours is taken to be
 * held there too; or every host that is behind would send its whole history at each connection. It stays an assumption
 * until that tip is here: if its author turns out to have forked, what is lacking must be worked out again.
 */
export interface Holdings {
  /** The peer said so itself: it takes the place of what was known before. */
  say(tips: readonly Tip[]): void;
  /** It sent us this one, which stands on `previous`. */
  note(tip: Tip, previous: Sha256Hex | null): void;
  tips(): readonly Tip[];
  /** What to take for held there when working out what to send. */
  assumed(ours: readonly Tip[], isHeld: (tip: Tip) => boolean): readonly Tip[];
  /** True when something assumed has proved unsure since; asked again, it is false. */
  hasDoubt(ours: readonly Tip[], isHeld: (tip: Tip) => boolean): boolean;
}

export function createHoldings(): Holdings {
  let said = new Map<Sha256Hex, Tip>();
  const assumptions = new Map<Sha256Hex, Tip>();

  return {
    say(tips) {
      said = new Map(tips.map((tip) => [tip.hash, tip]));
    },
    note(tip, previous) {
      if (said.has(tip.hash)) return;
      if (previous !== null && said.delete(previous)) return void said.set(tip.hash, tip);
      // Of a branch that is forgotten here a little is sent twice, which does no harm.
      const others = [...said.values()].filter(({ author }) => author === tip.author);
      if (others.some(({ place }) => place >= tip.place)) return;
      for (const { hash } of others) said.delete(hash);
      said.set(tip.hash, tip);
    },
    tips: () => [...said.values()],
    assumed(ours, isHeld) {
      const newest = newestPlaces(ours);
      const taken = new Map<Sha256Hex, Tip>();
      for (const tip of said.values()) {
        const place = newest.get(tip.author);
        if (place === undefined || tip.place <= place || isHeld(tip)) {
          taken.set(tip.hash, tip);
          continue;
        }
        assumptions.set(tip.hash, tip);
        for (const own of ours) if (own.author === tip.author) taken.set(own.hash, own);
      }
      return [...taken.values()];
    },
    hasDoubt(ours, isHeld) {
      let isDoubted = false;
      for (const tip of assumptions.values()) {
        if (!isHeld(tip)) continue;
        assumptions.delete(tip.hash);
        if (ours.filter(({ author }) => author === tip.author).length > 1) isDoubted = true;
      }
      return isDoubted;
    },
  };
}

/** By author, the highest place of any branch. */
export function newestPlaces(tips: readonly Tip[]): ReadonlyMap<PublicKeyHex, number> {
  const newest = new Map<PublicKeyHex, number>();
  for (const { author, place } of tips) newest.set(author, Math.max(place, newest.get(author) ?? 0));
  return newest;
}

/** How much of `more` is not in `less`, counted by places; every branch that `less` does not name counts at least one. */
export function lackingCount(less: readonly Tip[], more: readonly Tip[], isHeld: (tip: Tip) => boolean): number {
  const newest = newestPlaces(less);
  const named = new Set(less.map(({ hash }) => hash));
  let count = 0;
  for (const tip of more) {
    if (named.has(tip.hash) || isHeld(tip)) continue;
    count += Math.max(1, tip.place - (newest.get(tip.author) ?? 0));
  }
  return count;
}
