import { expect, test } from 'vitest';
import { instant } from '../../../../shared/base/ids.ts';
import type { Recorded } from '../../../../shared/domain/roster/actor.ts';
import type { AnyRoomEvent } from '../../../../shared/domain/room/room.ts';
import { currentWatch, watchUntil } from '../../../../src-renderer/state/watch-until.ts';

const now = instant(1_000_000);
const log = (...events: readonly object[]) => events.map((event) => ({ event })) as unknown as Recorded<AnyRoomEvent>[];
const chosen = { type: 'WatchChosen', reason: 'A known joke', until: instant(2_800_000) };

test('a watch ends by itself after the time that was chosen, or only when it gets worse', () => {
  expect(watchUntil('15', now)).toBe(now + 15 * 60_000);
  expect(watchUntil('120', now)).toBe(now + 120 * 60_000);
  expect(watchUntil('worse', now)).toBeNull();
});

test('the watch that is on is the last one that was chosen, until it rang again or the incident was declared', () => {
  expect(currentWatch(log())).toBeNull();
  expect(currentWatch(log(chosen, { type: 'RateSampled' }))).toEqual({ until: 2_800_000, reason: 'A known joke' });
  expect(currentWatch(log({ ...chosen, until: undefined }))).toEqual({ until: null, reason: 'A known joke' });
  expect(currentWatch(log(chosen, { type: 'WatchEnded' }))).toBeNull();
  expect(currentWatch(log(chosen, { type: 'IncidentDeclared' }))).toBeNull();
  expect(currentWatch(log(chosen, { type: 'WatchEnded' }, { ...chosen, reason: 'Still' }))?.reason).toBe('Still');
});
