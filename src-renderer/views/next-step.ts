import type { Countdown } from '../../shared/domain/countdown/countdown.ts';
import { clearanceOf, isCleared } from '../../shared/domain/clearance/clearance.ts';
import { leadingStatement } from '../../shared/domain/countdown/countdown.ts';
import { chainOf, type RoomState } from '../../shared/domain/room/room.ts';
import { latestRevision, type Statement } from '../../shared/domain/statement/statement.ts';

/** What Ctrl Enter does next: one step of the one story. */
export type NextStep =
  'acknowledge' | 'declare' | 'start' | 'submit' | 'sign-off' | 'publish' | 'stand-down' | 'replay';

export const NEXT_LABELS: { readonly [S in NextStep]: string } = {
  acknowledge: 'Acknowledge the alarm',
  declare: 'Declare the incident',
  start: 'Begin the holding statement',
  submit: 'Submit for sign-off',
  'sign-off': 'Go to the sign-off',
  publish: 'Go to publishing',
  'stand-down': 'Stand down',
  replay: 'Open the replay',
};

/**
 * The next step of a room. `draftMoved`: the words on the screen are not those of the latest revision. `statement`: the
 * text that is open, where that is another than the one that the countdown is about.
 */
export function nextStep(
  state: RoomState,
  countdown: Countdown | null,
  draftMoved: boolean,
  statement?: Statement,
): NextStep {
  const { alarm, incident } = state;
  if (incident.phase === 'undeclared') return alarm.phase === 'ringing' ? 'acknowledge' : 'declare';
  if (incident.phase !== 'open') return 'replay';
  if (Object.keys(state.statements).length === 0) return 'start';
  const other = statement && statement !== leadingStatement(state) ? nextOf(state, statement, draftMoved) : null;
  if (other) return other;
  switch (countdown?.stage) {
    case 'clear':
      return draftMoved ? 'submit' : 'sign-off';
    case 'publish':
      return 'publish';
    case 'done':
      return 'stand-down';
    default:
      return 'submit';
  }
}

/** The next step of a text that no countdown is about, such as a correction; null when it is out. */
function nextOf(state: RoomState, statement: Statement, draftMoved: boolean): NextStep | null {
  const revision = latestRevision(statement);
  if (!revision || draftMoved) return 'submit';
  const clearance = clearanceOf(state.clearances, statement.statementId, revision.revision);
  if (clearance.sentBack) return 'submit';
  if (!isCleared(chainOf(state), clearance)) return 'sign-off';
  const isOut = Object.values(state.publications).some(
    ({ hash, phase }) => phase === 'confirmed' && hash === revision.hash,
  );
  return isOut ? null : 'publish';
}
