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
  /** Stops taking frames from the other side, which is held up by it; what had arrived may still come. */
  pause?(): void;
  resume?(): void;
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
  /** Longest awareness state of one client, in bytes of its JSON. */
  readonly presenceLength: number;
  /** Shortest time between two awareness frames to the same socket, in ms. */
  readonly presenceEveryMs: number;
  readonly socketsPerOperator: number;
  readonly socketsPerDevice: number;
  /** A reader that leaves more than this unread is cut; it resynchronises when it comes back. */
  readonly bufferedBytes: number;
  /** Somebody who joins is sent a long document in pieces, and the next one only when less than this is unread. */
  readonly joinBytes: number;
  /** Updates after which a stretch of the history becomes a segment. */
  readonly segmentUpdates: number;
  /** The same by the bytes of the updates. */
  readonly segmentBytes: number;
  /** How long a document that nobody has open stays in memory, in ms. */
  readonly idleMs: number;
  /** Client ids that one device may begin to use in a document within an hour. Each makes every later edit dearer. */
  readonly newClientIdsPerHour: number;
  /** Most that may ever be inserted into a document, in Yjs units: UTF-16 units of text. */
  readonly documentUnits: number;
  /** Most bytes that all updates of a document may have together. */
  readonly documentBytes: number;
  readonly pace: PaceLimits;
  readonly massDeletion: MassDeletionLimits;
}

/** How much of the host's time one person may take: so much at once, and so much a second from then on. */
export interface PaceLimits {
  readonly burstFrames: number;
  readonly framesPerSecond: number;
  readonly burstBytes: number;
  readonly bytesPerSecond: number;
  /** Structs and deleted ranges of the updates: what they cost to take in. */
  readonly burstParts: number;
  readonly partsPerSecond: number;
}

export interface MassDeletionLimits {
  /** Deletions by one device within this time count together, in ms. */
  readonly withinMs: number;
  /** How many units at least. */
  readonly units: number;
  /** And which share of what the document held, where one edit takes it away. */
  readonly shareAtOnce: number;
  /** Or several: more, because whoever fills in a template takes away a third of it slot by slot. */
  readonly share: number;
  /** How long whoever did it is not listened to afterwards, in ms; twice as long each further time within a minute. */
  readonly holdMs: number;
}

export const DEFAULT_SYNC_LIMITS: SyncLimits = {
  frameBytes: 4 * 1024 * 1024,
  presenceLength: 4096,
  presenceEveryMs: 100,
  socketsPerOperator: 512,
  socketsPerDevice: 64,
  bufferedBytes: 8 * 1024 * 1024,
  joinBytes: 1024 * 1024,
  segmentUpdates: 2048,
  segmentBytes: 512 * 1024,
  idleMs: 60_000,
  newClientIdsPerHour: 100,
  documentUnits: 4_000_000,
  documentBytes: 64 * 1024 * 1024,
  pace: {
    burstFrames: 2000,
    framesPerSecond: 2000,
    burstBytes: 8 * 1024 * 1024,
    bytesPerSecond: 1024 * 1024,
    burstParts: 40_000,
    partsPerSecond: 4000,
  },
  massDeletion: { withinMs: 10_000, units: 120, shareAtOnce: 0.3, share: 0.6, holdMs: 3000 },
};
