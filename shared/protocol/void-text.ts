import { formatTime } from '../base/format.ts';
import { visibleName } from '../base/untrusted-text.ts';
import type { Refusal } from '../domain/refusal/refusal.ts';
import type { Recorded } from '../domain/roster/actor.ts';
import type { AnyRoomEvent } from '../domain/room/room.ts';
import { refusalText } from './refusal-text.ts';

export interface VoidContext {
  /** The room's log, in order. */
  readonly events: readonly Recorded<AnyRoomEvent>[];
  readonly isVoid: (hash: string) => boolean;
  readonly nameOf: (operatorId: string) => string;
  readonly timeZone?: string;
}

/**
 * Why an entry that is in the log does not count, as one sentence for whoever reads the log. The same refusal says
 * something else to a person who is just acting (`refusalText`): that can still be done otherwise, this has happened.
 */
export function voidText(recorded: Recorded<AnyRoomEvent>, refusal: Refusal, context: VoidContext): string {
  const { event } = recorded;
  const { nameOf } = context;
  switch (refusal.type) {
    case 'AlreadyDeclared':
      return event.type === 'IncidentDeclared'
        ? otherDeclared(context)
        : 'The incident was declared by then, so there was nothing left to watch.';
    case 'RevisionSuperseded':
      return superseded(recorded, refusal.latest, context);
    case 'WrongRevisionNumber':
      return event.type === 'RevisionSubmitted'
        ? `Another revision ${event.revision} was submitted apart from it and counts, because it came first; these words stay in the log.`
        : refusalText(refusal, nameOf);
    case 'AlreadyAcknowledged':
      return `${visibleName(nameOf(refusal.by))} had answered this alarm at ${time(refusal.at, context)}; the first answer counts.`;
    case 'NothingToWithdraw':
      return 'There was no approval of theirs to withdraw: it did not count, or was withdrawn before.';
    case 'AlreadyApproved':
      return 'They had approved this revision already, and nobody approves twice.';
    case 'AlreadyCleared':
      return 'Every step had approved this revision by then.';
    case 'NotYourTurn':
      return `It was the turn of ${refusal.waitingFor} then, and a step counts only in its turn.`;
    case 'IncidentOver':
      return 'The incident had ended by then; it stays in the log as what was done meanwhile.';
    case 'PublicationRunning':
    case 'AlreadyPublished':
      return 'It had been begun on this channel already, apart from this; look whether it went out twice.';
    case 'NotInItsPast':
      return event.type === 'PublicationStarted'
        ? 'It rests on approvals that its author did not have then; look whether it went out, and correct it if it did.'
        : refusalText(refusal, nameOf);
    case 'NotCleared':
    case 'WrongApprovals':
      return event.type === 'PublicationStarted'
        ? 'The approvals it names were not all held; look whether it went out, and correct it if it did.'
        : refusalText(refusal, nameOf);
    default:
      return refusalText(refusal, nameOf);
  }
}

/** Two commanders: both stand in the log, and everybody reads which one counts and why. */
function otherDeclared(context: VoidContext): string {
  const first = context.events.find(({ event, hash }) => event.type === 'IncidentDeclared' && !context.isVoid(hash));
  if (!first) return 'The incident was declared by then; the earlier declaration counts.';
  const who = first.actor.kind === 'operator' ? visibleName(first.actor.name) : 'somebody';
  return `${who} declared at ${time(first.at, context)}, and the earlier of two declarations counts; this one is kept and changes nothing.`;
}

function superseded(recorded: Recorded<AnyRoomEvent>, latest: number, context: VoidContext): string {
  const { event } = recorded;
  const next = context.events.find(
    (one) => one.event.type === 'RevisionSubmitted' && one.event.revision === latest && isSameText(one.event, event),
  );
  const since = next ? ` at ${time(next.at, context)}` : '';
  switch (event.type) {
    case 'RevisionApproved':
      return `Revision ${String(latest)} had taken its place${since}, and an approval never counts for other words.`;
    case 'ApprovalWithdrawn':
      return `It came too late: revision ${String(latest)} had taken the place of this one${since}.`;
    case 'PublicationStarted':
      return `Revision ${String(latest)} had taken its place${since}; look whether the older one went out, and correct it if it did.`;
    default:
      return `Revision ${String(latest)} had taken the place of this one${since}.`;
  }
}

function isSameText(one: AnyRoomEvent, other: AnyRoomEvent): boolean {
  return 'statementId' in one && 'statementId' in other && one.statementId === other.statementId;
}

function time(at: number, { timeZone }: VoidContext): string {
  return formatTime(at, timeZone);
}
