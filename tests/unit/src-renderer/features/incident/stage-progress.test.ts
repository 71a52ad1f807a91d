import { expect, test } from 'vitest';
import { countdownAt } from '../../../../../shared/domain/countdown/countdown.ts';
import { stageProgress } from '../../../../../src-renderer/features/incident/stage-progress.ts';
import {
  at,
  by,
  confirmed,
  publishingRoom,
  ringingRoom,
  sol,
  type Story,
  submittedRoom,
} from '../../../../support/given.ts';

function progress({ state }: Story, now = at(3, 10)) {
  const countdown = countdownAt(state, now);
  if (!countdown) throw new Error('no countdown');
  return { countdown, stages: stageProgress(state, countdown, now) };
}

test('what was done is behind, one stage is current, the rest is ahead', () => {
  expect(progress(ringingRoom(), at(1, 10)).stages.map(({ state }) => state)).toEqual(['current', 'ahead', 'ahead', 'ahead', 'ahead', 'ahead']); // prettier-ignore
  expect(progress(submittedRoom()).stages.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done', 'current', 'ahead']); // prettier-ignore
});

test('the time spent is that of the acts: acknowledged after 20 s, declared after 10 s more', () => {
  const { stages } = progress(submittedRoom());
  expect(stages.slice(0, 2).map(({ spentMs }) => spentMs)).toEqual([20_000, 10_000]);
  expect(stages.slice(0, 5).reduce((sum, { spentMs }) => sum + spentMs, 0)).toBe(at(3, 10) - at(1));
});

test('what is left of the current stage is what the countdown says, and never less than nothing of a budget', () => {
  const { stages, countdown } = progress(submittedRoom());
  const current = stages[4];
  expect((current?.budgetMs ?? 0) - (current?.spentMs ?? 0)).toBe(countdown.stageRemainingMs);
  expect(progress(submittedRoom(), at(30)).stages[4]?.budgetMs).toBeGreaterThan(0);
});

test('once it is out every stage is done', () => {
  const out = publishingRoom().and(by(sol, confirmed(at(4, 30)), at(4, 40)));
  const { stages } = progress(out, at(9));
  expect(new Set(stages.map(({ state }) => state))).toEqual(new Set(['done']));
  expect(stages.reduce((sum, { spentMs }) => sum + spentMs, 0)).toBe(at(4, 30) - at(1));
});
