import { expect, test } from 'vitest';
import { instant } from '../../../../../shared/base/ids.ts';
import { countdownAt } from '../../../../../shared/domain/countdown/countdown.ts';
import { latestRevision } from '../../../../../shared/domain/statement/statement.ts';
import { comparedRevision, seeRevision } from '../../../../../src-renderer/features/clearance/last-seen.ts';
import { myRight, possibleDelegates, standingOf } from '../../../../../src-renderer/features/clearance/standing.ts';
import { shownSteps, stepBudgetMs } from '../../../../../src-renderer/features/clearance/step-states.ts';
import {
  approved,
  at,
  by,
  cora,
  delegated,
  dora,
  first,
  lea,
  otto,
  type Person,
  sam,
  second,
  SECOND,
  sentBack,
  type Story,
  submitted,
  submittedRoom,
  threeSteps,
  wim,
} from '../../../../support/given.ts';

function memory() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}

const mine = { fingerprint: 'f', operatorId: 'lea', statementId: 'holding' };

function operator({ operatorId, name, roles }: Person) {
  return { operatorId, name, roles, deputyId: null, revoked: false };
}

function standing(story: Story) {
  const found = standingOf(story.state);
  if (!found) throw new Error('nothing was submitted');
  return found;
}

test('a revision is compared with the one that was on the screen before it, also after a reload', () => {
  const storage = memory();
  expect(seeRevision(storage, mine, first.hash)).toBeNull();
  expect(seeRevision(storage, mine, first.hash)).toBeNull();
  expect(seeRevision(storage, mine, second.hash)).toBe(first.hash);
  expect(seeRevision(storage, mine, second.hash)).toBe(first.hash);
});

test('what one person saw, in one workspace, about one statement, says nothing of another', () => {
  const storage = memory();
  seeRevision(storage, mine, first.hash);
  expect(seeRevision(storage, { ...mine, operatorId: 'sam' }, second.hash)).toBeNull();
  expect(seeRevision(storage, { ...mine, fingerprint: 'g' }, second.hash)).toBeNull();
  expect(seeRevision(storage, { ...mine, statementId: 'update' }, second.hash)).toBeNull();
});

test('a forbidden or damaged storage forgets, and nothing else', () => {
  const broken = { getItem: () => '{', setItem: () => { throw new Error('full'); } }; // prettier-ignore
  expect(seeRevision(broken, mine, first.hash)).toBeNull();
  expect(seeRevision(null, mine, first.hash)).toBeNull();
});

test('without a memory the previous revision is compared; the first one with nothing', () => {
  const story = submittedRoom().and(by(wim, submitted(2, SECOND), at(4)), by(wim, submitted(3, 'Third.'), at(5)));
  const { statement } = standing(story);
  const [one, two, three] = statement.revisions;
  if (!one || !two || !three) throw new Error('three revisions');
  expect(comparedRevision(statement.revisions, three, null)).toBe(two);
  expect(comparedRevision(statement.revisions, three, one.hash)).toBe(one);
  expect(comparedRevision(statement.revisions, three, three.hash)).toBe(two);
  expect(comparedRevision(statement.revisions, one, null)).toBeUndefined();
});

test('the clear stage is divided equally over the steps, and the turn runs since the last approval', () => {
  const story = submittedRoom().and(by(cora, approved('comms'), at(3, 20)));
  const { clearance, revision } = standing(story);
  const now = at(3, 30);
  const countdown = countdownAt(story.state, now);
  // Alarm at T0 + 1:00: four fifths of 85 s are left for the clear stage.
  expect(stepBudgetMs(threeSteps, countdown)).toBe(Math.round(68_000 / 3));
  const steps = shownSteps(threeSteps, clearance, revision, countdown, now);
  expect(steps.map(({ state }) => state.kind)).toEqual(['cleared', 'now', 'waiting']);
  expect(steps[1]?.state).toEqual({
    kind: 'now',
    since: at(3, 20),
    budgetMs: Math.round(68_000 / 3),
    remainingMs: instant(at(3, 20) + Math.round(68_000 / 3)) - now,
  });
});

test('a revision that was sent back says so on the step, and nobody has the turn', () => {
  const story = submittedRoom().and(by(cora, sentBack('comms'), at(3, 20)));
  const { clearance, revision, turn } = standing(story);
  expect(turn).toBeUndefined();
  const kinds = shownSteps(threeSteps, clearance, revision, null, at(4)).map(({ state }) => state.kind);
  expect(kinds).toEqual(['sent-back', 'waiting', 'waiting']);
});

test('one signs by role, as a deputy, or because it was delegated; nobody else, and nobody twice', () => {
  const story = submittedRoom().and(by(cora, approved('comms'), at(3, 20)));
  expect(myRight(standing(story), operator(lea))).toBe('role');
  expect(myRight(standing(story), operator(dora))).toBe('deputy');
  expect(myRight(standing(story), operator(sam))).toBeNull();
  expect(myRight(standing(story), operator(otto))).toBeNull();
  const handed = story.and(by(lea, delegated('legal', wim), at(3, 25)));
  expect(myRight(standing(handed), operator(wim))).toBe('delegate');
  expect(myRight(standing(handed), operator(cora))).toBeNull();
  expect(myRight(standing(handed), null)).toBeNull();
});

test('a step is handed to somebody who works here and has not approved', () => {
  const story = submittedRoom().and(by(cora, approved('comms'), at(3, 20)));
  const people = [cora, lea, dora, otto, wim].map(operator);
  const gone = { ...operator(sam), revoked: true };
  const names = possibleDelegates(standing(story), [...people, gone], operator(lea)).map(({ name }) => name);
  expect(names).toEqual(['Dora', 'Wim']);
  expect(latestRevision(standing(story).statement)?.revision).toBe(1);
});
