import { z } from 'zod';
import {
  FeedId,
  Instant,
  type OperatorId,
  OperatorId as OperatorIdSchema,
  PeakId,
  PublicKeyHex,
  Sha256Hex,
  WatchQueryId,
} from '../../base/ids.ts';
import { FeedSettings } from '../feed/feed-settings.ts';
import { Channel, Playbook } from '../playbook/playbook.ts';
import type { Actor } from '../roster/actor.ts';
import { mayDo, Role } from '../roster/roles.ts';
import { DEFAULT_SENSITIVITY, Sensitivity } from '../spike/sensitivity.ts';
import { queryFromTerms } from '../watch-query/query-from-terms.ts';

const name = z.string().trim().min(1).max(200);

export const WatchQuery = z.strictObject({
  watchQueryId: WatchQueryId,
  name,
  /** In the language of `shared/domain/watch-query`; empty asks for nothing by itself, and feeds may still be bound to it. */
  query: z.string().max(2000),
  sensitivity: Sensitivity,
});
export type WatchQuery = z.infer<typeof WatchQuery>;

/** A peak that people expect (a campaign, a results day): it teaches nothing and wakes nobody. */
export const ExpectedPeak = z.strictObject({
  peakId: PeakId,
  watchQueryId: WatchQueryId,
  from: Instant,
  to: Instant,
  label: name,
});
export type ExpectedPeak = z.infer<typeof ExpectedPeak>;

/** A head that a key is accepted up to, in one log; whatever it signs beyond is void. */
const Cut = z.strictObject({ log: z.string().max(64), seq: z.int().nonnegative(), hash: Sha256Hex.nullable() });

/** What is decided about the organisation itself. The first event is the genesis; its hash is the workspace's id. */
export const WorkspaceEvent = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('WorkspaceCreated'),
    organisation: name,
    /** Rooms of a demo workspace are marked "demo" everywhere, because one person may act as everybody there. */
    demo: z.boolean(),
    administrator: z.strictObject({ operatorId: OperatorIdSchema, name }),
    hostKey: PublicKeyHex,
    /** Its private half is printed once and kept by people, not by the host. */
    recoveryKey: PublicKeyHex,
    /** Signs nothing but the key changes after a restored backup; kept by the host. */
    restoreKey: PublicKeyHex,
  }),
  z.strictObject({ type: z.literal('OperatorAdded'), operatorId: OperatorIdSchema, name }),
  z.strictObject({ type: z.literal('OperatorRevoked'), operatorId: OperatorIdSchema }),
  z.strictObject({ type: z.literal('RoleGranted'), operatorId: OperatorIdSchema, role: Role }),
  z.strictObject({ type: z.literal('RoleWithdrawn'), operatorId: OperatorIdSchema, role: Role }),
  z.strictObject({ type: z.literal('DeputyAssigned'), operatorId: OperatorIdSchema, deputyId: OperatorIdSchema }),
  z.strictObject({
    type: z.literal('KeyBound'),
    key: PublicKeyHex,
    /** Null is the host itself. */
    operatorId: OperatorIdSchema.nullable(),
    custody: z.enum(['host', 'device']),
    /** The host that keeps it, by the key it was enrolled with; absent for the host that founded the workspace. */
    host: PublicKeyHex.optional(),
  }),
  z.strictObject({
    type: z.literal('KeyRetired'),
    key: PublicKeyHex,
    reason: z.string().max(500),
    cuts: z.array(Cut).max(10_000),
  }),
  /** Another host joins: somebody's desktop, or a relay. What its restore key signs counts for its own keys alone. */
  z.strictObject({
    type: z.literal('HostEnrolled'),
    inviteId: z.string().max(64),
    name,
    hostKey: PublicKeyHex,
    restoreKey: PublicKeyHex,
    /** Whose desktop it is, with the key that signs for them there; null is a relay, which is nobody's. */
    desktop: z.strictObject({ operatorId: OperatorIdSchema, key: PublicKeyHex }).nullable(),
  }),
  /** Somebody came with an invite that did not hold. Recorded by the host that they came to. */
  z.strictObject({
    type: z.literal('EnrolmentRefused'),
    inviteId: z.string().max(64).nullable(),
    why: z.enum(['used', 'expired', 'unknown', 'changed', 'revoked']),
  }),
  /** An administrator says that this event of a key that was retired before it counts all the same. */
  z.strictObject({ type: z.literal('EventReaffirmed'), log: z.string().max(64), hash: Sha256Hex }),
  /** Takes a revocation of a person back; their retired keys stay retired. */
  z.strictObject({ type: z.literal('OperatorReinstated'), operatorId: OperatorIdSchema }),
  /** As released first; `WatchQuerySaved` took its place. */
  z.strictObject({ type: z.literal('WatchQueryAdded'), watchQueryId: WatchQueryId, name, terms: z.string().max(500) }),
  z.strictObject({ type: z.literal('WatchQuerySaved'), ...WatchQuery.shape }),
  z.strictObject({ type: z.literal('WatchQueryRemoved'), watchQueryId: WatchQueryId }),
  z.strictObject({ type: z.literal('FeedSaved'), feed: FeedSettings }),
  z.strictObject({ type: z.literal('FeedRemoved'), feedId: FeedId }),
  z.strictObject({ type: z.literal('PeakExpected'), ...ExpectedPeak.shape }),
  z.strictObject({ type: z.literal('ExpectedPeakWithdrawn'), peakId: PeakId }),
  z.strictObject({ type: z.literal('ChannelSaved'), channel: Channel }),
  z.strictObject({ type: z.literal('PlaybookSaved'), playbook: Playbook }),
]);
export type WorkspaceEvent = z.infer<typeof WorkspaceEvent>;

export interface Operator {
  readonly operatorId: OperatorId;
  readonly name: string;
  readonly roles: readonly Role[];
  /** Who stands in for this person, with the same authority. */
  readonly deputyId: OperatorId | null;
  readonly revoked: boolean;
}

export interface BoundKey {
  readonly operatorId: OperatorId | null;
  readonly custody: 'host' | 'device';
  readonly retired: boolean;
  /** The host that keeps it, as `WorkspaceState.hosts` names it. */
  readonly host: PublicKeyHex;
}

/** A machine that serves or follows the workspace, by the key it was enrolled with; later keys of it name that one. */
export interface EnrolledHost {
  readonly hostId: PublicKeyHex;
  readonly name: string;
  readonly restoreKey: PublicKeyHex;
  /** Whose desktop it is; null for a relay, and for the host that founded the workspace. */
  readonly operatorId: OperatorId | null;
  readonly isFounder: boolean;
}

export interface WorkspaceState {
  readonly organisation: string;
  readonly demo: boolean;
  readonly operators: Readonly<Record<string, Operator>>;
  readonly keys: Readonly<Record<string, BoundKey>>;
  readonly hosts: Readonly<Record<string, EnrolledHost>>;
  readonly recoveryKey: PublicKeyHex | null;
  readonly restoreKey: PublicKeyHex | null;
  readonly watchQueries: readonly WatchQuery[];
  readonly feeds: readonly FeedSettings[];
  readonly expectedPeaks: readonly ExpectedPeak[];
  readonly channels: readonly Channel[];
  readonly playbooks: readonly Playbook[];
}

export const initialWorkspace: WorkspaceState = {
  organisation: '',
  demo: false,
  operators: {},
  keys: {},
  hosts: {},
  recoveryKey: null,
  restoreKey: null,
  watchQueries: [],
  feeds: [],
  expectedPeaks: [],
  channels: [],
  playbooks: [],
};

export function isFounded(state: WorkspaceState): boolean {
  return state.organisation !== '';
}

export function operatorOf(state: WorkspaceState, operatorId: OperatorId): Operator | undefined {
  return Object.hasOwn(state.operators, operatorId) ? state.operators[operatorId] : undefined;
}

/** [ROS5] Who speaks with this key now. A retired key and a revoked person speak for nobody. */
export function actorOfKey(state: WorkspaceState, key: PublicKeyHex): Actor {
  const bound = Object.hasOwn(state.keys, key) ? state.keys[key] : undefined;
  if (!bound || bound.retired) return { kind: 'unknown' };
  if (bound.operatorId === null) return { kind: 'host' };
  const operator = operatorOf(state, bound.operatorId);
  if (!operator || operator.revoked) return { kind: 'unknown' };
  return { kind: 'operator', operatorId: operator.operatorId, name: operator.name, roles: operator.roles };
}

/**
 * Whether this key may add this event to the workspace log: administrators may, and what belongs to watching also whoever
 * may watch. A host's restore key may only change the keys of that host; the recovery key may change keys, and bring an
 * administrator back.
 */
export function mayChangeWorkspace(state: WorkspaceState, key: PublicKeyHex, event: WorkspaceEvent): boolean {
  if (!isFounded(state)) return event.type === 'WorkspaceCreated'; // [ROS1]
  if (event.type === 'WorkspaceCreated') return false;
  // [ROS15] Or whoever has stolen an administrator's key could not be put out again.
  if (event.type === 'KeyRetired' && event.key === state.recoveryKey) return false;
  if (key === state.recoveryKey) return isForRecovery(event); // [ROS3]
  const host = Object.values(state.hosts).find((one) => one.restoreKey === key);
  if (host) return isOwnKeyChange(state, host, event); // [ROS3]
  const actor = actorOfKey(state, key);
  if (event.type === 'EnrolmentRefused') return actor.kind === 'host';
  if (actor.kind !== 'operator' || !mayDo(actor.roles, actOf(event))) return false; // [ROS2]
  return !leavesNoAdministrator(state, event); // [ROS8]
}

function isForRecovery(event: WorkspaceEvent): boolean {
  switch (event.type) {
    case 'KeyBound':
    case 'KeyRetired':
    case 'OperatorReinstated':
    case 'EventReaffirmed':
      return true;
    case 'RoleGranted':
      return event.role === 'administrator';
    default:
      return false;
  }
}

/** A new key takes the place of one that the host keeps already; so a machine never comes to speak for somebody else. */
function isOwnKeyChange(state: WorkspaceState, { hostId }: EnrolledHost, event: WorkspaceEvent): boolean {
  if (event.type === 'KeyRetired') {
    return isKnownKey(state, event.key) && state.keys[event.key]?.host === hostId;
  }
  if (event.type !== 'KeyBound' || (event.host ?? founderOf(state)?.hostId) !== hostId) return false;
  return Object.values(state.keys).some(
    ({ host, operatorId, custody }) => host === hostId && operatorId === event.operatorId && custody === event.custody,
  );
}

/** What one has to be allowed to do for this event. */
function actOf(event: WorkspaceEvent): 'watch' | 'administer' {
  switch (event.type) {
    case 'WatchQuerySaved':
    case 'WatchQueryRemoved':
    case 'PeakExpected':
    case 'ExpectedPeakWithdrawn':
      return 'watch';
    default:
      return 'administer';
  }
}

function leavesNoAdministrator(state: WorkspaceState, event: WorkspaceEvent): boolean {
  const takesOne =
    event.type === 'OperatorRevoked' || (event.type === 'RoleWithdrawn' && event.role === 'administrator');
  if (!takesOne) return false;
  const administrators = Object.values(state.operators).filter(
    (one) => !one.revoked && one.roles.includes('administrator'),
  );
  return administrators.length === 1 && administrators[0]?.operatorId === event.operatorId;
}

/** Total and pure. `key` is the author's: the genesis binds it to the first administrator. */
export function evolveWorkspace(state: WorkspaceState, event: WorkspaceEvent, key: PublicKeyHex): WorkspaceState {
  switch (event.type) {
    case 'WorkspaceCreated': {
      const { operatorId, name } = event.administrator;
      return {
        ...state,
        organisation: event.organisation,
        demo: event.demo,
        recoveryKey: event.recoveryKey,
        restoreKey: event.restoreKey,
        operators: { [operatorId]: { operatorId, name, roles: ['administrator'], deputyId: null, revoked: false } },
        keys: {
          [key]: { operatorId, custody: 'host', retired: false, host: event.hostKey },
          [event.hostKey]: { operatorId: null, custody: 'host', retired: false, host: event.hostKey },
        },
        hosts: {
          [event.hostKey]: {
            hostId: event.hostKey,
            name: event.organisation,
            restoreKey: event.restoreKey,
            operatorId: null,
            isFounder: true,
          },
        },
      };
    }
    case 'OperatorAdded': {
      const { operatorId, name } = event;
      if (operatorOf(state, operatorId)) return state; // [ROS6]
      return withOperator(state, { operatorId, name, roles: [], deputyId: null, revoked: false });
    }
    case 'OperatorRevoked':
      return changeOperator(state, event.operatorId, (operator) => ({ ...operator, revoked: true }));
    case 'RoleGranted':
      return changeOperator(state, event.operatorId, (operator) => ({
        ...operator,
        roles: [...operator.roles.filter((role) => role !== event.role), event.role],
      }));
    case 'RoleWithdrawn':
      return changeOperator(state, event.operatorId, (operator) => ({
        ...operator,
        roles: operator.roles.filter((role) => role !== event.role),
      }));
    case 'DeputyAssigned':
      return changeOperator(state, event.operatorId, (operator) => ({ ...operator, deputyId: event.deputyId }));
    case 'KeyBound': {
      const host = event.host ?? founderOf(state)?.hostId;
      if (host === undefined) return state;
      return withKey(state, event.key, { operatorId: event.operatorId, custody: event.custody, retired: false, host });
    }
    case 'HostEnrolled': {
      const { hostKey, restoreKey, name, desktop } = event;
      if (isKnownKey(state, hostKey) || (desktop && isKnownKey(state, desktop.key))) return state; // [ROS4]
      const operatorId = desktop?.operatorId ?? null;
      const host = { hostId: hostKey, name, restoreKey, operatorId, isFounder: false };
      const enrolled = withKey({ ...state, hosts: { ...state.hosts, [hostKey]: host } }, hostKey, {
        operatorId: null,
        custody: 'host',
        retired: false,
        host: hostKey,
      });
      if (desktop === null) return enrolled;
      return withKey(enrolled, desktop.key, { operatorId, custody: 'device', retired: false, host: hostKey });
    }
    case 'EnrolmentRefused':
    case 'EventReaffirmed': // what counts is not in the state, but which events make it: see `shared/log`
      return state;
    case 'OperatorReinstated':
      return changeOperator(state, event.operatorId, (operator) => ({ ...operator, revoked: false }));
    case 'KeyRetired': {
      const bound = Object.hasOwn(state.keys, event.key) ? state.keys[event.key] : undefined;
      return bound ? { ...state, keys: { ...state.keys, [event.key]: { ...bound, retired: true } } } : state;
    }
    case 'WatchQueryAdded': {
      // [WSP1]
      const { watchQueryId, name, terms } = event;
      return withWatchQuery(state, {
        watchQueryId,
        name,
        query: queryFromTerms(terms),
        sensitivity: DEFAULT_SENSITIVITY,
      });
    }
    case 'WatchQuerySaved': {
      const { type: _type, ...watchQuery } = event;
      return withWatchQuery(state, watchQuery);
    }
    case 'WatchQueryRemoved': {
      const { watchQueryId } = event;
      if (!watchQueryOf(state, watchQueryId)) return state; // [WSP3]
      return {
        ...state,
        watchQueries: state.watchQueries.filter((one) => one.watchQueryId !== watchQueryId),
        expectedPeaks: state.expectedPeaks.filter((one) => one.watchQueryId !== watchQueryId), // [WSP4]
      };
    }
    case 'FeedSaved':
      return { ...state, feeds: replaceBy(state.feeds, event.feed, (one) => one.feedId) };
    case 'FeedRemoved': {
      if (!state.feeds.some((one) => one.feedId === event.feedId)) return state; // [WSP3]
      return { ...state, feeds: state.feeds.filter((one) => one.feedId !== event.feedId) };
    }
    case 'PeakExpected': {
      const { type: _type, ...peak } = event;
      if (!isFairPeak(peak) || !watchQueryOf(state, peak.watchQueryId)) return state; // [WSP5]
      return { ...state, expectedPeaks: replaceBy(state.expectedPeaks, peak, (one) => one.peakId) };
    }
    case 'ExpectedPeakWithdrawn': {
      if (!state.expectedPeaks.some((one) => one.peakId === event.peakId)) return state; // [WSP3]
      return { ...state, expectedPeaks: state.expectedPeaks.filter((one) => one.peakId !== event.peakId) };
    }
    case 'ChannelSaved':
      return { ...state, channels: replaceBy(state.channels, event.channel, (one) => one.channelId) };
    case 'PlaybookSaved':
      return { ...state, playbooks: replaceBy(state.playbooks, event.playbook, (one) => one.playbookId) };
  }
}

/** A peak that is expected for longer than this would be a way to switch the alarm off. */
export const LONGEST_PEAK_MS = 7 * 24 * 60 * 60_000;

export function isFairPeak({ from, to }: Pick<ExpectedPeak, 'from' | 'to'>): boolean {
  return to > from && to - from <= LONGEST_PEAK_MS;
}

export function watchQueryOf(state: WorkspaceState, watchQueryId: WatchQueryId): WatchQuery | undefined {
  return state.watchQueries.find((one) => one.watchQueryId === watchQueryId);
}

/** The peak that is expected at this moment, if any. */
export function expectedPeakAt(state: WorkspaceState, watchQueryId: WatchQueryId, at: Instant): ExpectedPeak | null {
  return state.expectedPeaks.find((one) => one.watchQueryId === watchQueryId && one.from <= at && at < one.to) ?? null; // [WSP6]
}

function withWatchQuery(state: WorkspaceState, watchQuery: WatchQuery): WorkspaceState {
  return { ...state, watchQueries: replaceBy(state.watchQueries, watchQuery, (one) => one.watchQueryId) };
}

export function founderOf(state: WorkspaceState): EnrolledHost | undefined {
  return Object.values(state.hosts).find((host) => host.isFounder);
}

/** The machine that keeps this key, retired or not; null for a key that nobody bound. */
export function hostOfKey({ keys, hosts }: WorkspaceState, key: PublicKeyHex): EnrolledHost | null {
  const hostId = Object.hasOwn(keys, key) ? keys[key]?.host : undefined;
  return (hostId !== undefined && Object.hasOwn(hosts, hostId) && hosts[hostId]) || null;
}

export function isKnownKey(state: WorkspaceState, key: PublicKeyHex): boolean {
  return Object.hasOwn(state.keys, key);
}

/** [ROS4] A key speaks for one person for ever. */
function withKey(state: WorkspaceState, key: PublicKeyHex, bound: BoundKey): WorkspaceState {
  return isKnownKey(state, key) ? state : { ...state, keys: { ...state.keys, [key]: bound } };
}

function withOperator(state: WorkspaceState, operator: Operator): WorkspaceState {
  return { ...state, operators: { ...state.operators, [operator.operatorId]: operator } };
}

function changeOperator(
  state: WorkspaceState,
  id: OperatorId,
  change: (operator: Operator) => Operator,
): WorkspaceState {
  const operator = operatorOf(state, id);
  return operator ? withOperator(state, change(operator)) : state;
}

function replaceBy<Item>(items: readonly Item[], item: Item, key: (item: Item) => string): readonly Item[] {
  const at = items.findIndex((one) => key(one) === key(item));
  return at < 0 ? [...items, item] : items.with(at, item);
}
