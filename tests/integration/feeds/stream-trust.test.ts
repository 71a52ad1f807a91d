import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { createBlueskyFeed } from '../../../src-main/feeds/bluesky/bluesky-feed.ts';
import { createMastodonFeed } from '../../../src-main/feeds/mastodon/mastodon-feed.ts';
import { collectingSink } from '../../contract/feed.contract.ts';
import { COMMON, hurriedDeps } from '../../support/feed-wiring.ts';
import { selfSigned } from '../../support/self-signed.ts';
import { until } from '../../support/wire-server.ts';

test('streams: a server whose certificate nobody vouches for is not talked to, and is given no token', async () => {
  const server = createServer(selfSigned());
  const sockets = new WebSocketServer({ server });
  let heard = 0;
  server.on('request', (_request, response) => {
    heard += 1;
    response.end();
  });
  sockets.on('connection', () => (heard += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const bluesky = createBlueskyFeed(
    { ...COMMON, kind: 'bluesky', url: `wss://localhost:${port}/subscribe` },
    hurriedDeps(),
  );
  const mastodon = createMastodonFeed(
    { ...COMMON, kind: 'mastodon', url: `https://localhost:${port}`, stream: 'public', tags: [] },
    { ...hurriedDeps(), secret: 'token' },
  );
  for (const feed of [bluesky, mastodon]) {
    feed.start(collectingSink().sink);
    await until(() => feed.status().state === 'failed');
  }
  expect(bluesky.status().detail).toContain('certificate is not trusted');
  expect(mastodon.status().detail).toContain('cannot be reached');
  expect(heard).toBe(0);
  bluesky.stop();
  mastodon.stop();
  server.close();
  server.closeAllConnections();
});
