import { expect, test } from 'vitest';
import { createBackgroundWork, guardedSchedule } from '../../../../src-main/app/background-work.ts';
import { createFakeTime } from '../../../support/mention-fixtures.ts';

test('what a timer does never throws out of it, and can still be called off', () => {
  const time = createFakeTime();
  const failures: unknown[] = [];
  const schedule = guardedSchedule(time.schedule, (cause) => failures.push(cause));
  const full = new Error('full');
  schedule(10, () => {
    throw full;
  });
  const cancel = schedule(20, () => failures.push('called off'));
  cancel();
  time.pass(100);
  expect(failures).toEqual([full]);
});

test('recovery is said once everything that had failed has been done', () => {
  const said: string[] = [];
  const work = createBackgroundWork({
    onFailure: (what) => said.push(what),
    onRecovered: () => said.push('recovered'),
  });
  const fail = () => {
    throw new Error('full');
  };
  expect(work.attempt('a', () => undefined)).toBe(true);
  expect(work.attempt('a', fail)).toBe(false);
  expect(work.attempt('b', fail)).toBe(false);
  expect(work.attempt('a', () => undefined)).toBe(true);
  expect(said).toEqual(['a', 'b']);
  work.done('b');
  work.done('b');
  expect(said).toEqual(['a', 'b', 'recovered']);
});
