import { expect, test } from 'vitest';
import type { Role } from '../../../../shared/domain/roster/roles.ts';
import type { WorkspaceEvent } from '../../../../shared/domain/workspace/workspace.ts';
import type { StoredEvent } from '../../../../shared/log/envelope.ts';
import { createWorkspaceHistory } from '../../../../shared/log/workspace-history.ts';
import { createCarriage } from '../../../../src-main/app/carriage.ts';
import { acmeFounded, id, keyOf, personAdded } from '../../../support/founding-facts.ts';
import { signedByHand } from '../../../support/signed-by-hand.ts';

/** Ada founded it; Wim and Lea write, Otto observes. There is a relay, and Ada and Wim have desktops. */
function aWorkspace() {
  const hand = signedByHand('workspace');
  const history = createWorkspaceHistory();
  const { mayCarry, isHost } = createCarriage(history);

  function says(author: string, fact: WorkspaceEvent, place: Parameters<typeof hand.sign>[2] = {}): StoredEvent {
    const stored = hand.sign(author, fact, place);
    history.add([stored]);
    return stored;
  }
  function enrolled(name: string, operator: string | null): WorkspaceEvent {
    const keys = { hostKey: keyOf(name), restoreKey: keyOf(`restore of ${name}`) };
    const desktop = operator === null ? null : { operatorId: id(operator), key: keyOf(`device on ${name}`) };
    return { type: 'HostEnrolled', inviteId: name, name, ...keys, desktop };
  }
  says('ada', acmeFounded);
  for (const [name, role] of [
    ['wim', 'writer'],
    ['lea', 'legal'],
    ['otto', 'observer'],
  ] as const)
    for (const fact of personAdded(name, role)) says('ada', fact);
  says('ada', enrolled('relay', null));
  says('ada', enrolled("ada's desk", 'ada'));
  const everything = { seen: [says('ada', enrolled("wim's desk", 'wim'))] };
  return {
    everything,
    history,
    says,
    enrolled,
    withdraws: (name: string, role: Role) => says('ada', { type: 'RoleWithdrawn', operatorId: id(name), role }),
    carries: (host: string) => ['ada', 'wim', 'lea', 'otto'].filter((name) => mayCarry(keyOf(host), id(name))),
    mayCarry,
    isHost,
  };
}

test('the host that founded the workspace and relays bring the words of whoever may write', () => {
  const { carries } = aWorkspace();
  expect(carries('host')).toEqual(['ada', 'wim', 'lea']);
  expect(carries('relay')).toEqual(['ada', 'wim', 'lea']);
});

test('a desktop brings the words of the person whose it is, and of nobody else', () => {
  expect(aWorkspace().carries("wim's desk")).toEqual(['wim']);
});

test('the desktop of an administrator may have served others, and brings their words too', () => {
  expect(aWorkspace().carries("ada's desk")).toEqual(['ada', 'wim', 'lea']);
});

test('nobody brings the words of somebody who only observes, or whom nobody knows', () => {
  const { carries, says, enrolled, mayCarry } = aWorkspace();
  says('ada', enrolled("otto's desk", 'otto'));
  expect(carries("otto's desk")).toEqual([]);
  for (const host of ['host', 'relay', "ada's desk", "otto's desk"])
    expect(mayCarry(keyOf(host), id('nobody'))).toBe(false);
});

test('a host that nobody enrolled brings nothing', () => {
  const { carries, says } = aWorkspace();
  expect(carries('stranger')).toEqual([]);
  // What others have heard of a key is no enrolment: a restore key and the recovery key are bound to no host.
  expect(carries('recovery')).toEqual([]);
  expect(carries("restore of wim's desk")).toEqual([]);
  says('ada', { type: 'KeyBound', key: keyOf('lost'), operatorId: null, custody: 'host', host: keyOf('stranger') });
  expect(carries('lost')).toEqual([]);
});

test('a key that a host took later brings what its host may', () => {
  const { carries, says, everything } = aWorkspace();
  const renewed = { type: 'KeyBound', operatorId: null, custody: 'host' } as const;
  says("restore of wim's desk", { ...renewed, key: keyOf('new desk'), host: keyOf("wim's desk") }, everything);
  says('restore', { ...renewed, key: keyOf('new founder') }, everything);
  expect(carries('new desk')).toEqual(['wim']);
  expect(carries('new founder')).toEqual(['ada', 'wim', 'lea']);
});

test('words that were written in a right that ended since are carried still', () => {
  const { carries, withdraws, says } = aWorkspace();
  withdraws('wim', 'writer');
  expect(carries("wim's desk")).toEqual(['wim']);
  expect(carries('relay')).toEqual(['ada', 'wim', 'lea']);
  says('ada', { type: 'OperatorRevoked', operatorId: id('lea') });
  expect(carries('relay')).toEqual(['ada', 'wim', 'lea']);
});

test('a desktop that was an administrator’s brings still what it served while it was', () => {
  const { carries, withdraws, says } = aWorkspace();
  says('ada', { type: 'RoleGranted', operatorId: id('wim'), role: 'administrator' });
  expect(carries("wim's desk")).toEqual(['ada', 'wim', 'lea']);
  withdraws('wim', 'administrator');
  expect(carries("wim's desk")).toEqual(['ada', 'wim', 'lea']);
});

test('a role counts from when its grant is here, and one that folds to nothing never does', () => {
  const { carries, says, everything } = aWorkspace();
  expect(carries('relay')).not.toContain('otto');
  says("device on wim's desk", { type: 'RoleGranted', operatorId: id('otto'), role: 'writer' }, everything);
  expect(carries('relay')).not.toContain('otto');
  says('ada', { type: 'RoleGranted', operatorId: id('otto'), role: 'writer' });
  expect(carries('relay')).toContain('otto');
});

/** Ben administers beside Ada, with a key of his own. */
function addBen({ says }: ReturnType<typeof aWorkspace>): StoredEvent {
  const [last] = personAdded('ben', 'administrator')
    .map((fact) => says('ada', fact))
    .slice(-1);
  if (!last) throw new Error('ben was granted something');
  return last;
}

test('what a grant let in stays, although a revocation has undone the grant', () => {
  const workspace = aWorkspace();
  const { carries, says, history } = workspace;
  const seen = [addBen(workspace)];
  const granted = says('ben', { type: 'RoleGranted', operatorId: id('otto'), role: 'writer' }, { seen });
  expect(carries('relay')).toContain('otto');
  says('ada', { type: 'KeyRetired', key: keyOf('ben'), reason: 'stolen', cuts: [] });
  expect(history.voids.get(granted.hash)).toBe('BeyondCut');
  expect(carries('relay')).toContain('otto');
});

test('a host that hears of an enrolment together with the revocation that undoes it takes what others took', () => {
  const workspace = aWorkspace();
  const { says, enrolled, history, carries } = workspace;
  const seen = [addBen(workspace)];
  const enrolment = says('ben', enrolled('new relay', null), { seen });
  const revocation = says('ada', { type: 'KeyRetired', key: keyOf('ben'), reason: 'stolen', cuts: [] });
  expect(carries('new relay')).toEqual(['ada', 'wim', 'lea']);

  const late = createWorkspaceHistory(history.ordered.filter(({ hash }) => hash !== enrolment.hash));
  const { isHost, mayCarry } = createCarriage(late);
  expect(isHost(keyOf('new relay'))).toBe(false);
  late.add([enrolment]);
  expect([...late.voids.keys()]).toEqual([enrolment.hash]);
  expect(late.voids.has(revocation.hash)).toBe(false);
  expect(isHost(keyOf('new relay'))).toBe(true);
  expect(mayCarry(keyOf('new relay'), id('wim'))).toBe(true);
});

test('both sides of a fork let in what they did by what their author knew', () => {
  const workspace = aWorkspace();
  const { says, enrolled, history, carries } = workspace;
  const seen = [addBen(workspace)];
  const one = says('ben', enrolled('one relay', null), { seen });
  const other = says('ben', enrolled('other relay', null), { seen, after: null });
  expect([one, other].map(({ hash }) => history.voids.get(hash))).toEqual(['Forked', 'Forked']);
  expect(carries('one relay')).toEqual(['ada', 'wim', 'lea']);
  expect(carries('other relay')).toEqual(['ada', 'wim', 'lea']);
});

test('whoever signs what they knew that they may not lets nobody in, although it came to count since', () => {
  const workspace = aWorkspace();
  const { says, enrolled, history, isHost } = workspace;
  addBen(workspace);
  const seen = [says('ada', { type: 'RoleGranted', operatorId: id('lea'), role: 'administrator' })];
  const withdrawn = says('lea', { type: 'RoleWithdrawn', operatorId: id('ben'), role: 'administrator' }, { seen });
  const enrolment = says('ben', enrolled('new relay', null), { seen: [withdrawn] });
  expect(history.voids.get(enrolment.hash)).toBe('NotAnAdministrator');
  expect(isHost(keyOf('new relay'))).toBe(false);

  says('ada', { type: 'KeyRetired', key: keyOf('lea'), reason: 'stolen', cuts: [] });
  expect(history.voids.has(enrolment.hash)).toBe(false);
  expect(isHost(keyOf('new relay'))).toBe(false);
});
