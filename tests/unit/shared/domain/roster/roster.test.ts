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
const bound = (name: string, who: string | null): WorkspaceEvent => ({
  type: 'KeyBound',
  key: key(name),
  operatorId: who === null ? null : id(who),
  custody: 'host',
});
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

test('[ROS3] restore and recovery keys change keys and nothing else', () => {
  const state = workspace();
  for (const name of ['restore', 'recovery']) {
    for (const event of [bound('new', 'ada'), retired('ada')]) expect(may(state, name, event)).toBe(true);
    for (const event of [added('bo'), granted('ada', 'legal'), revoked('ada')])
      expect(may(state, name, event)).toBe(false);
  }
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
