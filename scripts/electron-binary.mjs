// Where the Electron binary is, and how it is fetched where its release site can be reached.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const root = path.dirname(import.meta.dirname);
const folder = path.join(root, 'node_modules', 'electron');
const memory = path.join(root, 'node_modules', '.electron-unavailable');
/** Within this time we know whether the binary can be had; a download that has begun may take longer. */
const FIND_OUT_MS = 4_500;
const DOWNLOAD_MS = 10 * 60_000;

/** @returns {string | null} the program to start, null when it is not there */
export function electronBinary() {
  const stand = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  const note = path.join(folder, 'path.txt');
  if (!existsSync(note) && !stand) return null;
  const name = existsSync(note)
    ? readFileSync(note, 'utf8').trim()
    : process.platform === 'win32'
      ? 'electron.exe'
      : 'electron';
  const file = path.join(stand ?? path.join(folder, 'dist'), name);
  return existsSync(file) ? file : null;
}

/** @returns {string | null} why it could not be had the last time, for this very version */
export function rememberedRefusal() {
  try {
    const { version, reason } = JSON.parse(readFileSync(memory, 'utf8'));
    return version === electronVersion() ? reason : null;
  } catch {
    return null;
  }
}

/** @param {string} reason */
export function rememberRefusal(reason) {
  writeFileSync(memory, JSON.stringify({ version: electronVersion(), reason }));
}

export function forgetRefusal() {
  rmSync(memory, { force: true });
}

/**
 * Runs Electron's own installer. A copy in its cache needs no network; otherwise we ask the release site at the same
 * time, and wait for the download only once the site has answered.
 *
 * @param {(seconds: number) => void} onProgress
 * @returns {Promise<string | null>} null when the binary is there now, else the reason
 */
export async function fetchElectron(onProgress) {
  const env = proxied();
  const installer = node([path.join(folder, 'install.js')], env);
  const probe = node(['-e', PROBE, releaseUrl()], env);
  const startedAt = Date.now();
  try {
    const early = await Promise.race([installer.ended, pause(FIND_OUT_MS, 'pending')]);
    if (early === 'pending') {
      if (!probe.answered()) return 'its release site did not answer within 5 s';
      const ticker = setInterval(() => onProgress(Math.round((Date.now() - startedAt) / 1000)), 5_000);
      const late = await Promise.race([installer.ended, pause(DOWNLOAD_MS, 'pending', { ref: false })]);
      clearInterval(ticker);
      if (late === 'pending') return 'its download did not end within 10 minutes';
    }
    return electronBinary() === null ? 'its release site cannot be reached' : null;
  } finally {
    installer.kill();
    probe.kill();
  }
}

/** Prints one line as soon as the site has answered with the file. */
const PROBE = `fetch(process.argv[1], { method: 'HEAD' }).then((answer) => answer.ok && console.log('ok'), () => {})`;

function node(args, env) {
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'ignore'] });
  let printed = '';
  child.stdout.on('data', (bytes) => (printed += bytes));
  const ended = new Promise((resolve) => {
    child.on('close', () => resolve('ended'));
    child.on('error', () => resolve('ended'));
  });
  return { ended, answered: () => printed.length > 0, kill: () => void child.kill('SIGKILL') };
}

function proxied() {
  const env = { ...process.env, NODE_USE_ENV_PROXY: '1' };
  const proxy = env['HTTPS_PROXY'] ?? env['https_proxy'] ?? env['npm_config_https_proxy'];
  return proxy ? { ...env, HTTPS_PROXY: proxy, ELECTRON_GET_USE_PROXY: 'true' } : env;
}

function releaseUrl() {
  const version = electronVersion();
  const mirror = process.env['ELECTRON_MIRROR'] ?? 'https://github.com/electron/electron/releases/download/';
  return `${mirror}v${version}/electron-v${version}-${process.platform}-${process.arch}.zip`;
}

function electronVersion() {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')).version;
}
