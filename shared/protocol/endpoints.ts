import { z } from 'zod';
import {
  FeedId,
  Instant,
  OperatorId,
  PeakId,
  PublicKeyHex,
  RoomId,
  Sha256Hex,
  WatchQueryId,
  type StatementId,
} from '../base/ids.ts';
import { FeedSettings } from '../domain/feed/feed-settings.ts';
import { Channel as MentionChannel } from '../domain/mention/mention.ts';
import { Channel, Playbook } from '../domain/playbook/playbook.ts';
import { Role } from '../domain/roster/roles.ts';
import { Sensitivity } from '../domain/spike/sensitivity.ts';
import { LogId } from '../log/envelope.ts';
import { RoomCommand } from './commands.ts';
import type {
  DialPreview,
  DocumentNotices,
  HistoryUpdate,
  HostView,
  MentionView,
  ReplicaView,
  RoomFeed,
  RoomSummary,
  SessionView,
  StormDetailView,
  WatchPreview,
  WatchView,
  WorkspaceView,
} from './views.ts';
import type { VerifyReport } from '../log/verify-room.ts';

const nothing = z.strictObject({});

/** A mention as pages name it. */
export const MentionKey = z.strictObject({ watchQueryId: WatchQueryId, id: z.string().min(1).max(512) });
export type MentionKey = z.infer<typeof MentionKey>;
const personName = z.string().trim().min(1).max(200);

/** First run: what makes a workspace that is useful without editing anything else. */
export const SetupInput = z.strictObject({
  organisation: personName,
  /** Words to watch for; the name of the organisation when empty. */
  watch: z.array(z.string().trim().min(1).max(200)).max(20),
  /** The first is whoever sets up, and administrator. `deputyOf` is an index into this list. */
  people: z
    .array(
      z.strictObject({ name: personName, roles: z.array(Role).max(11), deputyOf: z.int().nonnegative().nullable() }),
    )
    .min(1)
    .max(200),
  /** Roles whose word is needed, in turn: one step is enough, none is not. */
  chain: z
    .array(Role.exclude(['observer']))
    .min(1)
    .max(8),
});
export type SetupInput = z.infer<typeof SetupInput>;

/** A change of the organisation's own settings; administrators only. */
export const WorkspaceChange = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('addOperator'), name: personName, roles: z.array(Role).max(11) }),
  z.strictObject({ type: z.literal('grantRole'), operatorId: OperatorId, role: Role }),
  z.strictObject({ type: z.literal('withdrawRole'), operatorId: OperatorId, role: Role }),
  z.strictObject({ type: z.literal('assignDeputy'), operatorId: OperatorId, deputyId: OperatorId }),
  z.strictObject({
    type: z.literal('saveWatchQuery'),
    /** Null makes a new one. */
    watchQueryId: WatchQueryId.nullable(),
    name: personName,
    query: z.string().max(2000),
    sensitivity: Sensitivity,
  }),
  z.strictObject({ type: z.literal('removeWatchQuery'), watchQueryId: WatchQueryId }),
  z.strictObject({ type: z.literal('saveFeed'), feed: FeedSettings }),
  z.strictObject({ type: z.literal('removeFeed'), feedId: FeedId }),
  z.strictObject({ type: z.literal('saveChannel'), channel: Channel }),
  z.strictObject({ type: z.literal('savePlaybook'), playbook: Playbook }),
  /** Takes the revocation of a person back. They need a new key: enrol a device of theirs, or invite them. */
  z.strictObject({ type: z.literal('reinstateOperator'), operatorId: OperatorId }),
  /** Lets an event count that lies beyond the cut of its key. */
  z.strictObject({ type: z.literal('reaffirmEvent'), log: LogId, hash: Sha256Hex }),
]);
export type WorkspaceChange = z.infer<typeof WorkspaceChange>;

export const ExportFormat = z.enum(['jsonl', 'csv', 'md', 'html']);
export type ExportFormat = z.infer<typeof ExportFormat>;

/** Four mebibytes, as base64 needs four characters for three bytes. */
export const EVIDENCE_MAX_BYTES = 4 * 1024 * 1024;
export const EVIDENCE_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'application/pdf', 'text/plain'] as const;

/** Every endpoint's input. What comes from a page is parsed by these and by nothing else. */
export const endpointInputs = {
  'session.get': nothing,
  /** Demo workspaces only: one person may act as each role in turn. */
  'session.actAs': z.strictObject({ operatorId: OperatorId }),
  'time.now': nothing,
  'setup.createWorkspace': SetupInput,
  'demo.start': z.strictObject({ speed: z.number().min(1).max(60) }),
  'demo.setSpeed': z.strictObject({ speed: z.number().min(1).max(60) }),
  /** Puts the demo's files aside and goes back to the first run. */
  'demo.leave': nothing,
  'alarm.raise': z.strictObject({
    what: z.string().trim().min(1).max(300),
    why: z.string().trim().max(1000),
    /** "This is a crisis": the mention that showed it, kept in the new room as evidence. */
    mention: MentionKey.nullable().optional(),
  }),
  /** A post that somebody saw and typed in; what was captured of it is evidence in the room, if one is named. */
  'mention.enter': z.strictObject({
    watchQueryId: WatchQueryId,
    channel: MentionChannel,
    url: z.string().trim().max(2048).nullable(),
    author: z.string().trim().max(512).nullable(),
    text: z.string().trim().min(1).max(20_000),
    /** When it was posted; null is now. */
    observedAt: Instant.nullable(),
    engagement: z.number().nonnegative().nullable(),
    reach: z.number().nonnegative().nullable(),
    roomId: RoomId.nullable(),
    /** Attached before by `evidence.attach`; needs a room. */
    capture: Sha256Hex.nullable(),
  }),
  /** Keeps a mention in a room as it is now: text, author, numbers, address, time. */
  'mention.pin': z.strictObject({ roomId: RoomId, mention: MentionKey, reason: z.string().trim().max(500) }),
  'mentions.search': z.strictObject({
    /** Words, all of which must be there; "quoted phrases"; empty is everything. */
    text: z.string().max(500),
    watchQueryId: WatchQueryId.nullable(),
    /** The last one of the page before; null is the newest page. */
    before: z.strictObject({ observedAt: Instant, id: z.string().max(512) }).nullable(),
    limit: z.int().min(1).max(200),
  }),
  'watch.preview': z.strictObject({ query: z.string().max(2000) }),
  'watch.dial': z.strictObject({ watchQueryId: WatchQueryId, sensitivity: Sensitivity }),
  'storm.expect': z.strictObject({
    watchQueryId: WatchQueryId,
    from: Instant,
    to: Instant,
    label: personName,
  }),
  'storm.unexpect': z.strictObject({ peakId: PeakId }),
  /** Sets a feed's token; null makes a new secret, which is given back once and never again. */
  'feed.setSecret': z.strictObject({ feedId: FeedId, secret: z.string().min(8).max(4096).nullable() }),
  'room.command': z.strictObject({ roomId: RoomId, command: RoomCommand }),
  'rooms.list': nothing,
  'document.token': z.strictObject({ document: z.string().max(200) }),
  'document.history': z.strictObject({ document: z.string().max(200) }),
  /** Makes the live text read as it did at that moment, as new edits: nothing is taken from its history. */
  'document.restore': z.strictObject({ document: z.string().max(200), at: Instant }),
  'evidence.attach': z.strictObject({
    roomId: RoomId,
    name: z.string().min(1).max(255),
    mime: z.enum(EVIDENCE_TYPES),
    data: z.base64().max(Math.ceil(EVIDENCE_MAX_BYTES / 3) * 4 + 4),
  }),
  'room.export': z.strictObject({ roomId: RoomId, format: ExportFormat }),
  'room.verify': z.strictObject({ roomId: RoomId }),
  'workspace.change': z.strictObject({ change: WorkspaceChange }),
  'people.invite': z.strictObject({ name: personName, role: Role }),
  'people.revoke': z.strictObject({ operatorId: OperatorId }),
  'mentions.import': z.strictObject({
    file: z.string().min(1).max(4096),
    replay: z.number().min(1).max(600).nullable(),
  }),
  /** Everything, or one room with what it takes to judge it, as a file to be carried. */
  'bundle.export': z.strictObject({ roomId: RoomId.nullable() }),
  'bundle.import': z.strictObject({ file: z.string().min(1).max(4096) }),
  'access.link': nothing,
  /** A single-use invite for another machine: a relay, or the desktop of a person, known already or new. */
  'hosts.enrol': z.discriminatedUnion('as', [
    z.strictObject({ as: z.literal('relay'), name: personName }),
    z.strictObject({ as: z.literal('new-person'), name: personName, role: Role }),
    z.strictObject({ as: z.literal('person'), operatorId: OperatorId }),
  ]),
  /** Joins another host's workspace from the first-run screen. */
  'hosts.join': z.strictObject({ link: z.string().trim().min(1).max(4096) }),
  /** A lost or stolen machine: its keys count up to what is held of them now, and it is let in no more. */
  'hosts.retire': z.strictObject({ hostId: PublicKeyHex, reason: z.string().trim().min(1).max(500) }),
  'share.open': nothing,
  'share.close': nothing,
  'yjs.send': z.strictObject({ channel: z.string().max(64), bytes: z.instanceof(Uint8Array) }),
} as const;

export type EndpointName = keyof typeof endpointInputs;
export type EndpointInput<Name extends EndpointName> = z.infer<(typeof endpointInputs)[Name]>;

export interface CommandAccepted {
  readonly events: readonly { readonly index: number; readonly hash: Sha256Hex; readonly type: string }[];
  /** The new statement, when the command began one. */
  readonly statementId: StatementId | null;
  readonly publicationId: string | null;
}

export interface ImportReport {
  readonly read: number;
  readonly added: number;
  readonly skipped: number;
  readonly problems: readonly { readonly record: number; readonly line: number; readonly reason: string }[];
  readonly replaying: boolean;
}

/** What each endpoint gives back. */
export interface EndpointOutputs {
  'session.get': SessionView;
  'session.actAs': SessionView;
  'time.now': { readonly now: Instant };
  'setup.createWorkspace': { readonly session: SessionView; readonly recoveryKey: string };
  'demo.start': { readonly session: SessionView };
  'demo.setSpeed': { readonly speed: number };
  'demo.leave': { readonly session: SessionView };
  'alarm.raise': { readonly roomId: RoomId };
  'mention.enter': { readonly id: string; readonly isNew: boolean };
  'mention.pin': CommandAccepted;
  'mentions.search': { readonly mentions: readonly MentionView[]; readonly hasMore: boolean };
  'watch.preview': WatchPreview;
  'watch.dial': DialPreview;
  'storm.expect': { readonly peakId: PeakId };
  'storm.unexpect': { readonly done: true };
  'feed.setSecret': { readonly secret: string | null };
  'room.command': CommandAccepted;
  'rooms.list': readonly RoomSummary[];
  'document.token': { readonly token: string; readonly expiresAt: Instant };
  'document.history': { readonly updates: readonly HistoryUpdate[] };
  /** `before` is the last moment before it: restoring that undoes this. `changed`: it read otherwise until now. */
  'document.restore': { readonly changed: boolean; readonly before: Instant };
  'evidence.attach': { readonly sha256: Sha256Hex; readonly bytes: number };
  'room.export': { readonly name: string; readonly mime: string; readonly text: string };
  'room.verify': VerifyReport;
  'workspace.change': { readonly done: true };
  'people.invite': {
    readonly url: string | null;
    readonly token: string;
    readonly operatorId: OperatorId;
    readonly role: Role;
  };
  'people.revoke': { readonly done: true };
  'mentions.import': ImportReport;
  'access.link': { readonly url: string | null };
  /** `qr` is an SVG document of the link; `addresses` are those at which the other machine looks for this one. */
  'hosts.enrol': {
    readonly addresses: readonly string[];
    readonly link: string;
    readonly code: string;
    readonly qr: string;
    readonly expiresAt: Instant;
    readonly operatorId: OperatorId | null;
  };
  'hosts.join': { readonly session: SessionView };
  'hosts.retire': { readonly done: true };
  'bundle.export': { readonly name: string; readonly text: string };
  /** `isWhole` is false when it was broken off: too much of it was wrong, or the disk refused. */
  'bundle.import': { readonly events: number; readonly batches: number; readonly isWhole: boolean };
  'share.open': { readonly url: string };
  'share.close': { readonly done: true };
  'yjs.send': { readonly done: true };
}

/** Every topic's parameters. The first payload is the whole view; a room sends what is new after that. */
export const topicParams = {
  session: nothing,
  workspace: nothing,
  rooms: nothing,
  watch: nothing,
  /** One watch query closely, pushed again as it changes. */
  storm: z.strictObject({ watchQueryId: WatchQueryId, hours: z.literal([1, 6, 24, 168, 504]) }),
  host: nothing,
  replica: nothing,
  /** `present`: this window is in the room, which is recorded. Looking at its alarm or its replay is not. */
  room: z.strictObject({ roomId: RoomId, present: z.boolean().optional() }),
  /** What happened to a document's text that whoever has it open must know; pushed again as it changes. */
  'document.notices': z.strictObject({ document: z.string().max(200) }),
  /** The desktop's way to a Yjs document: pushes `YjsPush`; frames go the other way by `yjs.send`. */
  yjs: z.strictObject({ document: z.string().max(200), channel: z.string().min(8).max(64) }),
} as const;

export type TopicName = keyof typeof topicParams;
export type TopicParams<Name extends TopicName> = z.infer<(typeof topicParams)[Name]>;

export type YjsPush =
  | { readonly kind: 'open' }
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string };

export interface TopicPayloads {
  session: SessionView;
  workspace: WorkspaceView;
  rooms: readonly RoomSummary[];
  watch: WatchView;
  storm: StormDetailView;
  host: HostView;
  replica: ReplicaView;
  room: RoomFeed;
  'document.notices': DocumentNotices;
  yjs: YjsPush;
}
