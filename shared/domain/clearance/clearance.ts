import { z } from 'zod';
import {
  type Instant,
  type OperatorId,
  OperatorId as OperatorIdSchema,
  Sha256Hex,
  StatementId,
  StepId,
} from '../../base/ids.ts';
import { type Owned, withEntry } from '../../base/records.ts';
import type { StaffedStep } from '../incident/incident.ts';
import type { Recorded } from '../roster/actor.ts';
import type { Refusal } from '../refusal/refusal.ts';
import { latestRevision, type Revision, type Statement } from '../statement/statement.ts';

const reason = z.string().trim().min(1).max(1000);
const about = { statementId: StatementId, revision: z.int().positive(), hash: Sha256Hex, stepId: StepId };

export const ClearanceEvent = z.discriminatedUnion('type', [
  /** The signed envelope around this is the approval: of exactly the bytes with this hash, for this step, in this room. */
  z.strictObject({
    type: z.literal('RevisionApproved'),
    ...about,
    /** The checks that spoke when the approver looked, by name. */
    findingsSeen: z.array(z.string().max(64)).max(200),
    /** Where it was given: a page comes from its host, so a browser's approval says so. */
    door: z.enum(['desktop', 'browser', 'local']),
  }),
  z.strictObject({ type: z.literal('RevisionSentBack'), ...about, reason }),
  z.strictObject({ type: z.literal('StepDelegated'), ...about, to: OperatorIdSchema, reason }),
  z.strictObject({ type: z.literal('ApprovalWithdrawn'), ...about, reason }),
]);
export type ClearanceEvent = z.infer<typeof ClearanceEvent>;

export interface Approval {
  readonly stepId: string;
  readonly by: OperatorId;
  readonly name: string;
  readonly at: Instant;
  /** Hash of the signed event that is the approval. */
  readonly eventHash: Sha256Hex;
}

/** Sign-off of one revision of one statement. */
export interface Clearance {
  readonly approvals: readonly Approval[];
  readonly delegates: Readonly<Record<string, OperatorId>>;
  readonly sentBack: {
    readonly by: OperatorId;
    readonly name: string;
    readonly at: Instant;
    readonly reason: string;
    readonly stepId: string;
  } | null;
}

/** [CLR9] By revision number: the same words submitted again later need new approvals. */
export type Clearances = Readonly<Record<string, Clearance>>;

const untouched: Clearance = { approvals: [], delegates: {}, sentBack: null };

function keyOf(statementId: string, revision: number): string {
  return `${statementId}/${String(revision)}`;
}

export function clearanceOf(clearances: Clearances, statementId: string, revision: number): Clearance {
  const key = keyOf(statementId, revision);
  return (Object.hasOwn(clearances, key) ? clearances[key] : undefined) ?? untouched;
}

/** The step whose turn it is: the first without an approval. Undefined when every step has cleared. */
export function currentStep(chain: readonly StaffedStep[], clearance: Clearance): StaffedStep | undefined {
  return chain.find((step) => !clearance.approvals.some((approval) => approval.stepId === step.stepId));
}

export function isCleared(chain: readonly StaffedStep[], clearance: Clearance): boolean {
  return clearance.sentBack === null && chain.length > 0 && currentStep(chain, clearance) === undefined;
}

/** Whom this step of this revision was delegated to, if it was. */
export function delegateOf(clearance: Clearance, stepId: string): OperatorId | undefined {
  return Object.hasOwn(clearance.delegates, stepId) ? clearance.delegates[stepId] : undefined;
}

/** Whether this person may take this step: by role, as a deputy, or because it was delegated to them. */
export function mayTakeStep(
  step: StaffedStep,
  clearance: Clearance,
  person: { readonly operatorId: OperatorId; readonly roles: readonly string[] },
): boolean {
  const { operatorId, roles } = person;
  if (roles.length > 0 && roles.every((role) => role === 'observer')) return false; // [CLR7] observers read
  if (delegateOf(clearance, step.stepId) === operatorId) return true;
  return roles.includes(step.role) || step.deputies.includes(operatorId);
}

/** Why the event does not count here, or null when it does. */
export function judgeClearance(
  chain: readonly StaffedStep[],
  statement: Statement | undefined,
  clearances: Clearances,
  recorded: Recorded<ClearanceEvent>,
): Refusal | null {
  const { event, actor } = recorded;
  if (actor.kind !== 'operator') return { type: 'UnknownAuthor' };
  const revision = liveRevision(statement, event);
  if ('type' in revision) return revision;
  const clearance = clearanceOf(clearances, event.statementId, event.revision);
  const step = chain.find((one) => one.stepId === event.stepId);
  if (!step) return { type: 'NoSuchStep' };

  if (event.type === 'ApprovalWithdrawn') {
    const mine = clearance.approvals.some((one) => one.stepId === step.stepId && one.by === actor.operatorId);
    return mine ? null : { type: 'NothingToWithdraw' }; // [CLR5] only one's own yes
  }
  if (clearance.sentBack) return { type: 'RevisionSentBack' }; // [CLR4] a revision that was sent back is over
  const turn = currentStep(chain, clearance);
  if (!turn) return { type: 'AlreadyCleared' };
  if (turn.stepId !== step.stepId) return { type: 'NotYourTurn', waitingFor: turn.name }; // [CLR1] in turn
  if (!mayTakeStep(step, clearance, actor)) return { type: 'NotYourStep', step: step.name }; // [CLR2] as oneself
  if (event.type === 'RevisionApproved' && clearance.approvals.some((one) => one.by === actor.operatorId))
    return { type: 'AlreadyApproved' }; // [CLR3] nobody approves one revision twice
  if (
    event.type === 'StepDelegated' &&
    (event.to === actor.operatorId || clearance.approvals.some((one) => one.by === event.to))
  )
    return { type: 'CannotTakeOver', operatorId: event.to }; // [CLR6] to somebody else who has not approved yet
  return null;
}

/** The revision an event is about, if it is the newest one and its hash is right. */
function liveRevision(
  statement: Statement | undefined,
  event: { readonly revision: number; readonly hash: Sha256Hex },
): Revision | Refusal {
  if (!statement) return { type: 'NoSuchStatement' };
  const latest = latestRevision(statement);
  const meant = statement.revisions[event.revision - 1];
  if (!latest || !meant) return { type: 'NoSuchRevision' };
  if (meant.hash !== event.hash) return { type: 'HashMismatch' };
  if (meant.revision !== latest.revision) return { type: 'RevisionSuperseded', latest: latest.revision }; // [CLR8]
  return meant;
}

export function evolveClearances(
  clearances: Clearances,
  recorded: Recorded<ClearanceEvent>,
  owned?: Owned,
): Clearances {
  const { event, at, actor, hash } = recorded;
  if (actor.kind !== 'operator') return clearances;
  const before = clearanceOf(clearances, event.statementId, event.revision);
  const by = { by: actor.operatorId, name: actor.name, at };
  return withEntry(clearances, keyOf(event.statementId, event.revision), after(), owned);

  function after(): Clearance {
    switch (event.type) {
      case 'RevisionApproved':
        return { ...before, approvals: [...before.approvals, { ...by, stepId: event.stepId, eventHash: hash }] };
      case 'RevisionSentBack':
        return { ...before, sentBack: { ...by, reason: event.reason, stepId: event.stepId } };
      case 'StepDelegated':
        return { ...before, delegates: { ...before.delegates, [event.stepId]: event.to } };
      case 'ApprovalWithdrawn':
        return { ...before, approvals: before.approvals.filter((one) => one.stepId !== event.stepId) };
    }
  }
}
