import type { Schedule } from '../../commands/ports.ts';
import type { Connection } from './connections.ts';
import { answerFrame, updateFrame } from './frames.ts';

export interface JoiningDeps {
  /** False when the connection is no more. */
  readonly send: (connection: Connection, frame: Uint8Array) => boolean;
  readonly schedule: Schedule;
  /** What is stored could not be read. */
  readonly onUnreadable: (connection: Connection, cause: unknown) => void;
  /** Bytes that may be unread before the next piece waits. */
  readonly joinBytes: number;
}

/** How soon a reader that has enough to read is looked at again, in ms. */
const AGAIN_MS = 10;

/**
 * Brings somebody who holds nothing up to date: the stored segments one after the other, as updates, and as the answer
 * what is in none of them yet. The document need not be in memory for it, and a long one is never in one piece; the
 * stock client takes itself for synced after the answer, when it has everything.
 */
export function createJoining({ send, schedule, onUnreadable, joinBytes }: JoiningDeps) {
  function begin(connection: Connection): void {
    connection.live = false;
    proceed(connection, { number: -1, through: 0 });
  }

  /** `sent` is the last segment that was sent; `through` is only told of the newest one. */
  function proceed(connection: Connection, sent: { readonly number: number; readonly through: number }): void {
    const { live } = connection.open;
    let last = sent;
    let bytes = 0;
    try {
      while (!connection.closed) {
        const newest = live.newestSegment();
        if (newest === null || last.through >= newest.through) {
          if (send(connection, answerFrame(live.rest()))) connection.live = true;
          return;
        }
        if (bytes + (connection.socket.bufferedBytes?.() ?? 0) > joinBytes) {
          const until = last;
          if (bytes > 0) setImmediate(() => proceed(connection, until));
          else schedule(AGAIN_MS, () => proceed(connection, until));
          return;
        }
        // What was the newest when it was sent may have grown since, also if it is not the newest any more.
        const number = last.through > 0 ? last.number : last.number + 1;
        const data = live.segmentData(number);
        bytes += data.length;
        if (!send(connection, updateFrame(data))) return;
        last = { number, through: number === newest.number ? newest.through : 0 };
      }
    } catch (cause) {
      onUnreadable(connection, cause);
    }
  }

  return { begin };
}
