import type { DeviceId, FeedId, Instant, OperatorId, PublicKeyHex, RoomId, Sha256Hex } from '../../shared/base/ids.ts';
import type { Result } from '../../shared/base/result.ts';
import type { Post } from '../../shared/domain/mention/mention.ts';
import type { Draft } from '../../shared/domain/statement/draft.ts';
import type { LogId, SignedEvent, StoredEvent } from '../../shared/log/envelope.ts';
import type { EventLog } from '../../shared/log/event-log.ts';
import type { Signer } from '../../shared/log/signing.ts';
import type { TextBatch, TextBatchHeader, TextHead } from '../../shared/log/text-batch.ts';
import type { FeedView } from '../../shared/protocol/views.ts';
import type { Reply, WireError } from '../../shared/protocol/wire.ts';

/** What keeps the time. `now` never runs backwards and does not jump when somebody sets the machine's clock. */
export interface Clock {
  now(): Instant;
}

/** Whoever speaks through a door. `operatorId` is null until the door's session belongs to a person. */
export interface Caller {
  readonly sessionId: string;
  readonly operatorId: OperatorId | null;
  readonly door: 'desktop' | 'browser' | 'local';
}

/** The bound endpoint table and topics, as every door mounts them. Input is parsed inside; nothing throws. */
export interface Api {
  invoke(caller: Caller, endpoint: string, input: unknown): Promise<Reply>;
  /** Returns the function that ends the subscription. The first payload is pushed before it returns. */
  subscribe(
    caller: Caller,
    topic: string,
    params: unknown,
    push: (payload: unknown) => void,
  ): Result<() => void, WireError>;
}

/** One edit of a Yjs document as it was accepted: never changed and never compacted away, the replay needs it. */
export interface DocumentUpdate {
  readonly document: string;
  readonly at: Instant;
  readonly operatorId: OperatorId;
  readonly deviceId: DeviceId;
  /** A Yjs update, format V1. */
  readonly data: Uint8Array;
}

/** The same as it is stored. */
export interface StoredUpdate extends DocumentUpdate {
  /** The host that took it in and signed it; null where that was this one. */
  readonly host: PublicKeyHex | null;
}

/** A Yjs client id of a document, and the one device that may ever write under it there. */
export interface ClientBinding {
  readonly document: string;
  readonly clientId: number;
  readonly deviceId: DeviceId;
  readonly at: Instant;
}

/** What becomes durable together. */
export interface DocumentBatch {
  readonly updates: readonly DocumentUpdate[];
  readonly bindings: readonly ClientBinding[];
}

/**
 * A stretch of the history in a form that is quick to read: what the updates from the end of the segment before it up
 * to number `through` added, as one Yjs update. In order, a document's segments and the updates after them are its state.
 */
export interface DocumentSegment {
  /** Counts from 0, without gaps. */
  readonly number: number;
  /** The numbers of the first and the last update it covers; updates count from 1. */
  readonly first: number;
  readonly through: number;
  /** The latest time of all updates up to that one: what came from another host may have come late. */
  readonly at: Instant;
  /** The Yjs state vector after it, encoded. */
  readonly stateVector: Uint8Array;
  /** Bytes of all updates up to `through`, as they were accepted. */
  readonly historyBytes: number;
  readonly data: Uint8Array;
}

/** What it takes to serve a document, short of the bytes of its segments. */
export interface DocumentOutline {
  /** The newest segment, or null when there is none. */
  readonly newest: Omit<DocumentSegment, 'data'> | null;
  /** The updates that no segment covers yet, oldest first. */
  readonly tail: readonly Pick<DocumentUpdate, 'at' | 'data'>[];
  readonly bindings: readonly Omit<ClientBinding, 'document'>[];
}

/** Where the Yjs documents of one database file are kept. */
export interface DocumentStore {
  /**
   * Commits all of it (synchronous=FULL) or nothing, before it returns. A client id that is bound already keeps its
   * device. Throws `StorageFailed` causes as they come.
   */
  append(batch: DocumentBatch): void;
  outline(document: string): DocumentOutline;
  /** Null when there is no segment of that number. */
  segment(document: string, number: number): Uint8Array | null;
  /** Stands beside the history, never instead of it. One of the same number is replaced. */
  putSegment(document: string, segment: DocumentSegment): void;
  /**
   * Every update with its time, in the order in which they were stored: each after what it builds on. Their times need
   * not be in order, because those of another host may come late.
   */
  history(document: string): readonly StoredUpdate[];
  /**
   * The document as it stood at a moment, as Yjs updates to be applied in order: of every update whose own time is not
   * later, whenever it was stored. One of them may build on a later one, where two clocks differed: it counts when
   * that does, and a Yjs document keeps it aside.
   */
  stateAt(document: string, at: Instant): readonly Uint8Array[];
}

/** Why a batch of another host was not taken in. */
export type TextRefusal =
  | 'unknown author'
  /** Its author may not speak for somebody who is in it. */
  | 'not allowed'
  /** It says otherwise than what is held, writes under a Yjs client id of another device, or builds on what was refused. */
  | 'contradiction'
  /** Nobody could have written it so. */
  | 'unfit'
  /** The document has reached its largest size. */
  | 'full'
  | 'no such document';

/** What became of a batch here: signed here, taken in from another host, or kept without being taken in. */
export type BatchStanding = 'signed' | 'taken' | 'refused';

/**
 * The texts of one database file as they travel between hosts: batches, each signed by the host that took its updates in.
 * What this host took in itself is signed when somebody asks for it, from the same rows that the replay reads. Whatever
 * writes is on the disk when it returns, and throws what the disk says when it refuses, with nothing kept.
 */
export interface TextLog {
  /** Every document of which there is an update or a batch, sorted. */
  documents(): readonly string[];
  /** The newest batch of every author, sorted by author; of an author who forked, the newest of every branch. */
  tips(document: string): readonly TextHead[];
  /** Null when no batch of this hash is held. */
  standing(document: string, hash: Sha256Hex): BatchStanding | null;
  /** Whether what a batch follows is held: the one before of its author. */
  follows(header: Pick<TextBatchHeader, 'document' | 'author' | 'n' | 'previous'>): boolean;
  /**
   * Signs what this host has taken in since its last batch, and keeps it; at most `limit` batches (default: all of
   * them), none when there is nothing new. The updates are in the order in which they were taken in.
   */
  seal(document: string, signer: Signer, workspace: Sha256Hex, limit?: number): readonly TextBatch[];
  /**
   * Up to `limit` batches that somebody lacks who holds these tips and everything before them, refused ones included,
   * in an order in which they can be taken in: just as they were signed. Of an author of whom they hold a batch that is
   * not here and further on, they are taken to hold everything.
   */
  lacking(document: string, tips: readonly TextHead[], limit: number): readonly TextBatch[];
  /**
   * Keeps a verified batch of another host, all its updates, and the client ids that are its devices' from now on, in
   * one commit. It follows what is held, and was not held, or only as refused.
   */
  receive(batch: TextBatch, bindings: readonly ClientBinding[]): void;
  /** Keeps a verified batch alone, so that everybody can be shown it. It follows what is held. */
  refuse(batch: TextBatch, why: TextRefusal): void;
  /** What was refused and is kept, oldest first. */
  refused(document: string): readonly { readonly batch: TextBatch; readonly why: TextRefusal }[];
}

/** What became of a batch that came from another host. `Waits`: it builds on something that is not here yet. */
export type TextTaken =
  { readonly type: 'Taken' | 'Held' | 'Waits' } | { readonly type: 'Refused'; readonly why: TextRefusal };

/** What replication sees of this host. Everything that is read here is on the disk. */
export interface ReplicaLocal {
  /** Hash of the genesis event; of a host that has joined and holds nothing yet, the one that it expects. */
  readonly workspaceId: Sha256Hex;
  /** The workspace's log first. */
  logs(): readonly LogId[];
  /** Null for a room of which nothing is here yet. */
  log(logId: LogId): Pick<EventLog, 'logId' | 'length' | 'tips' | 'find' | 'lacking'> | null;
  /** Whether this key was ever given to anybody: only then may a log hold its events. */
  knowsKey(key: PublicKeyHex): boolean;
  /** Whether it is a host's key in force: only such a one may connect. */
  isHostKey(key: PublicKeyHex): boolean;
  /**
   * Takes in events that were verified and fit, in this order. They are on the disk when it returns, and folded. Makes the
   * file of a room that is not here yet. Throws what the disk says when it refuses, with nothing taken.
   */
  receive(logId: LogId, events: readonly SignedEvent[]): readonly StoredEvent[];
  documents(): readonly string[];
  textTips(document: string): readonly TextHead[];
  textsLacking(document: string, tips: readonly TextHead[], limit: number): readonly TextBatch[];
  /** `batch` was verified. Resolves when it is on the disk, or why it is not. */
  receiveText(batch: TextBatch): Promise<TextTaken>;
  /** Calls whenever a log or a text has something that it had not; returns what ends that. */
  onGrown(listener: (grown: { readonly log: LogId } | { readonly document: string }) => void): () => void;
}

/** A connection to another host that has proved who it is. Frames are JSON text. */
export interface ReplicaLink {
  send(text: string): void;
  close(code: number, reason: string): void;
  /** Bytes that were sent and not yet taken by the network. */
  bufferedBytes(): number;
  onMessage(handler: (text: string) => void): void;
  onClose(handler: () => void): void;
}

/** What the sync endpoint asks about a document: whether it exists, where it is kept, who may do what with it. */
export interface DocumentDirectory {
  /** Null when there is no such document: nothing is created. Without `texts` nothing of another host is taken in. */
  find(document: string): { readonly store: DocumentStore; readonly texts?: TextLog } | null;
}

/** Who is behind a sync socket, settled by its token before a byte of the document is sent. */
export interface SyncPeer {
  readonly operatorId: OperatorId;
  /** What they write from: it owns the Yjs client ids that it used first. */
  readonly deviceId: DeviceId;
  /** The name that others see beside the cursor; given by the host, never by the client. */
  readonly name: string;
  /** What they are in the organisation, shown beside the name; given by the host too. */
  readonly role: string;
  readonly mayWrite: boolean;
  /** The session it was opened under, whose end is its own; null for a token that needs none. */
  readonly sessionId?: string | null;
}

/**
 * Takes posts in, and where the feed stands after them: both are on the disk, in one transaction, when it returns.
 * Throws when they could not be kept; the feed brings the same ones again then. `history` never alarms. Returns how
 * many new mentions the posts became: most posts of a firehose become none.
 */
export type PostSink = (posts: readonly Post[], as: 'live' | 'history', cursor?: FeedCursor) => number;

/** Where a feed has been read to: plain JSON of the feed's own shape, given back to it at the next start. */
export type FeedCursor = Readonly<Record<string, unknown>>;

/** How a feed is doing, in the words that the screen shows. */
export type FeedStatus = FeedView;

/** A source of posts. `start` begins delivery, `stop` ends it for good; both may be called once. */
export interface Feed {
  start(sink: PostSink): void;
  stop(): void;
  status(): FeedStatus;
}

/** What every feed is built with, beside its own settings. */
export interface FeedDeps {
  readonly clock: Clock;
  readonly schedule: Schedule;
  /** 0 <= x < 1; for the jitter of back-off. */
  readonly random: () => number;
  /** What the sink was last given by this feed; null at its first start. Parsed by the feed: it comes from a file. */
  readonly cursor: unknown;
}

/** A post that somebody sends us over HTTP. The host's door hands it to the feed whose id is in the address. */
export interface WebhookRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The bytes as they came: the signature is over them. */
  readonly body: Uint8Array;
}

/** What the sender is told: 202 taken, 400 malformed, 401 signature or time, 409 seen before, 413, 429, 503 not kept. */
export interface WebhookReply {
  readonly status: 202 | 400 | 401 | 409 | 413 | 429 | 503;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A feed that is spoken to. */
export interface WebhookFeed extends Feed {
  receive(request: WebhookRequest): WebhookReply;
}

/** Where feeds' tokens and secrets are kept: outside every file that is copied, exported or logged. */
export interface FeedSecrets {
  get(feedId: FeedId): string | null;
  set(feedId: FeedId, secret: string): void;
  remove(feedId: FeedId): void;
}

/** A file that was captured as proof of a publication. */
export interface Evidence {
  readonly sha256: Sha256Hex;
  readonly name: string;
  readonly mime: string;
  readonly bytes: Uint8Array;
}

/** Where captured files are kept, by digest, beside the log that names them. */
export interface EvidenceStore {
  put(evidence: Evidence): void;
  get(sha256: Sha256Hex): Evidence | null;
}

/** One room's file: its log, its texts with their history, its evidence. */
export interface RoomFile {
  readonly roomId: RoomId;
  readonly log: EventLog;
  readonly documents: DocumentStore;
  readonly texts: TextLog;
  readonly evidence: EvidenceStore;
}

/** Whose keys sign. Until devices enrol the host keeps them all; nothing else may assume where a key lives. */
export interface Signers {
  host(): Signer;
  /** Whether a key of this person is kept here: nobody can act through a host that keeps none of theirs. */
  holds(operatorId: OperatorId): boolean;
  operator(operatorId: OperatorId): Signer;
}

/** The live texts, as the sync endpoint holds them. */
export interface Texts {
  /** Null when there is no such document. */
  read(document: string): Draft | null;
  /** Gives a new document its first words; does nothing when it has some already. */
  begin(document: string, text: string, by: OperatorId): void;
}

/** What came of handing a text to a receiving system. `unknown`: it may have arrived, and only a person can tell. */
export type Delivery =
  | { readonly outcome: 'delivered'; readonly address: string | null; readonly at: Instant }
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'unknown'; readonly reason: string };

/** An outbound connector. `deliver` is called at most once per idempotency key, and never throws. */
export interface Publisher {
  deliver(message: {
    readonly url: string;
    readonly idempotencyKey: string;
    readonly body: Readonly<Record<string, unknown>>;
  }): Promise<Delivery>;
}

/** Runs `act` once after `delayMs`; returns what cancels it. */
export type Schedule = (delayMs: number, act: () => void) => () => void;
