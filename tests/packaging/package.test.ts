import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { extractAll, listPackage } from '@electron/asar';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { afterAll, beforeAll, expect, test } from 'vitest';
import config from '../../electron-builder.config.ts';
import { build } from '../../scripts/build.mjs';

// The packager runs for Linux wherever the tests do: it needs no program of the platform it packs for.
const TARGET = 'linux-x64';
const root = path.join(import.meta.dirname, '../..');
const work = mkdtempSync(path.join(tmpdir(), 'firebreak-package-'));
const packed = path.join(work, 'dist/linux-unpacked');
const archive = path.join(packed, 'resources/app.asar');
const unpacked = `${archive}.unpacked`;

/** What Electron's binary is found by: a sentinel, then the version, the number and the defaults of its fuses. */
const FUSE_WIRE = Buffer.concat([
  Buffer.from('ELF dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'),
  Buffer.from([1, 9, ...Buffer.from('101100001')]),
]);

/** A folder that electron-builder takes for an unpacked Electron. */
function fakeElectron(): string {
  const dist = path.join(work, 'electron');
  mkdirSync(path.join(dist, 'resources'), { recursive: true });
  mkdirSync(path.join(dist, 'locales'));
  writeFileSync(path.join(dist, 'electron'), FUSE_WIRE, { mode: 0o755 });
  for (const name of ['LICENSE', 'LICENSES.chromium.html', 'version', 'chrome-sandbox', 'locales/en-US.pak'])
    writeFileSync(path.join(dist, name), '45.4.1');
  return dist;
}

beforeAll(async () => {
  expect(await build()).toBe(true);
  const file = path.join(work, 'config.json');
  const directories = { ...config.directories, output: path.join(work, 'dist') };
  writeFileSync(file, JSON.stringify({ ...config, directories, electronDist: fakeElectron() }));
  const packager = path.join(root, 'node_modules/electron-builder/cli.js');
  execFileSync(process.execPath, [packager, '--linux', '--x64', '--dir', '--config', file, '--projectDir', root], {
    cwd: root,
    stdio: 'pipe',
  });
}, 180_000);

afterAll(() => rmSync(work, { recursive: true, force: true }));

function archived(): readonly string[] {
  return listPackage(archive, { isPack: false }).map((file) => file.replaceAll('\\', '/'));
}

test("the configuration satisfies the packager's schema, and a wrong key does not", async () => {
  const { validateConfiguration } = createRequire(path.join(root, 'package.json'))(
    'app-builder-lib/out/util/config/config.js',
  ) as { validateConfiguration(config: unknown, logger: unknown): Promise<void> };
  const logger = { isEnabled: false, add: () => undefined };
  await validateConfiguration(structuredClone(config), logger);
  await expect(validateConfiguration({ ...config, asarr: true }, logger)).rejects.toThrow(/asarr/);
});

test('the archive has the program and what it reads', () => {
  const files = archived();
  for (const file of [
    '/package.json',
    '/LICENSE',
    '/out/main/main.js',
    '/out/main/cli.js',
    '/out/preload/preload.cjs',
    '/out/renderer/index.html',
    '/resources/channels.json',
    '/resources/demo/crisis.ndjson',
    '/resources/templates/service-outage.json',
    '/resources/playbooks/service-outage.json',
    '/resources/icons/tray-alarm.png',
    '/resources/icons/tray-alarm@2x.png',
  ])
    expect(files).toContain(file);
});

test('the archive has nothing for developers, and no package but the database', () => {
  const files = archived();
  expect(
    files.filter((file) =>
      /^\/(tests|src-|shared|tools|scripts|\.)|\.(map|ts|svelte)$|^\/resources\/icons\/package/.test(file),
    ),
  ).toEqual([]);
  const packages = new Set(files.flatMap((file) => /^\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []));
  expect([...packages]).toEqual(['better-sqlite3']);
});

test("only this platform's binary of the database is shipped, outside the archive", () => {
  const prebuilds = path.join(unpacked, 'node_modules/better-sqlite3/prebuilds');
  expect(readdirSync(prebuilds)).toEqual([`${TARGET}.node`]);
  expect(archived().filter((file) => file.endsWith('.node'))).toEqual([
    `/node_modules/better-sqlite3/prebuilds/${TARGET}.node`,
  ]);
  expect(readdirSync(unpacked)).toEqual(['node_modules']);
});

test('the fuses of the packed program are set', async () => {
  const wire = await getCurrentFuseWire(path.join(packed, 'firebreak'));
  const state = (fuse: FuseV1Options) => FuseState[wire[fuse] ?? FuseState.INHERIT];
  expect({
    runAsNode: state(FuseV1Options.RunAsNode),
    cookieEncryption: state(FuseV1Options.EnableCookieEncryption),
    nodeOptions: state(FuseV1Options.EnableNodeOptionsEnvironmentVariable),
    inspect: state(FuseV1Options.EnableNodeCliInspectArguments),
    integrity: state(FuseV1Options.EnableEmbeddedAsarIntegrityValidation),
    onlyAsar: state(FuseV1Options.OnlyLoadAppFromAsar),
    snapshot: state(FuseV1Options.LoadBrowserProcessSpecificV8Snapshot),
    fileProtocol: state(FuseV1Options.GrantFileProtocolExtraPrivileges),
  }).toEqual({
    runAsNode: 'DISABLE',
    cookieEncryption: 'ENABLE',
    nodeOptions: 'DISABLE',
    inspect: 'DISABLE',
    integrity: 'ENABLE',
    onlyAsar: 'ENABLE',
    snapshot: 'DISABLE',
    fileProtocol: 'DISABLE',
  });
});

test('a host starts from the extracted archive alone and serves the demo', async () => {
  const copy = path.join(work, 'copy');
  extractAll(archive, copy);
  expect(JSON.parse(readFileSync(path.join(copy, 'package.json'), 'utf8'))).not.toHaveProperty('devDependencies');
  expect(existsSync(path.join(copy, 'node_modules/better-sqlite3/prebuilds', `${TARGET}.node`))).toBe(true);
  const args = [
    path.join(copy, 'out/main/cli.js'),
    'serve',
    '--data',
    path.join(work, 'data'),
    '--port',
    '0',
    '--demo',
  ];
  const host = spawn(process.execPath, args, {
    cwd: work,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, XDG_CONFIG_HOME: path.join(work, 'config') },
  });
  const ended = new Promise<number | null>((resolve) => host.once('exit', resolve));
  try {
    let url = '';
    for await (const line of createInterface({ input: host.stdout })) {
      const told = JSON.parse(line) as { readonly event: string; readonly url: string };
      if (told.event !== 'listening') continue;
      url = told.url;
      break;
    }
    const page = await fetch(url);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<div id="app">');
  } finally {
    host.kill('SIGTERM');
  }
  expect(await ended).toBe(0);
}, 60_000);
