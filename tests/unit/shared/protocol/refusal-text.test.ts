import { expect, test } from 'vitest';
import { sha256Hex } from '../../../../shared/base/digest.ts';
import { instant, OperatorId } from '../../../../shared/base/ids.ts';
import { RIGHTS, type Act } from '../../../../shared/domain/roster/roles.ts';
import type { Refusal } from '../../../../shared/domain/refusal/refusal.ts';
import { refusalText } from '../../../../shared/protocol/refusal-text.ts';

const lea = OperatorId.parse('lea');
const names = (id: string) => (id === 'lea' ? 'Lea Winter' : id);

/** One of each: a new refusal without an entry here is a compile error. */
const one: { readonly [Type in Refusal['type']]: Extract<Refusal, { type: Type }> } = {
  UnknownAuthor: { type: 'UnknownAuthor' },
  BeyondCut: { type: 'BeyondCut' },
  Forked: { type: 'Forked' },
  NotInItsPast: { type: 'NotInItsPast' },
  AheadOfClock: { type: 'AheadOfClock' },
  NotAllowed: { type: 'NotAllowed', act: 'publish' },
  HostOnly: { type: 'HostOnly' },
  DoesNotFit: { type: 'DoesNotFit', where: 'content.master', reason: 'Too big' },
  UnknownEvent: { type: 'UnknownEvent', name: 'WeatherChanged' },
  AlarmExists: { type: 'AlarmExists' },
  T0TooLate: { type: 'T0TooLate' },
  NoAlarm: { type: 'NoAlarm' },
  AlreadyAcknowledged: { type: 'AlreadyAcknowledged', by: lea, at: instant(1) },
  AlreadyEscalated: { type: 'AlreadyEscalated' },
  WatchTooLong: { type: 'WatchTooLong' },
  NotWatching: { type: 'NotWatching' },
  AlreadyDeclared: { type: 'AlreadyDeclared' },
  NotDeclared: { type: 'NotDeclared' },
  IncidentOver: { type: 'IncidentOver' },
  AlreadyComplex: { type: 'AlreadyComplex' },
  DeadlineNotPassed: { type: 'DeadlineNotPassed' },
  DeadlineMet: { type: 'DeadlineMet' },
  AlreadyPublishedSomething: { type: 'AlreadyPublishedSomething' },
  StatementExists: { type: 'StatementExists' },
  NoSuchStatement: { type: 'NoSuchStatement' },
  EmptyText: { type: 'EmptyText' },
  DraftMoved: { type: 'DraftMoved' },
  NothingChanged: { type: 'NothingChanged' },
  WrongRevisionNumber: { type: 'WrongRevisionNumber', expected: 3 },
  HashMismatch: { type: 'HashMismatch' },
  NoSuchRevision: { type: 'NoSuchRevision' },
  RevisionSuperseded: { type: 'RevisionSuperseded', latest: 4 },
  RevisionSentBack: { type: 'RevisionSentBack' },
  AlreadyCleared: { type: 'AlreadyCleared' },
  NoSuchStep: { type: 'NoSuchStep' },
  NotYourTurn: { type: 'NotYourTurn', waitingFor: 'Legal' },
  NotYourStep: { type: 'NotYourStep', step: 'Legal' },
  AlreadyApproved: { type: 'AlreadyApproved' },
  CannotTakeOver: { type: 'CannotTakeOver', operatorId: lea },
  NothingToWithdraw: { type: 'NothingToWithdraw' },
  NotCleared: { type: 'NotCleared', waitingFor: 'Legal' },
  WrongApprovals: { type: 'WrongApprovals' },
  PublicationRunning: { type: 'PublicationRunning' },
  AlreadyPublished: { type: 'AlreadyPublished' },
  NoSuchPublication: { type: 'NoSuchPublication' },
  PublicationSettled: { type: 'PublicationSettled' },
  NotInDoubt: { type: 'NotInDoubt' },
};

test.each(Object.entries(one))('%s is one plain sentence', (type, refusal) => {
  const text = refusalText(refusal, names);
  expect(text).toMatch(/^[A-Z].*\.$/);
  expect(text).not.toContain(type);
  expect(text).not.toMatch(/undefined|\[object|\n|[.!?] [A-Z]/);
  expect(text.length).toBeLessThan(160);
});

test('no two refusals say the same', () => {
  const texts = Object.values(one).map((refusal) => refusalText(refusal, names));
  expect(new Set(texts).size).toBe(texts.length);
});

test('names, steps and numbers are in the sentence', () => {
  expect(refusalText(one.AlreadyAcknowledged, names)).toContain('Lea Winter');
  expect(refusalText(one.CannotTakeOver, names)).toContain('Lea Winter');
  expect(refusalText(one.NotYourTurn, names)).toContain('Legal');
  expect(refusalText(one.RevisionSuperseded, names)).toContain('4');
});

test('what one may not do is said with who may', () => {
  for (const act of Object.keys(RIGHTS) as Act[])
    expect(refusalText({ type: 'NotAllowed', act }, names)).toMatch(/^Your roles do not let you .*; ask .*\.$/);
  expect(refusalText({ type: 'NotAllowed', act: 'stand-down' }, names)).toContain(
    'ask the incident commander or the comms lead.',
  );
});

test('a refusal that this program does not know is a bug', () => {
  expect(() => refusalText({ type: 'Later', sha: sha256Hex('') } as never, names)).toThrow('Unexpected value');
});
