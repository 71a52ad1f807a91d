import { expect, test } from 'vitest';
import { AlarmId, instant, WatchQueryId } from '../../../../../shared/base/ids.ts';
import { escalationDue, LONGEST_WATCH_MS, watchIsOver } from '../../../../../shared/domain/alarm/alarm.ts';
import type { RoomEvent } from '../../../../../shared/domain/room/room.ts';
import {
  alarmId,
  alarmRaised,
  at,
  by,
  cora,
  declared,
  given,
  host,
  ines,
  otto,
  ringingRoom,
  sol,
  stranger,
  wim,
} from '../../../../support/given.ts';

const acknowledged = { type: 'AlarmAcknowledged', alarmId } as const;
const watching = { type: 'WatchChosen', alarmId, reason: 'Two angry fans.' } as const;
const called = (who: typeof sol, rung: number) =>
  ({ type: 'AlarmEscalated', alarmId, to: who.operatorId, rung }) as const;

test('[ALM1] a second alarm in the same room does not count', () => {
  const again = alarmRaised({ alarmId: AlarmId.parse('alarm-2') });
  ringingRoom().when(by(host, again)).thenItIsVoid({ type: 'AlarmExists' });
});

test('[ALM2] the first answer by name stands, and only people who may answer', () => {
  const room = ringingRoom();
  const refusal = { type: 'NotAllowed', act: 'acknowledge-alarm' } as const;
  room.when(by(otto, acknowledged)).thenItIsVoid(refusal);
  room.when(by(host, acknowledged)).thenItIsVoid(refusal);
  room.when(by(stranger, acknowledged)).thenItIsVoid({ type: 'UnknownAuthor' });
  const answered = room.when(by(sol, acknowledged, at(1, 20))).thenItCounts();
  expect(answered.state.alarm).toMatchObject({
    phase: 'acknowledged',
    acknowledgedBy: 'sol',
    acknowledgedAt: at(1, 20),
  });
  answered
    .when(by(cora, acknowledged))
    .thenItIsVoid({ type: 'AlreadyAcknowledged', by: sol.operatorId, at: at(1, 20) });
});

test('[ALM2] an answer to another alarm answers nothing', () => {
  ringingRoom()
    .when(by(sol, { ...acknowledged, alarmId: AlarmId.parse('other') }))
    .thenItIsVoid({ type: 'NoAlarm' });
  given().when(by(sol, acknowledged)).thenItIsVoid({ type: 'NoAlarm' });
});

test('[ALM3] one rung at a time, by the host, only while nobody has answered', () => {
  const room = ringingRoom();
  room.when(by(host, called(ines, 2))).thenItIsVoid({ type: 'AlreadyEscalated' });
  room.when(by(cora, called(cora, 1))).thenItIsVoid({ type: 'HostOnly' });
  const once = room.when(by(host, called(cora, 1), at(1, 45))).thenItCounts();
  once.when(by(host, called(cora, 1))).thenItIsVoid({ type: 'AlreadyEscalated' });
  once.and(by(host, called(ines, 2)));
  once
    .and(by(cora, acknowledged))
    .when(by(host, called(ines, 2)))
    .thenItIsVoid({ type: 'AlreadyEscalated' });
});

test('[ALM4] choosing to watch answers the alarm, and keeps who had answered before', () => {
  const room = ringingRoom();
  expect(room.when(by(cora, watching, at(2))).thenItCounts().state.alarm).toMatchObject({
    phase: 'watching',
    acknowledgedBy: 'cora',
    acknowledgedAt: at(2),
  });
  const answered = room.and(by(sol, acknowledged, at(1, 20)));
  expect(answered.and(by(cora, watching, at(2))).state.alarm).toMatchObject({
    phase: 'watching',
    acknowledgedBy: 'sol',
    acknowledgedAt: at(1, 20),
  });
});

test('[ALM5] a person raises an alarm as a person only, and only with that right', () => {
  given()
    .when(by(sol, alarmRaised({ cause: 'spike' }), at(1)))
    .thenItIsVoid({ type: 'HostOnly' });
  given()
    .when(by(otto, alarmRaised({ cause: 'person' }), at(1)))
    .thenItIsVoid({ type: 'NotAllowed', act: 'raise-alarm' });
  given()
    .when(by(wim, alarmRaised({ cause: 'person' }), at(1)))
    .thenItCounts();
});

test('[ALM6] an alarm cannot have a T0 later than itself', () => {
  given()
    .when(by(sol, alarmRaised({ cause: 'person', t0: at(2) }), at(1)))
    .thenItIsVoid({ type: 'T0TooLate' });
  given()
    .when(by(sol, alarmRaised({ cause: 'person', t0: at(1) }), at(1)))
    .thenItCounts();
});

test('[ALM7] nobody chooses to watch once the incident is declared', () => {
  ringingRoom().and(by(ines, declared())).when(by(sol, watching)).thenItIsVoid({ type: 'AlreadyDeclared' });
});

test('[ALM8] declaring answers a ringing alarm, so nobody else is called', () => {
  const room = ringingRoom().and(by(ines, declared(), at(1, 30)));
  expect(room.state.alarm).toMatchObject({ phase: 'acknowledged', acknowledgedBy: 'ines', acknowledgedAt: at(1, 30) });
  expect(escalationDue(room.state.alarm, at(5))).toBeNull();
  const before = ringingRoom().and(by(sol, acknowledged, at(1, 10)), by(ines, declared(), at(1, 30)));
  expect(before.state.alarm).toMatchObject({ acknowledgedBy: 'sol', acknowledgedAt: at(1, 10) });
});

test('[ALM9] the next call is due 45 s after the last one, down to the end of the ladder', () => {
  const room = ringingRoom();
  expect(escalationDue(room.state.alarm, instant(at(1, 45) - 1))).toBeNull();
  expect(escalationDue(room.state.alarm, at(1, 45))).toEqual({ to: 'cora', rung: 1 });
  const late = room.and(by(host, called(cora, 1), at(1, 50)));
  expect(escalationDue(late.state.alarm, at(2, 34))).toBeNull();
  expect(escalationDue(late.state.alarm, at(2, 35))).toEqual({ to: 'ines', rung: 2 });
  expect(escalationDue(late.and(by(host, called(ines, 2), at(2, 40))).state.alarm, at(20))).toBeNull();
  expect(escalationDue(room.and(by(sol, acknowledged)).state.alarm, at(20))).toBeNull();
  expect(escalationDue(given().state.alarm, at(20))).toBeNull();
});

test('[ALM10] a spike is for the host to report, and raises nothing by itself', () => {
  const numbers = { windowMs: 300_000, observed: 90, expected: 8, lower: 2, upper: 17, score: 9 };
  const words = { sentence: '90 mentions in 5 minutes.', facts: [], history: [] };
  const spike: RoomEvent = {
    type: 'SpikeDetected',
    watchQueryId: WatchQueryId.parse('us'),
    ...numbers,
    abnormalSince: at(0),
    ...words,
  };
  given().when(by(sol, spike)).thenItIsVoid({ type: 'HostOnly' });
  expect(given().when(by(host, spike)).thenItCounts().state.alarm).toEqual({ phase: 'none' });
  expect(ringingRoom().when(by(host, spike)).thenItCounts().state).toEqual(ringingRoom().state);
});

const until = (end: ReturnType<typeof at> | null) => ({ ...watching, until: end });
const ended = (why: 'time' | 'worse') => ({ type: 'WatchEnded', alarmId, why }) as const;

test('[ALM11] a watch ends after it begins, and within a day', () => {
  const room = ringingRoom();
  room.when(by(cora, until(at(2)), at(2))).thenItIsVoid({ type: 'WatchTooLong' });
  const tooLong = instant(at(2) + LONGEST_WATCH_MS + 1);
  room.when(by(cora, until(tooLong), at(2))).thenItIsVoid({ type: 'WatchTooLong' });
  const longest = room.when(by(cora, until(instant(at(2) + LONGEST_WATCH_MS)), at(2))).thenItCounts();
  expect(longest.state.alarm).toMatchObject({ phase: 'watching', watchUntil: at(2) + LONGEST_WATCH_MS });
  const again = longest.when(by(sol, until(at(30)), at(3))).thenItCounts();
  expect(again.state.alarm).toMatchObject({ watchUntil: at(30), acknowledgedBy: 'cora' });
});

test('[ALM11] a watch of an older version has no end, and nothing is due', () => {
  const room = ringingRoom().and(by(cora, watching, at(2)));
  expect(room.state.alarm).toMatchObject({ phase: 'watching', watchUntil: null });
  expect(watchIsOver(room.state.alarm, at(10_000))).toBe(false);
});

test('[ALM12] the host ends a watch, when its time has come or when it got worse', () => {
  const room = ringingRoom().and(by(cora, until(at(30)), at(2)));
  room.when(by(cora, ended('worse'), at(10))).thenItIsVoid({ type: 'HostOnly' });
  room.when(by(host, ended('time'), at(29))).thenItIsVoid({ type: 'NotWatching' });
  expect(watchIsOver(room.state.alarm, at(29))).toBe(false);
  expect(watchIsOver(room.state.alarm, at(30))).toBe(true);
  room.when(by(host, ended('worse'), at(10))).thenItCounts();
  const over = room.when(by(host, ended('time'), at(30))).thenItCounts();
  over.when(by(host, ended('time'), at(31))).thenItIsVoid({ type: 'NotWatching' });
  ringingRoom()
    .when(by(host, ended('worse'), at(10)))
    .thenItIsVoid({ type: 'NotWatching' });
  const declaredSince = room.and(by(ines, declared(), at(20)));
  declaredSince.when(by(host, ended('time'), at(30))).thenItIsVoid({ type: 'AlreadyDeclared' });
});

test('[ALM13] a watch that is over rings again from the first rung, with the T0 that it had', () => {
  const room = ringingRoom().and(
    by(host, called(cora, 1), at(1, 50)),
    by(cora, until(at(30)), at(2)),
    by(host, ended('time'), at(30)),
  );
  expect(room.state.alarm).toMatchObject({ phase: 'ringing', rung: 0, calledAt: at(30), t0: at(0), watchUntil: null });
  expect(escalationDue(room.state.alarm, at(30, 45))).toEqual({ to: 'cora', rung: 1 });
  const answered = room.when(by(sol, acknowledged, at(31))).thenItCounts();
  expect(answered.state.alarm).toMatchObject({ acknowledgedBy: 'sol', acknowledgedAt: at(31) });
});

test('[ALM14] an alarm that comes as history makes no sound until it gets worse', () => {
  const room = given(by(host, alarmRaised({ isHistory: true }), at(30)));
  expect(room.state.alarm).toMatchObject({ phase: 'watching', acknowledgedBy: null, watchUntil: null });
  expect(escalationDue(room.state.alarm, at(60))).toBeNull();
  room.when(by(sol, acknowledged, at(31))).thenItCounts();
  expect(room.and(by(host, ended('worse'), at(40))).state.alarm).toMatchObject({ phase: 'ringing', rung: 0 });
  const mine = alarmRaised({ cause: 'person', isHistory: true });
  given()
    .when(by(sol, mine, at(30)))
    .thenItIsVoid({ type: 'HostOnly' });
});
