import type { Recorded } from '../../../shared/domain/roster/actor.ts';
import type { AnyRoomEvent } from '../../../shared/domain/room/room.ts';
import type { ChartMark } from '../../ui/rate-points.ts';

/** What somebody decided, in the words of a mark. */
export interface Moment extends ChartMark {
  /** Stops that the arrow keys go to. Every mark is one. */
  readonly hash: string;
}

/** The decisions of a room and its breach, oldest first: marks of the scrubber, and where the arrows stop. */
export function momentsOf(
  events: readonly Recorded<AnyRoomEvent>[],
  isVoid: (hash: string) => boolean,
): readonly Moment[] {
  return events.flatMap((recorded) => {
    if (isVoid(recorded.hash)) return [];
    const mark = markOf(recorded.event);
    return mark ? [{ at: recorded.at, hash: recorded.hash, ...mark }] : [];
  });
}

function markOf(event: AnyRoomEvent): Pick<ChartMark, 'label' | 'kind'> | null {
  switch (event.type) {
    case 'AlarmRaised':
      return { label: 'alarm', kind: 'warning' };
    case 'AlarmAcknowledged':
      return { label: 'acknowledged', kind: 'plain' };
    case 'AlarmEscalated':
      return { label: 'next person called', kind: 'warning' };
    case 'WatchChosen':
      return { label: 'watch instead', kind: 'plain' };
    case 'WatchEnded':
      return { label: 'rang again', kind: 'warning' };
    case 'MentionPinned':
      return { label: 'mention pinned', kind: 'plain' };
    case 'IncidentDeclared':
      return { label: 'declared', kind: 'yours' };
    case 'ComplexDeclared':
      return { label: 'declared complex', kind: 'yours' };
    case 'SeverityChanged':
      return { label: `severity ${event.to.toUpperCase()}`, kind: 'plain' };
    case 'DeadlinePassed':
      return { label: 'deadline passed', kind: 'alarm' };
    case 'IncidentStoodDown':
      return { label: 'stood down', kind: 'done' };
    case 'IncidentMistaken':
      return { label: 'declared by mistake', kind: 'plain' };
    case 'StatementStarted':
      return { label: 'text begun', kind: 'plain' };
    case 'RevisionSubmitted':
      return { label: `revision ${event.revision}`, kind: 'yours' };
    case 'RevisionApproved':
      return { label: `approved ${event.revision}`, kind: 'done' };
    case 'RevisionSentBack':
      return { label: `sent back ${event.revision}`, kind: 'warning' };
    case 'StepDelegated':
      return { label: 'delegated', kind: 'plain' };
    case 'ApprovalWithdrawn':
      return { label: 'approval withdrawn', kind: 'warning' };
    case 'PublicationStarted':
      return { label: 'publishing', kind: 'plain' };
    case 'PublicationConfirmed':
      return { label: 'published', kind: 'done' };
    case 'PublicationFailed':
      return { label: 'did not go out', kind: 'warning' };
    case 'PublicationInDoubt':
      return { label: 'publication in doubt', kind: 'warning' };
    case 'LogEntryAdded':
      return event.kind === 'decision' ? { label: 'decision noted', kind: 'plain' } : null;
    case 'SpikeDetected':
    case 'OperatorJoined':
    case 'OperatorLeft':
    case 'RateSampled':
    case 'FeedStateChanged':
    case 'Unknown':
      return null;
  }
}

/** The next stop after the second that is shown, or the one before it; undefined at the ends. */
export function stopFrom(moments: readonly Moment[], second: number, forwards: boolean): Moment | undefined {
  return forwards ? moments.find(({ at }) => at >= second + 1000) : moments.findLast(({ at }) => at < second);
}
