import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { instant } from '../../../shared/base/ids.ts';
import { openMentionFile } from '../../support/mention-database.ts';
import { createRandom, FEED, mentionAt, WATCH_QUERY } from '../../support/mention-fixtures.ts';

const RECEIVER = fileURLToPath(new URL('../../support/crash-receiver.ts', import.meta.url));

/** Runs the receiver until it has acknowledged `count` batches, kills it, and gives the last place it acknowledged. */
function placeWhenKilled(file: string, count: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [RECEIVER, file], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.split('\n').length > count) child.kill('SIGKILL');
    });
    child.on('close', (_code, signal) => {
      if (signal === 'SIGKILL') resolve(Number(output.split('\n').at(-2)));
      else reject(new Error(errors));
    });
  });
}

test('killed 8 times while it receives, every post is there once, and the place is where the posts end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-'));
  const file = join(folder, 'mentions.db');
  const seed = 20_261;
  const random = createRandom(seed);
  for (let round = 0; round < 8; round += 1) {
    const acknowledged = await placeWhenKilled(file, 1 + Math.floor(random() * 60));
    const { db, store } = openMentionFile(file);
    const { next } = store.getCursor(FEED) as { readonly next: number };
    const said = `seed ${String(seed)}, round ${String(round)}`;
    expect(next, said).toBeGreaterThanOrEqual(acknowledged);
    expect(store.size().posts, said).toBe(next);
    expect(store.countSince(WATCH_QUERY, instant(0)), said).toBe(next);
    expect(store.newest(WATCH_QUERY, 1)[0]?.observedAt, said).toBe(999 + next);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.prepare("SELECT count(*) FROM post_words WHERE post_words MATCH 'lid'").pluck().get(), said).toBe(next);
    db.close();
  }
  rmSync(folder, { recursive: true });
});

test('brought at least once, in any pieces and order, with restarts in between, every post counts once', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-'));
  const file = join(folder, 'mentions.db');
  const seed = 77;
  const random = createRandom(seed);
  const posts = Array.from({ length: 1500 }, (_, at) => mentionAt(at, { id: `p${String(at)}` }));
  let opened = openMentionFile(file);
  let added = 0;
  for (let round = 0; round < 120; round += 1) {
    const start = Math.floor(random() * posts.length);
    const piece = posts.slice(start, start + Math.floor(random() * 60)).sort(() => random() - 0.5);
    added += opened.store.insert([...piece, ...piece.slice(0, 5)]).added.length;
    if (random() > 0.1) continue;
    opened.db.close();
    opened = openMentionFile(file);
  }
  added += opened.store.insert(posts).added.length;
  expect(added, `seed ${String(seed)}`).toBe(1500);
  expect(opened.store.countSince(WATCH_QUERY, instant(0))).toBe(1500);
  opened.db.close();
  rmSync(folder, { recursive: true });
});
