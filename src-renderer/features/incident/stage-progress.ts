import { clearanceOf } from '../../../shared/domain/clearance/clearance.ts';
import { type Countdown, leadingStatement, type Stage } from '../../../shared/domain/countdown/countdown.ts';
import { firstPublishedAt } from '../../../shared/domain/publication/publication.ts';
import type { RoomState } from '../../../shared/domain/room/room.ts';
import { latestRevision } from '../../../shared/domain/statement/statement.ts';

export interface StageProgress {
  readonly stage: Stage;
  readonly budgetMs: number;
  /** Time that really went into it, by the acts in the log. */
  readonly spentMs: number;
  readonly state: 'done' | 'current' | 'ahead';
}

/** Each stage against its budget at `now`. What is left of the current one is what the countdown says is left. */
export function stageProgress(state: RoomState, countdown: Countdown, now: number): readonly StageProgress[] {
  const ends = endsOf(state, countdown);
  const at = countdown.stages.findIndex((plan) => plan.stage === countdown.stage);
  let from = countdown.t0 + countdown.goneBeforeAlarmMs;
  return countdown.stages.map((plan, index) => {
    const budgetMs = plan.to - plan.from;
    if (countdown.stage === 'done' || index < at) {
      const end = Math.max(from, ends[plan.stage] ?? from);
      const spentMs = end - from;
      from = end;
      return { stage: plan.stage, budgetMs, spentMs, state: 'done' };
    }
    if (index > at) return { stage: plan.stage, budgetMs, spentMs: 0, state: 'ahead' };
    const spentMs = Math.max(0, now - from);
    return {
      stage: plan.stage,
      budgetMs: Math.max(1, spentMs + countdown.stageRemainingMs),
      spentMs,
      state: 'current',
    };
  });
}

/** When each stage ended, as far as an act ended it. */
function endsOf(state: RoomState, countdown: Countdown): { readonly [S in Stage]: number | undefined } {
  const { alarm, incident } = state;
  const statement = leadingStatement(state);
  const revision = statement && latestRevision(statement);
  const approvals =
    statement && revision ? clearanceOf(state.clearances, statement.statementId, revision.revision).approvals : [];
  const submittedAt = revision?.submittedAt;
  const draftTo = countdown.stages.find((plan) => plan.stage === 'draft')?.to;
  return {
    acknowledge: alarm.phase === 'none' ? undefined : (alarm.acknowledgedAt ?? undefined),
    triage: incident.phase === 'undeclared' ? undefined : incident.declaredAt,
    // No act parts drafting from checking: the plan does.
    draft: submittedAt === undefined ? draftTo : Math.min(submittedAt, draftTo ?? submittedAt),
    check: submittedAt,
    clear: approvals.at(-1)?.at,
    publish: firstPublishedAt(state.publications) ?? undefined,
  };
}
