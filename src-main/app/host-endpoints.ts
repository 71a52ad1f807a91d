import { createHash } from 'node:crypto';
import { instant, type OperatorId, type PublicKeyHex, type Sha256Hex } from '../../shared/base/ids.ts';
import { err, ok } from '../../shared/base/result.ts';
import { type Act, mayDo } from '../../shared/domain/roster/roles.ts';
import {
  type BoundKey,
  operatorOf,
  type WorkspaceEvent,
  type WorkspaceState,
} from '../../shared/domain/workspace/workspace.ts';
import { parseDocumentName } from '../../shared/protocol/document-names.ts';
import { EVIDENCE_MAX_BYTES, type WorkspaceChange } from '../../shared/protocol/endpoints.ts';
import { type HostEndpoints, notFounded, operatorIdOf, refusalToAct, signedOut } from '../commands/endpoints.ts';
import { foundingOf, personEvents } from '../commands/founding.ts';
import type { Caller } from '../commands/ports.ts';
import { roomSummaries, sessionView } from '../commands/views.ts';
import { keyElsewhere, wireError } from '../commands/wire-errors.ts';
import {
  actOfChange,
  type ChangeContext,
  isLastAdministrator,
  lastAdministrator,
  planWorkspaceChange,
} from '../commands/workspace-changes.ts';
import { createBundleEndpoints } from './bundle-endpoints.ts';
import { documentStoreOf } from './documents.ts';
import { newPersonId, ownHostOf, type Reachable } from './enrolment.ts';
import { exportRoom } from './export-room.ts';
import type { HostContext } from './host-context.ts';
import { importMentions } from './import-mentions.ts';
import { cutsOf } from './renew-keys.ts';
import { createRestoreDocument } from './restore-document.ts';
import { verifyExport } from './verify-file.ts';
import { createWatchEndpoints } from './watch-endpoints.ts';
import type { WorkspaceHost } from './workspace-host.ts';

const DOCUMENT_TOKEN_MS = 60_000;
/** All windows of this machine are one session: they act as the same person. */
export const DESKTOP_SESSION = 'desktop';

/** The endpoints that are about a whole host: sessions, set-up, people, documents, exports. */
export function createHostEndpoints(host: HostContext): HostEndpoints {
  const now = () => host.clock.now();
  /** An invite is on its way to the host that issued it: the folder is not to be set up otherwise meanwhile. */
  let isJoining = false;

  function session(caller: Caller) {
    const about = { stage: host.stage(), version: host.version, now: now() };
    return sessionView(caller, host.founded()?.workspace ?? null, about);
  }

  /** Whoever may do this to the organisation, with the key that signs it. */
  function allowedTo(caller: Caller, act: Act) {
    const founded = host.founded();
    const refusal = refusalToAct(founded, caller, act);
    if (refusal || !founded || !caller.operatorId) return err(refusal ?? notFounded);
    const { operatorId } = caller;
    if (!host.keyRing.holds(operatorId)) return err(caller.door === 'local' ? noAdministratorsKey : keyElsewhere);
    return ok({ founded, operatorId, signer: host.keyRing.operator(operatorId) });
  }

  function asAdministrator(caller: Caller) {
    return allowedTo(caller, 'administer');
  }

  function becomes(caller: Caller, operatorId: OperatorId): void {
    if (caller.door === 'browser') host.access.actAs(caller.sessionId, operatorId);
    else host.actLocallyAs(operatorId);
    // A text that is open was opened in the earlier name, and would go on to be written in it.
    host.sync.disconnectSession(caller.door === 'browser' ? caller.sessionId : DESKTOP_SESSION, 'acts-as');
    host.sessionChanged.emit(caller.door === 'browser' ? caller.sessionId : null);
  }

  /** Roles changed: what is open is judged anew. */
  return {
    ...createWatchEndpoints(host),
    'session.get': (caller) => ok(session(caller)),
    'session.actAs': (caller, { operatorId }) => {
      const founded = host.founded();
      if (!founded) return err(notFounded);
      if (operatorIdOf(founded, caller) === null) return err(signedOut);
      if (!founded.workspace.state.demo)
        return err(wireError('DemoOnly', 'Only in a demo may one person act as another. Sign in as yourself.'));
      const operator = operatorOf(founded.workspace.state, operatorId);
      if (!operator || operator.revoked) return err(wireError('NoSuchPerson', 'There is no such person here.'));
      becomes(caller, operatorId);
      return ok(session({ ...caller, operatorId }));
    },
    'setup.createWorkspace': (caller, input) => {
      if (host.stage() !== 'founding') return err(alreadyFounded);
      if (isJoining) return err(joinUnderWay);
      if (!input.people[0]) return err(wireError('NobodyThere', 'Name at least yourself.'));
      const missing = input.chain.find((role) => !input.people.some((person) => person.roles.includes(role)));
      if (missing)
        return err(
          wireError('StepUnstaffed', `The sign-off needs "${missing}", and nobody has that role. Give it to somebody.`),
        );
      if (!mayTakeSession(caller)) return err(sessionTaken);
      const founding = foundingOf(input);
      const { recoveryKey } = host.found(founding);
      if (!takeSession(caller, founding.people[0].operatorId)) return err(sessionTaken);
      return ok({ session: session({ ...caller, operatorId: founding.people[0].operatorId }), recoveryKey });
    },
    'demo.start': (caller, { speed }) => {
      if (host.stage() === 'founding') {
        if (isJoining) return err(joinUnderWay);
        if (!mayTakeSession(caller)) return err(sessionTaken);
        host.startDemo(speed);
      }
      const founded = host.founded();
      if (!founded?.workspace.state.demo) return err(alreadyFounded);
      if (caller.operatorId !== null && operatorIdOf(founded, caller) !== null) return ok({ session: session(caller) });
      const owner = founded.owner();
      if (owner && !takeSession(caller, owner)) return err(sessionTaken);
      return ok({ session: session({ ...caller, operatorId: owner }) });
    },
    'demo.setSpeed': (caller, { speed }) => {
      const demo = host.demo();
      const founded = host.founded();
      if (!demo || !founded) return err(notADemo);
      if (operatorIdOf(founded, caller) === null) return err(signedOut);
      demo.setSpeed(speed);
      host.hostChanged.emit();
      return ok({ speed });
    },
    'demo.leave': (caller) => {
      const founded = host.founded();
      if (!founded?.workspace.state.demo) return err(notADemo);
      if (operatorIdOf(founded, caller) === null) return err(signedOut);
      host.leaveDemo(caller.door === 'browser' ? caller.sessionId : null);
      return ok({ session: session({ ...caller, operatorId: null }) });
    },
    'rooms.list': (caller) => {
      const founded = host.founded();
      if (!founded) return ok([]);
      const refusal = refusalToAct(founded, caller, 'read');
      if (refusal) return err(refusal);
      return ok(roomSummaries(founded.warRoom.rooms.values(), founded.workspace.state.demo, now()));
    },
    'document.token': (caller, { document }) => {
      const founded = host.founded();
      const operatorId = founded && operatorIdOf(founded, caller);
      if (!founded || operatorId === null) return err(founded ? signedOut : notFounded);
      if (!documentStoreOf(founded, document)) return err(noSuchDocument);
      const expiresAt = instant(now() + DOCUMENT_TOKEN_MS);
      const token = host.documentTokens.issue({ document, operatorId, sessionId: caller.sessionId, expiresAt });
      return ok({ token, expiresAt });
    },
    'document.history': (caller, { document }) => {
      const founded = host.founded();
      const refusal = refusalToAct(founded, caller, 'read');
      if (refusal || !founded) return err(refusal ?? notFounded);
      const store = documentStoreOf(founded, document);
      if (!store) return err(noSuchDocument);
      const updates = store
        .history(document)
        .map(({ at, operatorId, data }) => ({ at, operatorId, data: Buffer.from(data).toString('base64') }));
      return ok({ updates });
    },
    'document.restore': createRestoreDocument({ ...host, mayWrite }),
    'evidence.attach': (caller, { roomId, name, mime, data }) => {
      const founded = host.founded();
      const refusal = refusalToAct(founded, caller, 'keep-log');
      if (refusal || !founded) return err(refusal ?? notFounded);
      const book = founded.warRoom.rooms.get(roomId);
      if (!book) return err(noSuchRoom);
      const bytes = Buffer.from(data, 'base64');
      if (bytes.length === 0 || bytes.length > EVIDENCE_MAX_BYTES)
        return err(wireError('EvidenceSize', 'A capture has between one byte and 4 MB. Choose a smaller one.'));
      const sha256 = createHash('sha256').update(bytes).digest('hex') as Sha256Hex;
      book.file.evidence.put({ sha256, name, mime, bytes });
      return ok({ sha256, bytes: bytes.length });
    },
    'room.export': (caller, { roomId, format }) => {
      const founded = host.founded();
      const refusal = refusalToAct(founded, caller, 'read');
      if (refusal || !founded) return err(refusal ?? notFounded);
      const book = founded.warRoom.rooms.get(roomId);
      return book ? ok(exportRoom(book, format, { signer: host.keyRing.host(), now: now() })) : err(noSuchRoom);
    },
    'room.verify': (caller, { roomId }) => {
      const founded = host.founded();
      const refusal = refusalToAct(founded, caller, 'read');
      if (refusal || !founded) return err(refusal ?? notFounded);
      const book = founded.warRoom.rooms.get(roomId);
      if (!book) return err(noSuchRoom);
      const { text } = exportRoom(book, 'jsonl', { signer: host.keyRing.host(), now: now() });
      return ok(verifyExport(text));
    },
    'workspace.change': (caller, { change }) => {
      const allowed = allowedTo(caller, actOfChange(change));
      if (!allowed.ok) return allowed;
      const { founded, signer } = allowed.value;
      const { state } = founded.workspace;
      if (readsOtherFile(change, state) && caller.door === 'browser') return err(fileFeedNotHere);
      const planned = planWorkspaceChange(change, state, changeContext(founded));
      if (!planned.ok) return planned;
      founded.workspace.record(signer, planned.value);
      if (change.type === 'removeFeed') founded.forgetSecret(change.feedId);
      host.sessionChanged.emit(null);
      return ok({ done: true });
    },
    'people.invite': (caller, { name, role }) => {
      const allowed = asAdministrator(caller);
      if (!allowed.ok) return allowed;
      const { founded, signer } = allowed.value;
      const { state } = founded.workspace;
      const known = Object.values(state.operators).find((one) => one.name === name && !one.revoked);
      const { newIdFor, newKeyOf, host: hostId } = changeContext(founded);
      const operatorId = known?.operatorId ?? newIdFor(name);
      const facts: readonly WorkspaceEvent[] = known
        ? [
            ...keyKeptHere(founded, operatorId),
            ...(known.roles.includes(role) ? [] : [{ type: 'RoleGranted', operatorId, role } as const]),
          ]
        : personEvents({ operatorId, name, roles: [role] }, newKeyOf(operatorId), { host: hostId });
      if (facts.length > 0) {
        founded.workspace.record(signer, facts);
        host.sessionChanged.emit(null);
      }
      const token = host.access.issueToken(operatorId);
      const url = host.sharing.url();
      return ok({ url: url === null ? null : `${url}/#token=${token}`, token, operatorId, role });
    },
    'people.revoke': (caller, { operatorId }) => {
      const allowed = asAdministrator(caller);
      if (!allowed.ok) return allowed;
      const { founded, signer } = allowed.value;
      const { state } = founded.workspace;
      const operator = operatorOf(state, operatorId);
      if (!operator) return err(wireError('NoSuchPerson', 'There is no such person here.'));
      if (!operator.revoked) {
        if (isLastAdministrator(state, operatorId)) return err(lastAdministrator);
        const isOwn = caller.operatorId === operatorId;
        if (isOwn && caller.door !== 'local') return err(ownAccess);
        // Whoever owns the folder speaks for its administrators, and nobody's events count beyond their own revocation.
        const another = isOwn ? anotherAdministrator(state, operatorId, (id) => host.keyRing.holds(id)) : null;
        if (isOwn && another === null) return err(ownAccess);
        const machines = desktopsOf(state, operatorId);
        founded.workspace.record(another ? host.keyRing.operator(another) : signer, [
          { type: 'OperatorRevoked', operatorId },
          ...retiring(
            founded,
            'access revoked',
            (bound) => bound.operatorId === operatorId || machines.has(bound.host),
          ),
        ]);
      }
      host.cutAccess(operatorId);
      return ok({ done: true });
    },
    'hosts.enrol': (caller, wish) => {
      const allowed = asAdministrator(caller);
      if (!allowed.ok) return allowed;
      return host.enrolment.issue(allowed.value.operatorId, wish, reachable());
    },
    'hosts.join': async (caller, { link }) => {
      if (host.stage() !== 'founding') return err(alreadyFounded);
      if (!mayTakeSession(caller)) return err(sessionTaken);
      if (isJoining) return err(joinUnderWay);
      isJoining = true;
      const joined = await host.join(link).finally(() => (isJoining = false));
      if (!joined.ok) return joined;
      const { operatorId } = joined.value;
      if (operatorId && !takeSession(caller, operatorId)) return err(sessionTaken);
      return ok({ session: session({ ...caller, operatorId }) });
    },
    'hosts.retire': (caller, { hostId, reason }) => {
      const allowed = asAdministrator(caller);
      if (!allowed.ok) return allowed;
      const { founded, signer } = allowed.value;
      const { state } = founded.workspace;
      if (!Object.hasOwn(state.hosts, hostId)) return err(noSuchHost);
      if (ownHostOf(state, host.keyRing)?.hostId === hostId) return err(ownHostKept);
      const facts = retiring(founded, reason, (bound) => bound.host === hostId);
      if (facts.length > 0) founded.workspace.record(signer, facts);
      host.sessionChanged.emit(null);
      return ok({ done: true });
    },
    ...createBundleEndpoints(host),
    'mentions.import': (caller, input) => {
      const founded = host.founded();
      if (!founded) return err(notFounded);
      if (caller.door !== 'local')
        return err(wireError('LocalOnly', 'Importing reads a file of this machine: use the command line here.'));
      return importMentions(founded, input, host);
    },
    'access.link': (caller) => {
      if (caller.door !== 'local')
        return err(wireError('LocalOnly', 'Only whoever owns the data folder gets this link.'));
      const url = host.sharing.url();
      if (url === null) return ok({ url: null });
      return ok({ url: `${url}/#token=${host.access.issueToken(caller.operatorId)}` });
    },
    'share.open': async (caller) => {
      const allowed = asAdministrator(caller);
      if (!allowed.ok) return allowed;
      const url = await host.sharing.open();
      host.hostChanged.emit();
      return ok({ url });
    },
    'share.close': async (caller) => {
      const allowed = asAdministrator(caller);
      if (!allowed.ok) return allowed;
      await host.sharing.close();
      host.hostChanged.emit();
      return ok({ done: true });
    },
    'yjs.send': () => err(wireError('DesktopOnly', 'A browser opens the document by its own address.')),
  };

  /** Where this host is reached by other machines; null while it is reached by nobody. */
  function reachable(): Reachable | null {
    const url = host.sharing.url();
    if (url === null) return null;
    const urls = host.sharing.addresses?.() ?? [new URL(url).origin];
    return { urls, certificate: host.sharing.certificate?.() ?? null };
  }

  function changeContext(founded: WorkspaceHost): ChangeContext {
    const { state } = founded.workspace;
    const self = ownHostOf(state, host.keyRing);
    return {
      newIdFor: (name) => newPersonId(name, state, host.keyRing),
      newKeyOf: (operatorId) => host.keyRing.newKeyOf(operatorId),
      host: self === null || self.isFounder ? undefined : self.hostId,
      holdsEvent(log, hash) {
        if (log === 'workspace') return founded.workspace.events().some((event) => event.hash === hash);
        return (founded.warRoom.rooms.get(log)?.file.log.find(hash) ?? null) !== null;
      },
    };
  }

  /** A key in force for somebody who comes in at this host: their other keys are on other machines, or retired. */
  function keyKeptHere(founded: WorkspaceHost, operatorId: OperatorId): readonly WorkspaceEvent[] {
    const { keys } = founded.workspace.state;
    if (host.keyRing.holds(operatorId)) {
      const held = host.keyRing.operator(operatorId).publicKey;
      if (Object.hasOwn(keys, held) && keys[held]?.retired === false) return [];
    }
    const { host: hostId } = changeContext(founded);
    const key = host.keyRing.freshKeyOf(operatorId);
    return [{ type: 'KeyBound', key, operatorId, custody: 'host', ...(hostId && { host: hostId }) }];
  }

  /** Ends every key in force that fits, up to where it is known to have signed. */
  function retiring(
    founded: WorkspaceHost,
    reason: string,
    fits: (bound: BoundKey) => boolean,
  ): readonly WorkspaceEvent[] {
    const logs = logsOf(founded);
    const { keys, hosts } = founded.workspace.state;
    const ended = Object.entries(keys).filter(([, bound]) => !bound.retired && fits(bound));
    // With its last key goes a machine's restore key, or whoever has the machine could give themselves new ones.
    const hostIds = new Set(ended.map(([, bound]) => bound.host));
    const left = Object.entries(keys).filter(([key, bound]) => !bound.retired && !ended.some(([one]) => one === key));
    const gone = [...hostIds].filter((hostId) => !left.some(([, bound]) => bound.host === hostId));
    const restoring = gone.flatMap((hostId) => hosts[hostId]?.restoreKey ?? []);
    return [...ended.map(([key]) => key as PublicKeyHex), ...restoring].map((key) => ({
      type: 'KeyRetired',
      key,
      reason,
      cuts: cutsOf(key, logs, host.highWater),
    }));
  }

  /** Asked before anything is made: an organisation whose founder could not come in would be locked. */
  function mayTakeSession(caller: Caller): boolean {
    return caller.door !== 'browser' || host.access.sessionById(caller.sessionId)?.operatorId === null;
  }

  /** The first-run window was nobody's; from now on it is this person's. False when it is somebody else's. */
  function takeSession(caller: Caller, operatorId: OperatorId): boolean {
    if (caller.door !== 'browser') host.actLocallyAs(operatorId);
    else if (!host.access.bindOperator(caller.sessionId, operatorId)) return false;
    host.sessionChanged.emit(null);
    return true;
  }
}

/** The machines that are somebody's own: they go with their access, and with them every key that they keep. */
function desktopsOf({ hosts }: WorkspaceState, operatorId: OperatorId): ReadonlySet<PublicKeyHex> {
  return new Set(Object.values(hosts).flatMap((one) => (one.operatorId === operatorId ? [one.hostId] : [])));
}

/** Where a key stands in these now: nothing that it signs beyond counts, whatever time it claims. */
function logsOf(founded: WorkspaceHost) {
  const rooms = [...founded.warRoom.rooms.values()].map((book) => book.file.log);
  return [{ logId: 'workspace' as const, heads: () => founded.workspace.heads() }, ...rooms];
}

function anotherAdministrator(
  state: WorkspaceState,
  than: OperatorId,
  holds: (operatorId: OperatorId) => boolean,
): OperatorId | null {
  const inForce = Object.values(state.operators).filter((one) => !one.revoked && one.roles.includes('administrator'));
  return inForce.find((one) => one.operatorId !== than && holds(one.operatorId))?.operatorId ?? null;
}

/** Whether this person may write into texts now. */
export function mayWrite(founded: WorkspaceHost, operatorId: OperatorId, document: string): boolean {
  const operator = operatorOf(founded.workspace.state, operatorId);
  if (!operator || operator.revoked || !mayDo(operator.roles, 'edit-texts')) return false;
  const name = parseDocumentName(document);
  if (name?.type !== 'statement') return true;
  return founded.warRoom.rooms.get(name.roomId)?.state.incident.phase === 'open';
}

/** Whoever names a file of the host's machine reads it: that is for who sits at it. */
function readsOtherFile(change: WorkspaceChange, state: WorkspaceState): boolean {
  if (change.type !== 'saveFeed' || change.feed.kind !== 'file') return false;
  const { feedId, path } = change.feed;
  return !state.feeds.some((one) => one.kind === 'file' && one.feedId === feedId && one.path === path);
}

const fileFeedNotHere = wireError(
  'LocalOnly',
  "Which file of this machine is read is for whoever sits at it. Put the file into the data folder's feeds, or set it up in the desktop window.",
);
const alreadyFounded = wireError(
  'AlreadyFounded',
  'This data folder belongs to an organisation already. Use another with --data.',
);
const joinUnderWay = wireError(
  'JoinUnderWay',
  'This folder is just joining another host. Wait until that has worked, or has been refused.',
);
const sessionTaken = wireError(
  'SessionTaken',
  'This window is signed in for somebody of an earlier organisation. Open the access link of this host again.',
);
const ownAccess = wireError(
  'OwnAccess',
  'You cannot end your own access: it would stop halfway. Ask another administrator to do it.',
);
const noAdministratorsKey = wireError(
  'NoAdministratorsKey',
  "No administrator's key is kept on this machine, so nobody can be let in or shut out here. Do it where one is.",
);
const noSuchHost = wireError(
  'NoSuchHost',
  'There is no such machine in this workspace. Reload, and choose one of the list.',
);
const ownHostKept = wireError(
  'OwnHost',
  'This is that machine: it cannot shut itself out, because what it signs would no longer count. Do it from another.',
);
const notADemo = wireError('NotADemo', 'This is not a demo.');
const noSuchRoom = wireError('NoSuchRoom', 'There is no such room. It may be on another host.');
const noSuchDocument = wireError('NoSuchDocument', 'There is no such document.');
