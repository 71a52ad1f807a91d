import type { Instant, OperatorId, PublicationId, Sha256Hex, StatementId } from '../../shared/base/ids.ts';
import { assertNever } from '../../shared/base/invariant.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { clearanceOf } from '../../shared/domain/clearance/clearance.ts';
import type { StaffedStep } from '../../shared/domain/incident/incident.ts';
import type { ChainStep } from '../../shared/domain/playbook/chain.ts';
import type { Channel } from '../../shared/domain/playbook/playbook.ts';
import { type Operator, operatorOf, type WorkspaceState } from '../../shared/domain/workspace/workspace.ts';
import type { RoomEvent, RoomState } from '../../shared/domain/room/room.ts';
import type { Refusal } from '../../shared/domain/refusal/refusal.ts';
import { checkDraft } from '../../shared/domain/statement/checks/check-draft.ts';
import { type Draft, draftHash, normalDraft } from '../../shared/domain/statement/draft.ts';
import { revisionHash } from '../../shared/domain/statement/revision.ts';
import { slotValues } from '../../shared/domain/statement/slots.ts';
import { statementOf } from '../../shared/domain/statement/statement.ts';
import type { Template } from '../../shared/domain/statement/template.ts';
import type { RoomCommand } from '../../shared/protocol/commands.ts';
import type { WireError } from '../../shared/protocol/wire.ts';
import type { Caller, Evidence } from './ports.ts';
import { refused, wireError } from './wire-errors.ts';

/** What a wish is planned with. Everything here is read, nothing is done. */
export interface Planning {
  readonly state: RoomState;
  readonly workspace: WorkspaceState;
  readonly templates: readonly Template[];
  readonly now: Instant;
  readonly door: Caller['door'];
  newId(prefix: string): string;
  draftOf(statementId: StatementId): Draft | null;
  evidenceOf(sha256: Sha256Hex): Evidence | null;
}

/**
 * A wish -> the facts it would become. Only what cannot be put into a fact at all is refused here; whether the facts
 * count is for the fold's own rules to say.
 */
export function planEvents(command: RoomCommand, planning: Planning): Result<readonly RoomEvent[], WireError> {
  const { state, now } = planning;
  switch (command.type) {
    case 'acknowledgeAlarm':
      return ok([{ type: 'AlarmAcknowledged', alarmId: command.alarmId }]);
    case 'watchInstead':
      return ok([{ type: 'WatchChosen', alarmId: command.alarmId, reason: command.reason, until: command.until }]);
    case 'declareIncident':
      return planDeclaration(command, planning);
    case 'declareComplex':
      return ok([{ type: 'ComplexDeclared', reason: command.reason }]);
    case 'changeSeverity':
      return ok([{ type: 'SeverityChanged', to: command.to, reason: command.reason }]);
    case 'standDown':
      return ok([{ type: 'IncidentStoodDown', reason: command.reason }]);
    case 'declareMistaken':
      return ok([{ type: 'IncidentMistaken', reason: command.reason }]);
    case 'startStatement': {
      const { kind, title, templateId } = command;
      if (templateId !== null && !planning.templates.some((template) => template.templateId === templateId))
        return err(
          wireError('NoSuchTemplate', 'There is no such template. Choose one from the list, or a blank page.'),
        );
      const statementId = planning.newId('s') as StatementId;
      return ok([{ type: 'StatementStarted', statementId, kind, title, templateId }]);
    }
    case 'submitRevision':
      return planRevision(command, planning);
    case 'approve': {
      const { type: _type, ...about } = command;
      return ok([{ type: 'RevisionApproved', ...about, door: planning.door }]);
    }
    case 'sendBack': {
      const { type: _type, ...about } = command;
      return ok([{ type: 'RevisionSentBack', ...about }]);
    }
    case 'delegate': {
      const { type: _type, ...about } = command;
      const to = operatorOf(planning.workspace, command.to);
      if (!to || to.revoked)
        return err(wireError('NoSuchPerson', 'There is no such person here. Choose somebody from the list.'));
      // Observers read: a step in their hands would wait for ever.
      if (to.roles.every((role) => role === 'observer'))
        return err(refused({ type: 'CannotTakeOver', operatorId: command.to }));
      return ok([{ type: 'StepDelegated', ...about }]);
    }
    case 'withdraw': {
      const { type: _type, ...about } = command;
      return ok([{ type: 'ApprovalWithdrawn', ...about }]);
    }
    case 'publish':
      return planPublication(command, planning);
    case 'confirmPublication': {
      const evidence = command.evidence === null ? null : planning.evidenceOf(command.evidence);
      if (command.evidence !== null && evidence === null)
        return err(wireError('NoSuchEvidence', 'That file has not arrived. Attach it again, then confirm.'));
      const { publicationId, address } = command;
      const publishedAt = command.publishedAt ?? now;
      if (publishedAt > now)
        return err(wireError('NotYet', 'The time of publication is in the future. Record it when it is out.'));
      return ok([
        {
          type: 'PublicationConfirmed',
          publicationId,
          address: address === '' ? null : address,
          publishedAt,
          evidence: evidence && {
            sha256: evidence.sha256,
            name: evidence.name,
            mime: evidence.mime,
            bytes: evidence.bytes.length,
          },
        },
      ]);
    }
    case 'failPublication':
      return ok([{ type: 'PublicationFailed', publicationId: command.publicationId, reason: command.reason }]);
    case 'addLogEntry': {
      const { type: _type, ...entry } = command;
      return ok([{ type: 'LogEntryAdded', ...entry }]);
    }
    default:
      return assertNever(command);
  }

  function planPublication(
    wish: Extract<RoomCommand, { type: 'publish' }>,
    { workspace, newId }: Planning,
  ): Result<readonly RoomEvent[], WireError> {
    const channel = channelOf(workspace, wish.channelId);
    if (!channel) return err(wireError('NoSuchChannel', 'There is no such channel. Choose one from the list.'));
    const { approvals } = clearanceOf(state.clearances, wish.statementId, wish.revision);
    // Without any approval there is nothing to name; the rules would say the same.
    if (approvals.length === 0) return err(refused(notCleared(state, wish.statementId)));
    const { type: _type, ...about } = wish;
    return ok([
      {
        type: 'PublicationStarted',
        publicationId: newId('p') as PublicationId,
        ...about,
        via: channel.via.kind,
        approvals: approvals.map((approval) => approval.eventHash),
      },
    ]);
  }
}

function notCleared(state: RoomState, statementId: StatementId): Refusal {
  if (!statementOf(state.statements, statementId)) return { type: 'NoSuchStatement' };
  const [first] = state.incident.phase === 'undeclared' ? [] : state.incident.chain;
  return { type: 'NotCleared', waitingFor: first?.name ?? 'sign-off' };
}

function planDeclaration(
  wish: Extract<RoomCommand, { type: 'declareIncident' }>,
  { state, workspace, now }: Planning,
): Result<readonly RoomEvent[], WireError> {
  const playbook = workspace.playbooks.find((one) => one.playbookId === wish.playbookId);
  if (!playbook) return err(wireError('NoSuchPlaybook', 'There is no such playbook. Choose one from the list.'));
  if (wish.complexity === 'complex' && wish.complexityReason === null)
    return err(wireError('ReasonMissing', 'Say in a sentence why this is complex: ten minutes need a reason.'));
  const operators = Object.values(workspace.operators).filter((operator) => !operator.revoked);
  const chain = playbook.chain.map((step) => staff(step, operators));
  const unstaffed = chain.find((step) => step.holders.length === 0 && step.deputies.length === 0);
  if (unstaffed)
    return err(
      wireError(
        'StepUnstaffed',
        `Nobody holds the role of "${unstaffed.name}". Give it to somebody in Settings first.`,
      ),
    );
  const { title, severity, complexity, complexityReason } = wish;
  return ok([
    {
      type: 'IncidentDeclared',
      title,
      severity,
      complexity,
      complexityReason,
      playbookId: playbook.playbookId,
      templateId: playbook.templateId,
      t0: state.alarm.phase === 'none' ? now : state.alarm.t0,
      chain,
      commander: operators.find((operator) => operator.roles.includes('incident-commander'))?.operatorId ?? null,
      demo: workspace.demo,
    },
  ]);
}

function staff(step: ChainStep, operators: readonly Operator[]): StaffedStep {
  const holders = operators.filter((operator) => operator.roles.includes(step.role));
  const deputies = holders.flatMap((holder): readonly OperatorId[] => (holder.deputyId ? [holder.deputyId] : []));
  return { ...step, holders: holders.map((holder) => holder.operatorId), deputies: [...new Set(deputies)] };
}

function planRevision(
  wish: Extract<RoomCommand, { type: 'submitRevision' }>,
  planning: Planning,
): Result<readonly RoomEvent[], WireError> {
  const statement = statementOf(planning.state.statements, wish.statementId);
  const held = planning.draftOf(wish.statementId);
  if (!statement || !held) return err(refused({ type: 'NoSuchStatement' }));
  if (draftHash(held) !== wish.seen) return err(refused({ type: 'DraftMoved' }));
  const draft = normalDraft(held);
  const template = planning.templates.find((one) => one.templateId === statement.templateId);
  const content = {
    templateId: template?.templateId ?? null,
    master: draft.master,
    variants: variantsOfChannels(draft, planning.workspace.channels),
    slots: template ? slotValues(template.text, draft.master) : {},
    locale: 'en',
  };
  const findings = checkDraft(draft, {
    channels: planning.workspace.channels,
    now: planning.now,
    kind: statement.kind,
    ...(template && { templateText: template.text }),
  });
  return ok([
    {
      type: 'RevisionSubmitted',
      statementId: wish.statementId,
      revision: statement.revisions.length + 1,
      content,
      hash: revisionHash(content),
      findings: [...findings].slice(0, 200),
    },
  ]);
}

/** A document may hold texts under any name; only those of the organisation's channels can ever leave. */
function variantsOfChannels({ variants }: Draft, channels: readonly Channel[]): Record<string, string> {
  const known = new Set<string>(channels.map(({ channelId }) => channelId));
  return Object.fromEntries(Object.entries(variants).filter(([channelId]) => known.has(channelId)));
}

function channelOf(workspace: WorkspaceState, channelId: string): Channel | undefined {
  return workspace.channels.find((channel) => channel.channelId === channelId);
}
