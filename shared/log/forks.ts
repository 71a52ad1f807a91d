import type { PublicKeyHex, Sha256Hex } from '../base/ids.ts';
import type { Cuts } from './cuts.ts';
import type { LogId, SignedEvent, StoredEvent } from './envelope.ts';

/** Two different events that one author signed with one sequence number: each proves the fork. */
export interface Fork<Event extends SignedEvent = SignedEvent> {
  readonly author: PublicKeyHex;
  readonly seq: number;
  readonly events: readonly [Event, Event];
}

/** Finds every pair of different events with one author and sequence number, the first two of each. */
export function findForks<Event extends StoredEvent>(events: readonly Event[]): readonly Fork<Event>[] {
  const firsts = new Map<string, Event>();
  const forks = new Map<string, Fork<Event>>();
  for (const event of events) {
    const { author, seq } = event.envelope;
    const key = `${author}/${seq}`;
    const first = firsts.get(key);
    if (first === undefined) firsts.set(key, event);
    else if (first.hash !== event.hash && !forks.has(key)) forks.set(key, { author, seq, events: [first, event] });
  }
  return [...forks.values()];
}

/** Notices forks as events come in. */
export interface ForkWatch {
  /**
   * Of every author who forked: the lowest number that was signed twice. Both branches are void from there. Which came
   * first nobody can say, so nobody is asked.
   */
  readonly forkedFrom: ReadonlyMap<PublicKeyHex, number>;
  /** True when it shows a fork that was not known, or an earlier one. */
  add(event: Pick<StoredEvent, 'envelope' | 'hash'>): boolean;
}

export function createForkWatch(): ForkWatch {
  const hashes = new Map<PublicKeyHex, Sha256Hex[]>();
  const forkedFrom = new Map<PublicKeyHex, number>();
  return {
    forkedFrom,
    add({ envelope: { author, seq }, hash }) {
      const bySeq = hashes.get(author) ?? [];
      hashes.set(author, bySeq);
      const held = bySeq[seq];
      bySeq[seq] ??= hash;
      if (held === undefined || held === hash || seq >= (forkedFrom.get(author) ?? Number.POSITIVE_INFINITY))
        return false;
      forkedFrom.set(author, seq);
      return true;
    },
  };
}

export function forkedFrom(events: readonly Pick<StoredEvent, 'envelope' | 'hash'>[]): ForkWatch['forkedFrom'] {
  const watch = createForkWatch();
  for (const event of events) watch.add(event);
  return watch.forkedFrom;
}

/**
 * Of authors who forked and whose key was revoked: what lies on the branch that the revocation names by the hash of its
 * cut, up to there. Of several revocations all must name it.
 */
export function pinnedBy(
  cutsByKey: ReadonlyMap<PublicKeyHex, readonly Cuts[]>,
  log: LogId,
  events: readonly Pick<StoredEvent, 'envelope' | 'hash'>[],
): ReadonlySet<Sha256Hex> {
  const pinned = new Set<Sha256Hex>();
  if (cutsByKey.size === 0) return pinned;
  const previousOf = new Map(events.map(({ hash, envelope }) => [hash, envelope.previous]));
  for (const all of cutsByKey.values()) {
    const branches = all.map((cuts) => branchUpTo(cuts.get(log)?.hash ?? null, previousOf));
    const [first, ...others] = branches;
    for (const hash of first ?? []) if (others.every((branch) => branch.has(hash))) pinned.add(hash);
  }
  return pinned;
}

function branchUpTo(
  head: Sha256Hex | null,
  previousOf: ReadonlyMap<Sha256Hex, Sha256Hex | null>,
): ReadonlySet<Sha256Hex> {
  const branch = new Set<Sha256Hex>();
  for (let hash: Sha256Hex | null = head; hash !== null && previousOf.has(hash); hash = previousOf.get(hash) ?? null)
    branch.add(hash);
  return branch;
}
