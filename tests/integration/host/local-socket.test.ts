import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { callLocalHost } from '../../../src-main/host/call-local-host.ts';
import { createLocalSocket } from '../../../src-main/host/local-socket.ts';
import { localSocketPath, mayTrust } from '../../../src-main/host/local-socket-path.ts';
import { watchedApi } from './start-host.ts';

function newDataDir(name = 'data'): string {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-local-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const dataDir = join(folder, name);
  mkdirSync(dataDir, { recursive: true });
  return dataDir;
}

async function listenOn(dataDir: string) {
  const watched = watchedApi();
  const local = createLocalSocket({ dataDir, api: watched.api, log: pino({ level: 'silent' }) });
  const { path } = await local.listen();
  onTestFinished(() => local.close());
  return { ...watched, local, path };
}

test('a command is answered through a socket that only its owner can open', async () => {
  const dataDir = newDataDir();
  const { path, calls } = await listenOn(dataDir);
  expect(path).toBe(join(dataDir, 'host.sock'));
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(await callLocalHost(dataDir, 'echo', { a: 'é\n' })).toEqual({
    ok: true,
    value: { operatorId: null, input: { a: 'é\n' } },
  });
  expect(calls[0]?.caller).toEqual({ sessionId: 'local', operatorId: null, door: 'local' });
  expect(await callLocalHost(dataDir, 'nothing', undefined)).toEqual({ ok: true, value: null });
  expect(await callLocalHost(dataDir, 'throws', null)).toMatchObject({ ok: false, error: { code: 'Broken' } });
});

test('a reply of 50 MB arrives whole', async () => {
  const dataDir = newDataDir();
  await listenOn(dataDir);
  const reply = await callLocalHost(dataDir, 'large', 50_000_000);
  expect(reply?.ok === true && (reply.value as string).length).toBe(50_000_000);
});

test('nobody listens: null, also when a killed host left its socket or a file lies there', async () => {
  const dataDir = newDataDir();
  expect(await callLocalHost(dataDir, 'echo', null)).toBeNull();
  expect(await callLocalHost(join(dataDir, 'nowhere'), 'echo', null)).toBeNull();
  await leaveStaleSocket(join(dataDir, 'host.sock'));
  expect(existsSync(join(dataDir, 'host.sock'))).toBe(true);
  expect(await callLocalHost(dataDir, 'echo', null)).toBeNull();
  await listenOn(dataDir);
  expect(await callLocalHost(dataDir, 'echo', null)).toMatchObject({ ok: true });

  const withFile = newDataDir();
  writeFileSync(join(withFile, 'host.sock'), '');
  expect(await callLocalHost(withFile, 'echo', null)).toBeNull();
});

test('a second host on the same folder says so and leaves the first alone', async () => {
  const dataDir = newDataDir();
  await listenOn(dataDir);
  const second = createLocalSocket({ dataDir, api: watchedApi().api, log: pino({ level: 'silent' }) });
  await expect(second.listen()).rejects.toThrow(/Another host is running/);
  expect(await callLocalHost(dataDir, 'echo', null)).toMatchObject({ ok: true });
});

test('a host that stops before it answers is not taken for one that never ran', async () => {
  const dataDir = newDataDir();
  const { local, waiting } = await listenOn(dataDir);
  const asked = callLocalHost(dataDir, 'waits', null);
  await expect.poll(() => waiting.length).toBe(1);
  await local.close();
  expect(await asked).toMatchObject({ ok: false, error: { code: 'HostLeft' } });
  expect(existsSync(join(dataDir, 'host.sock'))).toBe(false);
});

test('a malformed line ends its own connection and disturbs nobody', async () => {
  const dataDir = newDataDir();
  const { path, calls } = await listenOn(dataDir);
  for (const line of ['{', '{"id":1}', '[]', '']) {
    const socket = connect(path);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    socket.resume();
    socket.write(`${line}\n`);
    await closed;
  }
  expect(calls).toEqual([]);
  expect(await callLocalHost(dataDir, 'echo', null)).toMatchObject({ ok: true });
});

test('a data folder with a long path gets a socket in a private folder elsewhere', async () => {
  const dataDir = newDataDir('d'.repeat(90));
  const { path } = await listenOn(dataDir);
  expect(Buffer.byteLength(path)).toBeLessThanOrEqual(100);
  expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  onTestFinished(() => rmSync(dirname(path), { recursive: true, force: true }));
  expect(await callLocalHost(dataDir, 'echo', null)).toMatchObject({ ok: true });
});

test('such a folder is not trusted when others can write to it', () => {
  const tmp = newDataDir('tmp');
  const at = localSocketPath(newDataDir('d'.repeat(90)), tmp);
  mkdirSync(dirname(at.path), { mode: 0o755 });
  expect(at.sharedFolder).toBe(true);
  expect(mayTrust(at)).toBe(false);
});

/** What a host that was killed leaves behind: the file, with nobody behind it. */
async function leaveStaleSocket(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${path}.new`, resolve));
  renameSync(`${path}.new`, path); // so that closing it does not remove it
  await new Promise((resolve) => server.close(resolve));
}
