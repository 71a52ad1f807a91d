import { expect, test } from 'vitest';
import { instant } from '../../../../shared/base/ids.ts';
import type { Role } from '../../../../shared/domain/roster/roles.ts';
import type { RoomEvent } from '../../../../shared/domain/room/room.ts';
import type { WorkspaceEvent } from '../../../../shared/domain/workspace/workspace.ts';
import type { StoredEvent } from '../../../../shared/log/envelope.ts';
import { MOST_AHEAD_MS } from '../../../../shared/log/hybrid-time.ts';
import { createRoomHistory } from '../../../../shared/log/room-history.ts';
import { createWorkspaceHistory } from '../../../../shared/log/workspace-history.ts';
import { acmeFounded, keyOf, personAdded } from '../../../support/founding-facts.ts';
import {
  alarmRaised,
  approved,
  declared,
  FIRST,
  first,
  publicationId,
  SECOND,
  statementStarted,
  step,
  person as actorNamed,
  submitted,
  T0,
  website,
  withdrawn,
} from '../../../support/given.ts';
import { ROOM } from '../../../support/log-fixtures.ts';
import { createRandom } from '../../../support/random.ts';
import { inAnyCausalOrder, signedByHand } from '../../../support/signed-by-hand.ts';

const chain = [step('comms', 'Communications', 'comms-lead', [actorNamed('cora', 'comms-lead')], [])];

/** Ada administers, cora and cleo lead, each at a machine of their own; an incident is declared and a revision submitted. */
function aRoom() {
  const workspace = signedByHand('workspace', T0 - 3_600_000);
  const room = signedByHand(ROOM, T0);
  const founds = (fact: WorkspaceEvent): StoredEvent => workspace.sign('ada', fact);
  founds(acmeFounded);
  for (const name of ['cora', 'cleo']) person(name, 'comms-lead');
  const roster = workspace.events.at(-1);
  if (!roster) throw new Error('nobody is there');

  function person(name: string, ...roles: Role[]): void {
    for (const fact of personAdded(name, ...roles)) founds(fact);
  }
  function does(author: string, fact: RoomEvent, place: Parameters<typeof room.sign>[2] = {}): StoredEvent {
    return room.sign(author, fact, { workspace: [roster as StoredEvent], ...place });
  }
  function publishes(author: string, approvals: readonly StoredEvent[], place: Parameters<typeof room.sign>[2] = {}) {
    const about = { ...first, channelId: website, via: 'hand' as const, approvals: approvals.map(({ hash }) => hash) };
    return does(author, { type: 'PublicationStarted', publicationId, ...about }, place);
  }
  const alarm = does('host', alarmRaised({ cause: 'spike' }));
  const declaration = does('cora', declared({ chain }), { seen: [alarm] });
  does('cora', statementStarted());
  const revision = does('cora', submitted(1, FIRST));

  /** Judged the same in whatever order it comes, piece by piece. */
  function judged() {
    const history = createWorkspaceHistory(workspace.events);
    const whole = createRoomHistory(history, room.events);
    for (let seed = 1; seed <= 10; seed += 1) {
      const random = createRandom(seed);
      const piecewise = createRoomHistory(history);
      const order = inAnyCausalOrder(room.events, random);
      for (let at = 0; at < order.length;) {
        const count = 1 + Math.floor(random() * 3);
        piecewise.add(order.slice(at, at + count));
        at += count;
      }
      expect({ seed, state: piecewise.state, events: piecewise.events, voids: [...piecewise.voids] }).toEqual({
        seed,
        state: whole.state,
        events: whole.events,
        voids: [...whole.voids],
      });
    }
    return whole;
  }
  return { workspace, room, founds, does, publishes, alarm, declaration, revision, judged };
}

test('of two who declare at once the lower time counts, and both are kept', () => {
  const { does, declaration, alarm, judged } = aRoom();
  const other = does('cleo', declared({ chain, title: 'The same' }), {
    seen: [alarm],
    at: declaration.envelope.time.wall + 100,
  });
  const { voids, state, events } = judged();
  expect(voids).toEqual(new Map([[other.hash, { type: 'AlreadyDeclared' }]]));
  expect(state.incident).toMatchObject({ title: 'Glass in the yoghurt' });
  expect(events.map(({ hash }) => hash)).toContain(other.hash);
});

test('the causally first declaration counts, whatever the clocks say', () => {
  const { does, declaration, judged } = aRoom();
  const second = does('cleo', declared({ chain, title: 'Later' }), { seen: [declaration], at: T0 - 1000 });
  expect(second.envelope.time.wall).toBe(declaration.envelope.time.wall);
  expect(judged().voids.get(second.hash)).toEqual({ type: 'AlreadyDeclared' });
});

test('[PUB14] a withdrawal at the same time does not take a publication back', () => {
  const { does, publishes, revision, judged } = aRoom();
  const yes = does('cora', approved('comms'));
  const out = publishes('cleo', [yes], { seen: [yes, revision] });
  const withdrawal = does('cora', withdrawn('comms'), { at: out.envelope.time.wall - 10 });
  expect(withdrawal.envelope.time.wall).toBeLessThan(out.envelope.time.wall);
  const { state, voids, events } = judged();
  expect(voids.size).toBe(0);
  expect(events.find(({ hash }) => hash === out.hash)?.verdict).toBe('counts');
  expect(state.publications[publicationId]).toMatchObject({ phase: 'started', approvals: [yes.hash] });
});

test('[PUB14] a fork that would erase an approval does not erase what was published on it', () => {
  const { does, publishes, revision, judged } = aRoom();
  const yes = does('cora', approved('comms'));
  publishes('cleo', [yes], { seen: [yes] });
  const before = does('cora', { type: 'SeverityChanged', to: 'sev1', reason: 'x' }, { after: revision });
  const { state, voids } = judged();
  expect(voids).toEqual(
    new Map([
      [yes.hash, { type: 'Forked' }],
      [before.hash, { type: 'Forked' }],
    ]),
  );
  expect(state.publications[publicationId]).toMatchObject({ phase: 'started' });
  expect(state.clearances).toEqual({});
});

test('without a publication on it a forked approval is nobody’s', () => {
  const { does, publishes, revision, judged } = aRoom();
  const yes = does('cora', approved('comms'));
  const fork = does('cora', { type: 'SeverityChanged', to: 'sev1', reason: 'x' }, { after: revision });
  const out = publishes('cleo', [yes], { seen: [yes, fork] });
  const { voids, state } = judged();
  expect(voids.get(out.hash)).toMatchObject({ type: 'NotCleared' });
  expect(state.publications).toEqual({});
});

test('a publication that its author’s past does not allow counts nowhere', () => {
  const { does, publishes, revision, judged } = aRoom();
  const out = publishes('cleo', [revision], { seen: [revision] });
  const yes = does('cora', approved('comms'), { at: out.envelope.time.wall - 100 });
  const { voids, events } = judged();
  expect(events.findIndex(({ hash }) => hash === yes.hash)).toBeLessThan(
    events.findIndex(({ hash }) => hash === out.hash),
  );
  expect(voids.get(out.hash)).toMatchObject({ type: 'WrongApprovals' });
});

test('an approval beyond the cut of a revoked key is void, unless something was published on it', () => {
  const { does, founds, publishes, workspace, room } = aRoom();
  const yes = does('cora', approved('comms'));
  const cut = (upTo: StoredEvent) => [{ log: ROOM as string, seq: upTo.envelope.seq, hash: upTo.hash }];
  const published = [...room.events, publishes('cleo', [yes], { seen: [yes] })];
  const [, , , accepted] = room.events;
  if (!accepted) throw new Error('there is a revision');
  founds({ type: 'KeyRetired', key: keyOf('cora'), reason: 'stolen', cuts: cut(accepted) });
  const history = createWorkspaceHistory(workspace.events);
  const { voids, state } = createRoomHistory(history, published);
  expect(voids).toEqual(new Map([[yes.hash, { type: 'BeyondCut' }]]));
  expect(state.publications[publicationId]).toMatchObject({ phase: 'started' });
  const without = createRoomHistory(history, published.slice(0, -1));
  expect(without.state.clearances).toEqual({});
});

test('what the roster learns later is judged anew, from where it makes a difference', () => {
  const { does, founds, workspace, room } = aRoom();
  const yes = does('cora', approved('comms'));
  const history = createWorkspaceHistory(workspace.events);
  const held = createRoomHistory(history, room.events);
  expect(held.voids.size).toBe(0);
  founds({ type: 'KeyRetired', key: keyOf('cora'), reason: 'stolen', cuts: [] });
  history.add(workspace.events.slice(-1));
  expect(held.rejudge()).toBe(1);
  expect(held.voids.get(yes.hash)).toEqual({ type: 'BeyondCut' });
  expect(held.state.incident.phase).toBe('undeclared');
  expect(held.rejudge()).toBe(held.events.length);
});

test('nothing that is signed here rests on what is far ahead of the clock', () => {
  const { does, workspace, room, revision } = aRoom();
  const ahead = does('cleo', submitted(2, SECOND), {
    seen: [revision],
    at: revision.envelope.time.wall + MOST_AHEAD_MS + 1,
  });
  const history = createWorkspaceHistory(workspace.events);
  const now = instant(revision.envelope.time.wall);
  const arrived = { ...ahead, arrivedAt: now };
  const held = createRoomHistory(history, [...room.events.slice(0, -1), arrived]);
  expect(held.voids.size).toBe(0);
  expect(held.state.statements['holding']?.revisions).toHaveLength(2);
  expect(held.stateFor(now).statements['holding']?.revisions).toHaveLength(1);
  expect(held.stateFor(instant(now + 1)).statements['holding']?.revisions).toHaveLength(2);
  expect(held.events.at(-1)?.hash).toBe(ahead.hash);
  // What was signed here is followed, though the clock was set back since.
  expect(createRoomHistory(history, room.events).stateFor(now).statements['holding']?.revisions).toHaveLength(2);
});

test('an event that lands in a long past is folded where it belongs', () => {
  const { does, workspace, room, alarm } = aRoom();
  const entry = (text: string): RoomEvent => ({
    type: 'LogEntryAdded',
    text,
    kind: 'note',
    occurredAt: null,
    lateReason: null,
    corrects: null,
  });
  for (let count = 0; count < 400; count += 1) does('cora', entry(String(count)));
  const history = createWorkspaceHistory(workspace.events);
  const held = createRoomHistory(history, room.events);
  const late = does('cleo', { type: 'AlarmAcknowledged', alarmId: alarmRaised().alarmId }, { seen: [alarm], at: T0 + 1200 }); // prettier-ignore
  const from = held.add([late]);
  expect(held.events[from]?.hash).toBe(late.hash);
  expect(from).toBeLessThan(5);
  const anew = createRoomHistory(history, room.events);
  expect(held.state).toEqual(anew.state);
  expect(held.events).toEqual(anew.events);
  expect(held.events.map(({ index }) => index)).toEqual(held.events.map((_, index) => index));
});

test('whoever revokes a forked key names the branch that counts', () => {
  const { does, founds, workspace, room, revision } = aRoom();
  const yes = does('cora', approved('comms'));
  const other = does('cora', { type: 'SeverityChanged', to: 'sev1', reason: 'x' }, { after: revision });
  const history = createWorkspaceHistory(workspace.events);
  const held = createRoomHistory(history, room.events);
  expect([...held.voids.keys()]).toEqual(expect.arrayContaining([yes.hash, other.hash]));
  const cuts = [{ log: ROOM as string, seq: yes.envelope.seq, hash: yes.hash }];
  founds({ type: 'KeyRetired', key: keyOf('cora'), reason: 'forked', cuts });
  history.add(workspace.events.slice(-1));
  held.rejudge();
  expect(held.voids).toEqual(new Map([[other.hash, { type: 'Forked' }]]));
  expect(Object.values(held.state.clearances)).toMatchObject([{ approvals: [{ eventHash: yes.hash }] }]);
});

test('the head of the branch that a revocation names may come in last', () => {
  const { does, founds, workspace, room, revision } = aRoom();
  const yes = does('cora', approved('comms'));
  const head = does('cora', { type: 'SeverityChanged', to: 'sev2', reason: 'x' });
  does('cora', { type: 'SeverityChanged', to: 'sev1', reason: 'x' }, { after: revision });
  const cuts = [{ log: ROOM as string, seq: head.envelope.seq, hash: head.hash }];
  founds({ type: 'KeyRetired', key: keyOf('cora'), reason: 'forked', cuts });
  const history = createWorkspaceHistory(workspace.events);
  const held = createRoomHistory(
    history,
    room.events.filter((one) => one !== head),
  );
  expect(held.voids.has(yes.hash)).toBe(true);
  const place = held.events.findIndex(({ hash }) => hash === yes.hash);
  expect(held.add([head])).toBeLessThanOrEqual(place);
  expect(held.voids.has(yes.hash)).toBe(false);
  const anew = createRoomHistory(history, room.events);
  expect(held.events).toEqual(anew.events);
  expect(held.state).toEqual(anew.state);
});
