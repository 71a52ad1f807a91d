import { expect, test } from 'vitest';
import { instant } from '../../../../shared/base/ids.ts';
import { createFeedMeter, type Pulse } from '../../../../src-main/feeds/feed-meter.ts';
import { createFakeTime, FEED } from '../../../support/mention-fixtures.ts';

const MINUTE = 60_000;

function metered(pulse: Pulse) {
  const time = createFakeTime();
  const meter = createFeedMeter({ feedId: FEED, name: 'metered', kind: 'rss' }, time.clock, pulse);
  meter.become('live');
  const bring = (posts = 1, lagMs = 1_000, as: 'live' | 'history' = 'live'): void => {
    const recordedAt = time.clock.now();
    const some = Array.from({ length: posts }, () => ({ recordedAt, observedAt: instant(recordedAt - lagMs) }));
    meter.delivered(some, posts, as);
  };
  return { ...time, meter, bring };
}

test('a firehose is silent after three minutes without a frame, posts or not', () => {
  const { meter, pass } = metered({ by: 'frames' });
  pass(2 * MINUTE);
  meter.heard();
  pass(3 * MINUTE - 1);
  expect(meter.status().state).toBe('live');
  pass(1);
  expect(meter.status()).toMatchObject({ state: 'silent', detail: 'Nothing for 3 minutes. The feed may be down.' });
  meter.heard();
  expect(meter.status()).toMatchObject({ state: 'live', detail: null });
});

test('a feed that polls lives by its answers, whether they hold posts or not', () => {
  const { meter, pass } = metered({ by: 'polls', everyMs: () => 15 * MINUTE });
  pass(45 * MINUTE - 1);
  expect(meter.status().state).toBe('live');
  pass(1);
  expect(meter.status().state).toBe('silent');
  meter.heard();
  pass(44 * MINUTE);
  expect(meter.status().state).toBe('live');
});

test('a feed that only brings posts is never silent while nobody knows what is usual for it', () => {
  const { meter, pass, bring } = metered({ by: 'posts' });
  pass(10 * MINUTE);
  for (let post = 0; post < 5; post += 1) {
    pass(MINUTE);
    bring();
  }
  pass(24 * 60 * MINUTE);
  expect(meter.status().state).toBe('live');
});

test('with a usual interval it is silent after twelve of them, and never within three minutes', () => {
  const slow = metered({ by: 'posts' });
  const fast = metered({ by: 'posts' });
  for (let post = 0; post < 6; post += 1) {
    slow.pass(MINUTE);
    slow.bring();
    fast.pass(2_000);
    fast.bring(50);
  }
  slow.pass(12 * MINUTE - 1);
  fast.pass(3 * MINUTE - 1);
  expect([slow.meter.status().state, fast.meter.status().state]).toEqual(['live', 'live']);
  slow.pass(1);
  fast.pass(1);
  expect([slow.meter.status().state, fast.meter.status().state]).toEqual(['silent', 'silent']);
});

test('pieces of one arrival are no interval, and what is old says nothing about the pace', () => {
  const { meter, pass, bring } = metered({ by: 'posts' });
  for (let piece = 0; piece < 50; piece += 1) {
    bring(500);
    pass(10);
  }
  for (let piece = 0; piece < 50; piece += 1) {
    bring(500, 3_600_000, 'history');
    pass(5_000);
  }
  pass(24 * 60 * MINUTE);
  expect(meter.status()).toMatchObject({ state: 'live', received: 50_000 });
});

test('the pauses of a recording are pauses', () => {
  const { meter, pass } = metered({ by: 'recording' });
  pass(24 * 60 * MINUTE);
  expect(meter.status().state).toBe('live');
});

test('posts a minute are those of the last whole one, and nothing before there is one', () => {
  const { meter, pass, bring } = metered({ by: 'frames' });
  bring(3);
  pass(MINUTE - 1);
  expect(meter.status().perMinute).toBe(null);
  pass(1);
  expect(meter.status().perMinute).toBe(3);
  bring(7);
  pass(MINUTE);
  expect(meter.status().perMinute).toBe(7);
  pass(MINUTE);
  expect(meter.status().perMinute).toBe(0);
});

test('the lag is the median of the latest hundred live posts, and unknown where only we put a time on them', () => {
  const { meter, bring } = metered({ by: 'frames' });
  bring(5, 0);
  bring(5, 3_600_000, 'history');
  expect(meter.status().lagMs).toBe(null);
  bring(100, 9_000);
  bring(60, 400);
  bring(1, 80_000);
  expect(meter.status().lagMs).toBe(400);
});

test('what cannot be stored is a failure since it began, and says when something had to be thrown away', () => {
  const { meter, pass, bring, clock } = metered({ by: 'frames' });
  pass(MINUTE);
  const since = clock.now();
  meter.notStored();
  pass(MINUTE);
  meter.notStored();
  expect(meter.status()).toMatchObject({ state: 'failed', since });
  expect(meter.status().detail).toContain('nothing is lost');
  meter.shed(12);
  expect(meter.status()).toMatchObject({ shed: 12, received: 12 });
  expect(meter.status().detail).toContain('12 had to be thrown away');
  bring();
  expect(meter.status()).toMatchObject({ state: 'live', detail: null, accepted: 1 });
});

test('the last mention is one that became a mention', () => {
  const { meter, clock, pass } = metered({ by: 'frames' });
  const post = { observedAt: clock.now(), recordedAt: clock.now() };
  meter.delivered([post], 0, 'live');
  expect(meter.status()).toMatchObject({ lastMentionAt: null, received: 1, accepted: 0 });
  meter.delivered([post], 1, 'live');
  pass(5);
  meter.delivered([{ ...post, observedAt: clock.now() }], 0, 'live');
  expect(meter.status().lastMentionAt).toBe(post.observedAt);
});

test('paused and ended stay what they are, whatever else happens', () => {
  for (const state of ['paused', 'ended'] as const) {
    const { meter, pass } = metered({ by: 'frames' });
    meter.become(state, 'said so');
    meter.notStored();
    pass(60 * MINUTE);
    expect(meter.status()).toMatchObject({ state, detail: 'said so' });
  }
});
