import { expect, test } from 'vitest';
import { SetupInput } from '../../../../../shared/protocol/endpoints.ts';
import {
  DEFAULT_CHAIN,
  type SetUpForm,
  setUpInput,
  setUpLack,
  unstaffedSteps,
} from '../../../../../src-renderer/features/first-run/set-up.ts';

const form: SetUpForm = {
  organisation: ' Clyde Air ',
  watch: 'helicopter, clyde air\n\n rotor ',
  people: [
    { key: 1, name: 'Ana', role: 'comms-lead', deputyOf: '' },
    { key: 2, name: ' ', role: 'writer', deputyOf: '' },
    { key: 3, name: 'Rob', role: 'legal', deputyOf: '1' },
  ],
  chain: DEFAULT_CHAIN,
};

test('rows without a name are left out, and deputies still stand in for the right person', () => {
  const input = setUpInput(form, false);
  expect(SetupInput.safeParse(input).success).toBe(true);
  expect(input).toEqual({
    organisation: 'Clyde Air',
    watch: ['helicopter', 'clyde air', 'rotor'],
    people: [
      { name: 'Ana', roles: ['administrator', 'comms-lead'], deputyOf: null },
      { name: 'Rob', roles: ['legal'], deputyOf: 0 },
    ],
    chain: ['comms-lead', 'legal', 'spokesperson'],
  });
});

test('whoever is alone may do everything, with one step of sign-off', () => {
  const input = setUpInput(form, true);
  expect(SetupInput.safeParse(input).success).toBe(true);
  expect(input.people).toHaveLength(1);
  expect(input.people[0]?.roles).toEqual(expect.arrayContaining(['administrator', 'comms-lead']));
  expect(input.chain).toEqual(['comms-lead']);
});

test('what is missing is said one thing at a time', () => {
  expect(setUpLack(form, false)).toBeUndefined();
  expect(setUpLack({ ...form, organisation: ' ' }, false)).toContain('organisation');
  expect(setUpLack({ ...form, people: [] }, false)).toContain('own name');
  expect(setUpLack({ ...form, chain: [] }, false)).toContain('at least one step');
  expect(setUpLack({ ...form, chain: [] }, true)).toBeUndefined();
});

test('a step that nobody holds is named before it is waited for', () => {
  expect(unstaffedSteps(form)).toEqual(['spokesperson']);
});
