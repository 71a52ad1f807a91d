import { expect, test } from 'vitest';
import { sha256Hex } from '../../../../shared/base/digest.ts';
import { FeedId, instant, WatchQueryId } from '../../../../shared/base/ids.ts';
import type { Actor, Recorded } from '../../../../shared/domain/roster/actor.ts';
import { type AnyRoomEvent, RoomEvent } from '../../../../shared/domain/room/room.ts';
import { describeEvent } from '../../../../shared/protocol/describe-event.ts';
import {
  alarmId,
  alarmRaised,
  approved,
  at,
  confirmed,
  declared,
  delegated,
  FIRST,
  first,
  host,
  lea,
  publicationId,
  sam,
  sentBack,
  statementStarted,
  stranger,
  submitted,
  T0,
  website,
  withdrawn,
} from '../../../support/given.ts';

/** Shown text must not hold what a reader cannot see: bidi controls and zero-width characters. */
const HIDDEN = /[\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;
const EVIL = 'Lea\u202eaeL\u200b';
const numbers = { observed: 412, expected: 38, lower: 22, upper: 57 };
const watchQueryId = WatchQueryId.parse('brand');
const reason = 'Because it is so.';

type OneOfEach = { readonly [Type in RoomEvent['type']]: Extract<RoomEvent, { type: Type }> };
const events: OneOfEach = {
  SpikeDetected: { type: 'SpikeDetected', watchQueryId, windowMs: 300_000, ...numbers, score: 9, abnormalSince: T0, sentence: '', facts: [], history: [] }, // prettier-ignore
  AlarmRaised: alarmRaised(),
  AlarmAcknowledged: { type: 'AlarmAcknowledged', alarmId },
  AlarmEscalated: { type: 'AlarmEscalated', alarmId, to: lea.operatorId, rung: 1 },
  WatchChosen: { type: 'WatchChosen', alarmId, reason },
  WatchEnded: { type: 'WatchEnded', alarmId, why: 'worse' },
  IncidentDeclared: declared({ complexity: 'complex', complexityReason: 'Four countries' }),
  ComplexDeclared: { type: 'ComplexDeclared', reason },
  SeverityChanged: { type: 'SeverityChanged', to: 'sev1', reason },
  DeadlinePassed: { type: 'DeadlinePassed', deadline: at(5) },
  IncidentStoodDown: { type: 'IncidentStoodDown', reason },
  IncidentMistaken: { type: 'IncidentMistaken', reason },
  StatementStarted: statementStarted(),
  RevisionSubmitted: submitted(1, FIRST),
  RevisionApproved: approved('legal'),
  RevisionSentBack: sentBack('legal'),
  StepDelegated: delegated('legal', sam),
  ApprovalWithdrawn: withdrawn('legal'),
  PublicationStarted: { type: 'PublicationStarted', publicationId, ...first, channelId: website, via: 'hand', approvals: [sha256Hex('yes')] }, // prettier-ignore
  PublicationConfirmed: confirmed(at(4, 30)),
  PublicationFailed: { type: 'PublicationFailed', publicationId, reason },
  PublicationInDoubt: { type: 'PublicationInDoubt', publicationId },
  OperatorJoined: { type: 'OperatorJoined', operatorId: lea.operatorId },
  OperatorLeft: { type: 'OperatorLeft', operatorId: lea.operatorId },
  RateSampled: { type: 'RateSampled', watchQueryId, from: T0, count: 12, expected: 10, lower: 5, upper: 15, negativeShare: 0.5, covered: true }, // prettier-ignore
  FeedStateChanged: { type: 'FeedStateChanged', feedId: FeedId.parse('file'), name: 'A file', state: 'silent', since: T0 }, // prettier-ignore
  MentionPinned: { type: 'MentionPinned', watchQueryId, mention: { id: 'at://1', channel: 'bluesky', author: 'anna', text: 'Glass in my yoghurt!', url: 'https://example.org/1', occurredAt: T0, observedAt: T0, recordedAt: T0, engagement: 1200, reach: 1 }, reason: 'The first picture.', capture: null }, // prettier-ignore
  LogEntryAdded: { type: 'LogEntryAdded', text: 'Called the store.', kind: 'note', occurredAt: null, lateReason: null, corrects: null }, // prettier-ignore
};

function entryOf(event: AnyRoomEvent, actor: Actor = lea, nameOf: (id: string) => string = (id) => id) {
  const recorded: Recorded<AnyRoomEvent> = { index: 0, hash: sha256Hex('one'), at: at(3), actor, event };
  return describeEvent(recorded, { nameOf, timeZone: 'UTC' });
}

test('every type of event has a sentence of its own, and the moment it was recorded', () => {
  expect(Object.keys(events).sort()).toEqual(RoomEvent.options.map(({ shape }) => shape.type.value).sort());
  const sentences = Object.values(events).map((event) => {
    expect(RoomEvent.safeParse(event).error?.issues ?? []).toEqual([]);
    const entry = entryOf(event);
    expect(entry).toMatchObject({ at: at(3), time: '09:03:00', who: 'Lea' });
    expect(entry.sentence, event.type).toMatch(/^[a-z].{8,}/);
    expect(entry.sentence, event.type).not.toMatch(/undefined|null|NaN|\[object/);
    expect(entry.kind).not.toBe('unknown');
    return entry.sentence;
  });
  expect(new Set(sentences).size).toBe(sentences.length);
});

test('an event this version does not know has a line, too, with its name made harmless', () => {
  const entry = entryOf({ type: 'Unknown', name: `Future\u202e${'x'.repeat(500)}` });
  expect(entry.kind).toBe('unknown');
  expect(entry.sentence).toContain('does not know (Future⟦right-to-left override⟧');
  expect(entry.sentence.length).toBeLessThan(250);
});

test('who did it: a person by name, the host, or somebody unknown', () => {
  const event = events.AlarmAcknowledged;
  expect([lea, host, stranger].map((actor) => entryOf(event, actor).who)).toEqual(['Lea', 'the host', 'somebody unknown']); // prettier-ignore
});

test('what strangers and colleagues wrote hides nothing: names, titles, reasons, addresses', () => {
  const hostile: readonly AnyRoomEvent[] = [
    alarmRaised({ what: EVIL }),
    declared({ title: EVIL, complexity: 'complex', complexityReason: EVIL }),
    events.AlarmEscalated,
    events.StepDelegated,
    events.OperatorJoined,
    { ...events.RevisionSentBack, reason: EVIL },
    { ...events.FeedStateChanged, name: EVIL },
    { ...events.LogEntryAdded, text: EVIL, lateReason: EVIL },
    { ...events.MentionPinned, mention: { ...events.MentionPinned.mention, author: EVIL, text: EVIL, url: EVIL } },
    { ...events.MentionPinned, reason: EVIL },
    statementStarted({ title: EVIL }),
    confirmed(at(4), { address: EVIL, evidence: { sha256: first.hash, name: EVIL, mime: 'image/png', bytes: 1 } }),
  ];
  for (const event of hostile) {
    const entry = entryOf(event, { ...lea, name: EVIL }, () => EVIL);
    expect(entry.sentence + entry.who, event.type).not.toMatch(HIDDEN);
    expect(entry.sentence, event.type).toContain('⟦right-to-left override⟧');
  }
});

test('a late log entry stands at the time it is about, and says that it was written late', () => {
  const entry = entryOf({ ...events.LogEntryAdded, occurredAt: at(1), lateReason: 'Was on the phone' });
  expect(entry).toMatchObject({ at: at(1), time: '09:01:00' });
  expect(entry.sentence).toContain('written late: Was on the phone');
});

test('a watch says until when, and why it rang again', () => {
  expect(entryOf({ ...events.WatchChosen, until: at(90) }).sentence).toBe(
    `decided to watch instead until 10:30:00: ${reason}`,
  );
  expect(entryOf({ ...events.WatchEnded, why: 'time' }).sentence).toContain('the time to watch is over');
  expect(entryOf(events.WatchEnded).sentence).toContain('got worse');
});

test('a kept mention is told with who, where, when, the words and the numbers of that moment', () => {
  expect(entryOf(events.MentionPinned).sentence).toBe(
    'kept what anna said on bluesky at 09:00:00: "Glass in my yoghurt!" (https://example.org/1), then 1,200 likes, ' +
      'reposts and replies and 1 follower. Because: The first picture.',
  );
  const unknown = { ...events.MentionPinned.mention, author: null, url: null, engagement: null, reach: null };
  expect(entryOf({ ...events.MentionPinned, mention: unknown, reason: '' }).sentence).toBe(
    'kept what somebody said on bluesky at 09:00:00: "Glass in my yoghurt!".',
  );
});

test('an alarm that came too late to ring says so', () => {
  expect(entryOf(alarmRaised({ isHistory: true })).sentence).toContain('without a sound');
});

test('a minute without data is not told as a minute without mentions', () => {
  expect(entryOf({ ...events.RateSampled, covered: false, count: 0 }).sentence).toContain('had no data');
  expect(entryOf({ ...events.RateSampled, from: instant(T0), count: 0 }).sentence).toContain('counted 0 mentions');
});

test('an approval says where it was given', () => {
  const said = (['desktop', 'browser', 'local'] as const).map((door) =>
    entryOf({ ...approved('legal'), door })
      .sentence.split(', ')
      .slice(1)
      .join(', '),
  );
  expect(said[1]).toBe('in a browser, on a page that the host sent.');
  expect(new Set(said).size).toBe(3);
});
