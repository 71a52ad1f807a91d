import type { Instant } from '../base/ids.ts';
import type { JsonObject } from './canonical.ts';
import type { Head, LogId, Salt, SignedEvent, StoredEvent } from './envelope.ts';
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

/**
 * One log: append-only, every author's events a hash chain of their own.
 *
 * The log, not the caller, assigns sequence, previous, seen and time. Indexes count from 0 without gaps in the order
 * the log received the events, which is a causal order.
 */
export interface EventLog {
  readonly logId: LogId;
  /** How many events the log holds; also the index that the next one gets. */
  readonly length: number;
  /** Every author's newest event, ordered by author. */
  heads(): readonly Head[];
  /**
   * Signs the drafts as the author's next events and keeps all of them or none. They are on the disk when it returns.
   * A disk that refuses makes it throw (the store's `asStorageFailure` names the cause) and leaves the log as it was.
   */
  append(signer: Signer, drafts: readonly EventDraft[], context: AppendContext): readonly StoredEvent[];
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
