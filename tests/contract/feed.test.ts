import { appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createDemoFeed } from '../../src-main/feeds/demo-feed.ts';
import { createFileFeed } from '../../src-main/feeds/file-feed.ts';
import { createReplayFeed } from '../../src-main/feeds/replay-feed.ts';
import { createFakeTime, FEED, WATCH_QUERY } from '../support/mention-fixtures.ts';
import { collectingSink, feedContract } from './feed.contract.ts';

const demo = join(import.meta.dirname, '..', '..', 'resources', 'demo');
const common = { feedId: FEED, watchQueryId: WATCH_QUERY, name: 'under test' };

function demoFeed(options: { readonly speed?: number; readonly fromMs?: number } = {}) {
  const time = createFakeTime();
  const feed = createDemoFeed({
    ...common,
    ...time,
    ordinaryDaysFile: join(demo, 'ordinary-days.ndjson'),
    crisisFile: join(demo, 'crisis.ndjson'),
    runId: 'run',
    ...options,
  });
  return { time, feed };
}

function folder() {
  const path = mkdtempSync(join(tmpdir(), 'firebreak-feed-'));
  return { path, cleanUp: () => rmSync(path, { recursive: true }) };
}

function line(id: string, at?: number): string {
  return `${JSON.stringify({ id, text: `text of ${id}`, observedAt: at })}\n`;
}

function fileFeed(content: string, cursor?: unknown, path = folder().path, time = createFakeTime()) {
  const file = join(path, 'mentions');
  writeFileSync(file, content);
  const feed = createFileFeed({ ...common, ...time, file, cursor });
  return { time, feed, file, ...collectingSink(), cleanUp: () => rmSync(path, { recursive: true }) };
}

feedContract('demo feed', () => demoFeed());
feedContract('file feed', () => fileFeed(line('a') + line('b') + line('c')));
feedContract('replay feed', () => {
  const time = createFakeTime();
  const { path, cleanUp } = folder();
  const file = join(path, 'old.ndjson');
  writeFileSync(file, [0, 5, 20, 40].map((second) => line(`s${second}`, 1_385_764_800_000 + second * 1000)).join(''));
  const feed = createReplayFeed({ ...common, ...time, file, speed: 1 });
  return { time, feed, ready: () => feed.ready, cleanUp };
});

test('demo feed: the ordinary days are history that ends now, the crisis is live at its own pace', () => {
  const { time, feed } = demoFeed();
  const { sink, mentions } = collectingSink();
  const startedAt = time.clock.now();
  feed.start(sink);
  expect(mentions.every(({ as, observedAt }) => as === 'history' && observedAt <= startedAt)).toBe(true);
  expect(mentions.length).toBeGreaterThan(2000);
  const ordinary = mentions.length;
  time.pass(29_000);
  expect(mentions.length - ordinary).toBeLessThanOrEqual(2);
  time.pass(61_000);
  expect(mentions.length - ordinary).toBeGreaterThan(20);
  expect(feed.position()).toBe(90_000);
});

test('demo feed: at x60 forty minutes take forty seconds, and it ends and says so', () => {
  const { time, feed } = demoFeed({ speed: 60 });
  const { sink, mentions } = collectingSink();
  const startedAt = time.clock.now();
  feed.start(sink);
  time.pass(40_000);
  expect(feed.status().state).toBe('ended');
  const live = mentions.filter(({ as }) => as === 'live');
  expect(live.length).toBeGreaterThan(2700);
  expect(Math.max(...live.map(({ observedAt }) => observedAt)) - startedAt).toBeLessThanOrEqual(40_000);
});

test('demo feed: its speed changes while it runs, without a jump and without a mention twice or lost', () => {
  const steady = demoFeed({ speed: 1 });
  const all = collectingSink();
  steady.feed.start(all.sink);
  steady.time.pass(40 * 60_000);

  const { time, feed } = demoFeed({ speed: 1 });
  const { sink, mentions } = collectingSink();
  feed.start(sink);
  time.pass(60_000);
  feed.setSpeed(10);
  expect(feed.position()).toBe(60_000);
  time.pass(60_000);
  expect(feed.position()).toBe(660_000);
  feed.setSpeed(60);
  time.pass(60_000);
  expect(mentions.map(({ id }) => id)).toEqual(all.mentions.map(({ id }) => id));
});

test('demo feed: a host that starts again goes on where it was', () => {
  const first = demoFeed();
  const before = collectingSink();
  first.feed.start(before.sink);
  first.time.pass(300_000);
  first.feed.stop();
  const fromMs = first.feed.position();

  const second = demoFeed({ fromMs, speed: 60 });
  const after = collectingSink();
  second.feed.start(after.sink);
  second.time.pass(60_000);
  expect(after.mentions.every(({ as }) => as === 'live')).toBe(true);
  const whole = demoFeed({ speed: 60 });
  const all = collectingSink();
  whole.feed.start(all.sink);
  whole.time.pass(60_000);
  expect([...before.mentions, ...after.mentions].map(({ id }) => id)).toEqual(all.mentions.map(({ id }) => id));
});

test('demo feed: a missing recording is a failed feed with a reason', () => {
  const time = createFakeTime();
  const missing = join(tmpdir(), 'no-such-recording.ndjson');
  const feed = createDemoFeed({ ...common, ...time, ordinaryDaysFile: missing, crisisFile: missing, runId: 'r' });
  feed.start(collectingSink().sink);
  expect(feed.status()).toMatchObject({ state: 'failed' });
  expect(feed.status().detail).toContain('cannot be read');
});

test('file feed: a line without its end waits, even in the middle of a character', () => {
  const { time, feed, file, sink, mentions, cleanUp } = fileFeed('');
  feed.start(sink);
  const bytes = Buffer.from(`{"id":"x","text":"süß"}\n`);
  appendFileSync(file, bytes.subarray(0, 20));
  time.pass(5_000);
  expect(mentions).toEqual([]);
  appendFileSync(file, bytes.subarray(20));
  time.pass(1_000);
  expect(mentions.map(({ text }) => text)).toEqual(['süß']);
  cleanUp();
});

test('file feed: CSV rows keep their quoted line breaks, and grow like lines', () => {
  const { time, feed, file, sink, mentions, cleanUp } = fileFeed(
    'id,author,text\n1,@a,"one\nline, and ""another"""\n2,@b,"op',
  );
  feed.start(sink);
  time.pass(1_000);
  expect(mentions.map(({ text }) => text)).toEqual(['one\nline, and "another"']);
  appendFileSync(file, 'en"\n3,@c\n4,@d,fine\n');
  time.pass(1_000);
  expect(mentions.map(({ id }) => id)).toEqual(['1', '2', '4']);
  expect(feed.status()).toMatchObject({ accepted: 3, skipped: 1 });
  expect(feed.status().detail).toBe('Skipped a record that starts in line 5: it has 2 fields where the header has 3.');
  cleanUp();
});

test('file feed: a new host reads on from the cursor', () => {
  const first = fileFeed('id,text\na,one\nb,two\n');
  first.feed.start(first.sink);
  first.feed.stop();
  const cursor: unknown = JSON.parse(JSON.stringify(first.feed.cursor()));
  const second = createFileFeed({ ...common, ...first.time, file: first.file, cursor });
  appendFileSync(first.file, 'c,three\n');
  const { sink, mentions } = collectingSink();
  second.start(sink);
  expect(mentions.map(({ id }) => id)).toEqual(['c']);
  first.cleanUp();
});

test('file feed: a truncated, a rewritten and a replaced file are noticed and read again', () => {
  const { time, feed, file, sink, mentions, cleanUp } = fileFeed(line('a') + line('b'));
  feed.start(sink);
  truncateSync(file, 0);
  appendFileSync(file, line('c'));
  time.pass(1_000);
  expect(feed.status().detail).toContain('truncated');
  writeFileSync(file, line('d') + line('e'));
  time.pass(1_000);
  expect(feed.status().detail).toContain('rewritten');
  writeFileSync(`${file}.new`, line('f') + line('g') + line('h'));
  renameSync(`${file}.new`, file);
  time.pass(1_000);
  expect(feed.status().detail).toContain('replaced');
  expect(mentions.map(({ id }) => id)).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  cleanUp();
});

test('file feed: what was observed long ago is history, the rest is live', () => {
  const time = createFakeTime();
  const now = time.clock.now();
  const { feed, sink, mentions, cleanUp } = fileFeed(
    line('old', now - 3_600_000) + line('new', now - 60_000),
    undefined,
    folder().path,
    time,
  );
  feed.start(sink);
  expect(mentions.map(({ id, as }) => [id, as])).toEqual([
    ['old', 'history'],
    ['new', 'live'],
  ]);
  feed.stop();
  cleanUp();
});

test('file feed: a file that goes away is a failed feed, and is read again when it is back', () => {
  const { time, feed, file, sink, mentions, cleanUp } = fileFeed(line('a'));
  feed.start(sink);
  rmSync(file);
  time.pass(1_000);
  expect(feed.status()).toMatchObject({
    state: 'failed',
    detail: 'The file cannot be read (ENOENT). It is tried again every second.',
  });
  writeFileSync(file, line('b'));
  time.pass(1_000);
  expect(feed.status().state).toBe('live');
  expect(mentions.map(({ id }) => id)).toEqual(['a', 'b']);
  cleanUp();
});

test('demo feed: its position never passes a mention that was not stored', () => {
  const { time, feed } = demoFeed();
  const { sink, ids } = collectingSink();
  let isFull = false;
  feed.start((mentions, as) => {
    if (isFull) throw new Error('full');
    return sink(mentions, as);
  });
  time.pass(60_000);
  isFull = true;
  time.pass(120_000);
  feed.stop();
  const next = demoFeed({ fromMs: feed.position(), speed: 60 });
  next.feed.start(sink);
  next.time.pass(40_000);
  const whole = demoFeed({ speed: 60 });
  const all = collectingSink();
  whole.feed.start(all.sink);
  whole.time.pass(40_000);
  expect(ids).toEqual(all.ids);
});

test('file feed: the cursor stays before what could not be stored', () => {
  const { time, feed, file, sink, ids, cleanUp } = fileFeed(line('a'));
  let isFull = false;
  feed.start((mentions, as) => {
    if (isFull) throw new Error('full');
    return sink(mentions, as);
  });
  const before = feed.cursor();
  isFull = true;
  appendFileSync(file, `${line('b')}not a record\n${line('c')}`);
  time.pass(5_000);
  expect(feed.cursor()).toEqual(before);
  isFull = false;
  time.pass(1_000);
  expect([...ids]).toEqual(['a', 'b', 'c']);
  expect(feed.status()).toMatchObject({ state: 'live', accepted: 3, skipped: 1 });
  feed.stop();
  cleanUp();
});
