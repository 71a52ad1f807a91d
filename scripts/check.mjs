// node scripts/with-node.mjs scripts/check.mjs [NAME …]
//
// The static checks: types, lint, format, walls, notices. All of them, or those that are named.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);

/** @typedef {{ name: string, tool: string, args: readonly string[], after?: string }} Check */

/**
 * Longest first, so that two at a time end about together.
 *
 * @type {readonly Check[]}
 */
export const CHECKS = [
  {
    name: 'lint',
    tool: 'eslint/bin/eslint.js',
    args: ['--max-warnings', '0', '--cache', '--cache-location', '.cache/eslint/', '.'],
  },
  { name: 'types', tool: '@typescript/native/bin/tsc', args: ['-b', 'tsconfig.json'] },
  {
    name: 'components',
    tool: 'svelte-check/bin/svelte-check',
    // The references are read from what `types` has written; without --incremental a composite project is refused.
    args: [
      '--tsgo',
      '--incremental',
      '--workspace',
      'src-renderer',
      '--tsconfig',
      './tsconfig.json',
      '--fail-on-warnings',
    ],
    after: 'types',
  },
  {
    name: 'format',
    tool: 'prettier/bin/prettier.cjs',
    args: ['--check', '--log-level', 'warn', '--cache', '--cache-location', '.cache/prettier.json', '.'],
  },
  {
    name: 'walls',
    tool: 'dependency-cruiser/bin/dependency-cruiser.mjs',
    args: [
      '--config',
      '.dependency-cruiser.mjs',
      '--output-type',
      'err-long',
      'shared',
      'src-main',
      'src-renderer',
      'scripts',
      'tests',
    ],
  },
  { name: 'notices', tool: '../scripts/notices.mjs', args: ['--check'] },
];

/**
 * Runs checks two at a time and prints what each said, whole, when it has ended.
 *
 * @param {readonly Check[]} checks
 * @returns {Promise<{ name: string, passed: boolean }[]>} in the order of `checks`
 */
export async function runChecks(checks) {
  mkdirSync(path.join(root, '.cache'), { recursive: true });
  const results = new Map();
  const waiting = [...checks];
  const lane = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const before = results.get(check.after);
      const run = before === undefined ? runCheck(check) : before.then(() => runCheck(check));
      results.set(check.name, run);
      await run;
    }
  };
  await Promise.all([lane(), lane()]);
  return Promise.all(checks.map(async ({ name }) => ({ name, passed: await results.get(name) })));
}

async function runCheck({ name, tool, args }) {
  const program = path.join(root, 'node_modules', tool);
  if (!existsSync(program)) throw new Error(`No such tool: ${tool}`);
  const startedAt = Date.now();
  const { code, printed } = await new Promise((resolve) => {
    let text = '';
    const child = spawn(process.execPath, [program, ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (piece) => (text += piece));
    child.on('error', (cause) => resolve({ code: 1, printed: cause.message }));
    child.on('close', (status) => resolve({ code: status ?? 1, printed: text }));
  });
  const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`${code === 0 ? 'passed' : 'FAILED'}  ${name} (${seconds} s)\n`);
  if (code !== 0) process.stdout.write(`${printed.trimEnd()}\n`);
  return code === 0;
}

if (import.meta.filename === path.resolve(process.argv[1] ?? '')) {
  const asked = process.argv.slice(2);
  const names = CHECKS.map(({ name }) => name);
  const unknown = asked.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    process.stderr.write(`There is no check named ${unknown}; there are ${names.join(', ')}.\n`);
    process.exit(2);
  }
  const results = await runChecks(CHECKS.filter(({ name }) => asked.length === 0 || asked.includes(name)));
  process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
}
