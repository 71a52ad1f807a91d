import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { importFile } from '../../src-main/feeds/file/import-file.ts';
import type { Post } from '../../shared/domain/mention/mention.ts';
import { createFakeTime, FEED } from '../support/mention-fixtures.ts';
import { SHARED_DATA } from '../support/shared-data.ts';

const folder = mkdtempSync(join(tmpdir(), 'firebreak-import-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function imported(content: string | Buffer) {
  const file = join(folder, 'file');
  writeFileSync(file, content);
  return importedFile(file);
}

async function importedFile(file: string) {
  const posts: Post[] = [];
  const batches: number[] = [];
  const { clock } = createFakeTime();
  const report = await importFile({
    file,
    feedId: FEED,
    clock,
    onPosts(batch) {
      posts.push(...batch);
      batches.push(batch.length);
    },
  });
  return { report, posts, batches };
}

const at = '2026-04-17T14:00:00Z';

test('malformed lines are counted, named with record, line and reason, and skipped; the rest is imported', async () => {
  const lines = [
    `{"id":"1","text":"a","observedAt":"${at}"}`,
    '',
    '{"id":',
    '{"id":"3","observedAt":1}',
    '[]',
    `{"id":"5","text":"b","observedAt":"${at}"}`,
  ];
  const { report, posts } = await imported(lines.join('\r\n'));
  expect(posts.map(({ id }) => id)).toEqual(['1', '5']);
  expect(report).toEqual({
    ok: true,
    value: {
      read: 5,
      accepted: 2,
      skipped: 3,
      problems: [
        { record: 2, line: 3, reason: 'it is not valid JSON' },
        { record: 3, line: 4, reason: 'text: is missing' },
        { record: 4, line: 5, reason: 'the record is not an object with fields' },
      ],
    },
  });
});

test('CSV: quoted line breaks belong to their row, and rows name the line where they start', async () => {
  const csv = `\uFEFFid;observed_at;text\n1;${at};"two\nlines; and ""quotes"""\n2;${at}\n3;never;x\n4;${at};5" lid\n5;${at};"never closed\n6;${at};fine\n`;
  const { report, posts } = await imported(csv);
  expect(posts.map(({ id, text }) => [id, text])).toEqual([
    ['1', 'two\nlines; and "quotes"'],
    ['4', '5" lid'],
    ['6', 'fine'],
  ]);
  expect(report.ok && report.value).toMatchObject({
    read: 6,
    skipped: 3,
    problems: [
      { record: 2, line: 4, reason: 'it has 2 fields where the header has 3' },
      { record: 3, line: 5, reason: 'observedAt: is not a time we can read: "never"' },
      { record: 5, line: 7, reason: 'a quote is opened and never closed' },
    ],
  });
});

test.each([
  ['NUL bytes', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0]), 'NotText', 'NUL byte at byte 5'],
  ['invalid UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x0a]), 'NotText', 'not text in UTF-8'],
  ['half a character at the end', Buffer.from([0x7b, 0xc3]), 'NotText', 'middle of a character'],
  ['prose', 'Dear all,\nplease find attached', 'UnknownFormat', 'neither NDJSON'],
  ['a JSON array', '[{"text":"a"}]', 'UnknownFormat', 'one object a line'],
])('a file of %s says so and nothing of it is taken', async (_, content, type, message) => {
  const { report, posts } = await imported(content);
  expect(report).toMatchObject({ ok: false, error: { type } });
  expect(!report.ok && report.error.message).toContain(message);
  expect(posts).toEqual([]);
});

test('a file that is not there and an empty one', async () => {
  expect((await importedFile(join(folder, 'missing'))).report).toMatchObject({
    ok: false,
    error: { type: 'Unreadable' },
  });
  expect((await imported('')).report).toMatchObject({ ok: true, value: { read: 0, skipped: 0 } });
});

test('a long file comes in batches of a thousand, and names its first hundred problems', async () => {
  const lines = Array.from({ length: 25_500 }, (_, index) =>
    index % 100 === 99
      ? 'broken'
      : `{"id":"${index}","text":"text number ${index} with ü and 🔥","observedAt":${1_700_000_000 + index}}`,
  );
  const { report, batches, posts } = await imported(`${lines.join('\n')}\n`);
  expect(report.ok && report.value).toMatchObject({ read: 25_500, accepted: 25_245, skipped: 255 });
  expect(report.ok && report.value.problems).toHaveLength(100);
  expect(report.ok && report.value.problems[99]).toMatchObject({ record: 10_000, line: 10_000 });
  expect(batches.slice(0, -1).every((size) => size === 1000)).toBe(true);
  expect(posts.at(-1)?.text).toBe('text number 25498 with ü and 🔥');
});

const labelled = join(SHARED_DATA, 'crisislex', '2013_Glasgow_helicopter_crash-tweets_labeled.csv');

test('a real CSV with other column names is refused with what is missing', async (context) => {
  context.skip(!existsSync(labelled), 'the data set ../shared/data/crisislex is not beside the repository');
  const { report } = await importedFile(labelled);
  expect(report).toMatchObject({ ok: false, error: { type: 'UnknownFormat' } });
});
