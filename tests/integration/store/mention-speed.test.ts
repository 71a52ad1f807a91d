import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { instant, WatchQueryId } from '../../../shared/base/ids.ts';
import { createBareInserts } from '../../bench/bare-inserts.ts';
import { postCorpus } from '../../support/mention-corpus.ts';
import { openMentionFile } from '../../support/mention-database.ts';

test('inserting costs little over bare batched inserts into the same tables and index', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-speed-'));
  const watchQueryId = WatchQueryId.parse('watched');
  const corpus = { count: 12_000, seed: 9, until: instant(1_772_000_000_000), days: 1, names: ['acme'] };
  const mentions = [...postCorpus(corpus)].map((post) => ({ ...post, watchQueryId }));
  const ours = openMentionFile(join(folder, 'ours.db'));
  const bare = openMentionFile(join(folder, 'bare.db'));
  const insertBare = createBareInserts(bare.db, mentions);
  let oursMs = 0;
  let bareMs = 0;
  // In turns, so that whatever else the machine does weighs on both alike.
  for (let at = 0; at < mentions.length; at += 300) {
    const batch = mentions.slice(at, at + 300);
    const startedAt = performance.now();
    ours.store.insert(batch);
    const middle = performance.now();
    insertBare(batch);
    oursMs += middle - startedAt;
    bareMs += performance.now() - middle;
  }
  expect(ours.store.size().posts).toBe(12_000);
  expect(bare.store.size().posts).toBe(12_000);
  console.info(`mention store: ${(bareMs / oursMs).toFixed(2)} of bare batched inserts`);
  expect(bareMs / oursMs).toBeGreaterThan(0.4);
  ours.db.close();
  bare.db.close();
  rmSync(folder, { recursive: true });
});
