import { expect, test } from 'vitest';
import { deadlineOf } from '../../../../../shared/domain/incident/incident.ts';
import type { RoomEvent } from '../../../../../shared/domain/room/room.ts';
import {
  ada,
  at,
  by,
  confirmed,
  cora,
  declared,
  declaredRoom,
  given,
  host,
  ines,
  lea,
  otto,
  publishingRoom,
  ringingRoom,
  sol,
  stranger,
  T0,
  wim,
} from '../../../../support/given.ts';

const complex = { type: 'ComplexDeclared', reason: 'People are hurt.' } as const;
const milder = { type: 'SeverityChanged', to: 'sev3', reason: 'Nobody is hurt.' } as const;
const standDown = { type: 'IncidentStoodDown', reason: 'It is over.' } as const;
const mistaken = { type: 'IncidentMistaken', reason: 'Another yoghurt.' } as const;
const passed = (minutes: number): RoomEvent => ({ type: 'DeadlinePassed', deadline: at(minutes) });

test('[INC1] the first declaration counts, a second does not', () => {
  const room = declaredRoom();
  const state = room
    .when(by(cora, declared({ title: 'Another', severity: 'sev1' })))
    .thenItIsVoid({ type: 'AlreadyDeclared' }).state;
  expect(state.incident).toMatchObject({
    phase: 'open',
    title: 'Glass in the yoghurt',
    declaredBy: 'ines',
    declaredAt: at(1, 30),
  });
});

test('[INC2] an incident that ended does not change any more', () => {
  for (const end of [standDown, mistaken]) {
    const over = declaredRoom().and(by(cora, end));
    for (const event of [complex, milder, standDown, mistaken])
      over.when(by(cora, event)).thenItIsVoid({ type: 'IncidentOver' });
    over.when(by(host, passed(5), at(6))).thenItIsVoid({ type: 'IncidentOver' });
  }
});

test('[INC3] complex once, and never beyond 10:00', () => {
  const room = declaredRoom().and(by(ines, complex));
  expect(room.state.incident).toMatchObject({ complexity: 'complex' });
  room.when(by(cora, complex)).thenItIsVoid({ type: 'AlreadyComplex' });
  declaredRoom({ complexity: 'complex', complexityReason: 'At once.' })
    .when(by(ines, complex))
    .thenItIsVoid({ type: 'AlreadyComplex' });
});

test('[INC4] a passed deadline is recorded once, by the host, when it has passed', () => {
  const room = declaredRoom();
  room.when(by(host, passed(5), at(4, 59))).thenItIsVoid({ type: 'DeadlineNotPassed' });
  room.when(by(host, passed(4), at(5, 1))).thenItIsVoid({ type: 'DeadlineNotPassed' });
  room.when(by(ines, passed(5), at(5, 1))).thenItIsVoid({ type: 'HostOnly' });
  const late = room.when(by(host, passed(5), at(5))).thenItCounts();
  expect(late.state.incident).toMatchObject({ breaches: [at(5)] });
  late.when(by(host, passed(5), at(5, 2))).thenItIsVoid({ type: 'DeadlineNotPassed' });
});

test('[INC4] a deadline that was met cannot pass, one that was met late can', () => {
  publishingRoom()
    .and(by(sol, confirmed(at(4, 50)), at(4, 50)))
    .when(by(host, passed(5), at(6)))
    .thenItIsVoid({ type: 'DeadlineMet' });
  publishingRoom()
    .and(by(sol, confirmed(at(5, 10)), at(5, 10)))
    .when(by(host, passed(5), at(6)))
    .thenItCounts();
});

test('[INC5] what is public cannot have been a mistake', () => {
  const room = publishingRoom();
  room.when(by(ines, mistaken)).thenItCounts();
  room
    .and(by(sol, confirmed(at(4, 50)), at(4, 50)))
    .when(by(ines, mistaken))
    .thenItIsVoid({ type: 'AlreadyPublishedSomething' });
});

test('[INC6] declaring cannot move T0 back in time, and the deadline with it', () => {
  ringingRoom()
    .when(by(ines, declared({ t0: at(0, 1) })))
    .thenItIsVoid({ type: 'T0TooLate' });
  ringingRoom()
    .when(by(ines, declared({ t0: T0 })))
    .thenItCounts();
  given()
    .when(by(ines, declared({ t0: at(3) }), at(2)))
    .thenItIsVoid({ type: 'T0TooLate' });
  given()
    .when(by(ines, declared({ t0: at(2) }), at(2)))
    .thenItCounts();
});

test('[INC7] declaring and changing need that right', () => {
  for (const who of [wim, lea, otto])
    ringingRoom().when(by(who, declared())).thenItIsVoid({ type: 'NotAllowed', act: 'declare' });
  for (const who of [host, stranger]) ringingRoom().when(by(who, declared())).thenItIsVoid({ type: 'UnknownAuthor' });
  for (const event of [complex, milder, mistaken])
    declaredRoom().when(by(wim, event)).thenItIsVoid({ type: 'NotAllowed', act: 'declare' });
});

test('[INC7] standing down needs its own right', () => {
  for (const who of [ada, sol, otto])
    declaredRoom().when(by(who, standDown)).thenItIsVoid({ type: 'NotAllowed', act: 'stand-down' });
  const over = declaredRoom()
    .when(by(cora, standDown, at(9)))
    .thenItCounts();
  expect(over.state.incident).toMatchObject({ phase: 'stood-down', endedAt: at(9), endReason: 'It is over.' });
});

test('[INC8] the deadline is T0 + 5:00, or + 10:00 when complex', () => {
  expect(deadlineOf({ t0: T0, complexity: 'simple' })).toBe(T0 + 300_000);
  expect(deadlineOf({ t0: T0, complexity: 'complex' })).toBe(T0 + 600_000);
});

test('[INC9] before a declaration there is nothing to change', () => {
  for (const event of [complex, milder, standDown, mistaken])
    ringingRoom().when(by(cora, event)).thenItIsVoid({ type: 'NotDeclared' });
  ringingRoom()
    .when(by(host, passed(5), at(6)))
    .thenItIsVoid({ type: 'NotDeclared' });
});

test('[INC10] a breach stays, and complex afterwards has a deadline of its own', () => {
  const room = declaredRoom().and(by(host, passed(5), at(5, 1)), by(ines, complex, at(5, 30)), by(ines, milder));
  expect(room.state.incident).toMatchObject({ breaches: [at(5)], severity: 'sev3' });
  const late = room.and(by(host, passed(10), at(10)), by(ines, standDown));
  expect(late.state.incident).toMatchObject({ breaches: [at(5), at(10)] });
});
