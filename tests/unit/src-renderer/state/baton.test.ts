import { expect, test } from 'vitest';
import { batonHolders, batonWords, isWith } from '../../../../src-renderer/state/baton.ts';
import { cora, lea, type Person, sol, wim } from '../../../support/given.ts';

function operator({ operatorId, name, roles }: Person, revoked = false) {
  return { operatorId, name, roles, deputyId: null, revoked };
}

const people = [cora, lea, sol, wim].map((one) => operator(one));
const nameOf = (id: string) => people.find(({ operatorId }) => operatorId === id)?.name ?? id;
const named = { operatorIds: [lea.operatorId], roles: ['comms-lead' as const] };
const byRole = { operatorIds: [], roles: ['comms-lead' as const, 'writer' as const, 'social-lead' as const] };

test('people named come before people who hold a role', () => {
  expect(batonHolders(named, people).map(({ name }) => name)).toEqual(['Lea']);
  expect(batonHolders(byRole, people).map(({ name }) => name)).toEqual(['Cora', 'Sol', 'Wim']);
});

test('somebody whose access was withdrawn holds nothing; then the role does', () => {
  const without = people.map((one) => (one.operatorId === lea.operatorId ? operator(lea, true) : one));
  expect(batonHolders(named, without).map(({ name }) => name)).toEqual(['Cora']);
});

test('whose turn it is, in words, also when it is many or nobody', () => {
  expect(batonWords(named, people, nameOf)).toBe('Lea');
  expect(batonWords({ ...byRole, roles: ['comms-lead', 'writer'] }, people, nameOf)).toBe('Cora or Wim');
  expect(batonWords(byRole, people, nameOf)).toBe('Cora, Sol or 1 more');
  expect(batonWords({ operatorIds: [], roles: ['executive'] }, people, nameOf)).toMatch(/\(nobody holds this role\)$/);
  expect(batonWords({ operatorIds: [], roles: [] }, people, nameOf)).toBe('nobody');
});

test('it is with me only if I hold it', () => {
  expect([lea, cora].map((one) => isWith(named, operator(one), people))).toEqual([true, false]);
  expect([isWith(named, null, people), isWith(named, undefined, people)]).toEqual([false, false]);
});
