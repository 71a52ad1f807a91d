import { expect, test } from 'vitest';
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
