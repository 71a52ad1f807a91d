import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { instant } from '../../../shared/base/ids.ts';
import { createIntake } from '../../../src-main/app/intake.ts';
import type { Feed } from '../../../src-main/commands/ports.ts';
import { createBlueskyFeed } from '../../../src-main/feeds/bluesky/bluesky-feed.ts';
import { createMastodonFeed } from '../../../src-main/feeds/mastodon/mastodon-feed.ts';
import { COMMON, hurriedDeps } from '../../support/feed-wiring.ts';
import { postFrame, startJetstream } from '../../support/jetstream-server.ts';
import { startMastodon, status, TOKEN } from '../../support/mastodon-server.ts';
import { openMentionFile } from '../../support/mention-database.ts';
import { createRandom, WATCH_QUERY } from '../../support/mention-fixtures.ts';
import { until, type WireServer } from '../../support/wire-server.ts';

let cleanUps: (() => void | Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  cleanUps = [];
});

/** One life of a host: its file, its intake, its feed from where the file says it stood. */
function startHost(file: string, createFeed: (cursor: unknown) => Feed, told: string[]) {
  const { db, store } = openMentionFile(file);
  const intake = createIntake({
    store,
    matcher: () => ({ match: ({ text }) => (text.includes('acme') ? [WATCH_QUERY] : []) }),
    boundTo: () => null,
    onMentions: (_watchQueryId, mentions) => void told.push(...mentions.map(({ id }) => id)),
    onFailure: (cause) => expect.unreachable(String(cause)),
  });
  const feed = createFeed(store.getCursor(COMMON.feedId));
  feed.start(intake.sinkOf(COMMON.feedId));
  return {
    feed,
    stored: () => store.countSince(WATCH_QUERY, instant(0)),
    /** `isOrderly` is false for a host that is killed: what waits in its feed is gone with it. */
    end(isOrderly: boolean): void {
      if (isOrderly) feed.stop();
      db.close();
      feed.stop();
    },
  };
}

interface Source {
  readonly server: WireServer;
  readonly createFeed: (cursor: unknown) => Feed;
  readonly publish: (number: number, text: string) => void;
}

async function bluesky(): Promise<Source> {
  const server = await startJetstream();
  let last = 0;
  return {
    server,
    createFeed: (cursor) => createBlueskyFeed({ ...COMMON, kind: 'bluesky', url: server.url }, hurriedDeps(cursor)),
    publish(number, text) {
      last = Math.max(last + 1, Date.now() * 1_000);
      server.publish(postFrame({ rkey: `p${number}`, timeUs: last, text }));
    },
  };
}

async function mastodon(): Promise<Source> {
  const server = await startMastodon();
  const settings = { ...COMMON, kind: 'mastodon' as const, url: server.url, stream: 'public' as const, tags: [] };
  return {
    server,
    createFeed: (cursor) => createMastodonFeed(settings, { ...hurriedDeps(cursor), secret: TOKEN }),
    publish: (number, text) =>
      server.publish(status({ id: String(108_913_983_692_000_000n + BigInt(number)), content: text })),
  };
}

test.each([
  ['bluesky', bluesky],
  ['mastodon', mastodon],
])(
  '%s: 100 disconnects, a host that ends and one that is killed: each mention in the store and told once',
  async (_name, make) => {
    const seed = 20_261_124;
    const random = createRandom(seed);
    const folder = mkdtempSync(join(tmpdir(), 'firebreak-streams-'));
    cleanUps.push(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'mentions.db');
    const { server, createFeed, publish } = await make();
    cleanUps.push(() => server.close());
    const told: string[] = [];
    let published = 0;
    let mentions = 0;
    const say = (): void => {
      published += 1;
      const isMention = published === 1 || random() < 0.3;
      if (isMention) mentions += 1;
      publish(published, `${isMention ? 'acme' : 'nothing'} ${published}`);
    };

    let host = startHost(file, createFeed, told);
    await until(() => host.feed.status().state === 'live');
    say();
    await until(() => host.stored() === 1);
    let dropped = 0;
    for (let round = 0; round < 100; round += 1) {
      for (let post = Math.floor(random() * 6); post >= 0; post -= 1) say();
      if (random() < 0.5) await new Promise((resolve) => setTimeout(resolve, Math.floor(random() * 20)));
      dropped += server.drop(random() < 0.5);
      say();
      if (round === 33 || round === 66) {
        host.end(round === 33);
        say();
        host = startHost(file, createFeed, told);
      }
      await until(() => server.sockets().length > 0);
    }
    await until(() => host.stored() === mentions);
    expect({ dropped, told: told.length, different: new Set(told).size }, `seed ${seed}`).toEqual({
      dropped: 100,
      told: mentions,
      different: mentions,
    });
    expect(host.feed.status()).toMatchObject({ skipped: 0, shed: 0 });
    host.end(true);
  },
);
