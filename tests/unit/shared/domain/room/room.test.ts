import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant, type OperatorId } from '../../../../../shared/base/ids.ts';
import { countdownAt } from '../../../../../shared/domain/countdown/countdown.ts';
import type { Recorded } from '../../../../../shared/domain/roster/actor.ts';
import {
  type AnyRoomEvent,
  emptyRoom,
  evolve,
  foldRoom,
  isPresent,
  judge,
  RoomEvent,
  roomEventOf,
  type RoomState,
} from '../../../../../shared/domain/room/room.ts';
import { arbitraryEvent, arbitraryLog, disturbedLog } from '../../../../support/arbitrary-events.ts';
import {
  approved,
  at,
  by,
  cora,
  declaredRoom,
  eventHash,
  given,
  host,
  lea,
  otto,
  sol,
  stranger,
  submittedRoom,
  wim,
} from '../../../../support/given.ts';

const joined = { type: 'OperatorJoined', operatorId: cora.operatorId } as const;
const left = { type: 'OperatorLeft', operatorId: cora.operatorId } as const;
const note = {
  type: 'LogEntryAdded',
  text: 'The plant has stopped.',
  kind: 'note',
  occurredAt: null,
  lateReason: null,
  corrects: null,
} as const;

test('[ROM1] any events by anybody in any order fold to a state', () => {
  fc.assert(
    fc.property(fc.oneof(arbitraryLog, disturbedLog), (events) => {
      const { state, voids } = foldRoom(events);
      expect(voids.size).toBeLessThanOrEqual(events.length);
      for (const minute of [0, 2, 5, 30]) countdownAt(state, at(minute));
    }),
    { numRuns: 400 },
  );
});

test('[ROM1] the generated events are ones that the schema lets through', () => {
  fc.assert(fc.property(arbitraryEvent, (event) => RoomEvent.safeParse(event).success));
});

test('[ROM2] whatever body an event has, it is read or kept as unknown', () => {
  const types = [...RoomEvent.options.map((option) => option.shape.type.value), 'SomethingLater', '__proto__'];
  fc.assert(
    fc.property(fc.constantFrom(...types), fc.jsonValue(), (type, body) => {
      const event = roomEventOf(type, body);
      const recorded: Recorded<AnyRoomEvent> = { index: 0, hash: eventHash(0), at: at(1), actor: cora, event };
      if (event.type === 'Unknown') expect(judge(emptyRoom, recorded)).toEqual({ type: 'UnknownEvent', name: type });
      foldRoom([recorded]);
    }),
  );
});

test('[ROM2] an unknown event changes nothing', () => {
  const event = roomEventOf('WeatherChanged', { to: 'rain' });
  declaredRoom().when({ by: cora, event }).thenItIsVoid({ type: 'UnknownEvent', name: 'WeatherChanged' });
  expect(evolve(emptyRoom, { index: 0, hash: eventHash(0), at: at(1), actor: cora, event })).toBe(emptyRoom);
});

test('[ROM3] an author whom the roster does not know changes nothing', () => {
  fc.assert(
    fc.property(arbitraryLog, (events) => {
      const { state, voids } = foldRoom(events.map((one) => ({ ...one, actor: stranger })));
      expect(state).toBe(emptyRoom);
      expect(voids.size).toBe(events.length);
    }),
    { numRuns: 50 },
  );
});

test('[ROM4] no publication counts unless every step approved that very revision before it', () => {
  let publications = 0;
  fc.assert(
    fc.property(fc.oneof({ weight: 4, arbitrary: disturbedLog }, { weight: 1, arbitrary: arbitraryLog }), (events) => {
      publications += checkPublications(events);
    }),
    { numRuns: 600 },
  );
  expect(publications).toBeGreaterThan(100); // else this has shown nothing
});

/** Judges anew, from the events alone, what the fold let through. Returns how many publications it let through. */
function checkPublications(events: readonly Recorded<AnyRoomEvent>[]): number {
  const { state, voids } = foldRoom(events);
  const counted = events.filter((one) => !voids.has(one.hash));
  for (const publication of Object.values(state.publications)) {
    const { statementId, revision, hash, publicationId } = publication;
    const begun = counted.findIndex(
      ({ event }) => event.type === 'PublicationStarted' && event.publicationId === publicationId,
    );
    const past = counted.slice(0, begun);
    const declaration = past.find(({ event }) => event.type === 'IncidentDeclared')?.event;
    if (declaration?.type !== 'IncidentDeclared') throw new Error('published before a declaration');
    const approvers = declaration.chain.map((step) => {
      const standing = past.filter(({ event, actor }, index) => {
        const about =
          event.type === 'RevisionApproved' &&
          event.stepId === step.stepId &&
          event.hash === hash &&
          event.revision === revision &&
          event.statementId === statementId;
        return (
          about &&
          !past
            .slice(index)
            .some(
              (later) =>
                later.event.type === 'ApprovalWithdrawn' &&
                later.event.stepId === step.stepId &&
                later.event.revision === revision &&
                later.event.statementId === statementId &&
                sameActor(later.actor, actor),
            )
        );
      });
      expect(standing, `step ${step.stepId} approved`).toHaveLength(1);
      return standing[0]?.actor;
    });
    expect(new Set(approvers.map((actor) => (actor?.kind === 'operator' ? actor.operatorId : null))).size).toBe(
      declaration.chain.length,
    );
    expect(approvers).not.toContain(undefined);
    const frozen = past.filter(({ event }) => event.type === 'RevisionSubmitted' && event.statementId === statementId);
    expect(frozen).toHaveLength(revision);
    expect(frozen.at(-1)?.event).toMatchObject({ hash, revision });
  }
  return Object.keys(state.publications).length;
}

function sameActor(a: Recorded<unknown>['actor'], b: Recorded<unknown>['actor']): boolean {
  return a.kind === 'operator' && b.kind === 'operator' && a.operatorId === b.operatorId;
}

test('[ROM5] folding in parts gives what folding at once gives', () => {
  fc.assert(
    fc.property(disturbedLog, fc.nat({ max: 40 }), (events, cut) => {
      const whole = foldRoom(events);
      const begin = foldRoom(events.slice(0, cut));
      const rest = foldRoom(events.slice(cut), begin.state);
      expect(rest.state).toEqual(whole.state);
      expect(new Map([...begin.voids, ...rest.voids])).toEqual(whole.voids);
    }),
    { numRuns: 100 },
  );
});

test('[ROM6] presence, rates and feeds are for the host to record', () => {
  given().when(by(cora, joined)).thenItIsVoid({ type: 'HostOnly' });
  const here = given(by(host, joined, at(2)));
  expect(isPresent(here.state, cora.operatorId)).toBe(true);
  expect(here.state.present).toEqual({ cora: at(2) });
  expect(isPresent(here.and(by(host, left)).state, cora.operatorId)).toBe(false);
  expect(isPresent(here.state, 'constructor' as OperatorId)).toBe(false);
  const feed = RoomEvent.parse({
    type: 'FeedStateChanged',
    feedId: 'demo',
    name: 'Demo',
    state: 'silent',
    since: at(1),
  });
  const rate = RoomEvent.parse({
    type: 'RateSampled',
    watchQueryId: 'us',
    from: at(1),
    count: 4,
    expected: 3,
    lower: 0,
    upper: 9,
    negativeShare: null,
    covered: true,
  });
  for (const event of [feed, rate]) {
    given().when(by(sol, event)).thenItIsVoid({ type: 'HostOnly' });
    expect(given().when(by(host, event)).thenItCounts().state).toEqual(emptyRoom);
  }
});

test('[ROM7] log entries come from people who may keep it', () => {
  given().when(by(otto, note)).thenItIsVoid({ type: 'NotAllowed', act: 'keep-log' });
  given().when(by(host, note)).thenItIsVoid({ type: 'NotAllowed', act: 'keep-log' });
  expect(given().when(by(wim, note)).thenItCounts().state).toEqual(emptyRoom);
});

test('[ROM7] mentions are kept by people who may keep the log', () => {
  const pinned = RoomEvent.parse({
    type: 'MentionPinned',
    watchQueryId: 'us',
    mention: {
      id: 'at://1',
      channel: 'bluesky',
      author: null,
      text: 'Glass!',
      url: null,
      occurredAt: null,
      observedAt: at(0),
      recordedAt: at(0),
      engagement: null,
      reach: null,
    },
    reason: '',
    capture: null,
  });
  given().when(by(otto, pinned)).thenItIsVoid({ type: 'NotAllowed', act: 'keep-log' });
  given().when(by(host, pinned)).thenItIsVoid({ type: 'NotAllowed', act: 'keep-log' });
  expect(given().when(by(sol, pinned)).thenItCounts().state).toEqual(emptyRoom);
});

test('[ROM8] an event that does not count leaves the state as it was', () => {
  const before: RoomState = submittedRoom().state;
  const recorded = { index: 9, hash: eventHash(9), at: instant(at(3)), actor: lea, event: approved('legal') };
  const after = foldRoom([recorded], before);
  expect(after.state).toBe(before);
  expect([...after.voids]).toEqual([[eventHash(9), { type: 'NotYourTurn', waitingFor: 'Communications' }]]);
});
