import type { Countdown } from '../../shared/domain/countdown/countdown.ts';
import type { RoomState } from '../../shared/domain/room/room.ts';

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

/** The next step of a room. `draftMoved`: the words on the screen are not those of the latest revision. */
export function nextStep(state: RoomState, countdown: Countdown | null, draftMoved: boolean): NextStep {
  const { alarm, incident } = state;
  if (incident.phase === 'undeclared') return alarm.phase === 'ringing' ? 'acknowledge' : 'declare';
  if (incident.phase !== 'open') return 'replay';
  if (Object.keys(state.statements).length === 0) return 'start';
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
