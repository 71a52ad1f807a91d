import type { Instant, PublicKeyHex, Sha256Hex } from '../base/ids.ts';
import { invariant } from '../base/invariant.ts';
import type { Head, LogId, UnsignedEnvelope } from './envelope.ts';
import type { HeldEvent } from './event-log.ts';
import { byAuthor, createHeldEvents, toHead, type HeldEvents, type HeldNode } from './held-events.ts';
import { compareTime, isAhead, laterTime, nextTime, type HybridTime } from './hybrid-time.ts';
import { placingOf } from './placing.ts';

/** Where an author's next event goes: all of the envelope that the log decides. */
export type EventPlace = Pick<UnsignedEnvelope, 'log' | 'seq' | 'time' | 'previous' | 'seen' | 'workspace'>;

export interface PlacedEvent {
  readonly envelope: UnsignedEnvelope;
  readonly hash: Sha256Hex;
}

/**
 * What an event log keeps in memory so that an append needs no query. What it guarantees:
 *
 * 1. An event that is placed has everything in its past that is held here and not ahead, whoever signed it, as far as it
 *    may name so many; and it names nothing that something else it names has in its past.
 * 2. Its time is above that of everything in its past, and raised by nothing else.
 * 3. "Ahead" is judged at the moment of placing: more than `MOST_AHEAD_MS` ahead of the machine's clock, and above
 *    everything that was signed here. What was signed here has moved our time already, whatever the clock says since.
 */
export interface LogCursor extends Pick<HeldEvents, 'length' | 'heads' | 'tips' | 'lacked'> {
  find(hash: Sha256Hex): HeldEvent | null;
  /**
   * Where the author's next event goes. `after` is the author's event that is signed but not taken in yet. Throws if the
   * author forked in this log: a third branch would help nobody, and whoever asks must have refused before.
   */
  place(author: PublicKeyHex, now: Instant, workspaceHeads: readonly Head[], after?: PlacedEvent): EventPlace;
  /** Whether the event can be the log's next. That the workspace events it relies on are there is for others to ask. */
  fits(event: PlacedEvent): boolean;
  /** Those that are not held yet, each once. Throws if one does not fit after those before it. */
  unheld<Event extends PlacedEvent>(events: readonly Event[]): readonly Event[];
  /** Takes in an event that fits and that the log now holds. */
  take(envelope: UnsignedEnvelope, hash: Sha256Hex, signed: 'here' | 'elsewhere'): void;
  /** Keeps the next events above a time that was met outside this log, such as an adopted event's, unless it is ahead. */
  raise(time: HybridTime): void;
}

/**
 * An event names no more than this. What is left is named by the next ones, so that somebody who forks without end can
 * make our events neither large nor unfit. No honest team has so many who wrote at once.
 */
const MOST_SEEN = 256;

/** What has not been found near our time yet: an event, or a time from outside. */
interface Pending {
  readonly time: HybridTime;
  readonly event: HeldNode | null;
}

export function createLogCursor(log: LogId): LogCursor {
  const held = createHeldEvents();
  /** The workspace heads that each author has named so far, by workspace author. */
  const named = new Map<PublicKeyHex, ReadonlyMap<PublicKeyHex, Sha256Hex>>();
  /** Of the settled events, those that no other has in its past: who names them has all of them in its past. */
  const frontier = new Set<HeldNode>();
  /** Above everything settled. */
  let time: HybridTime | null = null;
  /** The highest time that was signed here. */
  let ours: HybridTime | null = null;
  /** In the order of arrival. */
  let pending: Pending[] = [];
  let lowestPending: HybridTime | null = null;

  function wait(one: Pending): void {
    pending.push(one);
    if (lowestPending === null || compareTime(one.time, lowestPending) < 0) lowestPending = one.time;
  }

  /** What is settled was named, or is below what was signed here: it stays settled if the clock is set back. */
  function settle(now: Instant | null): void {
    if (lowestPending === null || !isNear(lowestPending, now)) return;
    const waiting = pending;
    pending = [];
    lowestPending = null;
    for (const one of waiting) {
      if (!isNear(one.time, now)) wait(one);
      else if (one.event) settleEvent(one.event);
      else time = laterTime(time, one.time);
    }
  }

  function settleEvent(event: HeldNode): void {
    for (const parent of event.parents) frontier.delete(parent); // it is settled: its time is below its child's
    frontier.add(event);
    time = laterTime(time, event.time);
  }

  function isNear(then: HybridTime, now: Instant | null): boolean {
    if (ours !== null && compareTime(then, ours) <= 0) return true;
    return now !== null && !isAhead(then, now);
  }

  function newlySeen(author: PublicKeyHex): readonly Head[] {
    const seen: Head[] = [];
    for (const event of frontier) {
      if (seen.length === MOST_SEEN) break;
      if (event.author !== author) seen.push(toHead(event));
    }
    return seen.length < 2 ? seen : seen.sort(byAuthor);
  }

  function newlyNamed(author: PublicKeyHex, workspaceHeads: readonly Head[]): readonly Head[] {
    const already = named.get(author);
    const news = workspaceHeads.filter((head) => already?.get(head.author) !== head.hash);
    return news.length < 2 ? news : news.sort(byAuthor);
  }

  function nodeOf(hash: Sha256Hex): HeldNode | null {
    return held.find(hash) ?? null;
  }

  /** `among` gives the events that are to be taken in before it. */
  function placingAfter({ envelope, hash }: PlacedEvent, among: (hash: Sha256Hex) => HeldEvent | null) {
    const isPlain = log === 'workspace' || envelope.workspace.length === 0;
    const alone = isPlain ? envelope : { ...envelope, workspace: [] };
    return placingOf(alone, hash, { logId: log, find: among, tips: () => [] }, { find: () => null });
  }

  return {
    get length() {
      return held.length;
    },
    heads: held.heads,
    tips: held.tips,
    lacked: held.lacked,
    find(hash) {
      const node = nodeOf(hash);
      return node && { author: node.author, seq: node.seq, time: node.time, index: node.index };
    },

    place(author, now, workspaceHeads, after) {
      if (after !== undefined) {
        const seq = after.envelope.seq + 1;
        return { log, seq, time: nextTime(now, after.envelope.time), previous: after.hash, seen: [], workspace: [] };
      }
      invariant(!held.hasForked(author), `the author ${author} forked in the log ${log} and signs nothing more there`);
      settle(now);
      const head = held.headOf(author);
      return {
        log,
        seq: (head?.seq ?? 0) + 1,
        time: nextTime(now, laterTime(time, head?.time ?? null)),
        previous: head?.hash ?? null,
        seen: newlySeen(author),
        workspace: log === 'workspace' ? [] : newlyNamed(author, workspaceHeads),
      };
    },

    fits: (event) => placingAfter(event, nodeOf).type === 'Fits',

    unheld(events) {
      const fresh = new Map<Sha256Hex, (typeof events)[number]>();
      const among = (hash: Sha256Hex): HeldEvent | null => {
        const one = fresh.get(hash)?.envelope;
        return one ? { author: one.author, seq: one.seq, time: one.time, index: held.length } : nodeOf(hash);
      };
      for (const event of events) {
        const placing = placingAfter(event, among);
        if (placing.type === 'Held') continue;
        invariant(
          placing.type === 'Fits',
          `only events that fit are received: ${event.hash} ${JSON.stringify(placing)}`,
        );
        fresh.set(event.hash, event);
      }
      return [...fresh.values()];
    },

    take(envelope, hash, signed) {
      const event = held.add(envelope, hash);
      if (envelope.workspace.length > 0) {
        const already = named.get(event.author) ?? [];
        named.set(
          event.author,
          new Map([...already, ...envelope.workspace.map((one) => [one.author, one.hash] as const)]),
        );
      }
      if (signed === 'here') {
        ours = laterTime(ours, event.time);
        settle(null);
      }
      if (isNear(event.time, null)) settleEvent(event);
      else wait({ time: event.time, event });
    },

    raise(outside) {
      if (time === null || compareTime(outside, time) > 0) wait({ time: outside, event: null });
    },
  };
}
