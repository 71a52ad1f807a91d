import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const RULE = /\[([A-Z]{2,}\d+)\]/g;
const manifest = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}

function find(...patterns: readonly string[]): string[] {
  return globSync(patterns, { cwd: root, exclude: ['**/node_modules/**'] });
}

function ruleIds(text: string): string[] {
  return [...text.matchAll(RULE)].flatMap(([, id]) => (id === undefined ? [] : [id]));
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

test('every rule of a RULES.md has a test of its name, and every test names a rule that is there', () => {
  const rules = find('shared/**/RULES.md').flatMap((file) => ruleIds(read(file)));
  expect(rules.length).toBeGreaterThan(0);
  const tests = find('tests/{unit,contract,integration,e2e}/**/*.{test,spec,contract}.ts');
  const tested = new Set(tests.flatMap((file) => testNames(read(file)).flatMap(ruleIds)));
  const known = new Set(rules);
  expect({
    withoutTest: [...known].filter((id) => !tested.has(id)),
    withoutRule: [...tested].filter((id) => !known.has(id)),
    statedTwice: rules.filter((id, at) => repeatedAcrossPages(id) && rules.indexOf(id) === at),
  }).toEqual({ withoutTest: [], withoutRule: [], statedTwice: [] });
});

/** An id may be mentioned often on its page, and on no other. */
function repeatedAcrossPages(id: string): boolean {
  return find('shared/**/RULES.md').filter((file) => ruleIds(read(file)).includes(id)).length > 1;
}

/** The first argument of `test(…)`, `it(…)`, `test.prop(…)(…)` and their like. */
function testNames(text: string): string[] {
  return [...text.matchAll(/\b(?:test|it|describe)\b[^\n'"`]*\(\s*(?:'((?:[^'\\]|\\.)*)'|"([^"]*)"|`([^`]*)`)/g)].map(
    ([, single, double, template]) => single ?? double ?? template ?? '',
  );
}
