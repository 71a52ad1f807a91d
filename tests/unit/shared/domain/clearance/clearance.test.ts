import { expect, test } from 'vitest';
import { sha256Hex } from '../../../../../shared/base/digest.ts';
import { clearanceOf, isCleared, mayTakeStep } from '../../../../../shared/domain/clearance/clearance.ts';
import {
  ada,
  approved,
  at,
  by,
  clearedRoom,
  cora,
  declaredRoom,
  delegated,
  dora,
  eventHash,
  first,
  FIRST,
  given,
  host,
  ines,
  lea,
  otto,
  person,
  sam,
  second,
  SECOND,
  sentBack,
  sol,
  step,
  type Story,
  stranger,
  submitted,
  submittedRoom,
  threeSteps,
  wim,
  withdrawn,
} from '../../../../support/given.ts';

function clearanceIn(story: Story, revision = 1) {
  return clearanceOf(story.state.clearances, 'holding', revision);
}

test('[CLR1] steps are taken in turn', () => {
  const room = submittedRoom();
  room.when(by(lea, approved('legal'))).thenItIsVoid({ type: 'NotYourTurn', waitingFor: 'Communications' });
  room.when(by(sam, sentBack('voice'))).thenItIsVoid({ type: 'NotYourTurn', waitingFor: 'Communications' });
  const one = room.and(by(cora, approved('comms')));
  one.when(by(sam, approved('voice'))).thenItIsVoid({ type: 'NotYourTurn', waitingFor: 'Legal' });
  one.when(by(lea, approved('legal'))).thenItCounts();
});

test('[CLR2] a step is taken by its role, a deputy or a delegate, and by nobody else', () => {
  const room = submittedRoom();
  for (const who of [ada, ines, wim, sol, lea, sam, dora])
    room.when(by(who, approved('comms'))).thenItIsVoid({ type: 'NotYourStep', step: 'Communications' });
  for (const who of [host, stranger]) room.when(by(who, approved('comms'))).thenItIsVoid({ type: 'UnknownAuthor' });
  room.when(by(person('Carl', 'comms-lead'), approved('comms'))).thenItCounts();
});

test('[CLR2] a deputy has the same authority, for that step only', () => {
  const legal = submittedRoom().and(by(cora, approved('comms')));
  const done = legal.when(by(dora, approved('legal'), at(3, 50))).thenItCounts();
  expect(clearanceIn(done).approvals.at(-1)).toEqual({
    stepId: 'legal',
    by: 'dora',
    name: 'Dora',
    at: at(3, 50),
    eventHash: eventHash(done.events.length - 1),
  });
  done.when(by(dora, approved('voice'))).thenItIsVoid({ type: 'NotYourStep', step: 'Spokesperson' });
  legal.when(by(dora, sentBack('legal'))).thenItCounts();
});

test('[CLR3] nobody approves one revision twice, not for another step either', () => {
  const both = person('Bo', 'comms-lead', 'legal');
  const room = submittedRoom().and(by(both, approved('comms')));
  room.when(by(both, approved('comms'))).thenItIsVoid({ type: 'NotYourTurn', waitingFor: 'Legal' });
  room.when(by(both, approved('legal'))).thenItIsVoid({ type: 'AlreadyApproved' });
  room.when(by(lea, approved('legal'))).thenItCounts();
  clearedRoom()
    .when(by(sam, approved('voice')))
    .thenItIsVoid({ type: 'AlreadyCleared' });
});

test('[CLR4] a revision that was sent back is over', () => {
  const room = submittedRoom().and(by(cora, approved('comms')), by(lea, sentBack('legal'), at(3, 45)));
  expect(clearanceIn(room).sentBack).toEqual({
    by: 'lea',
    name: 'Lea',
    at: at(3, 45),
    reason: 'Name the batch.',
    stepId: 'legal',
  });
  for (const deed of [by(lea, approved('legal')), by(dora, delegated('legal', sam)), by(lea, sentBack('legal'))])
    room.when(deed).thenItIsVoid({ type: 'RevisionSentBack' });
  room
    .and(by(wim, submitted(2, SECOND)))
    .when(by(cora, approved('comms', second)))
    .thenItCounts();
});

test("[CLR5] one withdraws one's own approval only, and the step is open again", () => {
  const room = clearedRoom();
  room.when(by(lea, withdrawn('comms'))).thenItIsVoid({ type: 'NothingToWithdraw' });
  submittedRoom()
    .when(by(cora, withdrawn('comms')))
    .thenItIsVoid({ type: 'NothingToWithdraw' });
  const open = room.when(by(lea, withdrawn('legal'))).thenItCounts();
  expect(isCleared(threeSteps, clearanceIn(open))).toBe(false);
  expect(clearanceIn(open).approvals.map((one) => one.stepId)).toEqual(['comms', 'voice']);
  open.when(by(lea, withdrawn('legal'))).thenItIsVoid({ type: 'NothingToWithdraw' });
  const again = open.when(by(dora, approved('legal'))).thenItCounts();
  expect(isCleared(threeSteps, clearanceIn(again))).toBe(true);
});

test('[CLR6] a step is delegated to somebody else who has not approved', () => {
  const room = submittedRoom().and(by(cora, approved('comms')));
  room.when(by(lea, delegated('legal', lea))).thenItIsVoid({ type: 'CannotTakeOver', operatorId: lea.operatorId });
  room.when(by(lea, delegated('legal', cora))).thenItIsVoid({ type: 'CannotTakeOver', operatorId: cora.operatorId });
  room.when(by(sam, delegated('legal', ada))).thenItIsVoid({ type: 'NotYourStep', step: 'Legal' });
  const given = room.when(by(lea, delegated('legal', ada))).thenItCounts();
  given.when(by(ada, approved('legal'))).thenItCounts();
  given.when(by(lea, approved('legal'))).thenItCounts(); // it stays hers as well
  given
    .and(by(ada, delegated('legal', ines)))
    .when(by(ines, approved('legal')))
    .thenItCounts();
  given
    .and(by(ada, delegated('legal', ines)))
    .when(by(ada, approved('legal')))
    .thenItIsVoid({ type: 'NotYourStep', step: 'Legal' });
});

test('[CLR6] a step is delegated in its turn only', () => {
  submittedRoom()
    .when(by(lea, delegated('legal', ada)))
    .thenItIsVoid({ type: 'NotYourTurn', waitingFor: 'Communications' });
});

test('[CLR7] whoever only observes takes no step, delegated or not', () => {
  const room = submittedRoom().and(by(cora, delegated('comms', otto)));
  room.when(by(otto, approved('comms'))).thenItIsVoid({ type: 'NotYourStep', step: 'Communications' });
  const deputy = step('x', 'X', 'legal', [], [otto, dora]);
  expect(mayTakeStep(deputy, clearanceIn(submittedRoom()), otto)).toBe(false);
  expect(mayTakeStep(deputy, clearanceIn(submittedRoom()), { ...dora, roles: [] })).toBe(true);
});

test('[CLR8] only the newest revision, by number and hash, can be decided on', () => {
  const room = submittedRoom();
  room.when(by(cora, approved('comms', { ...first, hash: sha256Hex('other') }))).thenItIsVoid({ type: 'HashMismatch' });
  room.when(by(cora, approved('comms', second))).thenItIsVoid({ type: 'NoSuchRevision' });
  declaredRoom()
    .when(by(cora, approved('comms')))
    .thenItIsVoid({ type: 'NoSuchStatement' });
  room.when(by(cora, approved('elsewhere'))).thenItIsVoid({ type: 'NoSuchStep' });
  const later = room.and(by(cora, approved('comms')), by(wim, submitted(2, SECOND)));
  for (const deed of [by(lea, approved('legal')), by(lea, sentBack('legal')), by(cora, withdrawn('comms'))])
    later.when(deed).thenItIsVoid({ type: 'RevisionSuperseded', latest: 2 });
});

test('[CLR9] a new revision needs every approval again, even with the same words', () => {
  const room = clearedRoom().and(by(wim, submitted(2, SECOND)), by(wim, submitted(3, FIRST)));
  expect(clearanceIn(room, 1).approvals).toHaveLength(3);
  expect(clearanceIn(room, 3).approvals).toEqual([]);
  room
    .when(by(sam, approved('voice', { ...first, revision: 3 })))
    .thenItIsVoid({ type: 'NotYourTurn', waitingFor: 'Communications' });
  room.when(by(cora, approved('comms', { ...first, revision: 3 }))).thenItCounts();
});

test('[CLR10] cleared means an approval for every step and not sent back', () => {
  const approvals = clearanceIn(clearedRoom()).approvals;
  const clearance = { approvals, delegates: {}, sentBack: null };
  expect(isCleared(threeSteps, clearance)).toBe(true);
  expect(isCleared(threeSteps, { ...clearance, approvals: approvals.slice(1) })).toBe(false);
  expect(
    isCleared(threeSteps, {
      ...clearance,
      sentBack: { by: sam.operatorId, name: 'Sam', at: at(4), reason: 'No.', stepId: 'voice' },
    }),
  ).toBe(false);
  expect(isCleared([], clearance)).toBe(false);
});

test('[CLR10] a chain of one step is cleared by one approval', () => {
  const room = submittedRoom({ chain: threeSteps.slice(0, 1) }).and(by(cora, approved('comms')));
  expect(isCleared(threeSteps.slice(0, 1), clearanceIn(room))).toBe(true);
});

test('[CLR11] nothing is decided without an open incident', () => {
  given()
    .when(by(cora, approved('comms')))
    .thenItIsVoid({ type: 'NotDeclared' });
  const over = submittedRoom().and(by(ines, { type: 'IncidentStoodDown', reason: 'Over.' }));
  over.when(by(cora, approved('comms'))).thenItIsVoid({ type: 'IncidentOver' });
});
