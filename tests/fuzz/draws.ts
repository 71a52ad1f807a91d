import { createRandom } from '../support/random.ts';

/** Everything that a fuzz leaves to chance comes from here, so that a seed brings a run back. */
export interface Draws {
  /** 0 <= x < 1. */
  readonly unit: () => number;
  /** A whole number from 0 up to `limit`, which it never is. */
  readonly below: (limit: number) => number;
  readonly chance: (share: number) => boolean;
  readonly pick: <Item>(items: readonly Item[]) => Item;
  /** An item with the chance that its weight has among all weights. */
  readonly weighted: <Item>(items: readonly (readonly [weight: number, item: Item])[]) => Item;
  readonly bytes: (length: number) => Uint8Array;
  /** Small ones often, the edges of every width now and then. */
  readonly number: () => number;
  readonly word: () => string;
}

const EDGES = [0, 1, 63, 64, 127, 128, 255, 16_383, 16_384, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
const WORDS = ['a', 'the', 'recall', 'we are sorry', '🚒', 'e\u0301', '\u2028', '\ud800', '__proto__', '', ' ', '\n'];

export function createDraws(seed: number): Draws {
  const unit = createRandom(seed);
  const below = (limit: number): number => Math.floor(unit() * limit);
  function pick<Item>(items: readonly Item[]): Item {
    if (items.length === 0) throw new Error('Nothing to pick from.');
    return items[below(items.length)] as Item;
  }
  return {
    unit,
    below,
    chance: (share) => unit() < share,
    pick,
    weighted(items) {
      let left = unit() * items.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, item] of items) {
        left -= weight;
        if (left < 0) return item;
      }
      return pick(items)[1];
    },
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
    number: () => (unit() < 0.7 ? below(40) : unit() < 0.7 ? pick(EDGES) : below(2 ** 32)),
    word: () => pick(WORDS),
  };
}
