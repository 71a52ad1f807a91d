import type { DeviceId, OperatorId } from '../../shared/base/ids.ts';
import { type Role, roleLabel } from '../../shared/domain/roster/roles.ts';
import { operatorOf, WorkspaceEvent } from '../../shared/domain/workspace/workspace.ts';
import type { Caller, Clock, SyncPeer } from '../commands/ports.ts';
import type { Authorisation } from '../host/sync/upgrade.ts';
import type { Access } from '../identity/access.ts';
import type { DocumentTokens } from '../identity/document-token.ts';
import type { LocalOperator } from '../identity/local-operator.ts';
import { documentStoreOf, mayWrite } from './documents.ts';
import type { WorkspaceHost } from './workspace-host.ts';

/** All windows of this machine are one session: they act as the same person. */
export const DESKTOP_SESSION = 'desktop';

/** Whoever holds a token: who they are, what they write from, and the session whose end is theirs, if they need one. */
interface Holder {
  readonly operatorId: OperatorId | null;
  readonly deviceId: DeviceId;
  readonly sessionId: string | null;
}

/** Who somebody is at this moment, by the door they come through. Nothing here is remembered from an earlier answer. */
export interface Callers {
  /** The caller as they are now: a session may have come to speak for somebody else since it began. */
  present(caller: Caller): Caller;
  /** The window's own person, or nobody: it never becomes a colleague because its own person was revoked. */
  localOperator(): OperatorId | null;
  actLocallyAs(operatorId: OperatorId | null): void;
  /** Somebody at a document in a window of this machine, which is this host's own device; null when nobody here. */
  desktopPeer(operatorId: OperatorId, document: string): SyncPeer | null;
  /** Who may open a document with this token: an operator's durable one, or a short-lived one for just this document. */
  authorise(token: string | null, document: string): Authorisation;
}

export function createCallers(deps: {
  founded(): WorkspaceHost | null;
  /** While it is true nobody writes, whoever they are. */
  readOnly(): boolean;
  /** This host's own. */
  readonly deviceId: DeviceId;
  readonly access: Access;
  readonly documentTokens: DocumentTokens;
  readonly localPerson: LocalOperator;
  readonly clock: Clock;
}): Callers {
  const { founded, access, documentTokens, localPerson, clock } = deps;
  let actingLocallyAs: OperatorId | null = null;

  function localOperator(): OperatorId | null {
    const host = founded();
    if (!host) return null;
    const { state } = host.workspace;
    const acting = state.demo && actingLocallyAs ? operatorOf(state, actingLocallyAs) : undefined;
    if (acting && !acting.revoked) return acting.operatorId;
    const named = localPerson.read() ?? founderOf(host);
    const person = named === null || named === 'unreadable' ? undefined : operatorOf(state, named);
    return person && !person.revoked ? person.operatorId : null;
  }

  /** What this person may do with a document, from where they are; null when they are nobody here. */
  function peerFor({ operatorId, deviceId, sessionId }: Holder, document: string): SyncPeer | null {
    const host = founded();
    const operator = host && operatorId && operatorOf(host.workspace.state, operatorId);
    if (!host || !operator || operator.revoked) return null;
    const { name, roles } = operator;
    const writable = !deps.readOnly() && mayWrite(host, operator.operatorId, document);
    return { operatorId: operator.operatorId, deviceId, name, role: roleFor(roles), mayWrite: writable, sessionId };
  }

  function holderOf(token: string, document: string): Holder | null {
    const claims = documentTokens.check(token, document, clock.now());
    if (!claims) {
      const holder = access.operatorOfToken(token);
      return holder && { ...holder, sessionId: null };
    }
    // It speaks for its session, and so for the device of that, for as long as both are the same person's.
    const session = access.sessionById(claims.sessionId);
    return session?.operatorId === claims.operatorId ? session : null;
  }

  return {
    localOperator,
    desktopPeer: (operatorId, document) =>
      peerFor({ operatorId, deviceId: deps.deviceId, sessionId: DESKTOP_SESSION }, document),
    actLocallyAs: (operatorId) => void (actingLocallyAs = operatorId),
    present(caller) {
      if (caller.door === 'local') return { ...caller, operatorId: founded()?.owner() ?? null };
      if (caller.door === 'desktop') return { ...caller, operatorId: localOperator() };
      return { ...caller, operatorId: access.sessionById(caller.sessionId)?.operatorId ?? null };
    },
    authorise(token, document) {
      const host = founded();
      const holder = token === null ? null : holderOf(token, document);
      const peer = holder && peerFor(holder, document);
      if (!host || !peer) return { type: 'BadToken' };
      return documentStoreOf(host, document) ? { type: 'Authorised', peer } : { type: 'NoSuchDocument' };
    },
  };
}

/** What somebody is to the others in a text: whoever administers mostly does something else, too, and is known for that. */
function roleFor(roles: readonly Role[]): string {
  const role = roles.find((one) => one !== 'administrator') ?? roles[0];
  return role ? roleLabel(role) : 'No role';
}

/** Whoever set the workspace up: its genesis names the first administrator. */
function founderOf(founded: WorkspaceHost): OperatorId | null {
  const [genesis] = founded.workspace.events();
  const parsed = genesis && WorkspaceEvent.safeParse({ ...genesis.body, type: genesis.envelope.type });
  return parsed?.data?.type === 'WorkspaceCreated' ? parsed.data.administrator.operatorId : null;
}
