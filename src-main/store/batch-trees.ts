import type { PublicKeyHex, Sha256Hex } from '../../shared/base/ids.ts';
import type { TextHead } from '../../shared/log/text-batch.ts';

/** What a log of texts knows of a batch that it holds without reading it. */
export interface PlacedBatch {
  readonly author: PublicKeyHex;
  readonly n: number;
  readonly hash: Sha256Hex;
  readonly previous: Sha256Hex | null;
}

/**
 * The batches of one document: every author's a chain, and a tree where an author forked. They are kept in the order in
 * which they came, and each came after the one before of its author.
 */
export function createBatchTree<Batch extends PlacedBatch>() {
  const batches = new Map<Sha256Hex, Batch>();
  const tipsByAuthor = new Map<PublicKeyHex, Batch[]>();

  function tipsOf(author: PublicKeyHex): readonly Batch[] {
    return tipsByAuthor.get(author) ?? [];
  }

  /** The longest branch; of two that are as long, always the same one. */
  function headOf(author: PublicKeyHex): Batch | null {
    return tipsOf(author).reduce<Batch | null>((head, tip) => (isFurther(tip, head) ? tip : head), null);
  }

  /** Everything that is known to be held by somebody who holds these and what is before them. */
  function heldBy(tips: readonly TextHead[]): ReadonlySet<Sha256Hex> {
    const held = new Set<Sha256Hex>();
    for (const tip of tips) {
      let batch = batches.get(tip.hash);
      while (batch !== undefined && !held.has(batch.hash)) {
        held.add(batch.hash);
        batch = batch.previous === null ? undefined : batches.get(batch.previous);
      }
    }
    return held;
  }

  /**
   * Authors of whom somebody says to hold more than there is here: then they have what is here, too, unless the author
   * forked. If so they see it from our own tips, and send us theirs; after that their tips are known here.
   */
  function authorsAhead(tips: readonly TextHead[]): ReadonlySet<PublicKeyHex> {
    const ahead = tips.filter(({ author, n, hash }) => !batches.has(hash) && n > (headOf(author)?.n ?? 0));
    return new Set(ahead.map(({ author }) => author));
  }

  return {
    get: (hash: Sha256Hex): Batch | null => batches.get(hash) ?? null,
    headOf,
    /** Whether it follows what is held of its author. */
    fits({ author, n, previous }: Pick<PlacedBatch, 'author' | 'n' | 'previous'>): boolean {
      if (previous === null) return n === 1;
      const before = batches.get(previous);
      return before?.author === author && before.n === n - 1;
    },
    add(batch: Batch): void {
      batches.set(batch.hash, batch);
      const others = tipsOf(batch.author).filter(({ hash }) => hash !== batch.previous);
      tipsByAuthor.set(batch.author, [...others, batch]);
    },
    /** What is known of a batch has changed; its place has not. */
    replace(batch: Batch): void {
      batches.set(batch.hash, batch);
      const tips = tipsOf(batch.author).map((tip) => (tip.hash === batch.hash ? batch : tip));
      tipsByAuthor.set(batch.author, tips);
    },
    all: (): Iterable<Batch> => batches.values(),
    tips: (): readonly TextHead[] =>
      [...tipsByAuthor.values()]
        .flat()
        .map(({ author, n, hash }) => ({ author, n, hash }))
        .sort((a, b) => compare(a.author, b.author) || compare(a.hash, b.hash)),
    /** Up to `limit` that somebody lacks who holds these tips, oldest first. */
    lacking(tips: readonly TextHead[], limit: number): readonly Batch[] {
      const held = heldBy(tips);
      const ahead = authorsAhead(tips);
      const found: Batch[] = [];
      for (const batch of batches.values()) {
        if (found.length >= limit) break;
        if (!held.has(batch.hash) && !ahead.has(batch.author)) found.push(batch);
      }
      return found;
    },
  };
}

export type BatchTree<Batch extends PlacedBatch> = ReturnType<typeof createBatchTree<Batch>>;

function isFurther(tip: PlacedBatch, head: PlacedBatch | null): boolean {
  return head === null || tip.n > head.n || (tip.n === head.n && tip.hash < head.hash);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
