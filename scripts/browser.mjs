// The Chromium that the end-to-end tests drive: the system's where there is one, else Playwright's own.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** @returns {string | null} null when the system has none, so that Playwright's own is meant */
export function chromiumPath() {
  const chosen = process.env['CHROMIUM'];
  if (chosen) return chosen;
  const folders = ['/usr/bin', ...(process.env['PATH'] ?? '').split(path.delimiter)];
  const files = folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name)));
  return files.find((file) => existsSync(file)) ?? null;
}

/**
 * Brings a browser when there is none.
 *
 * @returns {Promise<string | null>} null when there is a browser now, else a sentence that says what to install
 */
export async function ensureBrowser() {
  if (chromiumPath() !== null || (await ownBrowserInstalled())) return null;
  if (process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    process.stderr.write('Installing Chromium from the distribution (once) …\n');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await run('apt-get', ['update'], env);
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium', 'xvfb', 'xauth'], env);
    if (chromiumPath() !== null) return null;
  }
  process.stderr.write("Installing Playwright's Chromium (once) …\n");
  await run(process.execPath, [playwright(), 'install', 'chromium'], process.env);
  if (await ownBrowserInstalled()) return null;
  return 'No Chromium was found and none could be fetched: install Chromium or Google Chrome, or set CHROMIUM to its path.';
}

async function ownBrowserInstalled() {
  const { chromium } = await import('@playwright/test');
  return existsSync(chromium.executablePath());
}

function playwright() {
  return path.join(root, 'node_modules/@playwright/test/cli.js');
}

function run(command, args, env) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 2, 2] });
    child.on('error', () => resolve(1));
    child.on('close', (code) => resolve(code ?? 1));
  });
}
