import type { PublicKeyHex, Sha256Hex } from '../base/ids.ts';
import { invariant } from '../base/invariant.ts';
import type { Head, UnsignedEnvelope } from './envelope.ts';
import type { HeldEvent } from './event-log.ts';

/** An event that a log holds, with its parents: small enough to be kept of every event. */
export interface HeldNode extends HeldEvent {
  readonly hash: Sha256Hex;
  /** @internal */
  readonly branch: Branch;
  /** What it stands on in this log: its author's event before it, and what it names as seen. */
  readonly parents: readonly HeldNode[];
}

/** A run of one author's events without a fork. The first of an author's branches is the one that the log met first. */
interface Branch {
  readonly author: PublicKeyHex;
  /** The sequence number of its first event. */
  readonly begin: number;
  /** Where it leaves another branch; null if it begins with the author's first event. */
  readonly parent: Branch | null;
  readonly events: HeldNode[];
}

/** Which events a log holds and how they hang together, in memory, so that no question about it needs a query. */
export interface HeldEvents {
  readonly length: number;
  find(hash: Sha256Hex): HeldNode | undefined;
  /** The author's newest event, on the branch that was met first. */
  headOf(author: PublicKeyHex): HeldNode | undefined;
  hasForked(author: PublicKeyHex): boolean;
  heads(): readonly Head[];
  tips(): readonly Head[];
  /**
   * The indexes from `fromIndex` on, up to `limit` of them, of what somebody lacks who holds these tips and everything
   * before them; `next` is where to go on, null at the end.
   */
  lacked(
    tips: readonly Head[],
    fromIndex: number,
    limit: number,
  ): { readonly indexes: readonly number[]; readonly next: number | null };
  /** The next event. Its parents must be there. */
  add(envelope: UnsignedEnvelope, hash: Sha256Hex): HeldNode;
}

export function createHeldEvents(): HeldEvents {
  const byHash = new Map<Sha256Hex, HeldNode>();
  const byIndex: HeldNode[] = [];
  const branches = new Map<PublicKeyHex, Branch[]>();
  let tips: readonly Head[] | null = null;

  function nodeOf(hash: Sha256Hex): HeldNode {
    const node = byHash.get(hash);
    invariant(node, 'a parent is held before its child');
    return node;
  }

  function branchFor(author: PublicKeyHex, seq: number, previous: HeldNode | null): Branch {
    if (previous !== null && newestOf(previous.branch) === previous) return previous.branch;
    const branch: Branch = { author, begin: seq, parent: previous?.branch ?? null, events: [] };
    const others = branches.get(author);
    if (others) others.push(branch);
    else branches.set(author, [branch]);
    return branch;
  }

  /** Up to which number somebody holds each branch who holds these tips. */
  function reachedBy(held: readonly Head[]): ReadonlyMap<Branch, number> {
    const reached = new Map<Branch, number>();
    for (const { author, seq, hash } of held) {
      const node = byHash.get(hash);
      if (node?.author !== author || node.seq !== seq) continue;
      let branch: Branch | null = node.branch;
      let upTo = seq;
      while (branch !== null && (reached.get(branch) ?? 0) < upTo) {
        reached.set(branch, upTo);
        upTo = branch.begin - 1;
        branch = branch.parent;
      }
    }
    return reached;
  }

  return {
    get length() {
      return byIndex.length;
    },
    find: (hash) => byHash.get(hash),
    headOf(author) {
      const [first] = branches.get(author) ?? [];
      return first && newestOf(first);
    },
    hasForked: (author) => (branches.get(author)?.length ?? 0) > 1,
    heads: () => [...branches.values()].flatMap(([first]) => (first ? [toHead(newestOf(first))] : [])).sort(byAuthor),
    tips: () =>
      (tips ??= [...branches.values()]
        .flat()
        .map((branch) => toHead(newestOf(branch)))
        .sort(byAuthor)),

    lacked(held, fromIndex, limit) {
      const reached = reachedBy(held);
      let first = byIndex.length;
      let last = -1;
      for (const branch of [...branches.values()].flat()) {
        const next = branch.events[(reached.get(branch) ?? branch.begin - 1) + 1 - branch.begin];
        if (next === undefined) continue; // they hold all of it
        first = Math.min(first, next.index);
        last = Math.max(last, newestOf(branch).index);
      }
      const indexes: number[] = [];
      let index = Math.max(first, fromIndex);
      for (; index <= last && indexes.length < limit; index += 1) {
        const node = byIndex[index];
        if (node !== undefined && node.seq > (reached.get(node.branch) ?? 0)) indexes.push(index);
      }
      return { indexes, next: index <= last ? index : null };
    },

    add(envelope, hash) {
      const { seq, time, seen } = envelope;
      const previous = envelope.previous === null ? null : nodeOf(envelope.previous);
      const others = seen.map((head) => nodeOf(head.hash));
      const branch = branchFor(envelope.author, seq, previous);
      const parents = previous === null ? others : [previous, ...others];
      // The branch's own text for the author: a key is written in every one of its events.
      const node: HeldNode = { author: branch.author, seq, time, index: byIndex.length, hash, branch, parents };
      branch.events.push(node);
      byIndex.push(node);
      byHash.set(hash, node);
      tips = null;
      return node;
    },
  };
}

/** By author, and the branches of one author by hash. */
export function byAuthor(a: Head, b: Head): number {
  if (a.author === b.author) return a.hash < b.hash ? -1 : 1;
  return a.author < b.author ? -1 : 1;
}

export function toHead({ author, seq, hash }: Head): Head {
  return { author, seq, hash };
}

function newestOf({ events }: Branch): HeldNode {
  const newest = events.at(-1);
  invariant(newest, 'a branch begins with an event');
  return newest;
}
