import { clearanceOf, currentStep } from '../../../shared/domain/clearance/clearance.ts';
import { leadingStatement } from '../../../shared/domain/countdown/countdown.ts';
import type { Recorded } from '../../../shared/domain/roster/actor.ts';
import { type AnyRoomEvent, emptyRoom, evolve, type RoomState } from '../../../shared/domain/room/room.ts';
import { latestRevision } from '../../../shared/domain/statement/statement.ts';

/** A stretch in which the room could not go on before somebody acted. ms since 1970. */
export interface Wait {
  readonly from: number;
  /** The last event of the log where it never ended. */
  readonly to: number;
  /** For whom: "Legal", "an answer to the alarm". */
  readonly on: string;
}

type Open = { readonly from: number; readonly key: string; readonly on: string };

/** Only these can begin or end a wait; the other events need no look. */
const TURNS: ReadonlySet<AnyRoomEvent['type']> = new Set([
  'AlarmRaised', 'AlarmAcknowledged', 'AlarmEscalated', 'WatchChosen', 'IncidentDeclared', 'IncidentStoodDown', 'IncidentMistaken',
  'StatementStarted', 'RevisionSubmitted', 'RevisionApproved', 'RevisionSentBack', 'ApprovalWithdrawn',
  'PublicationStarted', 'PublicationConfirmed', 'PublicationFailed', 'PublicationInDoubt',
]); // prettier-ignore

/** Whom the room waited for, and how long: one stretch after the other, by the same fold as everything else. */
export function waitsOf(events: readonly Recorded<AnyRoomEvent>[], isVoid: (hash: string) => boolean): readonly Wait[] {
  const waits: Wait[] = [];
  let state = emptyRoom;
  let open = null as Open | null;
  for (const recorded of events) {
    if (isVoid(recorded.hash)) continue;
    state = evolve(state, recorded);
    if (!TURNS.has(recorded.event.type)) continue;
    const now = waitingFor(state);
    if (now?.key === open?.key) continue;
    if (open && recorded.at > open.from) waits.push({ from: open.from, to: recorded.at, on: open.on });
    open = now ? { from: recorded.at, ...now } : null;
  }
  const end = events.reduce((last, { at }) => Math.max(last, at), 0);
  if (open && end > open.from) waits.push({ from: open.from, to: end, on: open.on });
  return waits;
}

function waitingFor(state: RoomState): { readonly key: string; readonly on: string } | null {
  const { alarm, incident } = state;
  if (incident.phase === 'undeclared') {
    if (alarm.phase === 'ringing') return { key: `alarm ${alarm.rung}`, on: 'an answer to the alarm' };
    return null;
  }
  if (incident.phase !== 'open') return null;
  const publication = Object.values(state.publications).find(
    ({ phase }) => phase === 'started' || phase === 'in-doubt',
  );
  if (publication) return { key: publication.publicationId, on: `the publication on ${publication.channelId}` };
  const statement = leadingStatement(state);
  const revision = statement && latestRevision(statement);
  if (!statement || !revision) return null;
  const clearance = clearanceOf(state.clearances, statement.statementId, revision.revision);
  const step = clearance.sentBack ? undefined : currentStep(incident.chain, clearance);
  return step ? { key: `${statement.statementId} ${revision.revision} ${step.stepId}`, on: step.name } : null;
}

/** The time after the deadline until something was out, or until the end: null when it was met. */
export function breachOf(
  deadline: number,
  firstPublishedAt: number | null,
  end: number,
): { readonly from: number; readonly to: number } | null {
  const to = firstPublishedAt ?? end;
  return to > deadline ? { from: deadline, to } : null;
}
