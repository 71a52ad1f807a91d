import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { instant, type OperatorId, type WatchQueryId } from '../../shared/base/ids.ts';
import { hostInFakeTime, lines, outbreak, quietHours } from '../support/host-in-fake-time.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const OURS = 'my-organisation' as WatchQueryId;

const entry = {
  watchQueryId: OURS,
  channel: 'x',
  url: 'https://example.org/posts/1',
  author: '@anna',
  text: 'Is there glass in the yoghurt?',
  observedAt: null,
  engagement: 12,
  reach: 300,
  roomId: null,
  capture: null,
} as const;

test('whoever may watch saves a query, and a mistake in it is named with its place', async () => {
  const host = await hostInFakeTime();
  const save = (query: string, watchQueryId: WatchQueryId | null = null) =>
    host.ask('workspace.change', {
      change: { type: 'saveWatchQuery', watchQueryId, name: 'Glass in the yoghurt', query, sensitivity: 'daily' },
    });
  expect(await save('glass AND (yoghurt')).toMatchObject({
    error: { code: 'QueryMistake', message: expect.stringMatching(/at character 11\)$/) as string },
  });
  expect(await save('glass AND yoghurt')).toMatchObject({ ok: true });
  expect(host.follow('workspace', {}).latest().watchQueries.at(-1)).toEqual({
    watchQueryId: 'glass-in-the-yoghurt',
    name: 'Glass in the yoghurt',
    query: 'glass AND yoghurt',
    sensitivity: 'daily',
  });
  expect(
    host
      .follow('watch', {})
      .latest()
      .storms.map(({ watchQueryId }) => watchQueryId),
  ).toEqual([OURS, 'glass-in-the-yoghurt']);
  expect(await save('', 'nobody' as WatchQueryId)).toMatchObject({ error: { code: 'NoSuchWatchQuery' } });
  const change = { type: 'removeWatchQuery', watchQueryId: 'glass-in-the-yoghurt' as WatchQueryId } as const;
  expect(await host.ask('workspace.change', { change })).toMatchObject({ ok: true });
  expect(host.follow('watch', {}).latest().storms).toHaveLength(1);
});

test('a post is typed in once, found by its words, and kept in a room with its capture', async () => {
  const host = await hostInFakeTime();
  const first = await host.get('mention.enter', entry);
  expect(first.isNew).toBe(true);
  expect(await host.get('mention.enter', { ...entry, engagement: 90 })).toEqual({ ...first, isNew: false });
  const found = await host.get('mentions.search', { text: 'glass yogh', watchQueryId: null, before: null, limit: 5 });
  expect(found.mentions).toEqual([]);
  const { mentions } = await host.get('mentions.search', {
    text: '"in the yoghurt"',
    watchQueryId: OURS,
    before: null,
    limit: 5,
  });
  expect(mentions).toMatchObject([
    {
      id: first.id,
      channel: 'x',
      author: '@anna',
      language: 'en',
      engagement: 90,
      reach: 300,
      isQuestion: true,
      copies: 1,
    },
  ]);

  const { roomId } = await host.get('alarm.raise', { what: 'Glass', why: '' });
  const attached = await host.get('evidence.attach', { roomId, name: 'a.png', mime: 'image/png', data: 'iVBORw0K' });
  const captured = { ...entry, roomId, capture: attached.sha256 };
  await host.get('mention.enter', captured);
  await host.get('mention.pin', { roomId, mention: { watchQueryId: OURS, id: first.id }, reason: 'The first one.' });
  const pins = host.rooms()[0]?.events.filter(({ event }) => event.type === 'MentionPinned') ?? [];
  expect(pins.map(({ event, actor }) => [event, actor.kind])).toMatchObject([
    [{ capture: attached.sha256, mention: { text: entry.text, engagement: 90 } }, 'operator'],
    [{ capture: null, reason: 'The first one.' }, 'operator'],
  ]);
  for (const format of ['csv', 'md', 'html'] as const) {
    const { text } = await host.get('room.export', { roomId, format });
    expect(text).toContain('Is there glass in the yoghurt?');
    expect(text).toContain('The first one.');
  }
  const refused = async (input: Parameters<typeof host.ask<'mention.enter'>>[1]) => {
    const reply = await host.ask('mention.enter', input);
    return reply.ok ? 'done' : reply.error.code;
  };
  expect(await refused({ ...captured, roomId: null })).toBe('RoomMissing');
  expect(await refused({ ...captured, capture: 'a'.repeat(64) as typeof attached.sha256 })).toBe('NoSuchEvidence');
  expect(await refused({ ...captured, roomId: 'no-such-room' as typeof roomId })).toBe('NoSuchRoom');
  expect(await refused({ ...entry, watchQueryId: 'nobody' as WatchQueryId })).toBe('NoSuchWatchQuery');
  expect(await refused({ ...entry, channel: 'Not A Channel' })).toBe('BadInput');
});

test('search goes back page by page', async () => {
  const host = await hostInFakeTime();
  writeFileSync(host.feedFile('press.ndjson'), quietHours(host.now()));
  host.pass(10_000);
  const ids: string[] = [];
  for (let before: { observedAt: ReturnType<typeof host.now>; id: string } | null = null; ;) {
    const page: Awaited<ReturnType<typeof host.get<'mentions.search'>>> = await host.get('mentions.search', {
      text: 'about',
      watchQueryId: OURS,
      before,
      limit: 25,
    });
    ids.push(...page.mentions.map(({ id }) => id));
    const last = page.mentions.at(-1);
    if (!page.hasMore || !last) break;
    before = { observedAt: last.observedAt, id: last.id };
  }
  expect(ids).toHaveLength(60);
  expect(new Set(ids).size).toBe(60);
});

test('a query is tried on what is stored before anybody saves it', async () => {
  const host = await hostInFakeTime();
  const now = host.now();
  const said = (id: string, days: number, text: string) => ({ id, at: now - days * DAY, text });
  writeFileSync(
    host.feedFile('press.ndjson'),
    lines([said('1', 20, 'glass'), said('2', 2, 'Glass in the yoghurt'), said('3', 1, 'milk'), said('4', 0, 'glass')]),
  );
  host.pass(10_000);
  const preview = await host.get('watch.preview', { query: 'glass' });
  expect(preview).toMatchObject({ problem: null, matched: 2, looked: 3 });
  expect(preview.perDay).toHaveLength(14);
  expect(preview.perDay.slice(-3).map(({ matched }) => matched)).toEqual([1, 0, 1]);
  expect(preview.examples.map(({ id }) => id)).toEqual(['4', '2']);
  expect((await host.get('watch.preview', { query: 'glass OR' })).problem).toMatchObject({ at: 6 });
  expect(await host.get('watch.preview', { query: ' ' })).toEqual({
    problem: null,
    matched: 0,
    looked: 0,
    perDay: [],
    examples: [],
  });
});

test('the dial says what it would have done, and lets others work meanwhile', async () => {
  const host = await hostInFakeTime();
  const now = host.now();
  const quiet = Array.from({ length: 900 }, (_, n) => ({ id: `q${String(n)}`, at: now - 10 * DAY + n * 900_000 }));
  writeFileSync(host.feedFile('press.ndjson'), lines(quiet) + outbreak(now - DAY, 300));
  host.pass(20_000);
  const asked = host.get('watch.dial', { watchQueryId: OURS, sensitivity: 'weekly' });
  let answered = 0;
  const others = (async () => {
    for (let one = 0; one < 5; one += 1) {
      await host.get('time.now', {});
      answered += 1;
    }
  })();
  const preview = await asked;
  await others;
  expect(answered).toBe(5);
  expect(preview).toMatchObject({ sensitivity: 'weekly', days: 10 });
  expect(preview.alarms.filter(({ at }) => Math.abs(at - (now - DAY)) < 5 * MINUTE)).toHaveLength(1);
  expect(preview.alarms.every(({ sentence }) => sentence !== '')).toBe(true);
  expect(await host.get('watch.dial', { watchQueryId: OURS, sensitivity: 'weekly' })).toEqual(preview);
});

test('a storm looked at closely: steps by channel, band, marks, who drives it, and the same view until it moves', async () => {
  const host = await hostInFakeTime();
  writeFileSync(host.feedFile('press.ndjson'), quietHours(host.now()));
  host.pass(6 * MINUTE);
  const brokeOutAt = host.now();
  writeFileSync(host.feedFile('more.ndjson'), outbreak(brokeOutAt));
  host.pass(90_000);
  await host.get('mention.enter', { ...entry, observedAt: brokeOutAt });
  host.pass(3_000);
  const storm = host.follow('storm', { watchQueryId: OURS, hours: 6 });
  const view = storm.latest();
  expect(view).toMatchObject({ hours: 6, stepMs: 5 * MINUTE, channels: ['news', 'x'], query: { watchQueryId: OURS } });
  expect(view.points).toHaveLength(72);
  expect(view.points.reduce((sum, { count }) => sum + count, 0)).toBe(141);
  const peak = view.points.find(({ at }) => at <= brokeOutAt && brokeOutAt < at + view.stepMs);
  expect(peak?.byChannel).toEqual({ news: 80, x: 1 });
  expect(peak?.reach).toBe(300);
  expect(peak?.count).toBeGreaterThan(peak?.upper ?? Infinity);
  expect(view.storm).toMatchObject({ state: 'spike', roomId: host.rooms()[0]?.file.roomId });
  expect(view.marks).toMatchObject([{ kind: 'alarm', roomId: host.rooms()[0]?.file.roomId }]);
  expect(view.driving.stories[0]).toMatchObject({ mentions: 80 });
  expect(view.driving.accounts.length).toBeGreaterThan(0);
  expect(view.newest).toHaveLength(30);
  expect(view.mostEngaged).toMatchObject([{ engagement: 12 }]);
  expect(view.feeds.map(({ kind }) => kind).sort()).toEqual(['entry', 'file', 'file']);
  const pushed = storm.payloads.length;
  host.pass(1_000);
  expect(storm.payloads.length - pushed).toBeLessThanOrEqual(1);
  host.pass(10_000);
  expect(storm.payloads.length).toBeGreaterThan(pushed);
  const nowhere = { watchQueryId: 'nobody' as WatchQueryId, hours: 1 } as const;
  expect(() => host.follow('storm', nowhere)).toThrow('NoSuchWatchQuery');
});

test('twenty quiet queries cost next to nothing each second, and what did not change is the same object', async () => {
  const host = await hostInFakeTime();
  for (let one = 1; one < 20; one += 1)
    await host.get('workspace.change', {
      change: {
        type: 'saveWatchQuery',
        watchQueryId: null,
        name: `Brand ${String(one)}`,
        query: `brand${String(one)}`,
        sensitivity: 'weekly',
      },
    });
  host.pass(5_000);
  const watch = host.follow('watch', {});
  const before = watch.latest().storms;
  expect(before).toHaveLength(20);
  await host.get('mention.enter', { ...entry, watchQueryId: before[3]?.watchQueryId ?? OURS });
  host.pass(1_000);
  const after = watch.latest().storms;
  expect(after.filter((storm, index) => storm !== before[index]).map(({ watchQueryId }) => watchQueryId)).toEqual([
    before[3]?.watchQueryId,
  ]);
});

test('an analyst watches, and changes nothing else of the organisation', async () => {
  const host = await hostInFakeTime();
  await host.get('people.invite', { name: 'Nala', role: 'analyst' });
  const nala = 'nala' as OperatorId;
  const change = {
    type: 'saveWatchQuery',
    watchQueryId: null,
    name: 'Milk',
    query: 'milk',
    sensitivity: 'daily',
  } as const;
  expect(await host.ask('workspace.change', { change }, nala)).toMatchObject({ ok: true });
  const span = { from: host.now(), to: instant(host.now() + HOUR) };
  expect(await host.ask('storm.expect', { watchQueryId: OURS, ...span, label: 'Fair' }, nala)).toMatchObject({
    ok: true,
  });
  const feed = { kind: 'webhook', feedId: 'desk' as never, name: 'Desk', watchQueryId: null, paused: false } as const;
  expect(await host.ask('workspace.change', { change: { type: 'saveFeed', feed } }, nala)).toMatchObject({
    error: { code: 'NotAllowed' },
  });
});
