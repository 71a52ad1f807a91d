import type { OperatorId } from '../../shared/base/ids.ts';
import { operatorOf, WorkspaceEvent } from '../../shared/domain/workspace/workspace.ts';
import type { Caller, Clock, SyncPeer } from '../commands/ports.ts';
import type { Authorisation } from '../host/sync/upgrade.ts';
import type { Access } from '../identity/access.ts';
import type { DocumentTokens } from '../identity/document-token.ts';
import type { LocalOperator } from '../identity/local-operator.ts';
import { documentStoreOf } from './documents.ts';
import { mayWrite } from './host-endpoints.ts';
import type { WorkspaceHost } from './workspace-host.ts';

/** Who somebody is at this moment, by the door they come through. Nothing here is remembered from an earlier answer. */
export interface Callers {
  /** The caller as they are now: a session may have come to speak for somebody else since it began. */
  present(caller: Caller): Caller;
  /** The window's own person, or nobody: it never becomes a colleague because its own person was revoked. */
  localOperator(): OperatorId | null;
  actLocallyAs(operatorId: OperatorId | null): void;
  /** What this person may do with a document; null when they are nobody here. */
  peerFor(operatorId: OperatorId, document: string, sessionId: string | null): SyncPeer | null;
  /** Who may open a document with this token: an operator's durable one, or a short-lived one for just this document. */
  authorise(token: string | null, document: string): Authorisation;
}

export function createCallers(deps: {
  founded(): WorkspaceHost | null;
  /** While it is true nobody writes, whoever they are. */
  readOnly(): boolean;
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

  function peerFor(operatorId: OperatorId, document: string, sessionId: string | null): SyncPeer | null {
    const host = founded();
    const operator = host && operatorOf(host.workspace.state, operatorId);
    if (!host || !operator || operator.revoked) return null;
    const writable = !deps.readOnly() && mayWrite(host, operatorId, document);
    return { operatorId, name: operator.name, mayWrite: writable, sessionId };
  }

  function holderOf(token: string, document: string) {
    const claims = documentTokens.check(token, document, clock.now());
    if (!claims) return { operatorId: access.operatorOfToken(token)?.operatorId ?? null, sessionId: null };
    const { operatorId, sessionId } = claims;
    return access.sessionById(sessionId)?.operatorId === operatorId ? { operatorId, sessionId } : null;
  }

  return {
    localOperator,
    peerFor,
    actLocallyAs: (operatorId) => void (actingLocallyAs = operatorId),
    present(caller) {
      if (caller.door === 'local') return { ...caller, operatorId: founded()?.owner() ?? null };
      if (caller.door === 'desktop') return { ...caller, operatorId: localOperator() };
      return { ...caller, operatorId: access.sessionById(caller.sessionId)?.operatorId ?? null };
    },
    authorise(token, document) {
      const host = founded();
      const holder = token === null ? null : holderOf(token, document);
      const peer = holder?.operatorId ? peerFor(holder.operatorId, document, holder.sessionId) : null;
      if (!host || !peer) return { type: 'BadToken' };
      return documentStoreOf(host, document) ? { type: 'Authorised', peer } : { type: 'NoSuchDocument' };
    },
  };
}

/** Whoever set the workspace up: its genesis names the first administrator. */
function founderOf(founded: WorkspaceHost): OperatorId | null {
  const [genesis] = founded.workspace.events();
  const parsed = genesis && WorkspaceEvent.safeParse({ ...genesis.body, type: genesis.envelope.type });
  return parsed?.data?.type === 'WorkspaceCreated' ? parsed.data.administrator.operatorId : null;
}
