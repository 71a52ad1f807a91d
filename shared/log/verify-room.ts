import { canonicalJson } from '../base/canonical.ts';
import type { OperatorId, PublicKeyHex, RoomId, Sha256Hex } from '../base/ids.ts';
import { deadlineOf } from '../domain/incident/incident.ts';
import type { Recorded } from '../domain/roster/actor.ts';
import type { Role } from '../domain/roster/roles.ts';
import { actorOfKey, operatorOf, type WorkspaceState } from '../domain/workspace/workspace.ts';
import { type AnyRoomEvent, roomEventOf, type RoomState } from '../domain/room/room.ts';
import type { Refusal } from '../domain/refusal/refusal.ts';
import type { StoredEvent } from './envelope.ts';
import { type ExportBroken, readExport, type RoomExport } from './export-jsonl.ts';
import { createRoomHistory } from './room-history.ts';
import type { SignatureVerifier } from './signing.ts';
import { createWorkspaceHistory, type WorkspaceHistory } from './workspace-history.ts';
import type { WorkspaceVoid } from './workspace-judgement.ts';

/** What a stranger can find out from an export alone, trusting nobody. */
export interface VerifyReport {
  readonly ok: boolean;
  /** Where it broke and why, when it did. Lines count from 1. */
  readonly failure: { readonly line: number; readonly reason: VerifyFault } | null;
  readonly room: RoomId | null;
  readonly title: string | null;
  /** One person may have acted as everybody. */
  readonly demo: boolean;
  readonly organisation: string | null;
  readonly fingerprint: Sha256Hex | null;
  /** True only when the fingerprint that was asked for is this workspace's. */
  readonly trusted: boolean;
  readonly events: number;
  readonly digest: Sha256Hex | null;
  /** The host that made the export: it could have left out what came last. */
  readonly exportedBy: { readonly key: PublicKeyHex; readonly name: string } | null;
  readonly authors: readonly VerifiedAuthor[];
  readonly voids: readonly VoidEvent[];
  readonly publications: readonly VerifiedPublication[];
}

export type VerifyFault =
  | ExportBroken['reason']
  | 'GenesisVoid'
  | 'ManifestByStranger'
  | 'OtherWorkspace'
  | 'DemoMarkDiffers'
  | 'ChainNotPlanned';

export interface VerifiedAuthor {
  readonly key: PublicKeyHex;
  readonly operatorId: OperatorId | null;
  readonly name: string;
  readonly roles: readonly Role[];
  /** Who keeps the key: with `host`, the host could have signed in that person's name. */
  readonly custody: 'host' | 'device' | 'unknown';
  readonly events: number;
}

/** Kept, signed, and without effect. */
export interface VoidEvent {
  readonly line: number;
  readonly hash: Sha256Hex;
  readonly type: string;
  readonly reason: Refusal | { readonly type: WorkspaceVoid };
}

export interface VerifiedPublication {
  readonly channelId: string;
  readonly hash: Sha256Hex;
  readonly phase: 'started' | 'in-doubt' | 'confirmed' | 'failed';
  readonly address: string | null;
  /** The names behind the approvals it was pinned to, in the order of the steps. */
  readonly approvals: readonly string[];
  /** After the deadline when positive; null while nothing is confirmed. */
  readonly lateByMs: number | null;
}

/**
 * Verifies a JSON Lines export from its bytes: canonical form, chains, signatures, order, the roster each event relied
 * on, and that the fold grants every effect. `trust` is a genesis fingerprint one has from elsewhere: only against it
 * does a name mean a person.
 */
export function verifyRoom(
  data: string | Uint8Array,
  deps: { readonly verifier: SignatureVerifier; readonly trust?: string },
): VerifyReport {
  const read = readExport(data, deps.verifier);
  return read.ok ? judgeRoom(read.value, deps.trust) : broken(read.error.line, read.error.reason);
}

/** A room that was read and whose chains hold, wherever it came from. */
export type ReadRoom = Pick<RoomExport, 'workspaceEvents' | 'roomEvents'> & {
  readonly manifest: Pick<RoomExport['manifest'], 'room' | 'workspace' | 'by' | 'sha256'>;
};

/** Folds a room that was read, and says what it grants and to whom. */
export function judgeRoom(read: ReadRoom, trust?: string): VerifyReport {
  const { workspaceEvents, roomEvents, manifest } = read;
  const history = createWorkspaceHistory(workspaceEvents);
  const { events: recorded, state, voids, reliedOn } = createRoomHistory(history, roomEvents);
  const report: VerifyReport = {
    ok: true,
    failure: null,
    room: manifest.room,
    title: titleOf(state),
    demo: history.state.demo,
    organisation: history.state.organisation,
    fingerprint: manifest.workspace,
    trusted: trust !== undefined && trust === manifest.workspace,
    events: workspaceEvents.length + roomEvents.length,
    digest: manifest.sha256,
    exportedBy: { key: manifest.by, name: hostNameOf(history, manifest.by) },
    authors: authorsOf(read, history),
    voids: [...workspaceVoids(read, history), ...roomVoids(read, voids)],
    publications: publicationsOf(state, recorded),
  };
  const stateFor = (stored: StoredEvent) => history.stateAt(reliedOn(stored.hash));
  const fault = faultOf(read, { history, state, stateFor }, trust);
  return fault ? { ...report, ok: false, failure: fault } : report;
}

function hostNameOf({ state }: WorkspaceHistory, key: PublicKeyHex): string {
  const bound = Object.hasOwn(state.keys, key) ? state.keys[key] : undefined;
  return (bound && state.hosts[bound.host]?.name) ?? 'unknown';
}

/** What the bytes allow and the meaning does not. */
function faultOf(
  { workspaceEvents, roomEvents, manifest }: ReadRoom,
  { history, state, stateFor }: Judged,
  trust: string | undefined,
): VerifyReport['failure'] {
  const lastLine = workspaceEvents.length + roomEvents.length + 1;
  if (history.state.organisation === '') return { line: 1, reason: 'GenesisVoid' };
  // Only hosts make exports; which one is said, because whoever has it could leave out what came last.
  if (actorOfKey(history.state, manifest.by).kind !== 'host') return { line: lastLine, reason: 'ManifestByStranger' };
  if (trust !== undefined && trust !== manifest.workspace) return { line: 1, reason: 'OtherWorkspace' };
  if (state.incident.phase !== 'undeclared' && state.incident.demo !== history.state.demo)
    return { line: workspaceEvents.length + 1, reason: 'DemoMarkDiffers' };
  return chainFault(workspaceEvents.length, roomEvents, stateFor);
}

interface Judged {
  readonly history: WorkspaceHistory;
  readonly state: RoomState;
  /** The workspace as the author of a room's event knew it. */
  stateFor(stored: StoredEvent): WorkspaceState;
}

/** The steps that a declaration froze must be those of a playbook as it was when the declaration was signed. */
function chainFault(
  before: number,
  roomEvents: readonly StoredEvent[],
  stateFor: Judged['stateFor'],
): VerifyReport['failure'] {
  for (const stored of roomEvents) {
    const { playbooks } = stateFor(stored);
    const event = stored.body === null ? null : roomEventOf(stored.envelope.type, stored.body);
    if (event?.type !== 'IncidentDeclared') continue;
    const playbook = playbooks.find(({ playbookId }) => playbookId === event.playbookId);
    const declared = event.chain.map(({ stepId, name, role, certifies }) => ({ stepId, name, role, certifies }));
    if (!playbook || canonicalJson(playbook.chain) !== canonicalJson(declared))
      return { line: before + stored.index + 1, reason: 'ChainNotPlanned' };
  }
  return null;
}

function broken(line: number, reason: VerifyFault): VerifyReport {
  return {
    ok: false,
    failure: { line, reason },
    room: null,
    title: null,
    demo: false,
    organisation: null,
    fingerprint: null,
    trusted: false,
    events: 0,
    digest: null,
    exportedBy: null,
    authors: [],
    voids: [],
    publications: [],
  };
}

function titleOf({ alarm, incident }: RoomState): string | null {
  if (incident.phase !== 'undeclared') return incident.title;
  return alarm.phase === 'none' ? null : alarm.what;
}

function authorsOf({ workspaceEvents, roomEvents }: ReadRoom, { state }: WorkspaceHistory): VerifyReport['authors'] {
  const counts = new Map<PublicKeyHex, number>();
  for (const { envelope } of [...workspaceEvents, ...roomEvents])
    counts.set(envelope.author, (counts.get(envelope.author) ?? 0) + 1);
  return [...counts].map(([key, events]) => {
    const bound = Object.hasOwn(state.keys, key) ? state.keys[key] : undefined;
    if (!bound) return { key, operatorId: null, name: 'unknown', roles: [], custody: 'unknown', events };
    const operator = bound.operatorId && operatorOf(state, bound.operatorId);
    const { custody, operatorId } = bound;
    return {
      key,
      operatorId,
      name: operator ? operator.name : 'the host',
      roles: operator ? operator.roles : [],
      custody,
      events,
    };
  });
}

function workspaceVoids({ workspaceEvents }: ReadRoom, history: WorkspaceHistory): readonly VoidEvent[] {
  return workspaceEvents.flatMap(({ hash, envelope, index }) => {
    const type = history.voids.get(hash);
    return type ? [{ line: index + 1, hash, type: envelope.type, reason: { type } }] : [];
  });
}

function roomVoids(
  { workspaceEvents, roomEvents }: ReadRoom,
  voids: ReadonlyMap<Sha256Hex, Refusal>,
): readonly VoidEvent[] {
  return roomEvents.flatMap(({ hash, index, envelope: { type } }) => {
    const reason = voids.get(hash);
    return reason ? [{ line: workspaceEvents.length + index + 1, hash, type, reason }] : [];
  });
}

function publicationsOf(state: RoomState, recorded: readonly Recorded<AnyRoomEvent>[]): readonly VerifiedPublication[] {
  const deadline = state.incident.phase === 'undeclared' ? null : deadlineOf(state.incident);
  const names = new Map(recorded.map(({ hash, actor }) => [hash, actor.kind === 'operator' ? actor.name : actor.kind]));
  return Object.values(state.publications).map((publication) => {
    const { channelId, hash, phase, address, publishedAt } = publication;
    const approvals = publication.approvals.map((approval) => names.get(approval) ?? 'unknown');
    const lateByMs = publishedAt === null || deadline === null ? null : publishedAt - deadline;
    return { channelId, hash, phase, address, approvals, lateByMs };
  });
}
