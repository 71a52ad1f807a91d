import { expect, test } from 'vitest';
import { StatementId } from '../../../../shared/base/ids.ts';
import { myStep } from '../../../../src-renderer/views/my-step.ts';
import {
  approved,
  by,
  cora,
  at,
  declaredRoom,
  statementStarted,
  revisionNamed,
  clearedRoom,
  delegated,
  dora,
  ines,
  lea,
  otto,
  type Person,
  sam,
  SECOND,
  second,
  sentBack,
  type Story,
  submitted,
  submittedRoom,
  wim,
} from '../../../support/given.ts';

function asked(story: Story, { operatorId, name, roles }: Person) {
  return myStep(story.state, { operatorId, name, roles, deputyId: null, revoked: false });
}

const atLegal = submittedRoom().and(by(cora, approved('comms')));

test('only whose turn it is, is asked: the holder and the deputy of the step, nobody else', () => {
  expect(asked(declaredRoom(), cora)).toBeNull();
  expect(asked(submittedRoom(), cora)?.step.name).toBe('Communications');
  expect([cora, sam, wim, ines, otto].map((one) => asked(atLegal, one))).toEqual([null, null, null, null, null]);
  expect([lea, dora].map((one) => asked(atLegal, one)?.step.name)).toEqual(['Legal', 'Legal']);
  expect(myStep(atLegal.state, null)).toBeNull();
});

test('once it was handed to somebody by name, only that person is pulled out of the text', () => {
  const handed = atLegal.and(by(lea, delegated('legal', wim)));
  expect(asked(handed, wim)?.step.name).toBe('Legal');
  expect([lea, dora].map((one) => asked(handed, one))).toEqual([null, null]);
});

test('a revision that was sent back asks nobody; a new one asks again, by another name', () => {
  const back = submittedRoom().and(by(cora, sentBack('comms')));
  expect(asked(back, cora)).toBeNull();
  const again = back.and(by(wim, submitted(2, SECOND)));
  expect(asked(again, cora)?.asked).not.toBe(asked(submittedRoom(), cora)?.asked);
  expect(asked(again.and(by(cora, approved('comms', second))), cora)).toBeNull();
});

test('after the incident nobody is asked', () => {
  expect(asked(atLegal.and(by(ines, { type: 'IncidentStoodDown', reason: 'Over.' })), lea)).toBeNull();
});

test('a correction asks its approvers, too, while the first text asks nobody any more', () => {
  const statementId = StatementId.parse('correction');
  const correction = clearedRoom().and(
    by(wim, statementStarted({ statementId, kind: 'correction', title: 'Correction' }), at(7)),
    by(wim, submitted(1, 'Another batch.', { statementId }), at(8)),
  );
  expect(asked(correction, cora)).toMatchObject({ statementId, step: { name: 'Communications' } });
  const about = { ...revisionNamed(1, 'Another batch.'), statementId };
  const next = correction.and(by(cora, approved('comms', about), at(9)));
  expect(asked(next, cora)).toBeNull();
  expect(asked(next, lea)).toMatchObject({ statementId, step: { name: 'Legal' } });
});
