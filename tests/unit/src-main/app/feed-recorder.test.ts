import { expect, test } from 'vitest';
import { FeedId, instant } from '../../../../shared/base/ids.ts';
import type { RoomEvent } from '../../../../shared/domain/room/room.ts';
import type { FeedView } from '../../../../shared/protocol/views.ts';
import { createFeedRecorder } from '../../../../src-main/app/feed-recorder.ts';
import { createNotices } from '../../../../src-main/app/notices.ts';

const MINUTE = 60_000;
const START = 1_760_000_000_000;
const press = FeedId.parse('press');

function setUp() {
  let status: Partial<FeedView> | null = { feedId: press, name: 'Press', state: 'live', since: instant(START) };
  const notices = createNotices();
  const recorded: RoomEvent[] = [];
  const recorder = createFeedRecorder({
    feeds: { statuses: () => (status === null ? [] : [status as FeedView]) },
    notices,
    note: (facts) => void recorded.push(...facts),
  });
  return {
    notices,
    look: (minutes: number, change: Partial<FeedView> | null = {}) => {
      status = change === null ? null : { ...status, ...change };
      recorder.tick(instant(START + minutes * MINUTE));
    },
    states: () => recorded.map((event) => (event.type === 'FeedStateChanged' ? event.state : event.type)),
  };
}

test('open rooms are told of every change that means something, once, and not of a first "live"', () => {
  const { look, states } = setUp();
  look(0);
  look(1, { state: 'failed' });
  look(1);
  look(2, { state: 'connecting' });
  look(3, { state: 'live' });
  look(4, { state: 'paused' });
  look(5, { state: 'ended' });
  expect(states()).toEqual(['failed', 'live', 'ended']);
});

test('a feed that is down is said so after three minutes, until it is back, paused or gone', () => {
  const { look, notices } = setUp();
  const said = () => notices.all().map(({ id, what }) => [id, what]);
  look(1, { state: 'connecting', since: instant(START + MINUTE) });
  look(3.9);
  expect(said()).toEqual([]);
  look(4.1);
  expect(said()).toEqual([['feed:press', 'The feed "Press" is not connected.']]);
  look(5, { state: 'live', since: instant(START + 5 * MINUTE) });
  expect(said()).toEqual([]);
  // Silent since it was last heard of, which is three minutes ago already.
  look(9, { state: 'silent', since: instant(START + 5 * MINUTE) });
  expect(said()).toEqual([['feed:press', 'The feed "Press" has brought nothing for more than three minutes.']]);
  look(10, { state: 'paused' });
  expect(said()).toEqual([]);
  look(20, { state: 'failed', since: instant(START + 11 * MINUTE) });
  expect(said()).toHaveLength(1);
  look(21, null);
  expect(said()).toEqual([]);
});
