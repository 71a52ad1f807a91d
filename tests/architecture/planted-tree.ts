import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
/** The very files that the real tree is judged by. */
const RULES = [
  '.dependency-cruiser.mjs',
  'package.json',
  'tsconfig.base.json',
  'svelte.config.js',
  'shared/tsconfig.json',
  'src-main/tsconfig.json',
  'src-renderer/tsconfig.json',
];

/** A small tree with the project's folders and rules, where a test may plant breaches. */
export interface PlantedTree {
  readonly folder: string;
  /** Runs a program of `node_modules` there; `output` is standard output and error, in the order they came. */
  run(program: string, args: readonly string[]): Promise<{ readonly code: number; readonly output: string }>;
  remove(): void;
}

/** Lies inside the project, so that packages resolve as they do for the real tree. */
export function plantTree(files: Readonly<Record<string, string>>): PlantedTree {
  const caches = path.join(root, '.cache');
  mkdirSync(caches, { recursive: true });
  const folder = mkdtempSync(path.join(caches, 'planted-'));
  for (const file of RULES) cpSync(path.join(root, file), path.join(folder, file));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return {
    folder,
    run: (program, args) => run(path.join(root, 'node_modules', program), args, folder),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function run(program: string, args: readonly string[], cwd: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}
