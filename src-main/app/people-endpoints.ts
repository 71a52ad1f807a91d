import type { OperatorId } from '../../shared/base/ids.ts';
import { err, ok } from '../../shared/base/result.ts';
import {
  hostOfKey,
  operatorOf,
  type WorkspaceEvent,
  type WorkspaceState,
} from '../../shared/domain/workspace/workspace.ts';
import type { WorkspaceChange } from '../../shared/protocol/endpoints.ts';
import type { HostEndpoints } from '../commands/endpoints.ts';
import { personEvents } from '../commands/founding.ts';
import { wireError } from '../commands/wire-errors.ts';
import {
  actOfChange,
  type ChangeContext,
  isLastAdministrator,
  lastAdministrator,
  planWorkspaceChange,
} from '../commands/workspace-changes.ts';
import { allowedTo, asAdministrator } from './administrators.ts';
import { newPersonId } from './enrolment.ts';
import type { HostContext } from './host-context.ts';
import { desktopsOf, retireKeys } from './retire-keys.ts';
import type { WorkspaceHost } from './workspace-host.ts';

type PeopleEndpoints = Pick<HostEndpoints, 'workspace.change' | 'people.invite' | 'people.revoke'>;

/** The endpoints about the organisation: what is agreed in it, who comes in by a browser here, whose access ends. */
export function createPeopleEndpoints(host: HostContext): PeopleEndpoints {
  function changeContext(founded: WorkspaceHost): ChangeContext {
    const { state } = founded.workspace;
    const self = hostOfKey(state, host.keyRing.host().publicKey);
    return {
      newIdFor: (name) => newPersonId(name, state, host.keyRing),
      newKeyOf: (operatorId) => host.keyRing.newKeyOf(operatorId),
      host: self === null || self.isFounder ? undefined : self.hostId,
      typeOfEvent(log, hash) {
        const events =
          log === 'workspace' ? founded.workspace.events() : founded.warRoom.rooms.get(log)?.file.log.read();
        return events?.find((event) => event.hash === hash)?.envelope.type ?? null;
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

  return {
    'workspace.change': (caller, { change }) => {
      const allowed = allowedTo(host, caller, actOfChange(change));
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
      const allowed = asAdministrator(host, caller);
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
      const allowed = asAdministrator(host, caller);
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
          ...retireKeys(
            founded,
            host.highWater,
            'access revoked',
            (bound) => bound.operatorId === operatorId || machines.has(bound.host),
          ),
        ]);
      }
      host.cutAccess(operatorId);
      return ok({ done: true });
    },
  };
}

function anotherAdministrator(
  state: WorkspaceState,
  than: OperatorId,
  holds: (operatorId: OperatorId) => boolean,
): OperatorId | null {
  const inForce = Object.values(state.operators).filter((one) => !one.revoked && one.roles.includes('administrator'));
  return inForce.find((one) => one.operatorId !== than && holds(one.operatorId))?.operatorId ?? null;
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
const ownAccess = wireError(
  'OwnAccess',
  'You cannot end your own access: it would stop halfway. Ask another administrator to do it.',
);
