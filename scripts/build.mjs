// node scripts/with-node.mjs scripts/build.mjs [--force]
//
// Builds the application into out/ when something it is made of has changed since the last time.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withLock } from './lock.mjs';

const root = path.dirname(import.meta.dirname);
const stamp = path.join(root, 'out', '.built-from');
const SOURCES = ['shared/**/*', 'src-main/**/*', 'src-renderer/**/*', 'resources/**/*'];
const SETTINGS = ['package-lock.json', 'electron.config.ts', 'svelte.config.js', 'tsconfig.base.json'];
const RESULTS = ['out/main/main.js', 'out/main/serve.js', 'out/main/cli.js', 'out/preload/preload.cjs'];

/**
 * Everything it says goes to standard error, so that a command's own output stays clean.
 *
 * @param {{ force?: boolean }} [options]
 * @returns {Promise<boolean>} whether the application in out/ is that of the sources
 */
export async function build({ force = false } = {}) {
  if (!force && current()) return true;
  const waiting = () => process.stderr.write('Another process is building; waiting for it.\n');
  return withLock(path.join(root, '.cache', 'build.lock'), waiting, async () => {
    const digest = digestOfSources();
    if (!force && current(digest)) return true;
    process.stderr.write('Building …\n');
    const startedAt = Date.now();
    rmSync(stamp, { force: true });
    if ((await electronVite()) !== 0) return false;
    mkdirSync(path.dirname(stamp), { recursive: true });
    writeFileSync(stamp, digest);
    process.stderr.write(`Built in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.\n`);
    return true;
  });
}

/** @param {string} [digest] */
function current(digest) {
  return (
    existsSync(stamp) &&
    RESULTS.every((file) => existsSync(path.join(root, file))) &&
    readFileSync(stamp, 'utf8') === (digest ?? digestOfSources())
  );
}

function digestOfSources() {
  const digest = createHash('sha256');
  const files = globSync([...SOURCES, ...SETTINGS], { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) {
    const bytes = readFileSync(file);
    digest.update(`${path.relative(root, file)}\0${bytes.length}\0`).update(bytes);
  }
  return digest.digest('hex');
}

function electronVite() {
  const program = path.join(root, 'node_modules/electron-vite/bin/electron-vite.js');
  const args = [program, 'build', '-c', 'electron.config.ts', '--logLevel', 'warn'];
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 2, 2] });
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
}

if (import.meta.filename === path.resolve(process.argv[1] ?? '')) {
  process.exitCode = (await build({ force: process.argv.includes('--force') })) ? 0 : 1;
}
