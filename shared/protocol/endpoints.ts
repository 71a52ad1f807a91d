import { z } from 'zod';
import { OperatorId, RoomId, WatchQueryId, type Instant, type Sha256Hex, type StatementId } from '../base/ids.ts';
import { Channel, Playbook } from '../domain/playbook/playbook.ts';
import { Role } from '../domain/roster/roles.ts';
import { RoomCommand } from './commands.ts';
import type { HistoryUpdate, HostView, RoomFeed, RoomSummary, SessionView, WatchView, WorkspaceView } from './views.ts';
import type { VerifyReport } from '../log/verify-room.ts';

const nothing = z.strictObject({});
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
    type: z.literal('addWatchQuery'),
    watchQueryId: WatchQueryId.nullable(),
    name: personName,
    terms: z.string().max(500),
  }),
  z.strictObject({ type: z.literal('saveChannel'), channel: Channel }),
  z.strictObject({ type: z.literal('savePlaybook'), playbook: Playbook }),
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
  'alarm.raise': z.strictObject({ what: z.string().trim().min(1).max(300), why: z.string().trim().max(1000) }),
  'room.command': z.strictObject({ roomId: RoomId, command: RoomCommand }),
  'rooms.list': nothing,
  'document.token': z.strictObject({ document: z.string().max(200) }),
  'document.history': z.strictObject({ document: z.string().max(200) }),
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
  'access.link': nothing,
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
  'room.command': CommandAccepted;
  'rooms.list': readonly RoomSummary[];
  'document.token': { readonly token: string; readonly expiresAt: Instant };
  'document.history': { readonly updates: readonly HistoryUpdate[] };
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
  host: nothing,
  /** `present`: this window is in the room, which is recorded. Looking at its alarm or its replay is not. */
  room: z.strictObject({ roomId: RoomId, present: z.boolean().optional() }),
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
  host: HostView;
  room: RoomFeed;
  yjs: YjsPush;
}
