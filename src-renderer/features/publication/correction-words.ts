import type { Sha256Hex } from '../../../shared/base/ids.ts';
import { visibleName } from '../../../shared/base/untrusted-text.ts';
import type { CorrectionDue } from '../../../shared/domain/publication/corrections-due.ts';
import type { Refusal } from '../../../shared/domain/refusal/refusal.ts';
import type { Recorded } from '../../../shared/domain/roster/actor.ts';
import { type AnyRoomEvent, chainOf, type RoomState } from '../../../shared/domain/room/room.ts';

interface Room {
  readonly state: RoomState;
  readonly events: readonly Recorded<AnyRoomEvent>[];
  readonly voids: ReadonlyMap<Sha256Hex, Refusal>;
}

/** "Legal (Lea) withdrew their approval after revision 1 went out on Website: publish a correction." */
export function correctionWords(
  { publication, missing }: CorrectionDue,
  room: Room,
  nameOf: (operatorId: string) => string,
  channelName: (channelId: string) => string,
): string {
  const who = missing.map((hash) => whose(hash, room, nameOf));
  const isWithdrawn = missing.every((hash) => !room.voids.has(hash) && room.events.some((one) => one.hash === hash));
  const did = isWithdrawn
    ? `withdrew ${missing.length === 1 ? 'their approval' : 'their approvals'}`
    : missing.length === 1
      ? 'is not held to have approved any more'
      : 'are not held to have approved any more';
  const where = `revision ${publication.revision} ${publication.phase === 'confirmed' ? 'went out' : 'was begun'} on ${channelName(publication.channelId)}`;
  const next =
    publication.phase === 'confirmed'
      ? 'publish a correction.'
      : 'say first whether it went out, then publish a correction if it did.';
  return `${listed(who)} ${did} after ${where}: ${next}`;
}

function whose(hash: Sha256Hex, { state, events }: Room, nameOf: (operatorId: string) => string): string {
  const approval = events.find((one) => one.hash === hash);
  if (approval?.event.type !== 'RevisionApproved') return 'somebody';
  const { stepId } = approval.event;
  const step = chainOf(state).find((one) => one.stepId === stepId);
  const by =
    approval.actor.kind === 'operator' ? visibleName(nameOf(approval.actor.operatorId), 40) : 'a key that was revoked';
  return step ? `${visibleName(step.name, 40)} (${by})` : by;
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? 'Somebody') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
