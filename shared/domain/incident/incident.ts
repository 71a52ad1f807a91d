import { z } from 'zod';
import { Instant, OperatorId as OperatorIdSchema, PlaybookId, TemplateId, type OperatorId } from '../../base/ids.ts';
import { ChainStep } from '../playbook/chain.ts';
import type { Recorded } from '../roster/actor.ts';
import { mayDo } from '../roster/roles.ts';
import type { Refusal } from '../refusal/refusal.ts';

/** 1 is worst. The label set shown is the organisation's, because IT and PR number in opposite directions. */
export const Severity = z.enum(['sev1', 'sev2', 'sev3', 'sev4']);
export type Severity = z.infer<typeof Severity>;

export const Complexity = z.enum(['simple', 'complex']);
export type Complexity = z.infer<typeof Complexity>;

/** A planned step with the people who could take it when the incident was declared. */
export const StaffedStep = z.strictObject({
  ...ChainStep.shape,
  holders: z.array(OperatorIdSchema).max(50),
  deputies: z.array(OperatorIdSchema).max(50),
});
export type StaffedStep = z.infer<typeof StaffedStep>;

const reason = z.string().trim().min(1).max(1000);

export const IncidentEvent = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('IncidentDeclared'),
    title: z.string().trim().min(1).max(200),
    severity: Severity,
    complexity: Complexity,
    complexityReason: reason.nullable(),
    playbookId: PlaybookId,
    templateId: TemplateId.nullable(),
    t0: Instant,
    chain: z.array(StaffedStep).min(1).max(8),
    commander: OperatorIdSchema.nullable(),
    demo: z.boolean(),
  }),
  z.strictObject({ type: z.literal('ComplexDeclared'), reason }),
  z.strictObject({ type: z.literal('SeverityChanged'), to: Severity, reason }),
  z.strictObject({ type: z.literal('DeadlinePassed'), deadline: Instant }),
  z.strictObject({ type: z.literal('IncidentStoodDown'), reason }),
  z.strictObject({ type: z.literal('IncidentMistaken'), reason }),
]);
export type IncidentEvent = z.infer<typeof IncidentEvent>;

/*
 * undeclared -- IncidentDeclared --> open -- IncidentStoodDown --> stood-down
 *                                      \---- IncidentMistaken --> mistaken
 */
export type Incident =
  | { readonly phase: 'undeclared' }
  | {
      readonly phase: 'open' | 'stood-down' | 'mistaken';
      readonly title: string;
      readonly severity: Severity;
      readonly complexity: Complexity;
      readonly playbookId: string;
      readonly templateId: string | null;
      readonly t0: Instant;
      readonly declaredAt: Instant;
      readonly declaredBy: OperatorId | null;
      readonly commander: OperatorId | null;
      readonly chain: readonly StaffedStep[];
      readonly demo: boolean;
      /** Deadlines that passed without a published statement: evidence, never taken back. */
      readonly breaches: readonly Instant[];
      readonly endedAt: Instant | null;
      readonly endReason: string | null;
    };

export const undeclared: Incident = { phase: 'undeclared' };

export const BUDGET_MS: { readonly [C in Complexity]: number } = { simple: 300_000, complex: 600_000 };

/** T0 plus 5:00 or 10:00, derived from the log and never stored. Nothing can extend 10:00. */
export function deadlineOf(incident: { readonly t0: Instant; readonly complexity: Complexity }): Instant {
  return (incident.t0 + BUDGET_MS[incident.complexity]) as Instant;
}

/**
 * Why the event does not count here, or null when it does.
 * `firstPublishedAt`: when the first statement was out, because a deadline that was met cannot pass.
 * `alarmT0`: T0 as the alarm has it, null without one: a declaration cannot move it, and the deadline with it, back.
 */
export function judgeIncident(
  incident: Incident,
  recorded: Recorded<IncidentEvent>,
  firstPublishedAt: Instant | null,
  alarmT0: Instant | null = null,
): Refusal | null {
  const { event, actor } = recorded;
  if (event.type === 'DeadlinePassed' ? actor.kind !== 'host' : actor.kind !== 'operator')
    return { type: event.type === 'DeadlinePassed' ? 'HostOnly' : 'UnknownAuthor' };
  if (actor.kind === 'operator') {
    const act = event.type === 'IncidentStoodDown' ? 'stand-down' : 'declare';
    if (!mayDo(actor.roles, act)) return { type: 'NotAllowed', act };
  }
  if (event.type === 'IncidentDeclared') {
    if (incident.phase !== 'undeclared') return { type: 'AlreadyDeclared' }; // [INC1] the causally first counts
    return event.t0 > (alarmT0 ?? recorded.at) ? { type: 'T0TooLate' } : null; // [INC6]
  }
  if (incident.phase === 'undeclared') return { type: 'NotDeclared' };
  if (incident.phase !== 'open') return { type: 'IncidentOver' }; // [INC2] an ended incident does not change
  switch (event.type) {
    case 'ComplexDeclared':
      return incident.complexity === 'complex' ? { type: 'AlreadyComplex' } : null; // [INC3] once, never beyond 10:00
    case 'DeadlinePassed': {
      const deadline = deadlineOf(incident);
      if (event.deadline !== deadline || recorded.at < deadline) return { type: 'DeadlineNotPassed' };
      if (incident.breaches.includes(deadline)) return { type: 'DeadlineNotPassed' }; // [INC4] evidence once
      if (firstPublishedAt !== null && firstPublishedAt <= deadline) return { type: 'DeadlineMet' };
      return null;
    }
    case 'IncidentMistaken': // [INC5] what is public cannot have been a mistake
      return firstPublishedAt === null ? null : { type: 'AlreadyPublishedSomething' };
    case 'SeverityChanged':
    case 'IncidentStoodDown':
      return null;
  }
}

/** Total and pure: live view, late joiner and replay all fold through here, so they cannot disagree. */
export function evolveIncident(incident: Incident, recorded: Recorded<IncidentEvent>): Incident {
  const { event, at, actor } = recorded;
  if (event.type === 'IncidentDeclared') {
    const { title, severity, complexity, playbookId, templateId, t0, chain, commander, demo } = event;
    const declaredBy = actor.kind === 'operator' ? actor.operatorId : null;
    const fresh = { declaredAt: at, declaredBy, breaches: [], endedAt: null, endReason: null };
    return { phase: 'open', title, severity, complexity, playbookId, templateId, t0, chain, commander, demo, ...fresh };
  }
  if (incident.phase === 'undeclared') return incident;
  switch (event.type) {
    case 'ComplexDeclared':
      return { ...incident, complexity: 'complex' };
    case 'SeverityChanged':
      return { ...incident, severity: event.to };
    case 'DeadlinePassed':
      return { ...incident, breaches: [...incident.breaches, event.deadline] };
    case 'IncidentStoodDown':
      return { ...incident, phase: 'stood-down', endedAt: at, endReason: event.reason };
    case 'IncidentMistaken':
      return { ...incident, phase: 'mistaken', endedAt: at, endReason: event.reason };
  }
}
