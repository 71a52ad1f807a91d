// node scripts/with-node.mjs TOOL|FILE [arguments]
//
// Runs a tool under the Node this project needs, with its packages installed. Needs Node 20 and npm 10 itself, and
// nothing else: whoever clones the repository has only those. Everything it says goes to standard error.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const toolsFolder = path.join(root, 'tools', 'node');
const STAMP = '.installed-from';
const UNREACHABLE =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|ERR_SOCKET/;
/** Tools whose name is not that of the package that carries them. */
const OWNERS = { playwright: '@playwright/test', depcruise: 'dependency-cruiser', tsc: '@typescript/native' };

await main(process.argv.slice(2));

async function main([name, ...args]) {
  const node = suits(process.versions.node) ? process.execPath : await pinnedNode();
  await install(root, node, 'packages');
  if (name === undefined) return;
  const code = await run(node, [scriptOf(name), ...args], { stdio: 'inherit', env: environment(node) });
  process.exit(code);
}

/** What vitest 5 needs, and `registerHooks` for the desktop's stand-in: ^22.15, ^24, or 26 and newer. */
function suits(version) {
  const [major, minor] = version.split('.').map(Number);
  return major === 24 || major >= 26 || (major === 22 && minor >= 15);
}

async function pinnedNode() {
  await install(toolsFolder, process.execPath, 'Node 24');
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const machine = `${system}-${process.arch}`;
  const name = machine === 'darwin-arm64' ? `node-bin-${machine}` : `node-${machine}`;
  const file = path.join(toolsFolder, 'node_modules', name, 'bin', system === 'win' ? 'node.exe' : 'node');
  if (existsSync(file)) return file;
  fail(`Node ${process.versions.node} is too old and there is none to fetch for ${machine}: install Node 24 yourself.`);
}

/** `npm ci` in a folder, unless what is there is already what its lockfile asks for. Never runs install scripts. */
async function install(folder, node, what) {
  if (installed(folder)) return;
  const lock = path.join(root, '.cache', `install-${path.basename(folder) === 'node' ? 'node' : 'packages'}.lock`);
  const waiting = () => say(`Another process is installing ${what}; waiting for it.`);
  await withLock(lock, waiting, async () => {
    if (installed(folder)) return;
    const cli = npmCli();
    if (!cli) fail('npm was not found beside this Node: start with `npm start`, or install npm 10 or newer.');
    say(`Installing ${what} (once; a minute or two) …`);
    const errors = await npmCi(node, cli, folder, what);
    if (errors !== null) fail(explain(errors, what));
    const missing = missingHere(folder);
    // npm ends well when an optional package could not be fetched; the native parts of our tools are such packages.
    if (missing !== undefined) fail(explain(`ENOTCACHED ${missing}`, what));
    writeFileSync(path.join(folder, 'node_modules', STAMP), wanted(folder));
  });
}

/** Returns null when all went well, else what npm printed. */
async function npmCi(node, cli, folder, what) {
  const args = [cli, 'ci', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  // Two quick retries: npm's own defaults keep a machine without network waiting for more than a minute.
  args.push('--fetch-retries=2', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000');
  let printed = '';
  const startedAt = Date.now();
  const ticker = setInterval(() => say(`  … ${what}: ${Math.round((Date.now() - startedAt) / 1000)} s`), 5_000);
  const code = await run(node, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(node),
    onText: (text) => (printed += text),
  });
  clearInterval(ticker);
  if (code === 0) return null;
  process.stderr.write(printed);
  return printed || `npm ended with ${code}`;
}

function explain(errors, what) {
  return UNREACHABLE.test(errors)
    ? `Could not install ${what}: the package registry cannot be reached. Connect to the network (or set npm's registry and proxy) and run the same command again; later starts need no network.`
    : `Could not install ${what}: npm says why above. Put that right and run the same command again.`;
}

function installed(folder) {
  const stamp = path.join(folder, 'node_modules', STAMP);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted(folder)) return true;
  if (!installedByHand(folder)) return false;
  writeFileSync(stamp, wanted(folder));
  return true;
}

/** A digest of all that decides what gets installed; changing a script in package.json does not. */
function wanted(folder) {
  const manifest = readJson(path.join(folder, 'package.json'));
  const kinds = ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides', 'allowScripts'];
  return createHash('sha256')
    .update(readFileSync(path.join(folder, 'package-lock.json')))
    .update(JSON.stringify(kinds.map((kind) => manifest[kind] ?? null)))
    .update(`${process.platform}-${process.arch}`)
    .digest('hex');
}

/** The first package made for this very machine that is not there. */
function missingHere(folder) {
  const libc = process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl';
  const { packages } = readJson(path.join(folder, 'package-lock.json'));
  const meant = Object.entries(packages).filter(
    ([, { optional, os, cpu, libc: library }]) =>
      optional &&
      os?.includes(process.platform) &&
      cpu?.includes(process.arch) &&
      (process.platform !== 'linux' || !library || library.includes(libc)),
  );
  return meant.map(([place]) => place).find((place) => !existsSync(path.join(folder, place)));
}

/** npm's own record of what it put there, for those who ran `npm ci` or `npm install` themselves. */
function installedByHand(folder) {
  const record = path.join(folder, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const present = readJson(record).packages;
  const asked = readJson(path.join(folder, 'package-lock.json')).packages;
  if (missingHere(folder) !== undefined) return false;
  return Object.entries(asked).every(([place, entry]) =>
    place === '' || (!present[place] && entry.optional) ? true : present[place]?.version === entry.version,
  );
}

/** The npm that started us, or the one beside this Node; the shell's may belong to another Node. */
function npmCli() {
  const beside = path.dirname(process.execPath);
  return [
    process.env.npm_execpath,
    path.join(beside, 'node_modules/npm/bin/npm-cli.js'),
    path.join(beside, '../lib/node_modules/npm/bin/npm-cli.js'),
    path.join(beside, '../share/nodejs/npm/bin/npm-cli.js'),
  ].find((file) => file !== undefined && /npm-cli\.c?js$/.test(file) && existsSync(file));
}

function environment(node) {
  const env = { ...process.env };
  // npm sets INIT_CWD to where its caller stood; outside npm a left-over one would be somebody else's.
  env.INIT_CWD = (env.npm_lifecycle_event && env.INIT_CWD) || process.cwd();
  // An outer `npm run` sets these for its own package; a nested npm would read them as settings of this one.
  for (const name of Object.keys(env)) if (/^npm_(lifecycle|package)_/i.test(name)) delete env[name];
  const pathName = Object.keys(env).find((name) => name.toLowerCase() === 'path') ?? 'PATH';
  env[pathName] = [path.dirname(node), path.join(root, 'node_modules', '.bin'), env[pathName]].join(path.delimiter);
  return env;
}

/** `vitest` is the program that package names; anything that looks like a file is one of ours. */
function scriptOf(name) {
  if (/[/\\]|\.[cm]?[jt]s$/.test(name)) return path.resolve(root, name);
  const manifest = path.join(root, 'node_modules', OWNERS[name] ?? name, 'package.json');
  if (!existsSync(manifest)) fail(`There is no tool named ${name}.`, 2);
  const { bin } = readJson(manifest);
  return path.join(path.dirname(manifest), typeof bin === 'string' ? bin : bin[name]);
}

/** Resolves to the exit code. Signals are passed on; those of a terminal reach the child without us. */
function run(command, args, { onText, ...options }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, windowsHide: true, ...options });
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', onText);
    const forwards = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
      const forward = () => {
        if (signal !== 'SIGINT' || !(process.stdin.isTTY || process.stdout.isTTY)) child.kill(signal);
      };
      process.on(signal, forward);
      return () => process.off(signal, forward);
    });
    const watch = watchParent(() => child.kill('SIGTERM'));
    const end = (code) => {
      for (const stop of forwards) stop();
      clearInterval(watch);
      resolve(code);
    };
    child.on('error', (cause) => {
      say(`Could not start ${command}: ${cause.message}.`);
      end(1);
    });
    child.on('close', (code, signal) => end(code ?? 128 + (constants.signals[signal] ?? 1)));
  });
}

/** npm and its shell die of a SIGTERM without passing it on: whoever stops `npm start` means what it started. */
function watchParent(onDeath) {
  const parent = process.ppid;
  if (!process.env.npm_lifecycle_event) return undefined;
  return setInterval(() => process.ppid !== parent && onDeath(), 250);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function say(sentence) {
  process.stderr.write(`${sentence}\n`);
}

/** @returns {never} */
function fail(sentence, code = 1) {
  say(sentence);
  process.exit(code);
}
