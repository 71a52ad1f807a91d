import { expect, test } from 'vitest';
import { FeedSettings } from '../../../../../shared/domain/feed/feed-settings.ts';
import { feedFormOf, newFeedForm, readFeed } from '../../../../../src-renderer/features/settings/feed-form.ts';
import { exampleRequest, webhookAddress } from '../../../../../src-renderer/features/settings/webhook-example.ts';

test('a Bluesky feed is ready as it comes up, and every kind reads back as it was saved', () => {
  const bluesky = readFeed(newFeedForm('bluesky'), []);
  expect(bluesky).toMatchObject({ ok: true, value: { kind: 'bluesky', feedId: 'bluesky', watchQueryId: null } });
  for (const form of [
    newFeedForm('bluesky'),
    { ...newFeedForm('mastodon'), tags: '#lid, recall' },
    { ...newFeedForm('rss'), name: 'Press', url: 'https://example.org/feed.xml', watchQueryId: 'steamwell' },
    { ...newFeedForm('webhook'), name: 'Vendor', paused: true },
    { ...newFeedForm('file'), name: 'Export', path: '/data/export.ndjson' },
  ]) {
    const read = readFeed(form, []);
    if (!read.ok) throw new Error(read.error);
    expect(FeedSettings.parse(read.value)).toEqual(read.value);
    expect(readFeed(feedFormOf(read.value), [])).toEqual(read);
  }
});

test('a second feed of the same name has an id of its own', () => {
  expect(readFeed(newFeedForm('bluesky'), ['bluesky'])).toMatchObject({ ok: true, value: { feedId: 'bluesky-2' } });
});

test('what is missing is said in one sentence', () => {
  const rss = { ...newFeedForm('rss'), name: 'Press' };
  expect(readFeed({ ...rss, name: ' ' }, [])).toEqual({ ok: false, error: 'Give the feed a name.' });
  expect(readFeed({ ...rss, url: 'ftp://example.org/x' }, [])).toMatchObject({ ok: false });
  expect(readFeed({ ...rss, url: 'https://example.org', everyMinutes: '0.5' }, [])).toMatchObject({ ok: false });
  expect(readFeed({ ...newFeedForm('file'), name: 'Export' }, [])).toMatchObject({ ok: false });
});

test('a webhook is reached where the room is shared, else where the page came from, else nowhere', () => {
  const page = { protocol: 'https:', origin: 'https://relay.example.org' };
  expect(webhookAddress('vendor', null, page)).toBe('https://relay.example.org/feeds/vendor');
  expect(webhookAddress('vendor', 'http://10.0.0.4:4410/', page)).toBe('http://10.0.0.4:4410/feeds/vendor');
  expect(webhookAddress('vendor', null, { protocol: 'firebreak:', origin: 'null' })).toBeNull();
});

test('the example holds no secret', () => {
  expect(exampleRequest('https://relay.example.org/feeds/vendor')).toContain('read -rs SECRET');
});
