import type { PublicKeyHex, Sha256Hex } from '../base/ids.ts';
import { invariant } from '../base/invariant.ts';
import type { Head, StoredEvent } from './envelope.ts';
import { parentHashes } from './order.ts';

/**
 * A set of events that holds, with each of them, everything before it: a version vector. An author's events are a chain,
 * and where an author forked, every further branch is a chain of its own that begins behind the fork.
 */
export interface Past {
  /** Equal for equal pasts. */
  readonly key: string;
  /** How many events it holds. */
  readonly size: number;
  has(hash: Sha256Hex): boolean;
  /** @internal The newest sequence number of each chain. */
  readonly reached: ReadonlyMap<string, number>;
}

/** The causal order of one log's events, as they came in: each after its parents. */
export interface CausalGraph {
  add(event: Pick<StoredEvent, 'envelope' | 'hash'>): void;
  /** What its author had of this log when signing it, without itself. */
  before(hash: Sha256Hex): Past;
  /** The heads and everything before them; those that are not here count for nothing. */
  upTo(heads: readonly Pick<Head, 'hash'>[]): Past;
  join(a: Past, b: Past): Past;
  readonly nothing: Past;
}

interface Node {
  readonly chain: string;
  readonly seq: number;
  readonly past: Past;
  /** With itself. */
  readonly whole: Past;
}

export function createCausalGraph(): CausalGraph {
  const nodes = new Map<Sha256Hex, Node>();
  /** For each chain that is the branch of a fork, the sequence number at which it begins. */
  const begins = new Map<string, number>();
  /** The newest of each author's main chain. */
  const mains = new Map<PublicKeyHex, number>();
  const interned = new Map<string, Past>();
  const nothing = intern(new Map());

  function intern(reached: ReadonlyMap<string, number>): Past {
    const entries = [...reached].sort(([a], [b]) => (a < b ? -1 : 1));
    const key = entries.map(([chain, seq]) => `${chain}=${String(seq)}`).join(' ');
    const known = interned.get(key);
    if (known) return known;
    const size = entries.reduce((sum, [chain, seq]) => sum + seq - (begins.get(chain) ?? 1) + 1, 0);
    const past: Past = {
      key,
      size,
      reached,
      has(hash) {
        const node = nodes.get(hash);
        return node !== undefined && (reached.get(node.chain) ?? 0) >= node.seq;
      },
    };
    interned.set(key, past);
    return past;
  }

  function join(a: Past, b: Past): Past {
    if (a === b || b.size === 0) return a;
    if (a.size === 0) return b;
    const reached = new Map(a.reached);
    let grew = false;
    for (const [chain, seq] of b.reached) {
      if ((reached.get(chain) ?? 0) >= seq) continue;
      reached.set(chain, seq);
      grew = true;
    }
    return grew ? intern(reached) : a;
  }

  function nodeOf(hash: Sha256Hex): Node {
    const node = nodes.get(hash);
    invariant(node, 'the event is in the graph');
    return node;
  }

  function upTo(heads: readonly Pick<Head, 'hash'>[]): Past {
    return heads.reduce((past, { hash }) => join(past, nodes.get(hash)?.whole ?? nothing), nothing);
  }

  function chainOf(author: PublicKeyHex, seq: number, previous: Node | undefined, hash: Sha256Hex): string {
    const held = mains.get(author) ?? 0;
    if (seq === held + 1 && (previous === undefined || previous.chain === author)) {
      mains.set(author, seq);
      return author;
    }
    // On a branch: its newest goes on with it, any other event begins one more.
    if (previous && previous.chain !== author && !isContinued(previous)) return previous.chain;
    const chain = `${author}/${hash}`;
    begins.set(chain, seq);
    return chain;
  }

  const continued = new Set<string>();
  function isContinued({ chain, seq }: Node): boolean {
    return continued.has(`${chain}=${String(seq)}`);
  }

  return {
    nothing,
    join,
    upTo,
    add({ envelope, hash }) {
      if (nodes.has(hash)) return;
      const { author, seq, previous } = envelope;
      const before = previous === null ? undefined : nodeOf(previous);
      const past = upTo(parentHashes(envelope).map((parent) => ({ hash: parent })));
      const chain = chainOf(author, seq, before, hash);
      if (before) continued.add(`${before.chain}=${String(before.seq)}`);
      const whole = intern(new Map([...past.reached, [chain, seq]]));
      nodes.set(hash, { chain, seq, past, whole });
    },
    before: (hash) => nodeOf(hash).past,
  };
}
