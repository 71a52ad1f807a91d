import { expect, test } from 'vitest';
import { PublicationId, StatementId } from '../../../../shared/base/ids.ts';
import { countdownAt } from '../../../../shared/domain/countdown/countdown.ts';
import { NEXT_LABELS, nextStep } from '../../../../src-renderer/views/next-step.ts';
import {
  at,
  by,
  clearedRoom,
  confirmed,
  declaredRoom,
  ines,
  lea,
  publishingRoom,
  ringingRoom,
  sentBack,
  sol,
  statementStarted,
  type Story,
  submittedRoom,
  wim,
  alarmId,
  cora,
  approved,
  publishes,
  revisionNamed,
  sam,
  submitted,
} from '../../../support/given.ts';

function step(story: Story, draftMoved = false) {
  return nextStep(story.state, countdownAt(story.state, at(4, 30)), draftMoved);
}

test('the story goes on by one step at a time, from the alarm to the replay', () => {
  const out = publishingRoom().and(by(sol, confirmed(at(4, 30)), at(4, 40)));
  const story = [
    ringingRoom(),
    ringingRoom().and(by(sol, { type: 'AlarmAcknowledged', alarmId }, at(1, 20))),
    declaredRoom(),
    declaredRoom().and(by(wim, statementStarted(), at(1, 40))),
    submittedRoom(),
    clearedRoom(),
    out,
    out.and(by(ines, { type: 'IncidentStoodDown', reason: 'Over.' })),
  ];
  const steps = story.map((room) => step(room));
  expect(steps).toEqual(['acknowledge', 'declare', 'start', 'submit', 'sign-off', 'publish', 'stand-down', 'replay']);
  expect(steps.map((one) => NEXT_LABELS[one])).not.toContain(undefined);
});

test('words that moved on while they wait for sign-off are submitted again; what was sent back, too', () => {
  expect(step(submittedRoom(), true)).toBe('submit');
  const back = submittedRoom().and(by(cora, approved('comms'), at(3, 20)), by(lea, sentBack('legal'), at(3, 40)));
  expect(step(back)).toBe('submit');
});

test('a text that is open beside the first goes its own way, from the draft to being out', () => {
  const statementId = StatementId.parse('correction');
  const about = { ...revisionNamed(1, 'Another batch.'), statementId };
  const begun = publishingRoom().and(
    by(sol, confirmed(at(4, 30)), at(4, 40)),
    by(wim, statementStarted({ statementId, kind: 'correction', title: 'Correction' }), at(7)),
  );
  const waiting = begun.and(by(wim, submitted(1, 'Another batch.', { statementId }), at(8)));
  const cleared = waiting.and(
    by(cora, approved('comms', about), at(8, 10)),
    by(lea, approved('legal', about), at(8, 20)),
    by(sam, approved('voice', about), at(8, 30)),
  );
  const publicationId = PublicationId.parse('publication-2');
  const out = cleared.and(
    publishes(sol, { ...about, publicationId }, at(9)),
    by(sol, confirmed(at(9, 10), { publicationId }), at(9, 20)),
  );
  const next = ({ state }: Story, draftMoved = false) =>
    nextStep(state, countdownAt(state, at(10)), draftMoved, state.statements[statementId]);
  expect([begun, waiting, cleared, out].map((story) => next(story))).toEqual([
    'submit',
    'sign-off',
    'publish',
    'stand-down',
  ]);
  expect(next(cleared, true)).toBe('submit');
  expect(next(waiting.and(by(cora, sentBack('comms', about), at(9))))).toBe('submit');
});
