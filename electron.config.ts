import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'electron-vite';
import type { Plugin } from 'vite';

function at(file: string): string {
  return path.join(import.meta.dirname, file);
}

/** Writes the names of the packages that went into a bundle to out/packages/, for `scripts/notices.mjs`. */
function packageList(bundle: string): Plugin {
  return {
    name: 'firebreak:package-list',
    generateBundle(_options, chunks) {
      const used = Object.values(chunks).flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
      // Styles and fonts leave no module in a chunk, but the graph knows them.
      const files = [...used, ...[...this.getModuleIds()].filter((id) => /\.(css|woff2?)(\?|$)/.test(id))];
      const names = files.flatMap((id) => packageOf(id) ?? []);
      mkdirSync(at('out/packages'), { recursive: true });
      writeFileSync(at(`out/packages/${bundle}.json`), JSON.stringify([...new Set(names)].sort()));
    },
  };
}

/** The innermost package a module lies in: some carry others inside themselves, without a `package.json` of their own. */
function packageOf(id: string): string | undefined {
  const folders = [...id.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)\//g)].reverse();
  return folders.find(({ index, 0: folder }) => existsSync(`${id.slice(0, index)}${folder}package.json`))?.[1];
}

// Only what package.json lists under `dependencies` stays outside the bundles: the database, which is native code.
export default defineConfig({
  main: {
    plugins: [packageList('main')],
    build: {
      outDir: 'out/main',
      rolldownOptions: {
        input: { main: at('src-main/main.ts'), serve: at('src-main/serve.ts'), cli: at('src-main/cli.ts') },
      },
    },
  },
  preload: {
    plugins: [packageList('preload')],
    build: {
      outDir: 'out/preload',
      // A sandboxed preload may require `electron` and nothing else, and must be CommonJS.
      externalizeDeps: false,
      rolldownOptions: {
        input: { preload: at('src-main/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('src-renderer'),
    plugins: [svelte({ configFile: at('svelte.config.js') }), packageList('renderer')],
    build: {
      outDir: at('out/renderer'),
      minify: true,
      rolldownOptions: { input: at('src-renderer/index.html') },
    },
  },
});
