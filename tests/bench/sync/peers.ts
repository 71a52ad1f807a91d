import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The package of the peers: its own lockfile, installed at the first use by the benchmark and by nothing else. */
const FOLDER = join(import.meta.dirname, 'peers');
const INSTALL_MS = 180_000;

const requirePeer = createRequire(join(FOLDER, 'package.json'));

/** A CommonJS part of a peer. Not an import: the tools that read ours must not follow it into there. */
export function requireFromPeers(name: string): unknown {
  return requirePeer(name);
}

/** An ES module of a peer. */
export async function importFromPeers(name: string): Promise<unknown> {
  return import(pathToFileURL(moduleOf(name)).href);
}

/** `require.resolve` would lead to the CommonJS build, which brings a Yjs of its own beside the module's. */
function moduleOf(name: string): string {
  const folder = join(FOLDER, 'node_modules', name);
  const { module } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly module: string };
  return join(folder, module);
}

/** Installs the peers unless they are there. Returns why there are none, in a sentence, or null when all is well. */
export async function installPeers(): Promise<string | null> {
  if (installed()) return null;
  process.stderr.write('Installing what the co-editing server is measured beside (once) …\n');
  const npm = npmCli();
  if (npm === null) return 'npm was not found beside this Node: start with `npm run bench`.';
  // Their databases bring a binary for this machine with them; no script has anything to do.
  const args = [npm, 'ci', '--prefix', FOLDER, '--ignore-scripts', '--prefer-offline', '--loglevel=error'];
  const code = await new Promise<number | null>((resolve) => {
    const child = spawn(
      process.execPath,
      [...args, '--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=3000'],
      {
        cwd: FOLDER,
        env: withoutOuterPackage(process.env),
        stdio: ['ignore', 2, 2],
        timeout: INSTALL_MS,
      },
    );
    child.on('error', () => resolve(null));
    child.on('close', resolve);
  });
  return code === 0 && installed()
    ? null
    : 'The peers could not be installed (is there a network?): only our server and the plain relay are measured.';
}

function installed(): boolean {
  const record = join(FOLDER, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const present = packagesOf(record);
  return Object.entries(packagesOf(join(FOLDER, 'package-lock.json'))).every(
    ([place, { version, optional }]) =>
      place === '' || present[place]?.version === version || (optional === true && present[place] === undefined),
  );
}

type Packages = Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>;

function packagesOf(lockfile: string): Packages {
  return (JSON.parse(readFileSync(lockfile, 'utf8')) as { readonly packages: Packages }).packages;
}

/** The npm that started us, or the one beside this Node; the shell's may belong to another Node. */
function npmCli(): string | null {
  const beside = dirname(process.execPath);
  const places = ['node_modules/npm/bin/npm-cli.js', '../lib/node_modules/npm/bin/npm-cli.js'];
  const files = [process.env['npm_execpath'], ...places.map((place) => join(beside, place))];
  return files.find((file) => file?.endsWith('npm-cli.js') === true && existsSync(file)) ?? null;
}

/** An outer `npm run` says these of its own package; a nested npm would read them as settings of this one. */
function withoutOuterPackage(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^npm_(lifecycle|package)_/i.test(name)));
}
