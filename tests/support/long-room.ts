import { instant, type Sha256Hex, WatchQueryId } from '../../shared/base/ids.ts';
import type { Recorded } from '../../shared/domain/roster/actor.ts';
import type { AnyRoomEvent, RoomEvent } from '../../shared/domain/room/room.ts';
import { type Person, T0, cora, host, ines, lea, sam, sol, wim } from './given.ts';

const WATCH = WatchQueryId.parse('acme');

/** A four-hour incident as it would be recorded: mostly samples, presence and log entries, spread over the time. */
export function aLongRoom(count: number): readonly Recorded<AnyRoomEvent>[] {
  const people: readonly Person[] = [cora, ines, lea, sam, sol, wim];
  const stepMs = (4 * 3_600_000) / count;
  return Array.from({ length: count }, (_, index): Recorded<AnyRoomEvent> => {
    const person = people[index % people.length] ?? cora;
    const at = instant(T0 + index * stepMs);
    const hash = index.toString(16).padStart(64, '0') as Sha256Hex;
    const event = eventOf(index, person);
    return { index, hash, at, actor: event.type === 'LogEntryAdded' ? person : host, event };
  });
}

function eventOf(index: number, { operatorId }: Person): RoomEvent {
  const from = instant(T0 + index * 288);
  switch (index % 4) {
    case 0:
      return { type: 'OperatorJoined', operatorId };
    case 1:
      return {
        type: 'RateSampled',
        watchQueryId: WATCH,
        from,
        count: index % 90,
        expected: 12,
        lower: 4,
        upper: 24,
        negativeShare: 0.5,
        covered: true,
      };
    case 2:
      return {
        type: 'LogEntryAdded',
        text: `Note ${String(index)}`,
        kind: 'note',
        occurredAt: null,
        lateReason: null,
        corrects: null,
      };
    default:
      return { type: 'OperatorLeft', operatorId };
  }
}
