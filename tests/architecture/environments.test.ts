import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PlantedTree } from './planted-tree.ts';
import { plantTree } from './planted-tree.ts';

/** Keeps the walls, and imports the packages of shared/, so that one that drags Node's types along is noticed. */
const SOUND = {
  'tsconfig.json': JSON.stringify({
    files: [],
    references: ['shared', 'src-main', 'src-renderer'].map((folder) => ({ path: `./${folder}` })),
  }),
  'shared/base/thing.ts':
    "import { sha256 } from '@noble/hashes/sha2.js';\nimport * as Y from 'yjs';\nimport { z } from 'zod';\nexport const thing: readonly unknown[] = [sha256, Y.Doc, z.string()];\n",
  'src-main/store.ts':
    "import { readFileSync } from 'node:fs';\nimport { thing } from '../shared/base/thing.ts';\nexport interface Stored {\n  readonly bytes: number;\n}\nexport const store: readonly unknown[] = [readFileSync, thing];\n",
  'src-renderer/page.ts':
    "import { thing } from '../shared/base/thing.ts';\nexport const page: readonly unknown[] = [document.title, thing];\n",
  'src-renderer/Sound.svelte':
    '<script lang="ts">\n  import { page } from \'./page.ts\';\n</script>\n\n<p>{page.length}</p>\n',
};

const TYPE_BREACHES = {
  'shared/base/breach-dom.ts': 'export const title: string = document.title;\n',
  'shared/base/breach-node.ts': "import { readFileSync } from 'node:fs';\nexport const read: unknown = readFileSync;\n",
  'shared/base/breach-process.ts': "export const home: unknown = process.env['HOME'];\n",
  'shared/base/breach-up.ts': "import type { Stored } from '../../src-main/store.ts';\nexport type Up = Stored;\n",
  'src-main/breach-dom.ts': 'export const title: string = document.title;\n',
  'src-main/breach-page.ts': "import type { page } from '../src-renderer/page.ts';\nexport type Page = typeof page;\n",
  'src-renderer/breach-node.ts':
    "import { readFileSync } from 'node:fs';\nexport const read: unknown = readFileSync;\n",
  'src-renderer/breach-main.ts': "import type { Stored } from '../src-main/store.ts';\nexport type Main = Stored;\n",
};

const COMPONENT_BREACHES = {
  'src-renderer/BreachMain.svelte':
    '<script lang="ts">\n  import type { Stored } from \'../src-main/store.ts\';\n  const { stored }: { stored: Stored } = $props();\n</script>\n\n<p>{stored.bytes}</p>\n',
  'src-renderer/BreachNode.svelte':
    '<script lang="ts">\n  import type { Stats } from \'node:fs\';\n  const { stats }: { stats: Stats } = $props();\n</script>\n\n<p>{stats.size}</p>\n',
};

const trees: PlantedTree[] = [];
let types = '';
let components = '';

beforeAll(async () => {
  types = (await checkTypes(plant({ ...SOUND, ...TYPE_BREACHES }))).output;
  // A tree of its own: the compiler names a foreign file only once, at the first that imports it.
  const tree = plant({ ...SOUND, ...COMPONENT_BREACHES });
  await checkTypes(tree);
  components = (await checkComponents(tree)).output;
});

afterAll(() => {
  for (const tree of trees) tree.remove();
});

function plant(files: Readonly<Record<string, string>>): PlantedTree {
  const tree = plantTree(files);
  trees.push(tree);
  return tree;
}

function checkTypes(tree: PlantedTree): ReturnType<PlantedTree['run']> {
  return tree.run('@typescript/native/bin/tsc', ['-b', 'tsconfig.json', '--pretty', 'false']);
}

function checkComponents(tree: PlantedTree): ReturnType<PlantedTree['run']> {
  const args = ['--tsgo', '--incremental', '--workspace', 'src-renderer', '--tsconfig', './tsconfig.json'];
  return tree.run('svelte-check/bin/svelte-check', [...args, '--fail-on-warnings', '--output', 'machine']);
}

test('a tree that keeps the environments passes both checks', async () => {
  const tree = plant(SOUND);
  expect(await checkTypes(tree)).toEqual({ code: 0, output: '' });
  expect((await checkComponents(tree)).code).toBe(0);
});

test.each(Object.keys(TYPE_BREACHES))('the project references catch %s', (file) => {
  expect(types).toContain(`${file}(`);
});

test.each(Object.keys(COMPONENT_BREACHES))('svelte-check catches %s', (file) => {
  const name = file.slice(file.lastIndexOf('/') + 1);
  expect(components.split('\n').some((line) => line.includes('ERROR') && line.includes(name))).toBe(true);
});
