import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sha256Hex } from '../../../../../shared/base/digest.ts';
import { OperatorId, PublicKeyHex } from '../../../../../shared/base/ids.ts';
import { mayDo, RIGHTS, Role, roleLabel } from '../../../../../shared/domain/roster/roles.ts';
import {
  actorOfKey,
  evolveWorkspace,
  initialWorkspace,
  isFounded,
  mayChangeWorkspace,
  WorkspaceEvent,
  type WorkspaceState,
} from '../../../../../shared/domain/workspace/workspace.ts';

const key = (name: string) => PublicKeyHex.parse(sha256Hex(name));
const id = (name: string) => OperatorId.parse(name);
const genesis = WorkspaceEvent.parse({
  type: 'WorkspaceCreated',
  organisation: 'Nordlicht Dairy',
  demo: false,
  administrator: { operatorId: 'ada', name: 'Ada' },
  hostKey: key('host'),
  recoveryKey: key('recovery'),
  restoreKey: key('restore'),
});
const added = (name: string): WorkspaceEvent => ({ type: 'OperatorAdded', operatorId: id(name), name });
const bound = (name: string, who: string | null, host?: string): WorkspaceEvent => ({
  type: 'KeyBound',
  key: key(name),
  operatorId: who === null ? null : id(who),
  custody: 'host',
  ...(host === undefined ? {} : { host: key(host) }),
});
/** A machine whose host key has its name, with a restore key and, if it is somebody's desktop, a device key. */
const enrolled = (name: string, who: string | null): WorkspaceEvent => ({
  type: 'HostEnrolled',
  inviteId: 'invite',
  name,
  hostKey: key(name),
  restoreKey: key(`${name}-restore`),
  desktop: who === null ? null : { operatorId: id(who), key: key(`${name}-device`) },
});
const reinstated = (who: string): WorkspaceEvent => ({ type: 'OperatorReinstated', operatorId: id(who) });
const reaffirmed: WorkspaceEvent = { type: 'EventReaffirmed', log: 'workspace', hash: sha256Hex('an event') };
const refusedInvite: WorkspaceEvent = { type: 'EnrolmentRefused', inviteId: null, why: 'unknown' };
const retired = (name: string): WorkspaceEvent => ({ type: 'KeyRetired', key: key(name), reason: 'Lost.', cuts: [] });
const granted = (who: string, role: Role): WorkspaceEvent => ({ type: 'RoleGranted', operatorId: id(who), role });
const withdrawn = (who: string, role: Role): WorkspaceEvent => ({ type: 'RoleWithdrawn', operatorId: id(who), role });
const revoked = (who: string): WorkspaceEvent => ({ type: 'OperatorRevoked', operatorId: id(who) });

/** Ada founds it; then whatever she does counts. */
function workspace(...events: WorkspaceEvent[]): WorkspaceState {
  return [genesis, ...events].reduce((state, event) => {
    expect(mayChangeWorkspace(state, key('ada'), event)).toBe(true);
    return evolveWorkspace(state, event, key('ada'));
  }, initialWorkspace);
}

const may = (state: WorkspaceState, name: string, event: WorkspaceEvent) => mayChangeWorkspace(state, key(name), event);

test('[ROS1] a workspace is founded once', () => {
  expect(isFounded(initialWorkspace)).toBe(false);
  expect(may(initialWorkspace, 'ada', added('bo'))).toBe(false);
  expect(may(initialWorkspace, 'ada', genesis)).toBe(true);
  const founded = workspace();
  expect(may(founded, 'ada', genesis)).toBe(false);
  expect(actorOfKey(founded, key('ada'))).toEqual({
    kind: 'operator',
    operatorId: 'ada',
    name: 'Ada',
    roles: ['administrator'],
  });
  expect(actorOfKey(founded, key('host'))).toEqual({ kind: 'host' });
  expect(actorOfKey(founded, key('recovery'))).toEqual({ kind: 'unknown' });
});

test('[ROS2] only administrators change it', () => {
  const state = workspace(added('bo'), bound('bo', 'bo'), granted('bo', 'incident-commander'));
  for (const event of [added('cy'), granted('bo', 'administrator'), revoked('ada'), bound('cy', 'bo')]) {
    expect(may(state, 'bo', event)).toBe(false);
    expect(may(state, 'host', event)).toBe(false);
    expect(may(state, 'nobody', event)).toBe(false);
  }
});

test('[ROS3] a restore key changes the keys of its own host and nothing else', () => {
  const state = workspace(added('bo'), enrolled('desk', 'bo'), enrolled('relay', null));
  for (const event of [bound('new', 'ada'), bound('new', null), retired('ada'), retired('host')])
    expect(may(state, 'restore', event)).toBe(true);
  const device = { ...bound('new', 'bo', 'desk'), custody: 'device' } as WorkspaceEvent;
  const ofDesk = [device, bound('new', null, 'desk'), retired('desk'), retired('desk-device')];
  for (const event of ofDesk) {
    expect(may(state, 'desk-restore', event)).toBe(true);
    for (const other of ['restore', 'relay-restore']) expect(may(state, other, event)).toBe(false);
  }
  const notOfDesk = [
    bound('new', 'ada', 'desk'), // it keeps no key of hers
    bound('new', 'bo', 'desk'), // it keeps his device's, and none for his browser
    bound('new', 'bo'), // the founder's host would
    bound('new', 'bo', 'relay'),
    retired('ada'),
    retired('host'),
    retired('relay'),
    retired('desk-restore'), // no key that speaks for anybody
    added('cy'),
    granted('bo', 'administrator'),
    revoked('bo'),
    reinstated('bo'),
    reaffirmed,
    enrolled('more', 'bo'),
    refusedInvite,
  ];
  for (const event of notOfDesk) expect(may(state, 'desk-restore', event), event.type).toBe(false);
});

test('[ROS3] the recovery key changes keys, and brings an administrator back', () => {
  const state = workspace(added('bo'), enrolled('desk', 'bo'), granted('bo', 'administrator'));
  const allowed = [
    bound('new', 'ada'),
    bound('new', 'bo', 'desk'),
    retired('ada'),
    retired('desk'),
    reinstated('bo'),
    granted('bo', 'administrator'),
    reaffirmed,
  ];
  for (const event of allowed) expect(may(state, 'recovery', event), event.type).toBe(true);
  const denied = [added('cy'), granted('ada', 'legal'), revoked('ada'), enrolled('more', null), refusedInvite, genesis];
  for (const event of denied) expect(may(state, 'recovery', event), event.type).toBe(false);
});

test('[ROS4] a key speaks for one person for ever', () => {
  const state = workspace(added('bo'), bound('bo', 'bo'), bound('bo', 'ada'), bound('host', 'bo'));
  expect(actorOfKey(state, key('bo'))).toMatchObject({ operatorId: 'bo' });
  expect(actorOfKey(state, key('host'))).toEqual({ kind: 'host' });
  const after = workspace(added('bo'), bound('bo', 'bo'), retired('bo'), bound('bo', 'bo'));
  expect(actorOfKey(after, key('bo'))).toEqual({ kind: 'unknown' });
});

test('[ROS5] a retired key and a revoked person speak for nobody', () => {
  const state = workspace(added('bo'), bound('bo', 'bo'), bound('bo-2', 'bo'), granted('bo', 'legal'), retired('bo'));
  expect(actorOfKey(state, key('bo'))).toEqual({ kind: 'unknown' });
  expect(actorOfKey(state, key('bo-2'))).toMatchObject({ operatorId: 'bo', roles: ['legal'] });
  const gone = evolveWorkspace(state, revoked('bo'), key('ada'));
  expect(actorOfKey(gone, key('bo-2'))).toEqual({ kind: 'unknown' });
  expect(gone.operators['bo']).toMatchObject({ revoked: true, name: 'bo' });
});

test('[ROS6] adding a person again changes nothing', () => {
  const state = workspace(added('bo'), granted('bo', 'legal'), granted('bo', 'legal'));
  expect(state.operators['bo']?.roles).toEqual(['legal']);
  expect(evolveWorkspace(state, { type: 'OperatorAdded', operatorId: id('bo'), name: 'Another' }, key('ada'))).toBe(
    state,
  );
});

test('[ROS7] what is unknown cannot gain or lose anything', () => {
  const state = workspace();
  const none = [
    revoked('constructor'),
    granted('zed', 'legal'),
    withdrawn('zed', 'legal'),
    retired('zed'),
    { type: 'DeputyAssigned', operatorId: id('zed'), deputyId: id('ada') } as const,
  ];
  for (const event of none) expect(evolveWorkspace(state, event, key('ada'))).toBe(state);
  expect(evolveWorkspace(state, withdrawn('ada', 'legal'), key('ada')).operators).toEqual(state.operators);
});

test('[ROS8] the last administrator stays', () => {
  const state = workspace(added('bo'));
  expect(may(state, 'ada', revoked('ada'))).toBe(false);
  expect(may(state, 'ada', withdrawn('ada', 'administrator'))).toBe(false);
  expect(may(state, 'ada', revoked('bo'))).toBe(true);
  expect(may(state, 'ada', withdrawn('ada', 'legal'))).toBe(true);
  const two = workspace(added('bo'), granted('bo', 'administrator'));
  expect(may(two, 'ada', revoked('ada'))).toBe(true);
  expect(may(evolveWorkspace(two, revoked('bo'), key('ada')), 'ada', revoked('ada'))).toBe(false);
});

test('[ROS9] the table in RULES.md is what the program judges by', () => {
  const rules = readFileSync(new URL('../../../../../shared/domain/roster/RULES.md', import.meta.url), 'utf8');
  const rows = rules
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^[|:\- ]+$/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const acts = Object.keys(RIGHTS) as (keyof typeof RIGHTS)[];
  expect(rows[0]).toEqual(['role', ...acts]);
  expect(rows.slice(1)).toEqual(
    Role.options.map((role) => [role, ...acts.map((act) => (mayDo([role], act) ? 'yes' : '–'))]),
  );
  expect(mayDo([], 'read')).toBe(false);
  expect(mayDo(['observer', 'legal'], 'keep-log')).toBe(true);
  expect(roleLabel('incident-commander')).toBe('Incident commander');
});

test('[ROS11] an administrator lets other machines in, each with keys of its own that name it', () => {
  const state = workspace(added('bo'), granted('bo', 'legal'), enrolled('desk', 'bo'), enrolled('relay', null));
  expect(actorOfKey(state, key('desk'))).toEqual({ kind: 'host' });
  expect(actorOfKey(state, key('relay'))).toEqual({ kind: 'host' });
  expect(actorOfKey(state, key('desk-device'))).toMatchObject({ kind: 'operator', operatorId: 'bo', roles: ['legal'] });
  for (const name of ['desk-restore', 'relay-restore', 'relay-device'])
    expect(actorOfKey(state, key(name))).toEqual({ kind: 'unknown' });
  const about = { name: 'desk', hostId: key('desk'), restoreKey: key('desk-restore'), isFounder: false };
  expect(state.hosts[key('desk')]).toEqual({ ...about, operatorId: 'bo' });
  expect(state.keys[key('desk-device')]).toEqual({
    operatorId: 'bo',
    custody: 'device',
    retired: false,
    host: key('desk'),
  });
  expect(state.keys[key('ada')]?.host).toBe(key('host'));
  const later = evolveWorkspace(state, bound('later', 'bo', 'desk'), key('ada'));
  expect(later.keys[key('later')]?.host).toBe(key('desk'));
  for (const name of ['desk', 'desk-device', 'host', 'nobody'])
    expect(may(state, name, enrolled('x', null))).toBe(false);
});

test('[ROS11] a machine whose keys are known already changes nothing', () => {
  const state = workspace(added('bo'), enrolled('desk', 'bo'));
  expect(evolveWorkspace(state, enrolled('desk', null), key('ada'))).toBe(state);
  const borrowed: WorkspaceEvent = {
    ...(enrolled('more', 'bo') as Extract<WorkspaceEvent, { type: 'HostEnrolled' }>),
    desktop: { operatorId: id('ada'), key: key('desk-device') },
  };
  expect(evolveWorkspace(state, borrowed, key('ada'))).toBe(state);
});

test('[ROS12] a host records the invites that it refused, and nobody else does', () => {
  const state = workspace(added('bo'), enrolled('desk', 'bo'));
  for (const name of ['host', 'desk']) expect(may(state, name, refusedInvite)).toBe(true);
  for (const name of ['ada', 'desk-device', 'desk-restore', 'recovery', 'nobody'])
    expect(may(state, name, refusedInvite)).toBe(false);
  expect(evolveWorkspace(state, refusedInvite, key('host'))).toBe(state);
  const retiredDesk = evolveWorkspace(state, retired('desk'), key('ada'));
  expect(may(retiredDesk, 'desk', refusedInvite)).toBe(false);
});

test('[ROS13] a revocation is taken back with the roles that there were, and the retired keys stay retired', () => {
  const state = workspace(
    added('bo'),
    granted('bo', 'legal'),
    enrolled('desk', 'bo'),
    revoked('bo'),
    retired('desk-device'),
    reinstated('bo'),
  );
  expect(state.operators['bo']).toMatchObject({ revoked: false, roles: ['legal'] });
  expect(actorOfKey(state, key('desk-device'))).toEqual({ kind: 'unknown' });
  const again = evolveWorkspace(state, enrolled('desk-2', 'bo'), key('ada'));
  expect(actorOfKey(again, key('desk-2-device'))).toMatchObject({ operatorId: 'bo', roles: ['legal'] });
  expect(evolveWorkspace(state, reinstated('zed'), key('ada'))).toBe(state);
  for (const name of ['host', 'desk', 'desk-device']) expect(may(state, name, reinstated('bo'))).toBe(false);
});

test('[ROS14] only administrators and the recovery key let an event count again', () => {
  const state = workspace(added('bo'), granted('bo', 'incident-commander'), enrolled('desk', 'bo'));
  for (const name of ['ada', 'recovery']) expect(may(state, name, reaffirmed)).toBe(true);
  for (const name of ['host', 'restore', 'desk', 'desk-device', 'nobody'])
    expect(may(state, name, reaffirmed)).toBe(false);
  expect(evolveWorkspace(state, reaffirmed, key('ada'))).toBe(state);
});
