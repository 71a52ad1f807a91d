import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant } from '../../../../../shared/base/ids.ts';
import { countdownAt, planStages } from '../../../../../shared/domain/countdown/countdown.ts';
import {
  alarmId,
  approved,
  at,
  by,
  clearedRoom,
  confirmed,
  cora,
  declared,
  declaredRoom,
  delegated,
  given,
  host,
  ines,
  lea,
  publishingRoom,
  ringingRoom,
  SECOND,
  sentBack,
  sol,
  type Story,
  submitted,
  submittedRoom,
  T0,
  ada,
  wim,
} from '../../../../support/given.ts';

const watching = { type: 'WatchChosen', alarmId, reason: 'Two angry fans.' } as const;

function clock(story: Story, minutes: number, seconds = 0) {
  const countdown = countdownAt(story.state, at(minutes, seconds));
  if (!countdown) throw new Error('no countdown');
  return countdown;
}

test('[CNT1] the stages follow each other from the alarm to the deadline, each with its share', () => {
  const plan = planStages({ t0: T0, alarmAt: T0, complexity: 'simple' });
  expect(plan.map((one) => (one.to - one.from) / 1000)).toEqual([45, 30, 105, 20, 85, 15]);
  expect(planStages({ t0: T0, alarmAt: T0, complexity: 'complex' }).map((one) => (one.to - one.from) / 1000)).toEqual([
    90, 60, 210, 40, 170, 30,
  ]);
  fc.assert(
    fc.property(
      fc.integer({ min: -1e6, max: 1e6 }),
      fc.constantFrom('simple' as const, 'complex' as const),
      (late, complexity) => {
        const stages = planStages({ t0: T0, alarmAt: instant(T0 + late), complexity });
        const deadline = T0 + (complexity === 'simple' ? 300_000 : 600_000);
        expect(stages[0]?.from).toBe(Math.min(Math.max(T0, T0 + late), deadline));
        expect(stages.at(-1)?.to).toBe(deadline);
        for (const [index, stage] of stages.entries()) {
          expect(stage.to).toBeGreaterThanOrEqual(stage.from);
          if (index > 0) expect(stage.from).toBe(stages[index - 1]?.to);
        }
      },
    ),
  );
});

test('[CNT2] an alarm after the deadline leaves stages of no length', () => {
  for (const stage of planStages({ t0: T0, alarmAt: at(7), complexity: 'simple' }))
    expect(stage).toMatchObject({ from: at(5), to: at(5) });
});

test('[CNT3] it says how much was gone before the alarm', () => {
  expect(clock(ringingRoom(), 2).goneBeforeAlarmMs).toBe(60_000);
  expect(clock(ringingRoom(), 2).stages[0]).toMatchObject({ stage: 'acknowledge', from: at(1), to: at(1, 36) });
});

test('[CNT4] the first statement that is out freezes it', () => {
  const met = publishingRoom().and(by(sol, confirmed(at(4, 30)), at(4, 35)));
  expect(clock(met, 20)).toMatchObject({
    phase: 'met',
    remainingMs: 30_000,
    stage: 'done',
    baton: { operatorIds: [], roles: [] },
  });
  const exactly = publishingRoom().and(by(sol, confirmed(at(5)), at(5)));
  expect(clock(exactly, 20)).toMatchObject({ phase: 'met', remainingMs: 0 });
  const late = publishingRoom().and(by(sol, confirmed(at(5, 1)), at(5, 1)));
  expect(clock(late, 20)).toMatchObject({ phase: 'late', remainingMs: -1000 });
  expect(clock(late.and(by(ines, { type: 'IncidentStoodDown', reason: 'Over.' }, at(9))), 20)).toMatchObject({
    phase: 'late',
    remainingMs: -1000,
  });
});

test('[CNT5] after the deadline it counts on, below zero', () => {
  expect(clock(declaredRoom(), 5)).toMatchObject({ phase: 'running', remainingMs: 0 });
  expect(clock(declaredRoom(), 6, 30)).toMatchObject({ phase: 'running', remainingMs: -90_000 });
  expect(clock(publishingRoom(), 6)).toMatchObject({ phase: 'running', remainingMs: -60_000, stage: 'publish' });
});

test('[CNT6] it starts with the alarm; complex moves the deadline to 10:00 and no further', () => {
  expect(clock(ringingRoom(), 2)).toMatchObject({
    t0: T0,
    deadline: at(5),
    complexity: 'simple',
    remainingMs: 180_000,
  });
  const complex = declaredRoom().and(by(ines, { type: 'ComplexDeclared', reason: 'Hurt.' }));
  expect(clock(complex, 2)).toMatchObject({ deadline: at(10), complexity: 'complex', remainingMs: 480_000 });
});

test('[CNT7] watching stops it, a declaration all the same starts it again', () => {
  const watched = ringingRoom().and(by(sol, watching, at(2)));
  expect(clock(watched, 30)).toMatchObject({ phase: 'ended', stage: 'done', remainingMs: 180_000 });
  expect(clock(watched.and(by(ines, declared(), at(4))), 6)).toMatchObject({
    phase: 'running',
    stage: 'check',
    t0: T0,
    remainingMs: -60_000,
  });
});

test('[CNT8] the end of the incident stops it', () => {
  for (const type of ['IncidentStoodDown', 'IncidentMistaken'] as const)
    expect(clock(declaredRoom().and(by(ines, { type, reason: 'Over.' }, at(4))), 30)).toMatchObject({
      phase: 'ended',
      remainingMs: 60_000,
      stage: 'done',
    });
});

test('[CNT9] the stage goes by what was done', () => {
  const stageOf = (story: Story) => clock(story, 1, 45).stage;
  expect(stageOf(ringingRoom())).toBe('acknowledge');
  expect(stageOf(ringingRoom().and(by(sol, { type: 'AlarmAcknowledged', alarmId })))).toBe('triage');
  expect(stageOf(declaredRoom())).toBe('draft');
  expect(stageOf(submittedRoom())).toBe('clear');
  expect(stageOf(submittedRoom().and(by(cora, sentBack('comms'))))).toBe('draft');
  expect(stageOf(clearedRoom())).toBe('publish');
  expect(stageOf(clearedRoom().and(by(wim, submitted(2, SECOND))))).toBe('clear');
  expect(stageOf(publishingRoom())).toBe('publish');
});

test('[CNT10] drafting turns into checking by its budget', () => {
  const check = clock(declaredRoom(), 2).stages.find((one) => one.stage === 'check');
  expect(countdownAt(declaredRoom().state, instant((check?.from ?? 0) - 1))?.stage).toBe('draft');
  expect(countdownAt(declaredRoom().state, instant(check?.from ?? 0))?.stage).toBe('check');
});

test('[CNT11] the baton is with whoever must act now', () => {
  const batonOf = (story: Story, minutes = 1, seconds = 45) => clock(story, minutes, seconds).baton;
  expect(batonOf(ringingRoom())).toEqual({ operatorIds: ['sol'], roles: [] });
  expect(
    batonOf(ringingRoom().and(by(host, { type: 'AlarmEscalated', alarmId, to: cora.operatorId, rung: 1 }))),
  ).toEqual({ operatorIds: ['cora'], roles: [] });
  expect(batonOf(ringingRoom().and(by(ines, { type: 'AlarmAcknowledged', alarmId })))).toEqual({
    operatorIds: ['ines'],
    roles: [],
  });
  expect(batonOf(declaredRoom())).toEqual({ operatorIds: [], roles: ['comms-lead', 'writer'] });
  expect(batonOf(submittedRoom())).toEqual({ operatorIds: ['cora'], roles: ['comms-lead'] });
  const legal = submittedRoom().and(by(cora, approved('comms')));
  expect(batonOf(legal)).toEqual({ operatorIds: ['lea'], roles: ['legal'] });
  expect(batonOf(legal.and(by(lea, delegated('legal', ada))))).toMatchObject({ operatorIds: ['ada'] });
  expect(batonOf(clearedRoom())).toEqual({ operatorIds: [], roles: ['social-lead', 'comms-lead'] });
});

test('[CNT12] there is none without an alarm and an incident', () => {
  expect(countdownAt(given().state, at(3))).toBeNull();
  const alone = given(by(ines, declared({ t0: at(2) }), at(2)));
  expect(clock(alone, 3)).toMatchObject({ t0: at(2), goneBeforeAlarmMs: 0, stage: 'draft' });
});
