import fc from 'fast-check';
import { clearanceOf } from '../../shared/domain/clearance/clearance.ts';
import { sha256Hex } from '../../shared/base/digest.ts';
import {
  AlarmId,
  ChannelId,
  instant,
  PublicationId,
  type Sha256Hex,
  StatementId,
  StepId,
} from '../../shared/base/ids.ts';
import { foldRoom, RoomEvent, type AnyRoomEvent } from '../../shared/domain/room/room.ts';
import type { Recorded } from '../../shared/domain/roster/actor.ts';
import { revisionHash } from '../../shared/domain/statement/revision.ts';
import {
  at,
  contentOf,
  eventHash,
  everybody,
  FIRST,
  publishingRoom,
  SECOND,
  step,
  T0,
  threeSteps,
  lea,
  cora,
  sol,
} from './given.ts';

// Events that the schema lets through, out of small pools of names, so that they meet each other often.

const texts = [FIRST, SECOND, 'Sorry.', ' '];
const alarmIds = ['alarm-1', 'alarm-2', 'constructor'].map((id) => AlarmId.parse(id));
const statementIds = ['holding', 'update', 'constructor'].map((id) => StatementId.parse(id));
const publicationIds = ['publication-1', 'publication-2', 'valueof'].map((id) => PublicationId.parse(id));
const channelIds = ['website', 'x'].map((id) => ChannelId.parse(id));
const stepIds = ['comms', 'legal', 'voice', 'constructor'].map((id) => StepId.parse(id));
const people = everybody.flatMap((actor) => (actor.kind === 'operator' ? [actor.operatorId] : []));

const pick = <Value>(values: readonly Value[]) => fc.constantFrom(...values);
const moment = fc.integer({ min: -120, max: 900 }).map((seconds) => at(0, seconds));
const hash = fc.oneof(pick(texts.map((text) => revisionHash(contentOf(text)))), pick([sha256Hex('other')]));
const anyEventHash = fc.integer({ min: 0, max: 30 }).map(eventHash);
const reason = pick(['Because.', 'It moved on.']);
const about = {
  statementId: pick(statementIds),
  revision: fc.integer({ min: 1, max: 3 }),
  hash,
  stepId: pick(stepIds),
};
const chain = pick([threeSteps, threeSteps.slice(0, 1), [step('constructor', 'Odd', 'legal', [lea], [cora, sol])]]);

function of<Type extends RoomEvent['type']>(
  type: Type,
  parts: {
    [Key in Exclude<keyof Extract<RoomEvent, { type: Type }>, 'type'>]: fc.Arbitrary<
      Extract<RoomEvent, { type: Type }>[Key]
    >;
  },
): fc.Arbitrary<RoomEvent> {
  return fc.record({ type: fc.constant(type), ...parts }) as unknown as fc.Arbitrary<RoomEvent>;
}

export const arbitraryEvent: fc.Arbitrary<RoomEvent> = fc.oneof(
  of('AlarmRaised', {
    alarmId: pick(alarmIds),
    cause: pick(['spike', 'viral', 'person'] as const),
    what: pick(['Glass']),
    why: pick(['']),
    t0: moment,
    ladder: fc.array(pick(people), { maxLength: 4 }),
    isHistory: fc.boolean(),
  }),
  of('AlarmAcknowledged', { alarmId: pick(alarmIds) }),
  of('AlarmEscalated', { alarmId: pick(alarmIds), to: pick(people), rung: fc.integer({ min: 1, max: 4 }) }),
  of('WatchChosen', { alarmId: pick(alarmIds), reason, until: fc.option(moment) }),
  of('WatchEnded', { alarmId: pick(alarmIds), why: pick(['time', 'worse'] as const) }),
  fc.tuple(moment, pick(['simple', 'complex'] as const), chain).map(([t0, complexity, steps]): RoomEvent =>
    RoomEvent.parse({
      type: 'IncidentDeclared',
      title: 'Glass',
      severity: 'sev1',
      complexity,
      complexityReason: null,
      playbookId: 'product-safety',
      templateId: null,
      t0,
      chain: steps,
      commander: null,
      demo: false,
    }),
  ),
  of('ComplexDeclared', { reason }),
  of('SeverityChanged', { to: pick(['sev1', 'sev4'] as const), reason }),
  of('DeadlinePassed', { deadline: pick([at(5), at(10), T0]) }),
  of('IncidentStoodDown', { reason }),
  of('IncidentMistaken', { reason }),
  of('StatementStarted', {
    statementId: pick(statementIds),
    kind: pick(['holding', 'update'] as const),
    title: pick(['Text']),
    templateId: pick([null]),
  }),
  fc
    .tuple(pick(statementIds), fc.integer({ min: 1, max: 3 }), pick(texts), fc.boolean())
    .map(([statementId, revision, text, right]): RoomEvent => {
      const content = contentOf(text);
      return {
        type: 'RevisionSubmitted',
        statementId,
        revision,
        content,
        hash: right ? revisionHash(content) : sha256Hex(text),
        findings: [],
      };
    }),
  of('RevisionApproved', { ...about, findingsSeen: pick([[]]), door: pick(['browser', 'desktop'] as const) }),
  of('RevisionSentBack', { ...about, reason }),
  of('StepDelegated', { ...about, to: pick(people), reason }),
  of('ApprovalWithdrawn', { ...about, reason }),
  of('PublicationStarted', {
    publicationId: pick(publicationIds),
    statementId: pick(statementIds),
    revision: about.revision,
    hash,
    channelId: pick(channelIds),
    via: pick(['hand', 'webhook'] as const),
    approvals: fc.array(anyEventHash, { minLength: 1, maxLength: 4 }),
  }),
  of('PublicationConfirmed', {
    publicationId: pick(publicationIds),
    address: pick([null]),
    publishedAt: moment,
    evidence: pick([null]),
  }),
  of('PublicationFailed', { publicationId: pick(publicationIds), reason }),
  of('PublicationInDoubt', { publicationId: pick(publicationIds) }),
  of('OperatorJoined', { operatorId: pick(people) }),
  of('OperatorLeft', { operatorId: pick(people) }),
  of('LogEntryAdded', {
    text: pick(['Note']),
    kind: pick(['note', 'decision'] as const),
    occurredAt: pick([null]),
    lateReason: pick([null]),
    corrects: pick([null]),
  }),
);

type Loose = Omit<Recorded<AnyRoomEvent>, 'index' | 'hash'> & { readonly hash?: Sha256Hex };

const arbitraryDeed: fc.Arbitrary<Loose> = fc.record({ at: moment, actor: pick(everybody), event: arbitraryEvent });

/** Anything by anybody, in any order. */
export const arbitraryLog: fc.Arbitrary<readonly Recorded<AnyRoomEvent>[]> = fc
  .array(arbitraryDeed, { maxLength: 60 })
  .map(numbered);

/**
 * A whole incident up to a publication, of which some events are missing, some come twice, some are swapped with their
 * neighbour, and anything else comes between: so that a good part of them gets far.
 */
export const disturbedLog: fc.Arbitrary<readonly Recorded<AnyRoomEvent>[]> = fc
  .tuple(
    ...publishingRoom().events.map((one) =>
      fc.record({
        one: fc.constant<Loose>(one),
        copies: fc.oneof({ weight: 12, arbitrary: pick([1]) }, { weight: 1, arbitrary: pick([0, 2]) }),
        between: fc.array(arbitraryDeed, { maxLength: 1, size: 'small' }),
        swap: fc.oneof({ weight: 12, arbitrary: pick([false]) }, { weight: 1, arbitrary: pick([true]) }),
      }),
    ),
    fc.array(arbitraryDeed, { maxLength: 10 }),
  )
  .map((parts) => {
    const out: Loose[] = [];
    for (const part of parts) {
      if (Array.isArray(part)) out.push(...part);
      else {
        const { one, copies, between, swap } = part;
        const before = swap ? out.pop() : undefined;
        for (let n = 0; n < copies; n++) out.push(one);
        if (before) out.push(before);
        out.push(...between);
      }
    }
    return namingWhatIsHeld(numbered(out));
  });

function numbered(events: readonly Loose[]): readonly Recorded<AnyRoomEvent>[] {
  const used = new Set<string>();
  return events.map((one, index) => {
    const own = one.hash !== undefined && !used.has(one.hash) ? one.hash : sha256Hex(`loose ${String(index)}`);
    used.add(own);
    return { ...one, at: instant(one.at), index, hash: own };
  });
}

/** Publications name the approvals that are held by then, whatever these are: else hardly any would get past that. */
function namingWhatIsHeld(events: readonly Recorded<AnyRoomEvent>[]): readonly Recorded<AnyRoomEvent>[] {
  return events.map((one, index) => {
    const { event } = one;
    if (event.type !== 'PublicationStarted') return one;
    const { clearances } = foldRoom(events.slice(0, index)).state;
    const held = clearanceOf(clearances, event.statementId, event.revision).approvals;
    const approvals = held.map((approval) => approval.eventHash);
    return approvals.length > 0 ? { ...one, event: { ...event, approvals } } : one;
  });
}
