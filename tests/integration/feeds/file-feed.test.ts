import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createFileFeed } from '../../../src-main/feeds/file/file-feed.ts';
import { createFeedStore } from '../../support/feed-store.ts';
import { createFakeTime, createRandom, FEED } from '../../support/mention-fixtures.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A followed file, and everything that may happen to it. */
function followed(content: string, name = 'mentions.ndjson') {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-file-feed-'));
  folders.push(folder);
  const path = join(folder, name);
  writeFileSync(path, content);
  const time = createFakeTime();
  const store = createFeedStore();
  const begin = () =>
    createFileFeed({ feedId: FEED, name, path }, { ...time, random: () => 0, cursor: store.cursor() });
  let feed = begin();
  return {
    path,
    folder,
    time,
    store,
    feed: () => feed,
    start: () => feed.start(store.sink),
    restart() {
      feed.stop();
      feed = begin();
      feed.start(store.sink);
    },
    append: (text: string | Buffer) => appendFileSync(path, text),
    look: () => time.pass(1_000),
  };
}

function line(id: string, at?: number): string {
  return `${JSON.stringify({ id, text: `text of ${id}`, observedAt: at })}\n`;
}

test('a line without its end waits, even in the middle of a character', () => {
  const { start, append, look, store } = followed('');
  start();
  const bytes = Buffer.from(`{"id":"x","text":"süß"}\n`);
  append(bytes.subarray(0, 20));
  look();
  expect(store.ids()).toEqual([]);
  append(bytes.subarray(20));
  look();
  expect(store.posts.map(({ text }) => text)).toEqual(['süß']);
});

test('CSV rows keep their quoted line breaks, grow like lines, and may name channel and language', () => {
  const { start, append, look, store, feed } = followed(
    'id,channel,language,text\n1,X,en-GB,"one\nline, and ""another"""\n2,news,,"op',
    'mentions.csv',
  );
  start();
  expect(store.posts.map(({ text, channel, language }) => [text, channel, language])).toEqual([
    ['one\nline, and "another"', 'x', 'en'],
  ]);
  append('en"\n3,x\n4,tik tok,,fine\n5,,,fine\n');
  look();
  expect(store.posts.map(({ id, channel }) => [id, channel])).toEqual([
    ['1', 'x'],
    ['2', 'news'],
    ['5', 'other'],
  ]);
  expect(feed().status()).toMatchObject({ kind: 'file', received: 3, accepted: 3, skipped: 2 });
  expect(feed().status().detail).toBe(
    'Skipped a record that starts in line 5: it has 2 fields where the header has 4.',
  );
});

test('a host that starts again reads on from the cursor, which was stored with the posts', () => {
  const { start, restart, append, store } = followed('id,text\na,one\nb,two\n', 'mentions.csv');
  start();
  append('c,three\n');
  restart();
  expect(store.ids()).toEqual(['a', 'b', 'c']);
});

test('what was observed long ago is history, the rest is live, and the future is now', () => {
  const { start, time, store, append } = followed('');
  const now = time.clock.now();
  append(line('old', now - 3_600_000) + line('new', now - 60_000) + line('ahead', now + 60_000));
  start();
  expect(store.posts.map(({ id, as, observedAt }) => [id, as, observedAt - now])).toEqual([
    ['old', 'history', -3_600_000],
    ['new', 'live', -60_000],
    ['ahead', 'live', 0],
  ]);
});

test('the cursor stays before what could not be stored', () => {
  const { start, append, look, store, feed } = followed(line('a'));
  let isFull = false;
  store.refuseWhen(() => isFull);
  start();
  const before = store.cursor();
  isFull = true;
  append(`${line('b')}not a record\n${line('c')}`);
  look();
  look();
  expect(feed().status()).toMatchObject({ state: 'failed', accepted: 1 });
  expect(store.cursor()).toEqual(before);
  isFull = false;
  look();
  expect(store.ids()).toEqual(['a', 'b', 'c']);
  expect(feed().status()).toMatchObject({ state: 'live', accepted: 3, skipped: 1 });
});

test('a file that goes away is a failed feed, and is read when it is back', () => {
  const { start, look, path, store, feed } = followed(line('a'));
  start();
  rmSync(path);
  look();
  expect(feed().status()).toMatchObject({
    state: 'failed',
    detail: 'The file cannot be read (ENOENT). It is tried again every second.',
  });
  writeFileSync(path, line('b'));
  look();
  expect(feed().status().state).toBe('live');
  expect(store.ids()).toEqual(['a', 'b']);
});

test('what is no file is refused, and nobody waits for a pipe', () => {
  const { start, look, path, feed } = followed('');
  rmSync(path);
  mkdirSync(path);
  start();
  expect(feed().status().detail).toBe('The file cannot be read (not a file). It is tried again every second.');
  rmSync(path, { recursive: true });
  if (process.platform === 'win32') return;
  execFileSync('mkfifo', [path]);
  look();
  expect(feed().status().detail).toContain('not a file');
});

test('a line that never ends takes no memory: it is skipped, and what follows it is read', () => {
  const { start, append, look, store, feed, time } = followed(line('a'));
  start();
  append('x'.repeat(2_000_000));
  look();
  append(`\n${line('b')}`);
  time.pass(2_000);
  expect(store.ids()).toEqual(['a', 'b']);
  expect(feed().status().skipped).toBeGreaterThan(0);
});

describe('a file that becomes another one', () => {
  test('truncated, rewritten and replaced files are noticed and read from their beginning', () => {
    const { start, append, look, path, store, feed } = followed(line('a') + line('b'));
    start();
    truncateSync(path, 0);
    append(line('c'));
    look();
    expect(feed().status().detail).toBe('The file was truncated; it is read again from its beginning.');
    writeFileSync(path, line('d') + line('e'));
    look();
    expect(feed().status().detail).toContain('rewritten');
    writeFileSync(`${path}.new`, line('f') + line('g') + line('h'));
    renameSync(`${path}.new`, path);
    look();
    expect(feed().status().detail).toContain('replaced');
    expect(store.ids()).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  });

  test('a rotated file is read to its end, its last line without an end too, before the new one', () => {
    const { start, append, look, path, store, feed } = followed(line('a'));
    start();
    append(line('b') + line('c').trimEnd());
    renameSync(path, `${path}.1`);
    writeFileSync(path, '');
    appendFileSync(`${path}.1`, `\n${line('d').trimEnd()}`); // its writer has not noticed yet
    look();
    expect(store.ids()).toEqual(['a', 'b', 'c']);
    append(line('e'));
    look();
    look();
    expect(store.ids()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(feed().status()).toMatchObject({ state: 'live', skipped: 0, detail: null });
  });

  test('several rotations between two looks are read in their order, after a restart too', () => {
    const { start, restart, append, path, store, time } = followed(line('a'));
    start();
    append(line('b'));
    renameSync(path, `${path}.1`);
    writeFileSync(path, line('c') + line('d'));
    renameSync(`${path}.1`, `${path}.2`);
    renameSync(path, `${path}.1`);
    writeFileSync(path, line('e'));
    restart();
    time.pass(3_000);
    expect(store.ids()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  test('copied and truncated: the rest is read from the copy', () => {
    const { start, append, look, path, store, time } = followed(line('the first') + line('a'));
    start();
    append(line('b'));
    copyFileSync(path, `${path}.1`);
    truncateSync(path, 0);
    append(line('c'));
    look();
    time.pass(2_000);
    expect(store.ids()).toEqual(['the first', 'a', 'b', 'c']);
  });

  test('a CSV file keeps its header when it is rotated', () => {
    const { start, append, look, path, store, time } = followed('id,text\na,one\n', 'mentions.csv');
    start();
    append('b,two\n');
    renameSync(path, `${path}-20261122`);
    writeFileSync(path, 'text,id\nthree,c\n');
    look();
    time.pass(2_000);
    expect(store.posts.map(({ id, text }) => [id, text])).toEqual([
      ['a', 'one'],
      ['b', 'two'],
      ['c', 'three'],
    ]);
  });

  test('a file beside it with another name is no rotated one', () => {
    const { start, folder, look, path, store, time } = followed(line('a'));
    start();
    writeFileSync(join(folder, 'other.ndjson'), line('not ours'));
    rmSync(path);
    writeFileSync(path, line('b'));
    look();
    time.pass(2_000);
    expect(store.ids()).toEqual(['a', 'b']);
  });
});

test('100 rotations, torn writes, a disk that is full now and then and a restart: every mention exactly once', () => {
  const seed = Number(process.env['SEED'] ?? 20_261_122);
  const random = createRandom(seed);
  const { start, restart, append, path, store, time, feed } = followed(line('m0'));
  store.refuseWhen(() => random() < 0.1);
  start();
  const written = ['m0'];
  let torn = '';
  for (let rotation = 1; rotation <= 100; rotation += 1) {
    for (let burst = 0; burst < 1 + Math.floor(random() * 4); burst += 1) {
      const some = Array.from({ length: Math.floor(random() * 30) }, (_, at) => `m${String(written.length + at)}`);
      written.push(...some);
      const text = torn + some.map((id) => line(id)).join('');
      const cut = Math.floor(random() * text.length);
      append(text.slice(0, cut));
      torn = text.slice(cut);
      if (random() < 0.7) time.pass(Math.floor(random() * 3_000));
    }
    append(torn);
    torn = '';
    for (let number = 7; number >= 1; number -= 1) {
      if (existsSync(`${path}.${String(number)}`))
        renameSync(`${path}.${String(number)}`, `${path}.${String(number + 1)}`);
    }
    renameSync(path, `${path}.1`);
    if (random() < 0.3) time.pass(1_000);
    writeFileSync(path, '');
    if (rotation === 50) restart();
    // No more rotations than there are numbers may happen unseen.
    if (rotation % 4 === 0) time.pass(20_000);
  }
  append(line('last'));
  written.push('last');
  time.pass(60_000);
  // Files that were changed in the same few milliseconds, as only a test does it, may come in either order.
  expect(store.ids().toSorted(), `seed ${String(seed)}`).toEqual(written.toSorted());
  expect(feed().status()).toMatchObject({ state: 'live', skipped: 0 });
});
