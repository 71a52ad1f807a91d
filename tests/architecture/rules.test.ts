import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const files = (pattern: string) =>
  globSync(pattern, { cwd: root }).map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));

const RULE = /\*\*\[([A-Z][A-Z0-9]*?\d+)\]\*\*/g;
const stated = files('shared/**/RULES.md').flatMap(({ file, text }) =>
  Array.from(text.matchAll(RULE), (match) => ({ file, id: match[1] ?? '' })),
);
const tested = new Set(
  files('tests/{unit,contract,integration}/**/*.test.ts').flatMap(({ text }) =>
    Array.from(text.matchAll(/\[([A-Z]{3}\d+)\]/g), (match) => match[1] ?? ''),
  ),
);

test('rules are found', () => {
  expect(stated.length).toBeGreaterThan(80);
});

test('no two rules have the same number', () => {
  const ids = stated.map((rule) => rule.id);
  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});

test('every rule has a test that cites it', () => {
  expect(stated.filter((rule) => !tested.has(rule.id)).map((rule) => `${rule.file}: ${rule.id}`)).toEqual([]);
});

test('every rule that code cites is stated', () => {
  const known = new Set(stated.map((rule) => rule.id));
  const cited = files('{shared,src-main,src-renderer}/**/*.{ts,svelte}').flatMap(({ file, text }) =>
    Array.from(text.matchAll(/\[([A-Z]{3}\d+)\]/g), (match) => ({ file, id: match[1] ?? '' })),
  );
  expect(cited.filter(({ id }) => !known.has(id)).map(({ file, id }) => `${file}: ${id}`)).toEqual([]);
});
