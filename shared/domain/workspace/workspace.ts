import { z } from 'zod';
import {
  type OperatorId,
  OperatorId as OperatorIdSchema,
  PublicKeyHex,
  Sha256Hex,
  WatchQueryId,
} from '../../base/ids.ts';
import { Channel, Playbook } from '../playbook/playbook.ts';
import type { Actor } from '../roster/actor.ts';
import { mayDo, Role } from '../roster/roles.ts';

const name = z.string().trim().min(1).max(200);

export const WatchQuery = z.strictObject({ watchQueryId: WatchQueryId, name, terms: z.string().max(500) });
export type WatchQuery = z.infer<typeof WatchQuery>;

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
  }),
  z.strictObject({
    type: z.literal('KeyRetired'),
    key: PublicKeyHex,
    reason: z.string().max(500),
    cuts: z.array(Cut).max(10_000),
  }),
  z.strictObject({ type: z.literal('WatchQueryAdded'), ...WatchQuery.shape }),
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
}

export interface WorkspaceState {
  readonly organisation: string;
  readonly demo: boolean;
  readonly operators: Readonly<Record<string, Operator>>;
  readonly keys: Readonly<Record<string, BoundKey>>;
  readonly recoveryKey: PublicKeyHex | null;
  readonly restoreKey: PublicKeyHex | null;
  readonly watchQueries: readonly WatchQuery[];
  readonly channels: readonly Channel[];
  readonly playbooks: readonly Playbook[];
}

export const initialWorkspace: WorkspaceState = {
  organisation: '',
  demo: false,
  operators: {},
  keys: {},
  recoveryKey: null,
  restoreKey: null,
  watchQueries: [],
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
 * Whether this key may add this event to the workspace log: administrators may; the restore and recovery keys may
 * only change keys, which is what they are for.
 */
export function mayChangeWorkspace(state: WorkspaceState, key: PublicKeyHex, event: WorkspaceEvent): boolean {
  if (!isFounded(state)) return event.type === 'WorkspaceCreated'; // [ROS1]
  if (event.type === 'WorkspaceCreated') return false;
  const changesKeys = event.type === 'KeyBound' || event.type === 'KeyRetired';
  if (changesKeys && (key === state.restoreKey || key === state.recoveryKey)) return true; // [ROS3]
  const actor = actorOfKey(state, key);
  if (actor.kind !== 'operator' || !mayDo(actor.roles, 'administer')) return false; // [ROS2]
  return !leavesNoAdministrator(state, event); // [ROS8]
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
          [key]: { operatorId, custody: 'host', retired: false },
          [event.hostKey]: { operatorId: null, custody: 'host', retired: false },
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
      if (Object.hasOwn(state.keys, event.key)) return state; // [ROS4] a key speaks for one person for ever
      const bound = { operatorId: event.operatorId, custody: event.custody, retired: false };
      return { ...state, keys: { ...state.keys, [event.key]: bound } };
    }
    case 'KeyRetired': {
      const bound = Object.hasOwn(state.keys, event.key) ? state.keys[event.key] : undefined;
      return bound ? { ...state, keys: { ...state.keys, [event.key]: { ...bound, retired: true } } } : state;
    }
    case 'WatchQueryAdded': {
      const { type: _type, ...watchQuery } = event;
      return { ...state, watchQueries: replaceBy(state.watchQueries, watchQuery, (one) => one.watchQueryId) };
    }
    case 'ChannelSaved':
      return { ...state, channels: replaceBy(state.channels, event.channel, (one) => one.channelId) };
    case 'PlaybookSaved':
      return { ...state, playbooks: replaceBy(state.playbooks, event.playbook, (one) => one.playbookId) };
  }
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
