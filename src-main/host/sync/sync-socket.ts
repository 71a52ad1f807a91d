import { SYNC_CLOSE } from '../../../shared/protocol/wire.ts';

/** What carries the y-websocket protocol: a WebSocket, or the desktop's IPC channel. Frames keep their order. */
export interface SyncSocket {
  send(frame: Uint8Array): void;
  /** Ends it from the host's side. Frames that were sent before still arrive; `onClose` still fires once. */
  close(code: number, reason: string): void;
  /** A text frame comes as a string, and is refused: the protocol knows only bytes. */
  onMessage(handler: (frame: Uint8Array | string) => void): void;
  /** Called once, whoever ended it. */
  onClose(handler: () => void): void;
  /** Bytes handed over and not yet taken by the other side, where the transport can tell. */
  bufferedBytes?(): number;
}

/**
 * Why the host closes a sync socket. The stock client gives up on 4400 to 4499 and comes back after every other code,
 * with everything it still holds: so only what coming back cannot mend has a code of the first kind.
 */
export const CLOSE = {
  ...SYNC_CLOSE,
  /** The peer's rights changed; it comes back and is judged anew. */
  rightsChanged: 1012,
  /** The update builds on edits that we do not hold; coming back resends them. */
  gap: 1008,
  tooBig: 1009,
  /** The document could not be read. It is never served empty instead. */
  unreadable: 1011,
  /** Not stored, too many sockets, or too slow a reader: later it may work. */
  tryAgain: 1013,
} as const;

export interface SyncLimits {
  /** Longest frame in bytes; the WebSocket server's `maxPayload` too. */
  readonly frameBytes: number;
  /** Longest awareness state of one client, in UTF-16 units of its JSON. */
  readonly presenceLength: number;
  readonly socketsPerOperator: number;
  /** A reader that leaves more than this unread is cut; it resynchronises when it comes back. */
  readonly bufferedBytes: number;
  /** Updates between two checkpoints of a document. */
  readonly checkpointEvery: number;
  /** How long a document that nobody has open stays in memory, in ms. */
  readonly idleMs: number;
}

export const DEFAULT_SYNC_LIMITS: SyncLimits = {
  frameBytes: 4 * 1024 * 1024,
  presenceLength: 4096,
  socketsPerOperator: 512,
  bufferedBytes: 32 * 1024 * 1024,
  checkpointEvery: 1000,
  idleMs: 60_000,
};
