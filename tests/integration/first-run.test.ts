import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { OperatorId } from '../../shared/base/ids.ts';
import type { Reply } from '../../shared/protocol/wire.ts';
import type { Caller } from '../../src-main/commands/ports.ts';
import { createKeyStore } from '../../src-main/identity/key-store.ts';
import { LOG_FILE_MIGRATIONS } from '../../src-main/store/migrations/log-file.ts';
import { openDatabase } from '../../src-main/store/open-database.ts';
import { type ApiClient, connectApi, openApi, signIn } from '../support/api-client.ts';
import { serveInProcess } from '../support/host-in-process.ts';
import {
  commandJson,
  invite,
  runCommand,
  startHostProcess,
  testFolder,
  type TestFolder,
} from '../support/host-process.ts';
import { connectStock } from '../support/sync-host.ts';
import { unwrap } from '../support/unwrap.ts';

const WINDOW: Caller = { sessionId: 'window-1', operatorId: null, door: 'desktop' };

function setUp(name: string) {
  return {
    organisation: 'Fairford',
    watch: [],
    people: [{ name, roles: ['comms-lead' as const], deputyOf: null }],
    chain: ['comms-lead' as const],
  };
}

function code(reply: Reply): string {
  return reply.ok ? 'done' : reply.error.code;
}

/** A host on an empty folder, with a browser that has its first-run link open. */
async function firstRun(at: TestFolder = testFolder()) {
  const served = await serveInProcess(at, { ifEmpty: 'ask', demoSpeed: 60 });
  const token = served.host.access.issueToken(null);
  const api = await connectApi(served.url, token);
  return { at, ...served, token, api };
}

async function stageOf(api: ApiClient): Promise<string> {
  return (await api.get('session.get', {})).stage;
}

test('whoever leaves the demo sets up the organisation in the same browser, and no link of the demo opens it', async () => {
  const { at, host, url, api, close } = await firstRun();
  await api.get('demo.start', { speed: 60 });
  const people = Object.values(host.founded()?.workspace.state.operators ?? {});
  const [first, second] = people;
  if (!first || !second) throw new Error('the demo has people');
  await api.get('session.actAs', { operatorId: second.operatorId });
  const invited = host.access.issueToken(first.operatorId);
  const other = await connectApi(url, invited);
  await api.get('demo.leave', {});
  expect(await other.closed).toBe(4401);
  await expect(signIn(url, invited)).rejects.toThrow('401');

  // A name that gives the id of somebody in the demo.
  const founded = await api.get('setup.createWorkspace', setUp(first.operatorId.replaceAll('-', ' ')));
  expect(founded.session.operator?.operatorId).toBe(first.operatorId);
  expect((await api.get('session.get', {})).operator?.operatorId).toBe(first.operatorId);
  await api.get('people.invite', { name: 'Robin', role: 'legal' });
  await expect(signIn(url, invited)).rejects.toThrow('401');
  await close();

  const again = await serveInProcess(at, { ifEmpty: 'ask' });
  await expect(signIn(again.url, invited)).rejects.toThrow('401');
});

test('a session that belongs to somebody already founds nothing, and is told so', async () => {
  const { at, host, url, token } = await firstRun();
  const cookie = await signIn(url, token);
  const api = await openApi(url, { cookie, origin: url });
  const { sessionId } = unwrapNull(host.access.sessionOf(cookie.split('=')[1] ?? ''));
  host.access.bindOperator(sessionId, 'somebody-else' as OperatorId);
  expect(code(await api.ask('setup.createWorkspace', setUp('Robin')))).toBe('SessionTaken');
  expect(await stageOf(api)).toBe('founding');
  expect(existsSync(join(at.dataDir, 'workspace.db'))).toBe(false);
});

test('the notes of the demo are gone with it: what is set up afterwards serves its own, and keeps what is typed', async () => {
  const { host, port, api } = await firstRun();
  const address = `ws://127.0.0.1:${String(port)}/yjs`;
  const openNotes = async () =>
    connectStock(address, 'workspace/notes', (await api.get('document.token', { document: 'workspace/notes' })).token);
  await api.get('demo.start', { speed: 1 });
  const before = await openNotes();
  before.text.insert(0, 'Words of the demo.');
  await vi.waitFor(() => expect(host.sync.textOf('workspace/notes')?.text).toBe('Words of the demo.'), {
    timeout: 10_000,
  });
  before.destroy();
  await api.get('demo.leave', {});
  await api.get('setup.createWorkspace', setUp('Robin'));
  const after = await openNotes();
  await vi.waitFor(() => expect(after.provider.synced).toBe(true), { timeout: 10_000 });
  expect(after.text.toString()).toBe('');
  after.text.insert(0, 'Words of ours.');
  const kept = () => host.founded()?.notes.store.history('workspace/notes').length ?? 0;
  await vi.waitFor(() => expect(kept()).toBeGreaterThan(0), { timeout: 10_000 });
  expect(host.sync.textOf('workspace/notes')?.text).toBe('Words of ours.');
  expect(after.closes).toEqual([]);
  after.destroy();
});

test('keys of a set-up that never came to its genesis are put aside, and the folder is set up', async () => {
  const at = testFolder();
  const keys = createKeyStore(join(at.dataDir, 'keys'));
  keys.createRecoveryKey();
  unwrap(keys.hostSigner());
  const orphan = readFileSync(join(at.dataDir, 'keys', 'recovery.pub'), 'utf8');
  const { api } = await firstRun(at);
  expect(await stageOf(api)).toBe('founding');
  expect(code(await api.ask('setup.createWorkspace', setUp('Robin')))).toBe('done');
  expect(await stageOf(api)).toBe('ready');
  const aside = readdirSync(at.dataDir).find((name) => name.startsWith('keys-aside-'));
  expect(readFileSync(join(at.dataDir, aside ?? '', 'recovery.pub'), 'utf8')).toBe(orphan);
  expect(readFileSync(join(at.dataDir, 'keys', 'recovery.pub'), 'utf8')).not.toBe(orphan);
});

test('a workspace file without its genesis is no workspace: the folder is set up as an empty one', async () => {
  const at = testFolder();
  mkdirSync(at.dataDir, { recursive: true });
  createKeyStore(join(at.dataDir, 'keys')).createRecoveryKey();
  const file = join(at.dataDir, 'workspace.db');
  unwrap(openDatabase(file, { migrations: LOG_FILE_MIGRATIONS, create: true })).close();
  const { api, host } = await firstRun(at);
  expect(await stageOf(api)).toBe('founding');
  expect(existsSync(file)).toBe(false);
  await api.get('setup.createWorkspace', setUp('Robin'));
  expect(host.founded()?.workspace.state.organisation).toBe('Fairford');
});

test.each(['missing', 'empty'])(
  'rooms whose workspace file is %s are not founded over: restore brings it back',
  async (how) => {
    const at = testFolder();
    const { token } = await invite(at, 'Administrator', 'administrator');
    const file = join(at.dataDir, 'workspace.db');
    let host = await startHostProcess(at);
    let api = await connectApi(host.url, token);
    const { roomId } = await api.get('alarm.raise', { what: 'Ovens', why: '' });
    const backups = join(at.dataDir, 'backups');
    await vi.waitFor(() => expect(readdirSync(backups).some((name) => name.endsWith('.db'))).toBe(true), {
      timeout: 15_000,
    });
    await host.stop();
    const identity = readFileSync(join(at.dataDir, 'keys', 'recovery.pub'), 'utf8');
    renameSync(file, join(at.folder, 'lost.db'));
    for (const beside of ['-wal', '-shm']) rmSync(file + beside, { force: true });
    if (how === 'empty') unwrap(openDatabase(file, { migrations: LOG_FILE_MIGRATIONS, create: true })).close();

    host = await startHostProcess(at);
    api = await connectApi(host.url, token);
    expect(await stageOf(api)).toBe('damaged');
    const [notice] = (await api.follow('host', {})).notices;
    expect(notice).toMatchObject({ kind: 'alarm', what: `${file} is missing.` });
    expect(notice?.next).toContain('restore');
    await host.stop();
    expect(readFileSync(join(at.dataDir, 'keys', 'recovery.pub'), 'utf8')).toBe(identity);
    expect(existsSync(file)).toBe(false);

    expect(await runCommand(at, ['restore', '--data', at.dataDir])).toMatchObject({ code: 0 });
    host = await startHostProcess(at);
    api = await connectApi(host.url, token);
    expect((await api.get('rooms.list', {})).map(({ id }) => id)).toEqual([roomId]);
    await host.stop();
  },
);

test('a demo that was left halfway opens again and can be left again; without its workspace it is an empty folder', async () => {
  const at = testFolder();
  let served = await firstRun(at);
  await served.api.get('demo.start', { speed: 1 });
  await served.close();
  // As a kill leaves it after the first renames: the workspace's file is the last of the demo's to go.
  const aside = join(at.dataDir, 'demo-half');
  mkdirSync(aside);
  for (const name of ['mentions.db', 'rooms']) renameSync(join(at.dataDir, name), join(aside, name));
  served = await firstRun(at);
  expect(await stageOf(served.api)).toBe('ready');
  await served.api.get('demo.start', { speed: 1 });
  await served.api.get('demo.leave', {});
  expect(await stageOf(served.api)).toBe('founding');
  await served.close();

  // And after the workspace's file, before the keys.
  const demo = readdirSync(at.dataDir).find((name) => /^demo-\d/.test(name)) ?? '';
  for (const name of readdirSync(join(at.dataDir, demo, 'keys')))
    copyFileSync(join(at.dataDir, demo, 'keys', name), join(at.dataDir, 'keys', name));
  served = await firstRun(at);
  expect(code(await served.api.ask('setup.createWorkspace', setUp('Robin')))).toBe('done');
});

test('the window is its own person or nobody: when that person is revoked it does not become a colleague', async () => {
  const at = testFolder();
  let served = await serveInProcess(at, { ifEmpty: 'ask' });
  const get = async (endpoint: string, input: unknown = {}) => served.host.api.invoke(WINDOW, endpoint, input);
  expect(code(await get('setup.createWorkspace', setUp('Robin')))).toBe('done');
  const file = join(at.dataDir, 'keys', 'local-operator');
  expect(readFileSync(file, 'utf8').trim()).toBe('robin');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const invited = (await get('people.invite', { name: 'Sasha', role: 'administrator' })) as {
    value: { token: string };
  };
  expect(await get('session.get')).toMatchObject({ value: { operator: { operatorId: 'robin' } } });
  await served.close();

  served = await serveInProcess(at, { ifEmpty: 'ask' });
  expect(await get('session.get')).toMatchObject({ value: { operator: { operatorId: 'robin' } } });
  const sasha = await connectApi(served.url, invited.value.token);
  await sasha.get('people.revoke', { operatorId: 'robin' as OperatorId });
  expect(await get('session.get')).toMatchObject({ value: { operator: null } });
  expect(code(await get('alarm.raise', { what: 'Ovens', why: '' }))).toBe('SignedOut');
  writeFileSync(file, 'nobody-here\n');
  expect(await get('session.get')).toMatchObject({ value: { operator: null } });
});

test('a headless host that sets up a folder prints the recovery key once, and never into its log', async () => {
  const at = testFolder();
  const host = await startHostProcess(at, [], { FIREBREAK_LOG: 'debug' });
  const printed = /[0-9a-f]{8}(?:-[0-9a-f]{8}){7}/g;
  await vi.waitFor(() => expect(host.stderr().match(printed)).toHaveLength(1), { timeout: 10_000 });
  const line = host
    .stderr()
    .split('\n')
    .find((one) => one.match(printed));
  expect(line).toMatch(/^A new organisation was set up here\. Its recovery key/);
  const [key = ''] = line?.match(printed) ?? [];
  const keys = createKeyStore(join(at.dataDir, 'keys'));
  expect(keys.recoverySigner(key).ok).toBe(true);
  expect(host.stdout()).not.toContain(key);
  await host.stop();
  const again = await startHostProcess(at);
  expect(again.stderr()).not.toMatch(printed);
  await again.stop();
  expect(await commandJson(at, ['rooms', '--data', at.dataDir])).toEqual([]);
});

function unwrapNull<Value>(value: Value | null): Value {
  if (value === null) throw new Error('there is none');
  return value;
}
