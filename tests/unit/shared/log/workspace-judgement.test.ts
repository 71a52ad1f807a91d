import { expect, test } from 'vitest';
import type { Sha256Hex } from '../../../../shared/base/ids.ts';
import type { WorkspaceEvent } from '../../../../shared/domain/workspace/workspace.ts';
import type { StoredEvent } from '../../../../shared/log/envelope.ts';
import { isWithinCuts } from '../../../../shared/log/cuts.ts';
import { parentHashes } from '../../../../shared/log/order.ts';
import { createWorkspaceHistory, type WorkspaceHistory } from '../../../../shared/log/workspace-history.ts';
import { acmeFounded, id, keyOf, personAdded } from '../../../support/founding-facts.ts';
import { aQuarrel } from '../../../support/quarrel.ts';
import { createRandom } from '../../../support/random.ts';
import { inAnyCausalOrder, signedByHand } from '../../../support/signed-by-hand.ts';

/** By their seed, from 1. They are signed once, for all tests here. */
const QUARRELS = 200;
const quarrels = new Map<number, readonly StoredEvent[]>();
/** On a busy machine. */
const LONG_MS = 90_000;

function* eachQuarrel(): Iterable<readonly [seed: number, events: readonly StoredEvent[]]> {
  for (let seed = 1; seed <= QUARRELS; seed += 1) {
    const events = quarrels.get(seed) ?? aQuarrel(seed);
    quarrels.set(seed, events);
    yield [seed, events];
  }
}

/** All that others ask of a history, so that nothing of it may hang on the order in which it came. */
function judgement(history: WorkspaceHistory, events: readonly StoredEvent[]) {
  return {
    state: history.state,
    voids: [...history.voids].sort(),
    forks: [...history.forkedFrom].sort(),
    standings: events.map(({ hash, envelope: { author, log, seq } }) => [
      hash,
      history.standingOf(author, log, seq, hash),
    ]),
    states: events.map((one) => history.stateAt(history.past([one]))),
    actors: events.map((one) => history.actorAt(history.past([one]), one.envelope.author)),
  };
}

/** As `toEqual`, which is slow where nothing differs. */
function expectSame(found: unknown, wanted: unknown): void {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) expect(found).toEqual(wanted);
}

test(
  'whatever administrators sign, everybody who holds the same judges the same, in whatever order it came',
  () => {
    for (const [seed, events] of eachQuarrel()) {
      const genesis = events[0]?.hash;
      const random = createRandom(seed);
      const history = createWorkspaceHistory([], genesis);
      const order = inAnyCausalOrder(events, random);
      for (let at = 0; at < order.length;) {
        const step = 1 + Math.floor(random() * 4);
        history.add(order.slice(at, at + step));
        at += step;
        // Asked in between as a room does: what was answered then must not be what is answered later.
        for (const one of order.slice(Math.max(0, at - 6), at)) history.stateAt(history.past([one]));
      }
      expectSame(
        { seed, ...judgement(history, events) },
        { seed, ...judgement(createWorkspaceHistory(events, genesis), events) },
      );
    }
  },
  LONG_MS,
);

test(
  'what counts lies within every cut that counts, or somebody who may has said so',
  () => {
    let beyond = 0;
    let reaffirmed = 0;
    let revocationsBeyond = 0;
    for (const [seed, events] of eachQuarrel()) {
      const history = createWorkspaceHistory(events);
      const wrong: unknown[] = [];
      for (const { hash, index, envelope } of events) {
        const { author, log, seq, type } = envelope;
        const reason = history.voids.get(hash);
        if (isWithinCuts(history.cutsOf(author), log, seq, hash)) {
          if (reason === 'BeyondCut') wrong.push({ index, type, reason });
        } else if (reason !== undefined) beyond += 1;
        else if (history.standingOf(author, log, seq, hash) === 'reaffirmed') reaffirmed += 1;
        // Revocations that undo each other in a circle all count.
        else if (type === 'KeyRetired') revocationsBeyond += 1;
        // The genesis is what all stands on, and whoever lets something count again is not undone by it.
        else if (index > 0 && type !== 'EventReaffirmed') wrong.push({ index, type, counts: true });
      }
      expect({ seed, wrong }).toEqual({ seed, wrong: [] });
    }
    // The quarrels do get there.
    expect(Math.min(beyond, reaffirmed, revocationsBeyond)).toBeGreaterThan(10);
  },
  LONG_MS,
);

test(
  'the past of an event holds exactly what it stands on, through forks of forks',
  () => {
    for (const [seed, events] of eachQuarrel()) {
      const history = createWorkspaceHistory(inAnyCausalOrder(events, createRandom(seed)), events[0]?.hash);
      const behind = new Map<Sha256Hex, ReadonlySet<Sha256Hex>>();
      for (const { hash, envelope } of events)
        behind.set(
          hash,
          new Set([hash, ...parentHashes(envelope).flatMap((parent) => [...(behind.get(parent) ?? [])])]),
        );
      const wanted = events.map(({ hash }) => events.filter((one) => behind.get(hash)?.has(one.hash)));
      const found = events.map((event) => {
        const past = history.past([event]);
        return { size: past.size, held: events.filter(({ hash }) => past.has(hash)) };
      });
      const indexes = (some: readonly StoredEvent[]) => some.map(({ index }) => index);
      expectSame(
        { seed, found: found.map(({ size, held }) => ({ size, held: indexes(held) })) },
        { seed, found: wanted.map((held) => ({ size: held.length, held: indexes(held) })) },
      );
    }
  },
  LONG_MS,
);

test(
  'what counted by what its author knew did so for whoever holds it, in whatever order it came, and for ever',
  () => {
    let undone = 0;
    for (const [seed, events] of eachQuarrel()) {
      const genesis = events[0]?.hash;
      const whole = createWorkspaceHistory(events, genesis);
      const wanted = events.map(({ hash }) => [hash, !whole.within(whole.past([{ hash }])).voids.has(hash)] as const);
      const history = createWorkspaceHistory([], genesis);
      for (const [at, event] of inAnyCausalOrder(events, createRandom(seed)).entries()) {
        history.add([event]);
        if (at % 5 > 0 && at < events.length - 1) continue;
        const held = wanted.filter(([hash]) => history.heard.some((one) => one.hash === hash));
        const found = held.map(([hash]) => [hash, history.countedInItsPast(hash)] as const);
        expectSame({ seed, at, found }, { seed, at, found: held });
      }
      undone += wanted.filter(([hash, counted]) => counted && whole.voids.has(hash)).length;
    }
    expect(undone).toBeGreaterThan(QUARRELS);
  },
  LONG_MS,
);

test('what a stolen key took from somebody takes nothing from their own revocations', () => {
  const hand = signedByHand('workspace');
  says('ada', acmeFounded);
  const retires = (name: string): WorkspaceEvent => ({
    type: 'KeyRetired',
    key: keyOf(name),
    reason: 'stolen',
    cuts: [],
  });
  for (const name of ['ben', 'cleo', 'dora']) {
    for (const fact of personAdded(name, 'administrator')) says('ada', fact);
  }
  const team = hand.events.slice(-1);
  const stolen = says('dora', { type: 'RoleWithdrawn', operatorId: id('cleo'), role: 'administrator' }, team);
  const granted = says('ben', { type: 'RoleGranted', operatorId: id('ada'), role: 'legal' }, team);
  const byAda = says('ada', retires('dora'), [stolen]);
  says('cleo', retires('ben'), [byAda]);
  const history = createWorkspaceHistory(hand.events);
  expect(history.state.keys[keyOf('ben')]?.retired).toBe(true);
  expect(history.voids).toEqual(
    new Map([
      [stolen.hash, 'BeyondCut'],
      [granted.hash, 'BeyondCut'],
    ]),
  );

  function says(author: string, fact: WorkspaceEvent, seen: readonly StoredEvent[] = []): StoredEvent {
    return hand.sign(author, fact, { seen });
  }
});

test('whoever retires a forked key and names a branch of it is not undone by what that branch takes from them', () => {
  const hand = signedByHand('workspace');
  const says = (author: string, fact: WorkspaceEvent, place: Parameters<typeof hand.sign>[2] = {}) =>
    hand.sign(author, fact, place);
  for (const fact of [acmeFounded, ...personAdded('ben', 'administrator'), ...personAdded('otto', 'observer')])
    says('ada', fact);
  const seen = hand.events.slice(-1);
  const granted = says('ben', { type: 'RoleGranted', operatorId: id('otto'), role: 'writer' }, { seen });
  const withdrawn = says('ben', { type: 'RoleWithdrawn', operatorId: id('ada'), role: 'administrator' });
  const other = says(
    'ben',
    { type: 'RoleGranted', operatorId: id('otto'), role: 'legal' },
    {
      seen,
      after: null,
    },
  );
  const cuts = [{ log: 'workspace', seq: withdrawn.envelope.seq, hash: withdrawn.hash }];
  const retired: WorkspaceEvent = { type: 'KeyRetired', key: keyOf('ben'), reason: 'lost', cuts };
  says('ada', retired, { seen: [withdrawn, other] });
  const { state, voids } = createWorkspaceHistory(hand.events);
  expect(state.keys[keyOf('ben')]?.retired).toBe(true);
  expect(state.operators['ada']?.roles).toContain('administrator');
  expect(state.operators['otto']?.roles).toEqual(['observer', 'writer']);
  expect([...voids]).toEqual([
    [withdrawn.hash, 'Forked'],
    [other.hash, 'Forked'],
  ]);
  expect(voids.has(granted.hash)).toBe(false);
});
