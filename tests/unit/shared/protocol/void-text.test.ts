import { expect, test } from 'vitest';
import type { Recorded } from '../../../../shared/domain/roster/actor.ts';
import type { Refusal } from '../../../../shared/domain/refusal/refusal.ts';
import { type AnyRoomEvent, foldRoom } from '../../../../shared/domain/room/room.ts';
import { refusalText } from '../../../../shared/protocol/refusal-text.ts';
import { voidText } from '../../../../shared/protocol/void-text.ts';
import {
  approved,
  at,
  by,
  cora,
  declared,
  declaredRoom,
  lea,
  publishes,
  publishingRoom,
  ringingRoom,
  SECOND,
  sol,
  type Step,
  type Story,
  submitted,
  submittedRoom,
  wim,
  withdrawn,
} from '../../../support/given.ts';

function said(story: Story, recorded: Recorded<AnyRoomEvent> | undefined, refusal?: Refusal): string {
  const { voids } = foldRoom(story.events);
  const reason = refusal ?? (recorded && voids.get(recorded.hash));
  if (!recorded || !reason) throw new Error('it counts');
  const isVoid = (hash: string): boolean => (voids as ReadonlyMap<string, unknown>).has(hash);
  const text = voidText(recorded, reason, { events: story.events, isVoid, nameOf, timeZone: 'UTC' });
  expect(text).toMatch(/^[A-Z].*\.$/);
  return text;
}

const nameOf = (id: string): string => `${id.slice(0, 1).toUpperCase()}${id.slice(1)}`;

const voided = (story: Story, deed: Step): string => {
  const after = story.when(deed);
  return said(after, after.events.at(-1));
};

test('of two commanders who declared, the reader learns which one counts, and why', () => {
  const text = voided(declaredRoom(), by(cora, declared({ title: 'Another name' }), at(1, 40)));
  expect(text).toBe(
    'Ines declared at 09:01:30, and the earlier of two declarations counts; this one is kept and changes nothing.',
  );
});

test('an approval of a superseded revision says what took its place, and when', () => {
  const story = submittedRoom().and(by(wim, submitted(2, SECOND), at(3, 30)));
  expect(voided(story, by(cora, approved('comms'), at(3, 40)))).toBe(
    'Revision 2 had taken its place at 09:03:30, and an approval never counts for other words.',
  );
});

test('a withdrawal of what was superseded came too late', () => {
  const story = submittedRoom().and(by(cora, approved('comms'), at(3, 10)), by(wim, submitted(2, SECOND), at(3, 30)));
  expect(voided(story, by(cora, withdrawn('comms'), at(3, 40)))).toBe(
    'It came too late: revision 2 had taken the place of this one at 09:03:30.',
  );
});

test('a publication that does not count tells people to look whether it went out', () => {
  const story = publishingRoom();
  const last = story.events.at(-1);
  for (const refusal of [
    { type: 'NotInItsPast' },
    { type: 'WrongApprovals' },
    { type: 'NotCleared', waitingFor: 'Legal' },
    { type: 'RevisionSuperseded', latest: 2 },
    { type: 'AlreadyPublished' },
  ] satisfies Refusal[])
    expect(said(story, last, refusal), refusal.type).toContain('look whether');
});

test('what came from elsewhere after the same thing had been done is not told to do it again', () => {
  const answered = ringingRoom().and(
    by(sol, { type: 'AlarmAcknowledged', alarmId: alarmOf(ringingRoom()) }, at(1, 20)),
  );
  const again = by(cora, { type: 'AlarmAcknowledged', alarmId: alarmOf(answered) }, at(1, 25));
  expect(voided(answered, again)).toBe('Sol had answered this alarm at 09:01:20; the first answer counts.');
});

test('a key that was revoked, a fork and everything else say what they say to whoever acts', () => {
  const story = publishingRoom();
  const last = story.events.at(-1);
  for (const refusal of [{ type: 'BeyondCut' }, { type: 'Forked' }, { type: 'HostOnly' }] satisfies Refusal[])
    expect(said(story, last, refusal)).toBe(refusalText(refusal, nameOf));
});

test('a second step by the same person, and a step out of turn, are told as what they were', () => {
  const twice = submittedRoom().and(by(cora, approved('comms'), at(3, 10)));
  expect(voided(submittedRoom(), by(lea, approved('legal'), at(3, 10)))).toContain('turn of Communications');
  expect(said(twice, twice.events.at(-1), { type: 'AlreadyApproved' })).toContain('nobody approves twice');
  expect(voided(publishingRoom(), publishes(sol, {}, at(5)))).toContain('look whether it went out twice');
});

function alarmOf(story: Story) {
  const raised = story.events.find(({ event }) => event.type === 'AlarmRaised')?.event;
  if (raised?.type !== 'AlarmRaised') throw new Error('an alarm');
  return raised.alarmId;
}
