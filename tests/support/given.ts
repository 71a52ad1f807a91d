import { expect } from 'vitest';
import { sha256Hex } from '../../shared/base/digest.ts';
import {
  AlarmId,
  ChannelId,
  instant,
  type Instant,
  OperatorId,
  PlaybookId,
  PublicationId,
  type Sha256Hex,
  StatementId,
  StepId,
} from '../../shared/base/ids.ts';
import { clearanceOf } from '../../shared/domain/clearance/clearance.ts';
import type { StaffedStep } from '../../shared/domain/incident/incident.ts';
import type { Actor, Recorded } from '../../shared/domain/roster/actor.ts';
import type { Role } from '../../shared/domain/roster/roles.ts';
import type { Refusal } from '../../shared/domain/refusal/refusal.ts';
import {
  type AnyRoomEvent,
  type Folded,
  foldRoom,
  type RoomEvent,
  type RoomState,
} from '../../shared/domain/room/room.ts';
import { type RevisionContent, revisionHash } from '../../shared/domain/statement/revision.ts';

// given / when / then for a room: what had happened, what happens now, whether it counts.

/** T0 of every story: 2026-03-02T09:00:00Z. The alarm rings a minute later. */
export const T0 = instant(1_772_442_000_000);

export function at(minutes: number, seconds = 0): Instant {
  return instant(T0 + minutes * 60_000 + seconds * 1000);
}

export type Person = Extract<Actor, { kind: 'operator' }>;

export function person(name: string, ...roles: Role[]): Person {
  return { kind: 'operator', operatorId: OperatorId.parse(name.toLowerCase()), name, roles };
}

export const host: Actor = { kind: 'host' };
export const stranger: Actor = { kind: 'unknown' };
export const ada = person('Ada', 'administrator');
export const ines = person('Ines', 'incident-commander');
export const cora = person('Cora', 'comms-lead');
export const wim = person('Wim', 'writer');
export const sol = person('Sol', 'social-lead');
export const lea = person('Lea', 'legal');
export const sam = person('Sam', 'spokesperson');
/** Deputy of Lea, without a role of her own in the chain. */
export const dora = person('Dora', 'loggist');
export const otto = person('Otto', 'observer');
export const everybody: readonly Actor[] = [host, stranger, ada, ines, cora, wim, sol, lea, sam, dora, otto];

/** Communications (Cora), Legal (Lea, deputy Dora), Spokesperson (Sam). */
export const threeSteps: StaffedStep[] = [
  step('comms', 'Communications', 'comms-lead', [cora], []),
  step('legal', 'Legal', 'legal', [lea], [dora]),
  step('voice', 'Spokesperson', 'spokesperson', [sam], []),
];

export function step(
  id: string,
  name: string,
  role: StaffedStep['role'],
  holders: Person[],
  deputies: Person[],
): StaffedStep {
  const ids = (people: Person[]) => people.map((one) => one.operatorId);
  return {
    stepId: StepId.parse(id),
    name,
    role,
    certifies: 'It may go out.',
    holders: ids(holders),
    deputies: ids(deputies),
  };
}

/** One thing that somebody does. Without `at` it comes a second after what was before it. */
export interface Deed {
  readonly by: Actor;
  readonly event: AnyRoomEvent;
  readonly at?: Instant;
}

/** A deed that names what was before it, such as the approvals that a publication relies on. */
export type Step = Deed | ((soFar: RoomState) => Deed);

export interface Story {
  readonly events: readonly Recorded<AnyRoomEvent>[];
  readonly folded: Folded;
  readonly state: RoomState;
  /** The same story, and one thing more. */
  when(deed: Step): Outcome;
  and(...deeds: readonly Step[]): Story;
}

export interface Outcome extends Story {
  /** It counts. Gives the story on, with it. */
  thenItCounts(): Story;
  /** It is kept and folds to nothing, for exactly this reason. */
  thenItIsVoid(refusal: Refusal): Story;
}

/** What had happened. Each of these must count, else the test itself is wrong. */
export function given(...steps: readonly Step[]): Story {
  return tell([], steps);
}

function tell(before: readonly Recorded<AnyRoomEvent>[], steps: readonly Step[]): Story {
  let events = before;
  for (const one of steps) {
    const next = record(events, one);
    events = [...events, next];
    expect(foldRoom(events).voids.get(next.hash), `"given" must count: ${next.event.type}`).toBeUndefined();
  }
  return storyOf(events);
}

function storyOf(events: readonly Recorded<AnyRoomEvent>[]): Story {
  const folded = foldRoom(events);
  return {
    events,
    folded,
    state: folded.state,
    and: (...steps) => tell(events, steps),
    when(deed) {
      const last = record(events, deed);
      const story = storyOf([...events, last]);
      return {
        ...story,
        thenItCounts() {
          expect(story.folded.voids.get(last.hash) ?? null).toBeNull();
          return story;
        },
        thenItIsVoid(refusal) {
          expect(story.folded.voids.get(last.hash) ?? null).toEqual(refusal);
          expect(story.state).toEqual(folded.state);
          return story;
        },
      };
    },
  };
}

function record(before: readonly Recorded<AnyRoomEvent>[], one: Step): Recorded<AnyRoomEvent> {
  const deed = typeof one === 'function' ? one(foldRoom(before).state) : one;
  const index = before.length;
  const time = deed.at ?? instant((before.at(-1)?.at ?? T0) + 1000);
  return { index, hash: eventHash(index), at: time, actor: deed.by, event: deed.event };
}

/** The hash that the event with this index has in a story. */
export function eventHash(index: number): Sha256Hex {
  return sha256Hex(`event ${String(index)}`);
}

export const alarmId = AlarmId.parse('alarm-1');
export const statementId = StatementId.parse('holding');
export const publicationId = PublicationId.parse('publication-1');
export const website = ChannelId.parse('website');

export function by<Event extends RoomEvent>(who: Actor, event: Event, when?: Instant): Deed {
  return when === undefined ? { by: who, event } : { by: who, event, at: when };
}

type Of<Type extends RoomEvent['type']> = Extract<RoomEvent, { type: Type }>;
type Parts<Type extends RoomEvent['type']> = Partial<Omit<Of<Type>, 'type'>>;

export function alarmRaised(parts: Parts<'AlarmRaised'> = {}): Of<'AlarmRaised'> {
  const ladder = [sol.operatorId, cora.operatorId, ines.operatorId];
  return {
    type: 'AlarmRaised',
    alarmId,
    cause: 'spike',
    what: 'Glass in the yoghurt',
    why: '',
    t0: T0,
    ladder,
    ...parts,
  };
}

export function declared(parts: Parts<'IncidentDeclared'> = {}): Of<'IncidentDeclared'> {
  return {
    type: 'IncidentDeclared',
    title: 'Glass in the yoghurt',
    severity: 'sev2',
    complexity: 'simple',
    complexityReason: null,
    playbookId: PlaybookId.parse('product-safety'),
    templateId: null,
    t0: T0,
    chain: threeSteps,
    commander: ines.operatorId,
    demo: false,
    ...parts,
  };
}

export function contentOf(master: string, parts: Partial<RevisionContent> = {}): RevisionContent {
  return { templateId: null, master, variants: {}, slots: {}, locale: 'en', ...parts };
}

export function statementStarted(parts: Parts<'StatementStarted'> = {}): Of<'StatementStarted'> {
  return {
    type: 'StatementStarted',
    statementId,
    kind: 'holding',
    title: 'Holding statement',
    templateId: null,
    ...parts,
  };
}

export function submitted(
  revision: number,
  master: string,
  parts: Parts<'RevisionSubmitted'> = {},
): Of<'RevisionSubmitted'> {
  const content = contentOf(master);
  return {
    type: 'RevisionSubmitted',
    statementId,
    revision,
    content,
    hash: revisionHash(content),
    findings: [],
    ...parts,
  };
}

/** What was frozen as this revision, as approvals and publications name it. */
export function revisionNamed(revision: number, master: string) {
  return { statementId, revision, hash: revisionHash(contentOf(master)) };
}

export const FIRST = 'We are sorry.';
export const SECOND = 'We are very sorry.';
export const first = revisionNamed(1, FIRST);
export const second = revisionNamed(2, SECOND);

export function approved(stepId: string, about = first): Of<'RevisionApproved'> {
  return { type: 'RevisionApproved', ...about, stepId: StepId.parse(stepId), findingsSeen: [], door: 'browser' };
}

export function sentBack(stepId: string, about = first): Of<'RevisionSentBack'> {
  return { type: 'RevisionSentBack', ...about, stepId: StepId.parse(stepId), reason: 'Name the batch.' };
}

export function delegated(stepId: string, to: Person, about = first): Of<'StepDelegated'> {
  return { type: 'StepDelegated', ...about, stepId: StepId.parse(stepId), to: to.operatorId, reason: 'On a plane.' };
}

export function withdrawn(stepId: string, about = first): Of<'ApprovalWithdrawn'> {
  return { type: 'ApprovalWithdrawn', ...about, stepId: StepId.parse(stepId), reason: 'The batch is wrong.' };
}

/** Somebody publishes a revision, with the approvals that it has at that moment. */
export function publishes(who: Actor, parts: Parts<'PublicationStarted'> = {}, when?: Instant): Step {
  return (soFar) => {
    const about = { ...first, ...parts };
    const held = clearanceOf(soFar.clearances, about.statementId, about.revision).approvals.map((one) => one.eventHash);
    const approvals = held.length > 0 ? held : [eventHash(0)];
    return by(
      who,
      { type: 'PublicationStarted', publicationId, channelId: website, via: 'hand', approvals, ...about },
      when,
    );
  };
}

export function confirmed(publishedAt: Instant, parts: Parts<'PublicationConfirmed'> = {}): Of<'PublicationConfirmed'> {
  const address = 'https://example.org/statement';
  return { type: 'PublicationConfirmed', publicationId, address, publishedAt, evidence: null, ...parts };
}

/** An alarm rang at T0 + 1:00. */
export function ringingRoom(): Story {
  return given(by(host, alarmRaised(), at(1)));
}

/** Sol answered at 1:20, Ines declared at 1:30; the chain has three steps. */
export function declaredRoom(parts: Parts<'IncidentDeclared'> = {}): Story {
  return ringingRoom().and(
    by(sol, { type: 'AlarmAcknowledged', alarmId }, at(1, 20)),
    by(ines, declared(parts), at(1, 30)),
  );
}

/** Wim submitted the first revision at 3:00. */
export function submittedRoom(parts: Parts<'IncidentDeclared'> = {}): Story {
  return declaredRoom(parts).and(by(wim, statementStarted(), at(1, 40)), by(wim, submitted(1, FIRST), at(3)));
}

/** Cora, Lea and Sam approved it by 4:00. */
export function clearedRoom(parts: Parts<'IncidentDeclared'> = {}): Story {
  return submittedRoom(parts).and(
    by(cora, approved('comms'), at(3, 20)),
    by(lea, approved('legal'), at(3, 40)),
    by(sam, approved('voice'), at(4)),
  );
}

/** Sol began to publish it by hand at 4:10. */
export function publishingRoom(): Story {
  return clearedRoom().and(publishes(sol, {}, at(4, 10)));
}
