import { expect, test } from 'vitest';
import type { WorkspaceEvent } from '../../../../shared/domain/workspace/workspace.ts';
import type { StoredEvent } from '../../../../shared/log/envelope.ts';
import { createWorkspaceHistory } from '../../../../shared/log/workspace-history.ts';
import { acmeFounded, id, keyOf, personAdded } from '../../../support/founding-facts.ts';
import { createRandom } from '../../../support/random.ts';
import { inAnyCausalOrder, signedByHand } from '../../../support/signed-by-hand.ts';

/** Three administrators, ada, ben and cleo, each with a key on a machine of their own. */
function aTeam() {
  const hand = signedByHand('workspace');
  const genesis = says('ada', acmeFounded);
  let last = genesis;
  for (const name of ['ben', 'cleo']) {
    for (const fact of personAdded(name, 'administrator')) last = says('ada', fact);
  }

  function says(author: string, fact: WorkspaceEvent, place: Parameters<typeof hand.sign>[2] = {}): StoredEvent {
    return hand.sign(author, fact, place);
  }
  /** Ends this key with the last that is accepted of it. */
  function retires(key: string, cut: StoredEvent | null): WorkspaceEvent {
    const cuts = cut ? [{ log: 'workspace', seq: cut.envelope.seq, hash: cut.hash }] : [];
    return { type: 'KeyRetired', key: keyOf(key), reason: 'stolen', cuts };
  }
  return { hand, says, retires, genesis, last, judged: () => judgedTheSame(hand.events) };
}

/** In whatever order it came: everybody who holds the same judges the same. */
function judgedTheSame(events: readonly StoredEvent[]) {
  const [genesis] = events;
  const whole = createWorkspaceHistory(events, genesis?.hash);
  for (let seed = 1; seed <= 10; seed += 1) {
    const random = createRandom(seed);
    const history = createWorkspaceHistory([], genesis?.hash);
    const order = inAnyCausalOrder(events, random);
    for (let at = 0; at < order.length;) {
      const step = 1 + Math.floor(random() * 3);
      history.add(order.slice(at, at + step));
      at += step;
    }
    expect({ seed, state: history.state, voids: [...history.voids].sort() }).toEqual({
      seed,
      state: whole.state,
      voids: [...whole.voids].sort(),
    });
  }
  return whole;
}

const retired = (history: ReturnType<typeof createWorkspaceHistory>, name: string) =>
  history.state.keys[keyOf(name)]?.retired;

test('a right holds by what its author had, not by what others did at the same time', () => {
  const { says, last, judged, hand } = aTeam();
  const demoted = says('ada', { type: 'RoleWithdrawn', operatorId: id('ben'), role: 'administrator' });
  const meanwhile = says('ben', { type: 'RoleGranted', operatorId: id('cleo'), role: 'legal' }, { seen: [last] });
  const knowing = says('ben', { type: 'RoleGranted', operatorId: id('cleo'), role: 'executive' }, { seen: [demoted] });
  const history = judged();
  expect(history.voids).toEqual(new Map([[knowing.hash, 'NotAnAdministrator']]));
  expect(history.state.operators['cleo']?.roles).toEqual(['administrator', 'legal']);
  expect(history.actorAt(history.past([meanwhile]), keyOf('ben'))).toMatchObject({ roles: ['administrator'] });
  expect(history.actorAt(history.past([knowing]), keyOf('ben'))).toMatchObject({ roles: [] });
  expect(hand.events).toHaveLength(history.length);
});

test('beyond the cut of its revocation a key counts for nothing, whatever time it writes', () => {
  const { says, retires, last, judged } = aTeam();
  const accepted = says('ben', { type: 'RoleGranted', operatorId: id('cleo'), role: 'legal' }, { seen: [last] });
  const revocation = says('ada', retires('ben', accepted), { seen: [accepted] });
  const backdated = says(
    'ben',
    { type: 'RoleGranted', operatorId: id('cleo'), role: 'executive' },
    { at: accepted.envelope.time.wall + 1 },
  );
  expect(backdated.envelope.time.wall).toBeLessThan(revocation.envelope.time.wall);
  const history = judged();
  expect(history.voids).toEqual(new Map([[backdated.hash, 'BeyondCut']]));
  expect(history.standingOf(keyOf('ben'), 'workspace', accepted.envelope.seq, accepted.hash)).toBe('in-force');
  // No log is named but the workspace's: elsewhere nothing of that key is accepted.
  expect(history.standingOf(keyOf('ben'), 'a-room-of-ours' as never, 1, backdated.hash)).toBe('beyond-cut');
});

test('an administrator lets one event beyond the cut count again', () => {
  const { says, retires, last, judged } = aTeam();
  const meant = says('ben', { type: 'RoleGranted', operatorId: id('cleo'), role: 'legal' }, { seen: [last] });
  const other = says('ben', { type: 'RoleGranted', operatorId: id('cleo'), role: 'executive' });
  const revocation = says('ada', retires('ben', null));
  says('cleo', { type: 'EventReaffirmed', log: 'workspace', hash: meant.hash }, { seen: [revocation, other] });
  const history = judged();
  expect(history.voids).toEqual(new Map([[other.hash, 'BeyondCut']]));
  expect(history.state.operators['cleo']?.roles).toEqual(['administrator', 'legal']);
  expect(history.standingOf(keyOf('ben'), 'workspace', meant.envelope.seq, meant.hash)).toBe('reaffirmed');
});

test('whoever may not cannot let anything count again', () => {
  const { says, retires, last, judged } = aTeam();
  for (const fact of personAdded('dora', 'writer')) says('ada', fact);
  const beyond = says('ben', { type: 'RoleGranted', operatorId: id('cleo'), role: 'legal' }, { seen: [last] });
  const revocation = says('ada', retires('ben', null), { seen: [beyond] });
  const tried = says('dora', { type: 'EventReaffirmed', log: 'workspace', hash: beyond.hash }, { seen: [revocation] });
  expect(judged().voids).toEqual(
    new Map([
      [beyond.hash, 'BeyondCut'],
      [tried.hash, 'NotAnAdministrator'],
    ]),
  );
});

test('two administrators who revoke each other at once are both revoked, and the recovery key decides', () => {
  const { says, retires, last, judged } = aTeam();
  const byAda = says('ada', retires('ben', null));
  const byBen = says('ben', retires('ada', last), { seen: [last] });
  const before = judged();
  expect(before.voids.size).toBe(0);
  expect([retired(before, 'ada'), retired(before, 'ben')]).toEqual([true, true]);
  const seen = [byAda, byBen];
  says('recovery', { type: 'KeyBound', key: keyOf('new ada'), operatorId: id('ada'), custody: 'host' }, { seen });
  const after = says('new ada', { type: 'RoleGranted', operatorId: id('cleo'), role: 'legal' }, { seen: seen.concat(last) }); // prettier-ignore
  expect(after.envelope.seq).toBe(1);
  expect(judged().voids).toEqual(new Map([[after.hash, 'NotAnAdministrator']])); // it does not know of its own key yet
});

test('a stolen key takes nobody with it but whoever revoked it, not even by a friend that it makes', () => {
  const { says, retires, last, judged } = aTeam();
  says('ada', retires('ben', null));
  const friend = personAdded('mallory', 'administrator').map((fact, at) =>
    says('ben', fact, { seen: at === 0 ? [last] : [] }),
  );
  const [, , made] = friend;
  if (!made) throw new Error('no friend');
  const againstCleo = says('mallory', retires('cleo', null), { seen: [made] });
  const againstAda = says('mallory', retires('ada', last));
  const history = judged();
  expect(retired(history, 'cleo')).toBe(false);
  expect(retired(history, 'ben')).toBe(true);
  expect(retired(history, 'ada')).toBe(true);
  expect(history.state.operators['mallory']).toBeUndefined();
  expect(history.voids.get(againstCleo.hash)).toBeDefined();
  expect(history.voids.has(againstAda.hash)).toBe(false);
});

test('a second genesis founds nothing, whatever its time', () => {
  const { says, judged, genesis } = aTeam();
  const coup = says(
    'ben',
    {
      type: 'WorkspaceCreated',
      organisation: 'Mine',
      demo: false,
      administrator: { operatorId: id('ben'), name: 'Ben' },
      hostKey: keyOf('ben'),
      recoveryKey: keyOf('ben'),
      restoreKey: keyOf('ben'),
    },
    { at: 1 },
  );
  const history = judged();
  expect(history.ordered[0]?.hash).toBe(coup.hash);
  expect(history.voids).toEqual(new Map([[coup.hash, 'NotAnAdministrator']]));
  expect(history.state.organisation).toBe('Acme');
  expect(history.stateAt(history.past([genesis])).organisation).toBe('Acme');
});

test('of an author who forked nothing counts from there, on either branch and for everybody', () => {
  const { says, last, judged } = aTeam();
  const before = says('ben', { type: 'RoleGranted', operatorId: id('cleo'), role: 'legal' }, { seen: [last] });
  const left = says('ben', { type: 'RoleGranted', operatorId: id('cleo'), role: 'executive' });
  const right = says('ben', { type: 'RoleGranted', operatorId: id('cleo'), role: 'writer' }, { after: before });
  const on = says('ben', { type: 'RoleGranted', operatorId: id('cleo'), role: 'analyst' }, { after: right });
  const history = judged();
  expect(history.voids).toEqual(new Map([left, right, on].map(({ hash }) => [hash, 'Forked'])));
  expect(history.state.operators['cleo']?.roles).toEqual(['administrator', 'legal']);
});

test('what somebody knew then is judged without what is known now', () => {
  const { says, retires, last, judged } = aTeam();
  const granted = says('ben', { type: 'RoleGranted', operatorId: id('cleo'), role: 'legal' }, { seen: [last] });
  says('ada', retires('ben', null));
  const history = judged();
  const past = history.past([granted]);
  expect(history.stateAt(past).operators['cleo']?.roles).toEqual(['administrator']);
  expect(history.within(past).state.operators['cleo']?.roles).toEqual(['administrator', 'legal']);
});

test('a machine that was retired cannot give itself new keys, by somebody who has not heard of it', () => {
  const { says, retires, last, judged } = aTeam();
  const enrolled: WorkspaceEvent = {
    type: 'HostEnrolled',
    inviteId: 'i',
    name: 'Desk',
    hostKey: keyOf('desk'),
    restoreKey: keyOf('desk restore'),
    desktop: { operatorId: id('cleo'), key: keyOf('desk device') },
  };
  const joined = says('ada', enrolled);
  for (const key of ['desk', 'desk device', 'desk restore']) says('ada', retires(key, null));
  const bound = says(
    'desk restore',
    { type: 'KeyBound', key: keyOf('thief'), operatorId: id('cleo'), custody: 'device', host: keyOf('desk') },
    { seen: [joined] },
  );
  const act = says('thief', { type: 'RoleGranted', operatorId: id('cleo'), role: 'legal' }, { seen: [bound, last] });
  const history = judged();
  expect(history.voids).toEqual(
    new Map([
      [bound.hash, 'BeyondCut'],
      [act.hash, 'NotAnAdministrator'],
    ]),
  );
});

test('[ROS15] nobody can take the recovery key away', () => {
  const { says, retires, last, judged } = aTeam();
  const coup = says('ben', retires('recovery', null), { seen: [last] });
  const seen = [coup];
  says('recovery', { type: 'KeyBound', key: keyOf('new ada'), operatorId: id('ada'), custody: 'host' }, { seen });
  const history = judged();
  expect(history.voids).toEqual(new Map([[coup.hash, 'NotAnAdministrator']]));
  expect(history.state.keys[keyOf('new ada')]).toMatchObject({ operatorId: 'ada' });
});

test('the genesis counts whatever its author signs beside it, and the recovery key mends the rest', () => {
  const { says, hand, last, judged } = aTeam();
  const fork = says('ada', { type: 'RoleGranted', operatorId: id('ada'), role: 'legal' }, { after: null });
  const before = judged();
  expect(before.state.organisation).toBe('Acme');
  expect(before.voids.get(last.hash)).toBe('Forked');
  const { author: key, seq } = last.envelope;
  const cuts = [{ log: 'workspace', seq, hash: last.hash }];
  says('recovery', { type: 'KeyRetired', key, reason: 'forked', cuts }, { seen: [last, fork] });
  const after = judged();
  expect(after.voids).toEqual(new Map([[fork.hash, 'Forked']]));
  expect(Object.keys(after.state.operators)).toEqual(['ada', 'ben', 'cleo']);
  expect(hand.events).toHaveLength(after.length);
});

test('a key that was revoked cannot fork what was accepted of it', () => {
  const { says, retires, last, judged } = aTeam();
  const before = says('ben', { type: 'RoleGranted', operatorId: id('cleo'), role: 'legal' }, { seen: [last] });
  const accepted = says('ben', { type: 'RoleGranted', operatorId: id('cleo'), role: 'writer' });
  says('ada', retires('ben', accepted), { seen: [accepted] });
  const fork = says('ben', { type: 'RoleGranted', operatorId: id('cleo'), role: 'executive' }, { after: before });
  const history = judged();
  expect(history.voids).toEqual(new Map([[fork.hash, 'Forked']]));
  expect(history.state.operators['cleo']?.roles).toEqual(['administrator', 'legal', 'writer']);
});
