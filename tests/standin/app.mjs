import { EventEmitter } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startChromium, stopChromium } from './chromium.mjs';

const manifest = JSON.parse(readFileSync(path.join(path.resolve(process.argv[2] ?? '.'), 'package.json'), 'utf8'));
const folders = new Map([
  ['home', os.homedir()],
  ['temp', os.tmpdir()],
  ['userData', path.join(os.tmpdir(), `standin-${process.pid}`)],
]);
const ready = Promise.withResolvers();
let readyNow = false;
let quitting = false;

/** Open windows, in the order of their opening; windows.mjs keeps it. */
export const openWindows = new Set();
/** The application is ready for windows, whatever Playwright's loader makes of `whenReady`. */
export const chromiumReady = ready.promise;
export const isQuitting = () => quitting;

function askedToPrevent(name) {
  const event = { defaultPrevented: false, preventDefault: () => (event.defaultPrevented = true) };
  app.emit(name, event, 0);
  return event.defaultPrevented;
}

export const app = Object.assign(new EventEmitter(), {
  isPackaged: false,
  name: manifest.productName ?? manifest.name,
  dock: undefined,
  commandLine: { appendSwitch() {}, hasSwitch: () => false, getSwitchValue: () => '' },
  getName: () => app.name,
  getVersion: () => manifest.version,
  getAppPath: () => process.cwd(),
  getPath: (name) => folders.get(name),
  setPath: (name, value) => void folders.set(name, value),
  enableSandbox() {
    if (readyNow) throw new Error('app.enableSandbox() can only be called before app is ready');
  },
  setAppUserModelId() {},
  setAsDefaultProtocolClient: () => true,
  setBadgeCount: () => true,
  isReady: () => readyNow,
  whenReady: () => ready.promise,
  requestSingleInstanceLock,
  exit(code = 0) {
    quitting = true;
    void stopChromium().then(() => {
      rmSync(lockFile(), { force: true });
      process.exit(code);
    });
  },
  quit() {
    if (quitting) return;
    if (!readyNow) return void setImmediate(() => process.exit(0));
    quitting = true;
    if (askedToPrevent('before-quit')) return void (quitting = false);
    for (const window of [...openWindows]) window.close();
    if (openWindows.size > 0 || askedToPrevent('will-quit')) return void (quitting = false);
    app.emit('quit', {}, 0);
    app.exit(0);
  },
});

export async function becomeReady() {
  mkdirSync(app.getPath('userData'), { recursive: true });
  await startChromium(path.join(app.getPath('userData'), 'chromium'));
  readyNow = true;
  app.emit('ready', {}, {});
  ready.resolve();
}

// Electron says so in a dialog and goes on; a test that waited for a dialog would only hang.
process.on('uncaughtException', (cause) => {
  process.stderr.write(`${String(cause?.stack ?? cause)}\n`);
  app.exit(1);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => app.quit());

// ---- single instance: a lock file, and one file for each start that came second

const lockFile = () => path.join(folders.get('userData'), 'standin.lock');

function requestSingleInstanceLock() {
  const folder = folders.get('userData');
  mkdirSync(folder, { recursive: true });
  if (existsSync(lockFile()) && isAlive(Number(readFileSync(lockFile(), 'utf8')))) {
    const note = JSON.stringify({ argv: process.argv, cwd: process.cwd() });
    writeFileSync(path.join(folder, `second-${process.pid}.json`), note);
    return false;
  }
  writeFileSync(lockFile(), String(process.pid));
  watch(folder, (_event, name) => {
    const file = name?.startsWith('second-') && path.join(folder, name);
    if (!file || !existsSync(file)) return;
    const text = readFileSync(file, 'utf8');
    if (text === '') return; // still being written: another event follows
    rmSync(file);
    const { argv, cwd } = JSON.parse(text);
    app.emit('second-instance', {}, argv, cwd, {});
  }).unref();
  return true;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch {
    return false;
  }
}

// ---- protocol and session

export const handlersByScheme = new Map();
export const protocol = {
  registerSchemesAsPrivileged() {
    if (readyNow) throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready');
  },
  handle: (scheme, handler) => void handlersByScheme.set(scheme, handler),
  unhandle: (scheme) => void handlersByScheme.delete(scheme),
  isProtocolHandled: (scheme) => handlersByScheme.has(scheme),
};

/** Electron grants what nobody refuses. */
export const policy = { allows: () => true };
export const session = {
  defaultSession: {
    protocol,
    setPermissionCheckHandler: (handler) => (policy.allows = handler ?? (() => true)),
    setPermissionRequestHandler() {},
    setDevicePermissionHandler() {},
    setDisplayMediaRequestHandler() {},
  },
};
