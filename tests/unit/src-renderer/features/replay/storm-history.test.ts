import { expect, test } from 'vitest';
import { instant, WatchQueryId } from '../../../../../shared/base/ids.ts';
import type { Recorded } from '../../../../../shared/domain/roster/actor.ts';
import type { AnyRoomEvent, RoomEvent } from '../../../../../shared/domain/room/room.ts';
import { stormHistory } from '../../../../../src-renderer/features/replay/storm-history.ts';
import { at, eventHash, host } from '../../../../support/given.ts';

const brand = WatchQueryId.parse('brand');

function recorded(events: readonly RoomEvent[]): readonly Recorded<AnyRoomEvent>[] {
  return events.map((event, index) => ({ index, hash: eventHash(index), at: at(index), actor: host, event }));
}

function sampled(
  minute: number,
  count: number,
  parts: { covered?: boolean; watchQueryId?: typeof brand } = {},
): RoomEvent {
  const band = { expected: 8, lower: 3, upper: 15, negativeShare: 0.5, covered: true };
  return { type: 'RateSampled', watchQueryId: brand, from: at(minute), count, ...band, ...parts };
}

const minute = { expected: 8, lower: 3, upper: 15, negativeShare: null };
const spike: RoomEvent = {
  type: 'SpikeDetected',
  watchQueryId: brand,
  windowMs: 300_000,
  observed: 90,
  ...{ expected: 8, lower: 3, upper: 15, score: 12, abnormalSince: at(0), sentence: '', facts: [] },
  history: [
    { at: at(0), count: 7, ...minute },
    { at: at(1), count: 40, ...minute },
  ],
};

test('the minutes before the alarm come with the spike, those after it one by one, each once', () => {
  const points = stormHistory(recorded([spike, sampled(1, 44), sampled(2, 60)]));
  expect(points.map(({ at: from, count }) => [from, count])).toEqual([
    [at(0), 7],
    [at(1), 44],
    [at(2), 60],
  ]);
});

test('a minute that no feed covered has no count, which is not zero', () => {
  const [point] = stormHistory(recorded([sampled(1, 0, { covered: false })]));
  expect(point).toEqual({ at: instant(at(1)), count: null, expected: 8, lower: 3, upper: 15, negativeShare: null });
});

test('only the watch query of the alarm is drawn', () => {
  const other = WatchQueryId.parse('other');
  const points = stormHistory(recorded([sampled(1, 500, { watchQueryId: other }), spike, sampled(2, 60)]));
  expect(points.map(({ count }) => count)).toEqual([7, 40, 60]);
  expect(stormHistory([])).toEqual([]);
});
