import type { Sha256Hex } from '../base/ids.ts';
import type { UnsignedEnvelope } from './envelope.ts';
import { compareTime } from './hybrid-time.ts';

/** What ordering needs of an event. */
export interface OrderedEvent {
  readonly envelope: Pick<UnsignedEnvelope, 'author' | 'seq' | 'time' | 'previous' | 'seen'>;
  readonly hash: Sha256Hex;
}

export interface CausalOrder<Event> {
  /** Every event whose whole past is there, each after its parents. The same on every replica for the same set. */
  readonly ordered: readonly Event[];
  /** Events whose time is not above all their parents': invalid, and never ordered. */
  readonly notAboveParents: readonly Event[];
  /** Events that miss a parent, or stand on one that is invalid or waits itself. */
  readonly waiting: readonly Event[];
}

/**
 * Orders the events of one log: causally first (over `previous` and `seen`), then by time, author and sequence.
 *
 * A valid event's time is above all its parents', so sorting by time is already causal: one pass over the sorted
 * events finds every parent before its child or not at all.
 */
export function inCausalOrder<Event extends OrderedEvent>(events: readonly Event[]): CausalOrder<Event> {
  const byHash = new Map(events.map((event) => [event.hash, event]));
  const placed = new Set<Sha256Hex>();
  const result = { ordered: [] as Event[], notAboveParents: [] as Event[], waiting: [] as Event[] };
  for (const event of [...byHash.values()].sort(compareEvents)) {
    const parents = parentHashes(event.envelope);
    if (!parents.every((hash) => isBefore(byHash.get(hash), event))) result.notAboveParents.push(event);
    else if (!parents.every((hash) => placed.has(hash))) result.waiting.push(event);
    else {
      placed.add(event.hash);
      result.ordered.push(event);
    }
  }
  return result;
}

/** The hashes of an event's parents within its log. */
export function parentHashes(envelope: OrderedEvent['envelope']): readonly Sha256Hex[] {
  const seen = envelope.seen.map((head) => head.hash);
  return envelope.previous === null ? seen : [envelope.previous, ...seen];
}

/** By time, then author, then sequence; two branches of a fork fall back to their hashes. */
export function compareEvents(a: OrderedEvent, b: OrderedEvent): number {
  return (
    compareTime(a.envelope.time, b.envelope.time) ||
    compareText(a.envelope.author, b.envelope.author) ||
    a.envelope.seq - b.envelope.seq ||
    compareText(a.hash, b.hash)
  );
}

/** A parent that is not there cannot be judged; it makes the event wait, not invalid. */
function isBefore(parent: OrderedEvent | undefined, event: OrderedEvent): boolean {
  return parent === undefined || compareTime(parent.envelope.time, event.envelope.time) < 0;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
