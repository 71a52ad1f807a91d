import { expect, test } from 'vitest';
import type { Mention } from '../../shared/domain/mention/mention.ts';
import type { Feed } from '../../src-main/commands/ports.ts';
import type { createFakeTime } from '../support/mention-fixtures.ts';

/** What a feed under test brings: a feed that has at least three mentions to give within a minute. */
export interface FeedUnderTest {
  readonly time: ReturnType<typeof createFakeTime>;
  readonly feed: Feed;
  /** After `start`, for feeds that first read something. */
  readonly ready?: () => Promise<void>;
  readonly cleanUp?: () => void;
}

/** Takes mentions as a store does: each id counts once. */
export function collectingSink() {
  const mentions: (Mention & { readonly as: 'live' | 'history' })[] = [];
  const ids = new Set<string>();
  const sink = (some: readonly Mention[], as: 'live' | 'history'): number => {
    const fresh = some.filter(({ id }) => !ids.has(id));
    for (const mention of fresh) ids.add(mention.id);
    mentions.push(...some.map((mention) => ({ ...mention, as })));
    return new Set(fresh.map(({ id }) => id)).size;
  };
  return { sink, mentions, ids };
}

/** What every feed promises, whatever stands behind it. */
export function feedContract(name: string, make: () => FeedUnderTest | Promise<FeedUnderTest>): void {
  async function started() {
    const under = await make();
    const collected = collectingSink();
    under.feed.start(collected.sink);
    await under.ready?.();
    return { ...under, ...collected };
  }

  test(`${name}: delivers mentions that are whole, taken in now and not seen in the future`, async () => {
    const { time, feed, mentions, cleanUp } = await started();
    time.pass(60_000);
    const { Mention: schema } = await import('../../shared/domain/mention/mention.ts');
    expect(mentions.length).toBeGreaterThanOrEqual(3);
    for (const { as, ...mention } of mentions) {
      schema.parse(mention);
      expect(['live', 'history']).toContain(as);
      expect(mention.recordedAt).toBeLessThanOrEqual(time.clock.now());
      expect(mention.observedAt).toBeLessThanOrEqual(mention.recordedAt);
    }
    feed.stop();
    cleanUp?.();
  });

  test(`${name}: its status counts what was new and names the last mention`, async () => {
    const { time, feed, mentions, ids, cleanUp } = await started();
    time.pass(60_000);
    expect(feed.status()).toMatchObject({
      feedId: 'feed-under-test',
      accepted: ids.size,
      lastMentionAt: Math.max(...mentions.map(({ observedAt }) => observedAt)),
    });
    feed.stop();
    cleanUp?.();
  });

  test(`${name}: what cannot be stored is brought again until it is, and the feed has failed meanwhile`, async () => {
    const calm = await started();
    calm.time.pass(3_600_000);
    calm.cleanUp?.();

    const { time, feed, ready, cleanUp } = await make();
    const { sink, ids } = collectingSink();
    let isFull = true;
    feed.start((mentions, as) => {
      if (isFull) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
      return sink(mentions, as);
    });
    await ready?.();
    time.pass(30_000);
    expect(feed.status().state).toBe('failed');
    expect(feed.status().accepted).toBe(0);
    isFull = false;
    time.pass(2_000);
    expect(feed.status().state).toBe('live');
    time.pass(3_600_000);
    expect(ids.size).toBe(calm.ids.size);
    expect(feed.status().accepted).toBe(ids.size);
    feed.stop();
    cleanUp?.();
  });

  test(`${name}: after stop nothing comes and no timer is left`, async () => {
    const { time, feed, mentions, cleanUp } = await started();
    time.pass(1_000);
    feed.stop();
    const before = mentions.length;
    time.pass(3_600_000);
    expect(mentions).toHaveLength(before);
    expect(time.pending()).toBe(0);
    expect(feed.status().state).toBe('ended');
    cleanUp?.();
  });

  test(`${name}: a time without mentions is shown as silent or ended, never as live`, async () => {
    const { time, feed, cleanUp } = await started();
    time.pass(4 * 3_600_000);
    expect(['silent', 'ended']).toContain(feed.status().state);
    feed.stop();
    cleanUp?.();
  });
}
