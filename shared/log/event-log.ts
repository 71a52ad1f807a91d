import type { Instant, PublicKeyHex, Sha256Hex } from '../base/ids.ts';
import type { JsonObject } from './canonical.ts';
import type { Head, LogId, Salt, SignedEvent, StoredEvent } from './envelope.ts';
import type { HybridTime } from './hybrid-time.ts';
import type { Signer } from './signing.ts';

/** A fact that has been decided and is not signed yet. `body` holds nothing but JSON values. */
export interface EventDraft {
  readonly type: string;
  readonly body: JsonObject;
}

export interface AppendContext {
  readonly now: Instant;
  /** Called once per draft; 16 random bytes in hexadecimal. */
  salt(): Salt;
  /** The workspace log's heads as the command saw them; empty in the workspace log itself. */
  readonly workspaceHeads: readonly Head[];
}

/** What a log knows of an event that it holds without reading it. */
export interface HeldEvent {
  readonly author: PublicKeyHex;
  readonly seq: number;
  readonly time: HybridTime;
  readonly index: number;
}

/**
 * One log: append-only, every author's events a hash chain of their own, and a tree where an author forked.
 *
 * The log, not the caller, assigns sequence, previous, seen and time. Indexes count from 0 without gaps in the order
 * the log received the events, which is a causal order; what they mean is folded in the order of `compareEvents`.
 *
 * Another's event whose time is more than `MOST_AHEAD_MS` ahead of the machine's is held like any other, but until that
 * is over nothing signed here names it as seen, or it would drag our own time along.
 */
export interface EventLog {
  readonly logId: LogId;
  /** How many events the log holds; also the index that the next one gets. */
  readonly length: number;
  /** Every author's newest event, ordered by author; of an author who forked, on the branch that this log met first. */
  heads(): readonly Head[];
  /** The newest event of every branch of every author, ordered by author and hash: what this log holds, in short. */
  tips(): readonly Head[];
  /** Null when no event of this hash is held. */
  find(hash: Sha256Hex): HeldEvent | null;
  /**
   * Signs the drafts as the author's next events and keeps all of them or none. They are on the disk when it returns.
   * A disk that refuses makes it throw (the store's `asStorageFailure` names the cause) and leaves the log as it was.
   */
  append(signer: Signer, drafts: readonly EventDraft[], context: AppendContext): readonly StoredEvent[];
  /**
   * Takes in events that others signed, all of them or none; they are on the disk when it returns. Each must have been
   * verified, and fit (`placing.ts`) after those before it; those already held are passed over. Returns what was new.
   */
  receive(events: readonly SignedEvent[], arrivedAt: Instant): readonly StoredEvent[];
  /**
   * Of the events from `fromIndex` on, up to `limit` that somebody lacks who holds these tips and everything before
   * them; `next` is where to go on, null at the end. A tip that is not held here means: of that author, only what is
   * before the other tips is known to be held.
   */
  lacking(
    tips: readonly Head[],
    fromIndex: number,
    limit: number,
  ): { readonly events: readonly StoredEvent[]; readonly next: number | null };
  /** The events from `fromIndex` on (default 0), in index order. */
  read(fromIndex?: number): readonly StoredEvent[];
  /**
   * Copies verified events of the workspace log into a room's file, so that the file can be judged without us.
   * Those already there are passed over. Throws in the workspace log itself.
   */
  adopt(events: readonly SignedEvent[]): void;
  /** The workspace events this file holds, in the order they were adopted; in the workspace log, its own events. */
  readWorkspace(): readonly StoredEvent[];
}
