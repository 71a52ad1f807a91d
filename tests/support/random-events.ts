import { instant } from '../../shared/base/ids.ts';
import type { Head, LogId, StoredEvent } from '../../shared/log/envelope.ts';
import { laterTime, nextTime, type HybridTime } from '../../shared/log/hybrid-time.ts';
import { signEvent, type Signer } from '../../shared/log/signing.ts';
import { contextAt, signerOf } from './log-fixtures.ts';

/** Signs an event on these parents, its clock at `at`; the parent of the same author is the one it follows. */
export function signOn(
  log: LogId,
  signer: Signer,
  parents: readonly StoredEvent[],
  at: number,
  says: object = {},
): StoredEvent {
  const previous = parents.find(({ envelope }) => envelope.author === signer.publicKey);
  const latest = parents.reduce<HybridTime | null>((time, { envelope }) => laterTime(time, envelope.time), null);
  const place = {
    log,
    seq: (previous?.envelope.seq ?? 0) + 1,
    time: nextTime(instant(at), latest),
    previous: previous?.hash ?? null,
    seen: parents.filter((parent) => parent !== previous).map(headOf),
    workspace: [],
    type: 'NoteTaken',
  };
  const { event, hash } = signEvent(signer, place, { at, ...says }, contextAt(at).salt());
  return { ...event, index: 0, hash };
}

export function headOf({ envelope: { author, seq }, hash }: StoredEvent): Head {
  return { author, seq, hash };
}

/** What four people sign who know of each other by chance; now and then one of them goes on from an older event. */
export function randomEvents(log: LogId, count: number, random: () => number): readonly StoredEvent[] {
  const signers = ['anna', 'bea', 'carl', 'dora'].map(signerOf);
  const events: StoredEvent[] = [];
  const oneOf = <One>(many: readonly One[]): One | undefined => many[Math.floor(random() * many.length)];
  for (let turn = 0; turn < count; turn += 1) {
    const signer = oneOf(signers);
    if (!signer) continue;
    const own = events.filter(({ envelope }) => envelope.author === signer.publicKey);
    const followed = own.filter(({ hash }) => own.every(({ envelope }) => envelope.previous !== hash));
    const forks = random() < 0.06;
    const previous = forks ? oneOf([...own, undefined]) : oneOf(followed);
    const seen = signers.flatMap(({ publicKey }) => {
      const theirs = events.filter(({ envelope }) => envelope.author === publicKey);
      const one = publicKey !== signer.publicKey && random() < 0.3 ? oneOf(theirs.slice(-4)) : undefined;
      return one ? [one] : [];
    });
    events.push(signOn(log, signer, previous ? [previous, ...seen] : seen, 1_000 + turn * 10, { turn }));
  }
  return events;
}

/** Whatever these stand on, with themselves. */
export function pastOf(events: readonly StoredEvent[], tips: readonly StoredEvent[]): readonly StoredEvent[] {
  const byHash = new Map(events.map((event) => [event.hash, event]));
  const past = new Set<StoredEvent>();
  const queue = [...tips];
  for (let event = queue.pop(); event !== undefined; event = queue.pop()) {
    if (past.has(event)) continue;
    past.add(event);
    const { previous, seen } = event.envelope;
    for (const hash of [previous, ...seen.map((head) => head.hash)]) {
      const parent = hash === null ? undefined : byHash.get(hash);
      if (parent) queue.push(parent);
    }
  }
  return [...past];
}
