import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDemoFeed } from '../../src-main/feeds/demo/demo-feed.ts';
import { createEntryFeed } from '../../src-main/feeds/entry/entry-feed.ts';
import { createFileFeed } from '../../src-main/feeds/file/file-feed.ts';
import { createReplayFeed } from '../../src-main/feeds/replay/replay-feed.ts';
import type { FetchFeed } from '../../src-main/feeds/rss/fetch-feed.ts';
import { createRssFeed } from '../../src-main/feeds/rss/rss-feed.ts';
import { createWebhookFeed } from '../../src-main/feeds/webhook/webhook-feed.ts';
import { createFakeTime, FEED } from '../support/mention-fixtures.ts';
import { blueskyUnderTest, mastodonUnderTest } from '../support/streams-under-test.ts';
import { feedContract } from './feed.contract.ts';

const demo = join(import.meta.dirname, '..', '..', 'resources', 'demo');
const common = { feedId: FEED, name: 'under test' };

function depsOf(time: ReturnType<typeof createFakeTime>, cursor: unknown) {
  return { ...time, random: () => 0.5, cursor };
}

function line(id: string, at?: number): string {
  return `${JSON.stringify({ id, text: `text of ${id}`, observedAt: at })}\n`;
}

feedContract('Bluesky feed', blueskyUnderTest, { whenQuiet: ['silent'] });
feedContract('Mastodon feed', mastodonUnderTest, { whenQuiet: ['silent'] });

feedContract(
  'demo feed',
  (cursor) => {
    const time = createFakeTime();
    const ordinaryDaysFile = join(demo, 'ordinary-days.ndjson');
    const crisisFile = join(demo, 'crisis.ndjson');
    const settings = { ...common, ordinaryDaysFile, crisisFile, runId: 'run' };
    return { time, feed: createDemoFeed(settings, depsOf(time, cursor)) };
  },
  { whenQuiet: ['ended'] },
);

const folder = mkdtempSync(join(tmpdir(), 'firebreak-feed-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const growing = join(folder, 'growing.ndjson');
writeFileSync(growing, line('a') + line('b') + line('c'));
const old = join(folder, 'old.ndjson');
writeFileSync(old, [0, 5, 20, 40].map((second) => line(`s${second}`, 1_385_764_800_000 + second * 1000)).join(''));

feedContract(
  'file feed',
  (cursor) => {
    const time = createFakeTime();
    return { time, feed: createFileFeed({ ...common, path: growing }, depsOf(time, cursor)) };
  },
  { whenQuiet: ['live'] },
);

feedContract(
  'replay feed',
  (cursor) => {
    const time = createFakeTime();
    const feed = createReplayFeed({ ...common, file: old, speed: 1 }, depsOf(time, cursor));
    return { time, feed, ready: () => feed.ready };
  },
  { whenQuiet: ['ended'] },
);

const article = (id: string): string => `<item><title>${id}</title><guid>${id}</guid></item>`;
const text = `<rss version="2.0"><channel>${['a', 'b', 'c'].map(article).join('')}</channel></rss>`;

feedContract(
  'RSS feed',
  (cursor) => {
    const time = createFakeTime();
    const asked: Promise<unknown>[] = [];
    const fetchFeed: FetchFeed = ({ etag }) => {
      const answer = Promise.resolve(
        etag === '"1"'
          ? { kind: 'unchanged' as const, movedTo: null }
          : { kind: 'document' as const, text, etag: '"1"', lastModified: null, movedTo: null },
      );
      asked.push(answer);
      return answer;
    };
    const settings = { ...common, url: 'https://news.example/feed', everyMinutes: 5 };
    const ready = async (): Promise<void> => {
      time.pass(60_000);
      await Promise.all(asked);
    };
    return { time, feed: createRssFeed(settings, depsOf(time, cursor), fetchFeed), ready };
  },
  { whenQuiet: ['silent'] },
);

feedContract(
  'webhook feed',
  (cursor) => {
    const time = createFakeTime();
    const feed = createWebhookFeed({ ...common, address: '/feeds/x' }, depsOf(time, cursor), 'secret');
    const bring = (): void => {
      const body = Buffer.from(JSON.stringify(['a', 'b', 'c'].map((id) => ({ id, text: `text of ${id}` }))));
      const timestamp = String(Math.floor(time.clock.now() / 1000));
      const signature = createHmac('sha256', 'secret').update(`${timestamp}.`).update(body).digest('hex');
      feed.receive({
        headers: { 'firebreak-timestamp': timestamp, 'firebreak-signature': `v1=${signature}` },
        body,
      });
    };
    return { time, feed, bring };
  },
  { whenQuiet: ['live'], bringsAgain: false },
);

feedContract(
  'entry feed',
  () => {
    const time = createFakeTime();
    const feed = createEntryFeed(common, time);
    const bring = (): void => {
      for (const said of ['one', 'two', 'three']) {
        const numbers = { engagement: null, reach: null, observedAt: null };
        feed.enter({ channel: 'x', url: `https://x.example/${said}`, author: null, text: said, ...numbers });
      }
    };
    return { time, feed, bring };
  },
  { whenQuiet: ['live'], bringsAgain: false },
);
