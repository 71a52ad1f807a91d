import { instant } from '../../shared/base/ids.ts';
import type { Head, LogId, StoredEvent } from '../../shared/log/envelope.ts';
import { nextTime, type HybridTime } from '../../shared/log/hybrid-time.ts';
import { signEvent } from '../../shared/log/signing.ts';
import { contextAt, signerOf } from './log-fixtures.ts';

/** What somebody signs without a log around it: on what, and when, is said by the test. */
export interface ByHand {
  /** Everything that was signed, in that order. */
  readonly events: readonly StoredEvent[];
  /** Signs `event` as the author's next one, behind `seen` and, unless `after` is given, the author's newest. */
  sign(
    author: string,
    event: { readonly type: string },
    place?: {
      readonly seen?: readonly StoredEvent[];
      readonly after?: StoredEvent | null;
      readonly workspace?: readonly StoredEvent[];
      readonly at?: number;
    },
  ): StoredEvent;
}

export function signedByHand(log: LogId, startAt = 1_700_000_000_000): ByHand {
  const events: StoredEvent[] = [];
  const newest = new Map<string, StoredEvent>();
  let clock = startAt;

  return {
    events,
    sign(author, { type, ...body }, { seen = [], after, workspace = [], at } = {}) {
      const signer = signerOf(author);
      const previous = after === undefined ? (newest.get(author) ?? null) : after;
      clock += 1000;
      const parents = previous ? [previous, ...seen] : seen;
      const latest = parents.reduce<HybridTime | null>(
        (last, { envelope }) => (last && last.wall >= envelope.time.wall ? last : envelope.time),
        null,
      );
      const place = {
        log,
        seq: (previous?.envelope.seq ?? 0) + 1,
        time: nextTime(instant(at ?? clock), latest),
        previous: previous?.hash ?? null,
        seen: seen.map(headOf),
        workspace: workspace.map(headOf),
        type,
      };
      const { event, hash } = signEvent(signer, place, body, contextAt(clock).salt());
      const stored = { ...event, index: events.length, hash };
      events.push(stored);
      newest.set(author, stored);
      return stored;
    },
  };
}

function headOf({ envelope: { author, seq }, hash }: StoredEvent): Head {
  return { author, seq, hash };
}

/** The same things in a random order that still has every event behind its parents. */
export function inAnyCausalOrder(events: readonly StoredEvent[], random: () => number): readonly StoredEvent[] {
  const left = new Set(events);
  const placed = new Set<string>();
  const order: StoredEvent[] = [];
  while (left.size > 0) {
    const ready = [...left].filter(({ envelope: { previous, seen } }) =>
      [previous, ...seen.map(({ hash }) => hash)].every((hash) => hash === null || placed.has(hash)),
    );
    const next = ready[Math.floor(random() * ready.length)];
    if (!next) throw new Error('Something stands behind what is not there.');
    left.delete(next);
    placed.add(next.hash);
    order.push({ ...next, index: order.length });
  }
  return order;
}
