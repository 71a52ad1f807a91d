// npm start -- [--demo] [--data DIR] [--retry-electron]
//
// Builds what changed and opens Firebreak: in the desktop window where there is an Electron binary and a display, in
// the browser otherwise.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from './build.mjs';
import {
  electronBinary,
  fetchElectron,
  forgetRefusal,
  rememberedRefusal,
  rememberRefusal,
} from './electron-binary.mjs';

const HELP = `npm start -- [--demo] [--data DIR] [--retry-electron]

  --demo             go straight into the demo crisis
  --data DIR         keep everything in DIR instead of the platform's folder for application data
  --retry-electron   try again to fetch the desktop window's program
  --help             print this
`;
const root = path.dirname(import.meta.dirname);
const cli = path.join(root, 'out', 'main', 'cli.js');
/** A window that dies sooner than this never opened: the browser takes over. */
const OPENED_MS = 5_000;
const STOP_MS = 8_000;
/** pino's level of a warning; below it the host speaks to its log, not to the person who started it. */
const WARNING = 40;

const options = readOptions();
process.exit(await start());

async function start() {
  if (!(await build())) {
    say('Firebreak could not be built: the reason stands above.');
    return 1;
  }
  const data = options.data ?? (await defaultDataFolder());
  const door = await desktopDoor();
  if (typeof door === 'object') {
    const code = await openWindow(door.program, data);
    if (code !== null) return code;
    say('The desktop window could not open on this machine, so the same room is served to your browser.');
  } else {
    say(`${door}, so the same room is served to your browser.`);
  }
  return serveRoom(data);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        demo: { type: 'boolean', default: false },
        data: { type: 'string' },
        'retry-electron': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      process.exit(0);
    }
    if (values.data === '') throw new Error('--data needs a folder.');
    // npm moves to the repository's folder; DIR is meant from where the caller stood.
    const data = values.data === undefined ? undefined : path.resolve(process.env['INIT_CWD'] ?? '.', values.data);
    return { ...values, data };
  } catch (cause) {
    process.stderr.write(`${String(cause.message).split(/[.\n] ?/)[0]}: see \`npm start -- --help\`.\n`);
    process.exit(2);
  }
}

async function defaultDataFolder() {
  const { default: envPaths } = await import('env-paths');
  return envPaths('Firebreak', { suffix: '' }).data;
}

/** The program of the desktop window, or the beginning of the sentence that says why there is none. */
async function desktopDoor() {
  if (!hasDisplay()) return 'There is no display for the desktop window here';
  if (options['retry-electron']) forgetRefusal();
  const present = electronBinary();
  if (present !== null) return { program: present };
  const remembered = rememberedRefusal();
  if (remembered !== null) return refusal(remembered);
  say("Fetching the desktop window's program (Electron, once) …");
  const reason = await fetchElectron((seconds) => say(`  … ${seconds} s`));
  const program = electronBinary();
  if (program !== null) return { program };
  rememberRefusal(reason ?? 'its archive could not be unpacked');
  return refusal(reason ?? 'its archive could not be unpacked');
}

function refusal(reason) {
  return `The desktop window's program (Electron) could not be fetched because ${reason} (\`npm start -- --retry-electron\` tries again)`;
}

function hasDisplay() {
  if (process.platform !== 'linux') return true;
  return Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY']);
}

/** Resolves to the exit code when the window has been closed, to null when it never opened. */
function openWindow(program, data) {
  const args = [root, '--data', data, ...(options.demo ? ['--demo'] : [])];
  // Chromium refuses its own sandbox to root; the preload stays isolated.
  if (process.platform === 'linux' && process.getuid?.() === 0) args.unshift('--no-sandbox');
  const startedAt = Date.now();
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: root, stdio: 'inherit' });
    let stopped = false;
    onStop(() => {
      stopped = true;
      child.kill('SIGTERM');
    });
    child.on('error', () => resolve(null));
    child.on('close', (code) => {
      if (stopped || code === 0) resolve(0);
      else resolve(Date.now() - startedAt < OPENED_MS ? null : (code ?? 1));
    });
  });
}

/** Serves the room until it is told to stop; a host that already serves this folder is used as it is. */
async function serveRoom(data) {
  const host = startHost(data);
  onStop(() => host.stop());
  const listening = await host.listening;
  if (listening === null && !host.stopped()) {
    const link = await accessLink(data);
    if (link !== null) {
      say('Firebreak is already running on this data folder.');
      await show(link);
      return 0;
    }
    process.stderr.write(host.printed());
    say(`Firebreak could not open ${data}: the reason stands above.`);
    return 1;
  }
  if (!host.stopped()) {
    const link = await accessLink(data);
    if (link === null) {
      say(`Firebreak serves ${data}, but could not make your own link to it.`);
      host.stop();
      await host.ended;
      return 1;
    }
    await show(link);
    say('It runs until you press Ctrl+C.');
  }
  const code = await host.ended;
  return host.stopped() ? 0 : code;
}

function startHost(data) {
  const args = [cli, 'serve', '--data', data, '--port', '0', '--first-run', ...(options.demo ? ['--demo'] : [])];
  // Its own group: Ctrl+C in a terminal reaches only us, and we stop it once, in order.
  const child = spawn(process.execPath, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
  let stopped = false;
  let printed = '';
  const ended = new Promise((resolve) => {
    child.on('close', (code) => resolve(code ?? 1));
    child.on('error', () => resolve(1));
  });
  const listening = new Promise((resolve) => {
    eachLine(child.stdout, (line) => {
      const event = jsonOrNull(line);
      if (event?.event === 'listening') resolve(event);
    });
    void ended.then(() => resolve(null));
  });
  eachLine(child.stderr, (line) => {
    const record = jsonOrNull(line);
    printed += `${record?.msg ?? line}\n`;
    if (record?.level >= WARNING) say(`host: ${record.msg}`);
  });
  const kill = (signal) => child.exitCode === null && child.signalCode === null && child.kill(signal);
  process.on('exit', () => kill('SIGTERM'));
  return {
    listening,
    ended,
    printed: () => printed,
    stopped: () => stopped,
    stop() {
      if (stopped) return;
      stopped = true;
      kill('SIGTERM');
      setTimeout(() => kill('SIGKILL'), STOP_MS).unref();
    },
  };
}

/** The link of the person at this machine, null when no host answers. */
function accessLink(data) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [cli, 'access-link', '--data', data, ...(options.demo ? ['--demo'] : [])], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let printed = '';
    child.stdout.on('data', (bytes) => (printed += bytes));
    child.on('error', () => resolve(null));
    child.on('close', (code) => resolve(code === 0 ? (jsonOrNull(printed)?.url ?? null) : null));
  });
}

async function show(link) {
  const opens = hasDisplay() && !process.env['CI'] && !process.env['FIREBREAK_NO_OPEN'];
  say(`${opens ? 'Opening' : 'Open'} Firebreak in a browser: ${link}`);
  if (!opens) return;
  const { default: open } = await import('open');
  await open(link).then(
    (child) => child.on('error', () => {}),
    () => say('No browser could be started: open the address yourself.'),
  );
}

function onStop(stop) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
}

function eachLine(stream, take) {
  let rest = '';
  stream.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') take(line);
  });
}

function jsonOrNull(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function say(sentence) {
  process.stdout.write(`${sentence}\n`);
}
