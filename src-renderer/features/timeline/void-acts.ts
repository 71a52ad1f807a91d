import type { Recorded } from '../../../shared/domain/roster/actor.ts';
import type { Refusal } from '../../../shared/domain/refusal/refusal.ts';
import type { AnyRoomEvent } from '../../../shared/domain/room/room.ts';
import { type Publications } from '../../../shared/domain/publication/publication.ts';

/** Whether an administrator can let this entry count after all. */
export function canCountAgain(refusal: Refusal | undefined): boolean {
  return refusal?.type === 'BeyondCut';
}

/** Said of a withdrawal that counts and could not hold back what was out, or on its way, by then or at the same time. */
export function withdrawnTooLate(recorded: Recorded<AnyRoomEvent>, publications: Publications): string | null {
  const { event } = recorded;
  if (event.type !== 'ApprovalWithdrawn') return null;
  const out = Object.values(publications).some(
    (one) => one.statementId === event.statementId && one.revision === event.revision && one.phase !== 'failed',
  );
  return out ? 'It was published on this approval: what is out stays out, and a correction is due.' : null;
}
