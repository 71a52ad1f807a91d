import { createHmac } from 'node:crypto';
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FeedId, type OperatorId, type WatchQueryId } from '../../shared/base/ids.ts';
import type { FeedSettings } from '../../shared/domain/feed/feed-settings.ts';
import { type HostInFakeTime, hostInFakeTime, lines } from '../support/host-in-fake-time.ts';

const MINUTE = 60_000;
const OURS = 'my-organisation' as WatchQueryId;
const DESK = FeedId.parse('desk');
const webhook: FeedSettings = { kind: 'webhook', feedId: DESK, name: 'Desk', watchQueryId: null, paused: false };

async function save(host: HostInFakeTime, feed: FeedSettings): Promise<void> {
  await host.get('workspace.change', { change: { type: 'saveFeed', feed } });
}

async function withQuery(host: HostInFakeTime, query: string): Promise<void> {
  const change = { type: 'saveWatchQuery', watchQueryId: OURS, name: 'We', query, sensitivity: 'weekly' } as const;
  await host.get('workspace.change', { change });
}

function feedNamed(host: HostInFakeTime, feedId: string) {
  return host
    .follow('watch', {})
    .latest()
    .feeds.find((feed) => feed.feedId === feedId);
}

async function send(host: HostInFakeTime, secret: string, records: unknown, headers: Record<string, string> = {}) {
  const body = JSON.stringify(records);
  const timestamp = String(Math.floor(host.now() / 1000));
  const signature = `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
  const signed = { 'firebreak-timestamp': timestamp, 'firebreak-signature': signature, ...headers };
  const answer = await fetch(`${host.url}/feeds/desk`, { method: 'POST', body, headers: signed });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

function newest(host: HostInFakeTime) {
  return host.get('mentions.search', { text: '', watchQueryId: null, before: null, limit: 20 });
}

test('a webhook is set up, given a secret once, and spoken to; what nobody asks for is no mention', async () => {
  const host = await hostInFakeTime();
  await withQuery(host, 'yoghurt');
  await save(host, webhook);
  expect(feedNamed(host, 'desk')).toMatchObject({ kind: 'webhook', address: '/feeds/desk', state: 'live' });
  expect((await send(host, 'guessed', [])).status).toBe(401);
  const { secret } = await host.get('feed.setSecret', { feedId: DESK, secret: null });
  if (secret === null) throw new Error('no secret was made');
  const records = [
    { id: '1', text: 'Glass in the yoghurt', channel: 'x', author: '@anna' },
    { id: '2', text: 'Nice weather', channel: 'x' },
  ];
  expect(await send(host, secret, records)).toMatchObject({ status: 202, body: { taken: 2 } });
  expect((await send(host, 'another', records)).status).toBe(401);
  host.pass(1_000);
  expect((await newest(host)).mentions).toMatchObject([{ id: '1', watchQueryId: OURS, channel: 'x', author: '@anna' }]);
  expect(feedNamed(host, 'desk')).toMatchObject({ received: 2, accepted: 1 });

  const view = host.follow('workspace', {}).latest();
  expect(view.feeds).toEqual([{ ...webhook, hasSecret: true }]);
  const shown = JSON.stringify([view, host.logged, host.host.founded()?.workspace.events()]);
  expect(shown).not.toContain(secret);
  expect(readFileSync(join(host.at.dataDir, 'keys', 'feed-secrets.json'), 'utf8')).toContain(secret);
  await host.get('workspace.change', { change: { type: 'removeFeed', feedId: DESK } });
  expect(readFileSync(join(host.at.dataDir, 'keys', 'feed-secrets.json'), 'utf8')).not.toContain(secret);
  expect((await send(host, secret, records)).status).toBe(404);
});

test('a feed that is bound brings everything for its query; one that is paused takes nothing', async () => {
  const host = await hostInFakeTime();
  await save(host, { ...webhook, watchQueryId: OURS });
  const { secret } = await host.get('feed.setSecret', { feedId: DESK, secret: 'a secret of ours' });
  expect(secret).toBeNull();
  const sent = await send(host, 'a secret of ours', { id: '1', text: 'Whatever it says' });
  expect(sent.status).toBe(202);
  expect((await newest(host)).mentions).toMatchObject([{ id: '1' }]);
  await save(host, { ...webhook, watchQueryId: OURS, paused: true });
  expect(feedNamed(host, 'desk')).toMatchObject({ state: 'paused', accepted: 1 });
  host.pass(1_000);
  expect((await send(host, 'a secret of ours', { id: '2', text: 'More' })).status).toBe(503);
  await save(host, { ...webhook, watchQueryId: OURS });
  host.pass(1_000);
  expect((await send(host, 'a secret of ours', { id: '2', text: 'More' })).status).toBe(202);
});

test('a refused change of feeds says why, and only who sits at the machine names a file of it', async () => {
  const host = await hostInFakeTime();
  const refused = async (change: Parameters<typeof host.ask<'workspace.change'>>[1]['change'], as?: OperatorId) => {
    const reply = await host.ask('workspace.change', { change }, as);
    return reply.ok ? 'done' : reply.error.code;
  };
  const other = { ...webhook, watchQueryId: 'nobody' as WatchQueryId };
  expect(await refused({ type: 'saveFeed', feed: other })).toBe('NoSuchWatchQuery');
  expect(await refused({ type: 'removeFeed', feedId: DESK })).toBe('NoSuchFeed');
  const file: FeedSettings = { ...webhook, kind: 'file', path: '/etc/passwd' };
  expect(await refused({ type: 'saveFeed', feed: file }, 'administrator' as OperatorId)).toBe('LocalOnly');
  expect(await refused({ type: 'saveFeed', feed: file })).toBe('done');
  expect(await refused({ type: 'saveFeed', feed: webhook })).toBe('OtherKind');
  const paused = { ...file, paused: true };
  expect(await refused({ type: 'saveFeed', feed: paused }, 'administrator' as OperatorId)).toBe('done');
  await save(host, { ...paused, feedId: FeedId.parse('bound'), watchQueryId: OURS });
  expect(await refused({ type: 'removeWatchQuery', watchQueryId: OURS })).toBe('WatchQueryInUse');
  expect(await host.ask('feed.setSecret', { feedId: DESK, secret: null })).toMatchObject({
    error: { code: 'NoSecretNeeded' },
  });
});

test('a feed of the settings goes on where it was after a restart, and loses and doubles nothing', async () => {
  const host = await hostInFakeTime();
  const path = join(host.at.folder, 'press.ndjson');
  writeFileSync(path, lines([{ id: 'one', at: host.now() }]));
  await save(host, { ...webhook, kind: 'file', feedId: FeedId.parse('press'), watchQueryId: OURS, path });
  host.pass(2_000);
  expect(feedNamed(host, 'press')).toMatchObject({ state: 'live', accepted: 1 });
  const { at } = host;
  const now = host.now();
  await host.close();
  appendFileSync(path, lines([{ id: 'two', at: now }]));
  const next = await hostInFakeTime({ at, from: now + MINUTE });
  next.pass(2_000);
  expect(feedNamed(next, 'press')).toMatchObject({ received: 1, accepted: 1 });
  expect((await newest(next)).mentions.map(({ id }) => id)).toEqual(['two', 'one']);
});

test('a feed that stalls is no data and never calm, and says so itself after three minutes until it is back', async () => {
  const host = await hostInFakeTime();
  const file = host.feedFile('press.ndjson');
  writeFileSync(file, lines([{ id: 'one', at: host.now() }]));
  host.pass(10 * MINUTE);
  expect(host.notices()).toEqual([]);
  expect(host.follow('watch', {}).latest().storms[0]?.state).not.toBe('no-data');
  renameSync(file, `${file}.away`);
  host.pass(2 * MINUTE);
  expect(host.notices()).toEqual([]);
  expect(host.follow('watch', {}).latest().storms[0]?.state).toBe('no-data');
  host.pass(2 * MINUTE);
  const { feedId } = host.follow('watch', {}).latest().feeds[0] ?? {};
  expect(host.notices()).toMatchObject([{ id: `feed:${String(feedId)}`, kind: 'warning' }]);
  renameSync(`${file}.away`, file);
  host.pass(2 * MINUTE);
  expect(host.notices()).toEqual([]);
  const { storms } = host.follow('watch', {}).latest();
  expect(storms[0]?.state).not.toBe('no-data');
  // The gap stays a gap on the chart, also for a host that starts later.
  const gaps = (at: HostInFakeTime) =>
    at
      .follow('watch', {})
      .latest()
      .storms[0]?.series.filter(({ covered }) => !covered)
      .map(({ at: minute }) => minute) ?? [];
  expect(gaps(host).length).toBeGreaterThanOrEqual(3);
  const before = gaps(host);
  const { at } = host;
  const now = host.now();
  await host.close();
  const next = await hostInFakeTime({ at, from: now + 1_000 });
  next.pass(2 * MINUTE);
  expect(gaps(next)).toEqual(expect.arrayContaining(before));
});

test('a query that changes is asked of what is stored, and what it no longer asks for is kept', async () => {
  const host = await hostInFakeTime();
  await withQuery(host, 'yoghurt');
  await save(host, webhook);
  await host.get('feed.setSecret', { feedId: DESK, secret: 'a secret of ours' });
  await send(host, 'a secret of ours', [
    { id: '1', text: 'Glass in the yoghurt' },
    { id: '2', text: 'Glass in the milk and the yoghurt' },
  ]);
  await withQuery(host, 'milk');
  host.pass(2_000);
  expect(
    (await host.get('mentions.search', { text: '', watchQueryId: OURS, before: null, limit: 9 })).mentions,
  ).toMatchObject([{ id: '2' }]);
  await withQuery(host, 'yoghurt');
  host.pass(2_000);
  const again = await host.get('mentions.search', { text: '', watchQueryId: OURS, before: null, limit: 9 });
  expect(again.mentions.map(({ id }) => id).sort()).toEqual(['1', '2']);
});
