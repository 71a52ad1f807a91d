import { expect, test } from 'vitest';
import { Post } from '../../shared/domain/mention/mention.ts';
import type { Feed, FeedCursor, FeedStatus, PostSink } from '../../src-main/commands/ports.ts';
import type { createFakeTime } from '../support/mention-fixtures.ts';

/** What a feed under test brings: a feed that has at least three posts to give within a minute. */
export interface FeedUnderTest {
  readonly time: ReturnType<typeof createFakeTime>;
  readonly feed: Feed;
  /** After `start` and before time passes, for feeds that first read or ask something. */
  readonly ready?: () => Promise<void>;
  /** Sends what a feed waits for that is spoken to. Called again after it could not be stored. */
  readonly bring?: () => void | Promise<void>;
  readonly cleanUp?: () => void | Promise<void>;
}

export interface FeedPromises {
  /** How it reads after four hours in which its source gave nothing. Without a usual interval nobody can call silence. */
  readonly whenQuiet: readonly FeedStatus['state'][];
  /** A feed that is spoken to cannot bring anything again by itself: whoever sent it is told, and does. */
  readonly bringsAgain?: boolean;
}

export interface KeptPost extends Post {
  readonly as: 'live' | 'history';
}

/** Takes posts as a store does: each id counts once, and the cursor is kept with them or not at all. */
export function collectingSink(): {
  readonly sink: PostSink;
  /** Each delivery, repeated ones too. */
  readonly posts: KeptPost[];
  readonly ids: Set<string>;
  readonly cursor: () => FeedCursor | null;
  /** While it is set nothing can be stored. */
  readonly disk: { isFull: boolean };
} {
  const posts: KeptPost[] = [];
  const ids = new Set<string>();
  const disk = { isFull: false };
  let kept: FeedCursor | null = null;
  const sink: PostSink = (some, as, cursor) => {
    if (disk.isFull) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    const fresh = new Set(some.map(({ id }) => id).filter((id) => !ids.has(id)));
    for (const id of fresh) ids.add(id);
    posts.push(...some.map((post) => ({ ...post, as })));
    // As a file would give it back: plain JSON.
    if (cursor !== undefined) kept = JSON.parse(JSON.stringify(cursor)) as FeedCursor;
    return fresh.size;
  };
  return { sink, posts, ids, cursor: () => kept, disk };
}

const STATUS_FIELDS: readonly (keyof FeedStatus)[] = [
  'feedId',
  'name',
  'kind',
  'state',
  'since',
  'lastMentionAt',
  'received',
  'accepted',
  'skipped',
  'shed',
  'perMinute',
  'lagMs',
  'reconnects',
  'detail',
  'address',
];

/** What every feed promises, whatever stands behind it. `make` is given what an earlier one's sink kept. */
export function feedContract(
  name: string,
  make: (cursor: unknown) => FeedUnderTest | Promise<FeedUnderTest>,
  { whenQuiet, bringsAgain = true }: FeedPromises,
): void {
  async function started(cursor: unknown = null, collected = collectingSink()) {
    const under = await make(cursor);
    under.feed.start(collected.sink);
    await under.ready?.();
    await under.bring?.();
    return { ...under, ...collected };
  }

  test(`${name}: delivers posts that are whole, taken in now and not seen in the future`, async () => {
    const { time, feed, posts, cleanUp } = await started();
    time.pass(60_000);
    expect(posts.length).toBeGreaterThanOrEqual(3);
    for (const { as, ...post } of posts) {
      Post.parse(post);
      expect(['live', 'history']).toContain(as);
      expect(post.feedId).toBe('feed-under-test');
      expect(post.recordedAt).toBeLessThanOrEqual(time.clock.now());
      expect(post.observedAt).toBeLessThanOrEqual(post.recordedAt);
    }
    feed.stop();
    await cleanUp?.();
  });

  test(`${name}: its status counts what was read and what was new, and shows nothing else`, async () => {
    const { time, feed, posts, ids, cleanUp } = await started();
    time.pass(60_000);
    const status = feed.status();
    expect(status).toMatchObject({
      feedId: 'feed-under-test',
      accepted: ids.size,
      shed: 0,
      lastMentionAt: Math.max(...posts.map(({ observedAt }) => observedAt)),
    });
    expect(status.received).toBeGreaterThanOrEqual(status.accepted);
    expect(Object.keys(status).toSorted()).toEqual([...STATUS_FIELDS].toSorted());
    expect(JSON.parse(JSON.stringify(status))).toEqual(status);
    feed.stop();
    await cleanUp?.();
  });

  test(`${name}: what cannot be stored is brought again until it is, and the feed has failed meanwhile`, async () => {
    const calm = await started();
    calm.time.pass(3_600_000);
    calm.feed.stop();
    await calm.cleanUp?.();

    const collected = collectingSink();
    collected.disk.isFull = true;
    const { time, feed, bring, cleanUp } = await started(null, collected);
    time.pass(30_000);
    expect(feed.status().state).toBe('failed');
    expect(feed.status()).toMatchObject({ accepted: 0, received: 0 });
    expect(collected.cursor()).toBe(null);
    collected.disk.isFull = false;
    if (!bringsAgain) await bring?.();
    time.pass(3_000);
    expect(['live', 'history', 'ended']).toContain(feed.status().state);
    time.pass(3_600_000);
    expect(collected.ids).toEqual(calm.ids);
    expect(feed.status().accepted).toBe(calm.ids.size);
    feed.stop();
    await cleanUp?.();
  });

  test(`${name}: after stop nothing comes and no timer is left`, async () => {
    const { time, feed, posts, cleanUp } = await started();
    time.pass(1_000);
    feed.stop();
    const before = posts.length;
    time.pass(3_600_000);
    expect(posts).toHaveLength(before);
    expect(time.pending()).toBe(0);
    expect(feed.status().state).toBe('ended');
    await cleanUp?.();
  });

  test(`${name}: a long quiet time reads as what it is`, async () => {
    const { time, feed, cleanUp } = await started();
    time.pass(4 * 3_600_000);
    expect(whenQuiet).toContain(feed.status().state);
    feed.stop();
    await cleanUp?.();
  });

  test(`${name}: one that starts from the kept cursor goes on, and nothing is lost or counted twice`, async () => {
    const first = await started();
    first.time.pass(20_000);
    first.feed.stop();
    await first.cleanUp?.();
    const { sink, posts, ids, cursor, disk } = first;
    const second = await started(cursor(), { sink, posts, ids, cursor, disk });
    second.time.pass(3_600_000);
    const counted = first.feed.status().accepted + second.feed.status().accepted;
    second.feed.stop();
    await second.cleanUp?.();

    const whole = await started();
    whole.time.pass(3_600_000);
    whole.feed.stop();
    await whole.cleanUp?.();
    expect(second.ids).toEqual(whole.ids);
    expect(counted).toBe(whole.ids.size);
  });

  test(`${name}: a cursor that means nothing is none`, async () => {
    for (const cursor of [{ nonsense: true }, 'text', 7, [], undefined]) {
      const { time, feed, posts, cleanUp } = await started(cursor);
      time.pass(60_000);
      expect(posts.length).toBeGreaterThanOrEqual(3);
      feed.stop();
      await cleanUp?.();
    }
  });
}
