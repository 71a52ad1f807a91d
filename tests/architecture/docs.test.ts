import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const manifest = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

function find(...patterns: readonly string[]): string[] {
  return globSync(patterns, { cwd: root, exclude: ['**/node_modules/**'] });
}

/** Relative targets of Markdown links and images; a heading within the same page is not a path. */
function linkedPaths(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .flatMap(([, target]) => (target === undefined ? [] : [target]))
    .filter((target) => !/^([a-z]+:|#)/i.test(target))
    .map((target) => target.split('#')[0] ?? target);
}

/** Paths of ours that a page names in code style, such as `shared/domain/` or `src-main/serve.ts`. */
function namedPaths(text: string): string[] {
  const pattern = /`((?:shared|src-main|src-renderer|tests|resources|scripts|tools|\.github|\.ci)\/[\w./-]*)`/g;
  return [...text.matchAll(pattern)].flatMap(([, target]) => (target === undefined ? [] : [target]));
}

function missing(page: string): string[] {
  const text = read(page);
  const beside = linkedPaths(text).filter((target) => !existsSync(path.join(root, path.dirname(page), target)));
  const named = namedPaths(text).filter((target) => !existsSync(path.join(root, target)));
  return [...beside, ...named].map((target) => `${page} names ${target}, which is not there`);
}

test('every path that a page links to or names exists', () => {
  const pages = find(
    '*.md',
    'shared/**/*.md',
    'src-main/**/*.md',
    'src-renderer/**/*.md',
    'tests/**/*.md',
    'resources/**/*.md',
    '.github/**/*.md',
  );
  expect(pages).toContain('README.md');
  expect(pages.flatMap(missing)).toEqual([]);
});

test('every npm script that the README names exists', () => {
  const named = [...read('README.md').matchAll(/npm run (?:-s |--silent )?([\w:-]+)/g)].flatMap(
    ([, name]) => name ?? [],
  );
  expect(named.filter((name) => manifest.scripts[name] === undefined)).toEqual([]);
});
