import { createBlueskyFeed } from '../../src-main/feeds/bluesky/bluesky-feed.ts';
import { createMastodonFeed, type MastodonSettings } from '../../src-main/feeds/mastodon/mastodon-feed.ts';
import type { FeedUnderTest } from '../contract/feed.contract.ts';
import { createFakeStream } from './fake-stream.ts';
import { COMMON } from './feed-wiring.ts';
import { postFrame } from './jetstream-server.ts';
import { status } from './mastodon-server.ts';
import { createFakeTime, createRandom } from './mention-fixtures.ts';

const SECONDS = [1, 2, 5, 10, 30, 45];

/** Bluesky on fake time: six posts in its first minute, then nothing. */
export function blueskyUnderTest(cursor: unknown): FeedUnderTest {
  const time = createFakeTime();
  const script = SECONDS.map((second) => {
    const atMs = second * 1_000;
    return { atMs, text: postFrame({ rkey: `at${second}`, timeUs: (time.clock.now() + atMs - 40) * 1_000 }).text };
  });
  const { openSocket } = createFakeStream(time, script);
  const settings = { ...COMMON, kind: 'bluesky', url: 'wss://jetstream.example/subscribe' } as const;
  return { time, feed: createBlueskyFeed(settings, { ...time, random: createRandom(1), cursor, openSocket }) };
}

/** Mastodon on fake time: six posts in its first minute, then nothing. Its HTTP answers come between two ticks. */
export function mastodonUnderTest(cursor: unknown): FeedUnderTest {
  const time = createFakeTime();
  const script = SECONDS.map((second) => {
    const createdAt = new Date(time.clock.now() + second * 1_000 - 300).toISOString();
    const payload = JSON.stringify(status({ id: String(100 + second), created_at: createdAt }));
    return { atMs: second * 1_000, text: JSON.stringify({ stream: ['public'], event: 'update', payload }) };
  });
  const { openSocket } = createFakeStream(time, script);
  const settings: MastodonSettings = {
    ...COMMON,
    kind: 'mastodon',
    url: 'https://mastodon.example',
    stream: 'public',
    tags: [],
  };
  const httpGet = () => Promise.resolve({ status: 200, body: '[]', waitMs: null });
  const deps = { ...time, random: createRandom(1), cursor, secret: 'token', openSocket, httpGet };
  return {
    time,
    feed: createMastodonFeed(settings, deps),
    ready: async () => {
      // Two questions are answered before it connects.
      for (let answer = 0; answer < 20; answer += 1) await Promise.resolve();
    },
  };
}
