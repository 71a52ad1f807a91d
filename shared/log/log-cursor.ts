import type { Instant, PublicKeyHex, Sha256Hex } from '../base/ids.ts';
import type { Head, LogId, UnsignedEnvelope } from './envelope.ts';
import { laterTime, nextTime, type HybridTime } from './hybrid-time.ts';

/** Where an author's next event goes: all of the envelope that the log decides. */
export type EventPlace = Pick<UnsignedEnvelope, 'log' | 'seq' | 'time' | 'previous' | 'seen' | 'workspace'>;

interface AuthorState {
  readonly head: Head;
  /** When the log took the head in, as a count: tells what changed since an author's own last event. */
  readonly takenAt: number;
  /** The workspace heads the author has named so far, by workspace author. */
  readonly named: ReadonlyMap<PublicKeyHex, Sha256Hex>;
}

/**
 * What an event log keeps in memory so that an append needs no query: heads, time, and what each author has seen.
 * An author's key is used by one host only, so an author has seen all that stood here at its own last event.
 */
export interface LogCursor {
  heads(): readonly Head[];
  /** Where the author's next event goes. `after` is the author's event that is signed but not taken in yet. */
  place(author: PublicKeyHex, now: Instant, workspaceHeads: readonly Head[], after?: PlacedEvent): EventPlace;
  /** Takes in an event that the log now holds, in the log's order. */
  take(envelope: UnsignedEnvelope, hash: Sha256Hex): void;
  /** Keeps the next events above a time that was met outside this log, such as an adopted event's. */
  raise(time: HybridTime): void;
}

export interface PlacedEvent {
  readonly envelope: UnsignedEnvelope;
  readonly hash: Sha256Hex;
}

export function createLogCursor(log: LogId): LogCursor {
  const authors = new Map<PublicKeyHex, AuthorState>();
  let time: HybridTime | null = null;
  let taken = 0;

  function newlySeen(author: PublicKeyHex): readonly Head[] {
    const since = authors.get(author)?.takenAt ?? 0;
    const seen: Head[] = [];
    for (const [other, state] of authors) if (other !== author && state.takenAt > since) seen.push(state.head);
    return seen.length < 2 ? seen : seen.sort(byAuthor);
  }

  function newlyNamed(author: PublicKeyHex, workspaceHeads: readonly Head[]): readonly Head[] {
    const named = authors.get(author)?.named;
    const news = workspaceHeads.filter((head) => named?.get(head.author) !== head.hash);
    return news.length < 2 ? news : news.sort(byAuthor);
  }

  return {
    heads: () => [...authors.values()].map((state) => state.head).sort(byAuthor),

    place(author, now, workspaceHeads, after) {
      if (after !== undefined) {
        const seq = after.envelope.seq + 1;
        return { log, seq, time: nextTime(now, after.envelope.time), previous: after.hash, seen: [], workspace: [] };
      }
      const head = authors.get(author)?.head;
      return {
        log,
        seq: (head?.seq ?? 0) + 1,
        time: nextTime(now, time),
        previous: head?.hash ?? null,
        seen: newlySeen(author),
        workspace: log === 'workspace' ? [] : newlyNamed(author, workspaceHeads),
      };
    },

    take(envelope, hash) {
      const { author, seq } = envelope;
      let named = authors.get(author)?.named ?? new Map<PublicKeyHex, Sha256Hex>();
      if (envelope.workspace.length > 0) {
        named = new Map([...named, ...envelope.workspace.map((head) => [head.author, head.hash] as const)]);
      }
      taken += 1;
      authors.set(author, { head: { author, seq, hash }, takenAt: taken, named });
      time = laterTime(time, envelope.time);
    },

    raise(outside) {
      time = laterTime(time, outside);
    },
  };
}

function byAuthor(a: Head, b: Head): number {
  return a.author < b.author ? -1 : 1;
}
