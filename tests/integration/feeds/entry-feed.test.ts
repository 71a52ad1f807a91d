import { expect, test } from 'vitest';
import { instant } from '../../../shared/base/ids.ts';
import { createEntryFeed, type Entry } from '../../../src-main/feeds/entry/entry-feed.ts';
import { createFeedStore } from '../../support/feed-store.ts';
import { createFakeTime, FEED } from '../../support/mention-fixtures.ts';
import { unwrap } from '../../support/unwrap.ts';

function entering() {
  const time = createFakeTime();
  const store = createFeedStore();
  const feed = createEntryFeed({ feedId: FEED, name: 'Entered by hand' }, time);
  feed.start(store.sink);
  const enter = (fields: Partial<Entry>) =>
    feed.enter({
      channel: 'instagram',
      url: null,
      author: '@lena',
      text: 'The lid shot off.',
      observedAt: null,
      engagement: 1200,
      reach: null,
      ...fields,
    });
  return { time, store, feed, enter };
}

test('what a person typed in is a post like any other', () => {
  const { enter, store, time, feed } = entering();
  const url = 'https://www.instagram.com/p/abc/';
  expect(unwrap(enter({ url }))).toEqual({ id: 'https://www.instagram.com/p/abc', isNew: true });
  expect(store.posts).toMatchObject([
    {
      as: 'live',
      channel: 'instagram',
      url,
      author: '@lena',
      text: 'The lid shot off.',
      observedAt: time.clock.now(),
      engagement: 1200,
      reach: null,
      sentiment: null,
    },
  ]);
  expect(feed.status()).toMatchObject({ kind: 'entry', state: 'live', accepted: 1 });
});

test('the same address entered by two people counts once, however it was copied', () => {
  const { enter, store } = entering();
  enter({ url: 'https://x.example/post/1' });
  const again = enter({ url: 'http://X.example/post/1/?utm_source=share#reply', text: 'Same post, other words' });
  expect(unwrap(again)).toEqual({ id: 'https://x.example/post/1', isNew: false });
  expect(unwrap(enter({ url: 'https://x.example/post/2' })).isNew).toBe(true);
  expect(store.ids()).toHaveLength(2);
});

test('without an address the words are the identity', () => {
  const { enter, time } = entering();
  expect(unwrap(enter({})).isNew).toBe(true);
  time.pass(5_000);
  expect(unwrap(enter({})).isNew).toBe(false);
  expect(unwrap(enter({ text: 'Something else' })).isNew).toBe(true);
});

test('a post of an hour ago is history, and none is from the future', () => {
  const { enter, store, time } = entering();
  const now = time.clock.now();
  enter({ text: 'old', observedAt: instant(now - 3_600_000) });
  enter({ text: 'ahead', observedAt: instant(now + 3_600_000) });
  expect(store.posts.map(({ as, observedAt }) => [as, observedAt - now])).toEqual([
    ['history', -3_600_000],
    ['live', 0],
  ]);
});

test('says why when it cannot be read or stored, and takes it the next time', () => {
  const { enter, store, feed } = entering();
  expect(enter({ text: '  ' })).toEqual({ ok: false, error: { type: 'MentionRefused', reason: 'text: is empty' } });
  let isFull = true;
  store.refuseWhen(() => isFull);
  expect(enter({})).toEqual({ ok: false, error: { type: 'EntryNotStored' } });
  isFull = false;
  expect(unwrap(enter({})).isNew).toBe(true);
  feed.stop();
  expect(enter({}).ok).toBe(false);
});

test('an address that is none is no link and no identity', () => {
  const { enter, store } = entering();
  expect(unwrap(enter({ url: 'javascript:alert(1)' })).id).toMatch(/^sha256:/);
  expect(store.posts[0]?.url).toBeNull();
});
