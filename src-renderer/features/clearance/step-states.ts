import type { Instant, OperatorId } from '../../../shared/base/ids.ts';
import { type Approval, type Clearance, currentStep, delegateOf } from '../../../shared/domain/clearance/clearance.ts';
import type { Countdown } from '../../../shared/domain/countdown/countdown.ts';
import type { StaffedStep } from '../../../shared/domain/incident/incident.ts';
import type { Revision } from '../../../shared/domain/statement/statement.ts';

export type StepState =
  | { readonly kind: 'cleared'; readonly approval: Approval }
  | {
      readonly kind: 'now';
      readonly since: Instant;
      readonly budgetMs: number;
      /** Negative when the step took longer than its share. Null when the clock does not run any more. */
      readonly remainingMs: number | null;
    }
  | { readonly kind: 'waiting' }
  | {
      readonly kind: 'sent-back';
      readonly by: OperatorId;
      readonly name: string;
      readonly at: Instant;
      readonly reason: string;
    };

export interface ShownStep {
  readonly step: StaffedStep;
  /** To whom this step of this revision was handed, if it was. */
  readonly delegate: OperatorId | undefined;
  readonly state: StepState;
}

/** What each step of the chain says about one revision. The clear stage's budget is divided equally over the steps. */
export function shownSteps(
  chain: readonly StaffedStep[],
  clearance: Clearance,
  revision: Pick<Revision, 'submittedAt'>,
  countdown: Countdown | null,
  now: Instant,
): readonly ShownStep[] {
  const turn = clearance.sentBack ? undefined : currentStep(chain, clearance);
  return chain.map((step) => ({
    step,
    delegate: delegateOf(clearance, step.stepId),
    state: stateOf(step),
  }));

  function stateOf(step: StaffedStep): StepState {
    const { sentBack } = clearance;
    if (sentBack?.stepId === step.stepId) {
      const { by, name, at, reason } = sentBack;
      return { kind: 'sent-back', by, name, at, reason };
    }
    const approval = clearance.approvals.find((one) => one.stepId === step.stepId);
    if (approval) return { kind: 'cleared', approval };
    if (turn !== step) return { kind: 'waiting' };
    const since = turnSince(clearance, revision);
    const budgetMs = stepBudgetMs(chain, countdown);
    const runs = countdown?.phase === 'running';
    return { kind: 'now', since, budgetMs, remainingMs: runs ? since + budgetMs - now : null };
  }
}

/** An equal share of the clear stage for every step, in ms; 0 without a countdown. */
export function stepBudgetMs(chain: readonly StaffedStep[], countdown: Countdown | null): number {
  const clear = countdown?.stages.find(({ stage }) => stage === 'clear');
  return clear && chain.length > 0 ? Math.round((clear.to - clear.from) / chain.length) : 0;
}

/** When the step whose turn it is was asked: at the submission, or by the newest approval. */
export function turnSince(clearance: Clearance, { submittedAt }: Pick<Revision, 'submittedAt'>): Instant {
  return clearance.approvals.reduce((latest, { at }) => (at > latest ? at : latest), submittedAt);
}
