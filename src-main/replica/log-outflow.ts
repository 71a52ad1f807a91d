import type { Sha256Hex } from '../../shared/base/ids.ts';
import type { Head, LogId, StoredEvent } from '../../shared/log/envelope.ts';
import { FULL_FRAME_CHARACTERS, MOST_FRAME_EVENTS } from '../../shared/protocol/replica-frames.ts';
import type { ReplicaLocal } from '../commands/ports.ts';
import { createHoldings, lackingCount, type Tip } from './holdings.ts';

/** What one peer lacks of one log, in frames, from the beginning of the log to its end and then as it grows. */
export interface LogOutflow {
  /** The next frame; null when there is none yet. Each call reads no more than one piece of the log. */
  next(): string | null;
  /** Whether the end of the log was reached: all that the peer lacks was handed out. */
  isDrained(): boolean;
  /** The peer said what it holds. */
  said(heads: readonly Head[], length: number): void;
  /** The peer sent us an event that is held here now. */
  noted(head: Head, previous: Sha256Hex | null): void;
  /** From the beginning again, for a peer that holds what it last said. */
  startOver(): void;
  /** True when something that was assumed of the peer is unsure, since the log grew. */
  hasDoubt(): boolean;
  /** Events that the peer holds and we do not, and the other way round; and how many it holds. */
  counts(): { readonly behind: number; readonly ahead: number; readonly length: number };
}

export function createLogOutflow(logId: LogId, local: Pick<ReplicaLocal, 'log'>): LogOutflow {
  const holdings = createHoldings();
  let cursor = 0;
  let length = 0;
  let ready: string[] = [];

  function ours(): readonly Tip[] {
    return (local.log(logId)?.tips() ?? []).map(tipOf);
  }

  function isHeld({ hash }: Tip): boolean {
    return (local.log(logId)?.find(hash) ?? null) !== null;
  }

  return {
    next() {
      const log = local.log(logId);
      if (ready.length === 0 && log !== null && cursor < log.length) {
        const assumed = holdings.assumed(ours(), isHeld).map(headOf);
        const piece = log.lacking(assumed, cursor, MOST_FRAME_EVENTS);
        cursor = piece.next ?? log.length;
        ready = eventFrames(logId, piece.events);
      }
      return ready.shift() ?? null;
    },
    isDrained: () => ready.length === 0 && cursor >= (local.log(logId)?.length ?? 0),
    said(heads, theirs) {
      holdings.say(heads.map(tipOf));
      length = theirs;
    },
    noted: (head, previous) => holdings.note(tipOf(head), previous),
    startOver() {
      cursor = 0;
      ready = [];
    },
    hasDoubt: () => holdings.hasDoubt(ours(), isHeld),
    counts() {
      const [here, there] = [ours(), holdings.tips()];
      const isThere = (tip: Tip): boolean =>
        there.some(({ author, place }) => author === tip.author && place >= tip.place);
      return {
        behind: lackingCount(here, there, isHeld),
        ahead: lackingCount(there, here, isThere),
        length,
      };
    },
  };
}

function tipOf({ author, seq, hash }: Head): Tip {
  return { author, place: seq, hash };
}

function headOf({ author, place, hash }: Tip): Head {
  return { author, seq: place, hash };
}

function eventFrames(logId: LogId, events: readonly StoredEvent[]): string[] {
  const frames: string[] = [];
  let texts: string[] = [];
  let characters = 0;
  function close(): void {
    if (texts.length > 0) frames.push(`{"kind":"events","log":"${logId}","events":[${texts.join(',')}]}`);
    texts = [];
    characters = 0;
  }
  for (const { envelope, body, salt } of events) {
    const text = JSON.stringify({ envelope, body, salt });
    if (characters + text.length > FULL_FRAME_CHARACTERS) close();
    texts.push(text);
    characters += text.length;
  }
  close();
  return frames;
}
