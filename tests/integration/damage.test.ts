import {
  cpSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { expect, test, vi } from 'vitest';
import { instant, type RoomId } from '../../shared/base/ids.ts';
import type { VerifyReport } from '../../shared/log/verify-room.ts';
import { saltOf } from '../../shared/log/envelope.ts';
import type { HostView } from '../../shared/protocol/views.ts';
import { createKeyStore } from '../../src-main/identity/key-store.ts';
import { openEventStore } from '../../src-main/store/event-store.ts';
import { LOG_FILE_MIGRATIONS } from '../../src-main/store/migrations/log-file.ts';
import { openDatabase } from '../../src-main/store/open-database.ts';
import { type ApiClient, connectApi } from '../support/api-client.ts';
import { act, blankStatement, declaration } from '../support/crisis-story.ts';
import { serveInProcess } from '../support/host-in-process.ts';
import { invite, runCommand, startHostProcess, testFolder, type TestFolder } from '../support/host-process.ts';
import { connectStock } from '../support/sync-host.ts';
import { unwrap } from '../support/unwrap.ts';
import { note } from '../support/notes-in-log.ts';

/** A folder with one room in it, and the token of an administrator. Nobody runs on it. */
async function folderWithRoom() {
  const at = testFolder();
  const { token } = await invite(at, 'Administrator', 'administrator');
  const host = await startHostProcess(at);
  const api = await connectApi(host.url, token);
  const { roomId } = await api.get('alarm.raise', { what: 'Ovens', why: '' });
  await act(api, roomId, declaration);
  await host.stop();
  return {
    at,
    token,
    roomId,
    roomFile: join(at.dataDir, 'rooms', `${roomId}.db`),
    workspaceFile: join(at.dataDir, 'workspace.db'),
  };
}

/** Writes over the middle of the file, as a disk does that loses a page. */
function spoil(file: string): Buffer {
  const size = readFileSync(file).length;
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.alloc(4096 * 2, 0xa5), 0, 4096 * 2, Math.min(4096, size - 8192));
  closeSync(descriptor);
  return readFileSync(file);
}

async function noticesOf(api: ApiClient): Promise<HostView['notices']> {
  return (await api.follow('host', {})).notices;
}

async function backedUp(folder: string, name: string): Promise<void> {
  const day = new Date().toISOString().slice(0, 10);
  await vi.waitFor(() => expect(readdirSync(join(folder, 'backups'))).toContain(`${name}-${day}.db`), {
    timeout: 15_000,
  });
}

function authorsByName(report: VerifyReport): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { name, events } of report.authors) if (events > 0) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

test('a damaged workspace file: the host starts, names it, leaves it byte for byte, and restore brings it back without a fork', async () => {
  const { at, token, roomId, workspaceFile } = await folderWithRoom();
  let host = await startHostProcess(at);
  await backedUp(at.dataDir, 'workspace');
  await backedUp(join(at.dataDir, 'rooms'), roomId);
  let api = await connectApi(host.url, token);
  const { operatorId: late } = await invite(at, 'Came after the backup', 'legal');
  await act(api, roomId, note('before the damage'));
  await host.stop();

  const spoiled = spoil(workspaceFile);
  host = await startHostProcess(at);
  api = await connectApi(host.url, token);
  expect((await api.get('session.get', {})).stage).toBe('damaged');
  const [notice] = await noticesOf(api);
  expect(notice).toMatchObject({ kind: 'alarm' });
  expect(notice?.what).toContain(workspaceFile);
  expect(notice?.next).toContain('restore');
  const listed = await runCommand(at, ['invite', '--data', at.dataDir, '--name', 'X', '--role', 'legal']);
  expect(listed).toMatchObject({ code: 1, stdout: '' });
  await host.stop();
  expect(readFileSync(workspaceFile).equals(spoiled)).toBe(true);
  for (const beside of ['-wal', '-shm']) expect(existsSync(workspaceFile + beside)).toBe(false);

  const restored = await runCommand(at, ['restore', '--data', at.dataDir]);
  expect(restored).toMatchObject({ code: 0, stderr: '' });
  expect(restored.stdout).toContain(workspaceFile);
  const aside = readdirSync(at.dataDir).find((name) => name.startsWith('workspace.damaged-'));
  expect(readFileSync(join(at.dataDir, aside ?? '')).equals(spoiled)).toBe(true);

  host = await startHostProcess(at);
  api = await connectApi(host.url, token);
  expect(await noticesOf(api)).toEqual([]);
  expect((await api.follow('workspace', {})).operators.map(({ operatorId }) => operatorId)).not.toContain(late);
  await act(api, roomId, note('after the restore'));
  const report = await api.get('room.verify', { roomId });
  expect(report).toMatchObject({ ok: true, voids: [] });
  expect(authorsByName(report)['Administrator']).toBe(2); // the old key and the new one
});

test('a damaged room file: the other rooms work, and restore brings it back, old and new key in one chain', async () => {
  const { at, token, roomId, roomFile } = await folderWithRoom();
  let host = await startHostProcess(at);
  await backedUp(join(at.dataDir, 'rooms'), roomId);
  let api = await connectApi(host.url, token);
  await act(api, roomId, note('lost with the damage'));
  const before = await api.get('room.verify', { roomId });
  await host.stop();

  const spoiled = spoil(roomFile);
  host = await startHostProcess(at);
  api = await connectApi(host.url, token);
  expect(await api.get('rooms.list', {})).toEqual([]);
  expect((await noticesOf(api))[0]?.what).toContain(roomFile);
  const { roomId: other } = await api.get('alarm.raise', { what: 'Fridges', why: '' });
  expect(await api.get('room.verify', { roomId: other })).toMatchObject({ ok: true });
  await host.kill();
  expect(readFileSync(roomFile).equals(spoiled)).toBe(true);

  expect(await runCommand(at, ['restore', '--data', at.dataDir, '--room', roomId])).toMatchObject({ code: 0 });
  for (let start = 0; start < 2; start += 1) {
    host = await startHostProcess(at);
    api = await connectApi(host.url, token);
    expect((await api.get('rooms.list', {})).map(({ id }) => id).sort()).toEqual([roomId, other].sort());
    await act(api, roomId, note(`after the restore, start ${String(start)}`));
    const report = await api.get('room.verify', { roomId });
    expect(report).toMatchObject({ ok: true, voids: [] });
    expect(report.authors.length).toBeGreaterThan(before.authors.length);
    expect(authorsByName(report)['Administrator']).toBe(2); // renewed once, not at every start
    await host.stop();
  }
});

test('a word that somebody changed in the file of a text is found, also where no other host ever asked for it', async () => {
  const { at, token, roomId, roomFile } = await folderWithRoom();
  let host = await startHostProcess(at);
  const client = connectStock(`${host.url.replace(/^http/, 'ws')}/yjs`, `${roomId}/notes`, token);
  await vi.waitFor(() => expect(client.provider.synced).toBe(true), { timeout: 10_000 });
  client.text.insert(0, 'We know of it.');
  let api = await connectApi(host.url, token);
  await vi.waitFor(
    async () => expect((await api.get('document.history', { document: `${roomId}/notes` })).updates).toHaveLength(1),
    { timeout: 10_000 },
  );
  client.destroy();
  await host.stop();

  const db = new Sqlite(roomFile);
  const data = db.prepare<[], Buffer>('SELECT data FROM yjs_update').pluck().get();
  const changed = Buffer.from((data ?? Buffer.alloc(0)).toString('latin1').replace('know', 'knew'), 'latin1');
  expect(changed.equals(data ?? changed)).toBe(false);
  db.prepare('UPDATE yjs_update SET data = ?').run(changed);
  db.close();
  host = await startHostProcess(at);
  api = await connectApi(host.url, token);
  expect((await noticesOf(api)).map(({ kind, what }) => [kind, what.includes(roomFile)])).toEqual([['alarm', true]]);
});

test('a damaged mention store: the room works, the file stays as it is', async () => {
  const { at, token, roomId } = await folderWithRoom();
  const file = join(at.dataDir, 'mentions.db');
  const spoiled = Buffer.from('not a database, but words of somebody');
  writeFileSync(file, spoiled);
  for (const beside of ['-wal', '-shm']) rmSync(file + beside, { force: true });
  const host = await startHostProcess(at);
  const api = await connectApi(host.url, token);
  expect((await noticesOf(api))[0]?.what).toContain(file);
  await act(api, roomId, note('it goes on'));
  expect((await api.follow('watch', {})).storms).toHaveLength(1);
  await host.stop();
  expect(readFileSync(file).equals(spoiled)).toBe(true);
});

test('a file of a newer program is refused and not touched; a room that a crash left empty is no room', async () => {
  const { at, token, roomId, roomFile } = await folderWithRoom();
  const newer = new Sqlite(roomFile);
  newer.pragma('user_version = 99');
  newer.close();
  const bytes = readFileSync(roomFile);
  unwrap(
    openDatabase(join(at.dataDir, 'rooms', '20260101-0000-empty.db'), {
      migrations: LOG_FILE_MIGRATIONS,
      create: true,
    }),
  ).close();
  const host = await startHostProcess(at);
  const api = await connectApi(host.url, token);
  const notices = await noticesOf(api);
  expect(notices).toHaveLength(1);
  expect(notices[0]?.what).toContain(roomId);
  expect(notices[0]?.next).toMatch(/newer Firebreak/);
  expect(await api.get('rooms.list', {})).toEqual([]);
  await host.stop();
  expect(readFileSync(roomFile).equals(bytes)).toBe(true);
});

test('a copied folder gets new keys: both go on, and neither forks the log of the other', async () => {
  const { at, token, roomId } = await folderWithRoom();
  const elsewhere: TestFolder = {
    folder: at.folder,
    dataDir: join(at.folder, 'copy'),
    configHome: join(at.folder, 'other-config'),
  };
  cpSync(at.dataDir, elsewhere.dataDir, { recursive: true });
  mkdirSync(elsewhere.configHome);
  const reports: VerifyReport[] = [];
  for (const place of [at, elsewhere]) {
    const host = await startHostProcess(place);
    const api = await connectApi(host.url, token);
    await act(api, roomId, note(`in ${place.dataDir === at.dataDir ? 'the first' : 'the copy'}`));
    reports.push(await api.get('room.verify', { roomId }));
    await host.stop();
  }
  expect(reports.map(({ ok, voids }) => [ok, voids])).toEqual([
    [true, []],
    [true, []],
  ]);
  expect(reports.map((report) => authorsByName(report)['Administrator'])).toEqual([1, 2]);
  // The one key of before signed one event of each number: what is in both is the same.
  expect(reports[1]?.fingerprint).toBe(reports[0]?.fingerprint);

  // A moved folder is a copied one as far as anybody can tell.
  const moved: TestFolder = { ...at, dataDir: join(at.folder, 'moved') };
  renameSync(at.dataDir, moved.dataDir);
  const host = await startHostProcess(moved);
  const api = await connectApi(host.url, token);
  await act(api, roomId, note('moved'));
  const report = await api.get('room.verify', { roomId });
  expect(report).toMatchObject({ ok: true, voids: [] });
  expect(authorsByName(report)['Administrator']).toBe(2);
});

test('an event of a type that this program does not know is kept, shown as unknown, and disturbs nothing', async () => {
  const { at, token, roomId, roomFile } = await folderWithRoom();
  const db = unwrap(openDatabase(roomFile, { migrations: LOG_FILE_MIGRATIONS, create: false }));
  const log = unwrap(openEventStore(db, roomId));
  const hostKey = unwrap(createKeyStore(join(at.dataDir, 'keys')).hostSigner());
  const drafts = [
    { type: 'TelepathyReceived', body: { from: 'the future', nested: { deep: [1, null] } } },
    // A type that we know, with a body of a version that we do not.
    { type: 'RevisionApproved', body: { v: 2, statements: ['s-1'], quorum: 3 } },
    { type: 'constructor', body: {} },
  ];
  log.append(hostKey, drafts, {
    now: instant(Date.now()),
    salt: () => saltOf(crypto.getRandomValues(new Uint8Array(16))),
    workspaceHeads: [],
  });
  db.close();
  const host = await startHostProcess(at);
  const api = await connectApi(host.url, token);
  const { events } = await api.follow('room', { roomId });
  const unknown = events.flatMap(({ event }) => (event.type === 'Unknown' ? [event.name] : []));
  expect(unknown).toEqual(['TelepathyReceived', 'RevisionApproved', 'constructor']);
  await act(api, roomId, note('it goes on'));
  const report = await api.get('room.verify', { roomId });
  expect(report.ok).toBe(true);
  expect(report.voids.map(({ type, reason }) => [type, reason.type])).toEqual(
    unknown.map((type) => [type, 'UnknownEvent']),
  );
  for (const format of ['csv', 'md', 'html'] as const)
    expect((await api.get('room.export', { roomId, format })).text).toContain('TelepathyReceived');
  expect((await api.get('rooms.list', {}))[0]).toMatchObject({ id: roomId, phase: 'open' });
});

test('a full disk: no act is acknowledged that is not kept, reading goes on, and it goes on by itself when there is room', async () => {
  const at = testFolder();
  const { host, url, port } = await serveInProcess(at);
  const token = host.access.issueToken(host.founded()?.owner() ?? null);
  const api = await connectApi(url, token);
  const { roomId } = await api.get('alarm.raise', { what: 'Ovens', why: '' });
  await act(api, roomId, declaration);
  const { statementId } = await act(api, roomId, blankStatement);
  const document = `${roomId}/statement/${String(statementId)}`;
  const address = `ws://127.0.0.1:${String(port)}/yjs`;
  const writer = connectStock(address, document, token);
  const reader = connectStock(address, document, token);
  writer.text.insert(0, 'Known. ');
  await vi.waitFor(() => expect(reader.text.toString()).toBe('Known. '), { timeout: 10_000 });

  const kept: string[] = [];
  let notices: HostView['notices'] = [];
  await api.follow('host', {}, (view) => (notices = view.notices));
  const db = databaseOf(host, roomId);
  const most = Number(db.pragma('max_page_count', { simple: true }));
  db.pragma(`max_page_count = ${String(db.pragma('page_count', { simple: true }))}`);
  let refusal = '';
  for (let n = 0; n < 200 && refusal === ''; n += 1) {
    const text = `entry ${String(n)} ${'x'.repeat(3000)}`;
    const reply = await api.ask('room.command', { roomId, command: note(text) });
    if (reply.ok) kept.push(text);
    else refusal = reply.error.code;
  }
  expect(refusal).toBe('StorageFailed');
  await vi.waitFor(() => expect(notices.map(({ id, kind }) => [id, kind])).toEqual([['storage', 'alarm']]), {
    timeout: 10_000,
  });
  expect(notices[0]?.what).toMatch(/full/);

  // Reading goes on; typing waits in the window of whoever typed and reaches nobody before it is kept.
  const texts = async () =>
    (await api.follow('room', { roomId })).events.flatMap(({ event }) =>
      event.type === 'LogEntryAdded' ? [event.text] : [],
    );
  expect(await texts()).toEqual(kept);
  expect(await api.get('room.verify', { roomId })).toMatchObject({ ok: true, voids: [] });
  writer.text.insert(writer.text.length, `Typed on a full disk. ${'y'.repeat(20_000)}`);
  const again = await api.ask('room.command', { roomId, command: note(`still ${'z'.repeat(3900)}`) });
  expect(again).toMatchObject({ ok: false, error: { code: 'StorageFailed' } });
  expect(reader.text.toString()).toBe('Known. ');

  db.pragma(`max_page_count = ${String(most)}`);
  await act(api, roomId, note('room again'));
  await vi.waitFor(() => expect(notices).toEqual([]), { timeout: 10_000 });
  await vi.waitFor(() => expect(reader.text.toString()).toMatch(/^Known\. Typed on a full disk\. y{20000}$/), {
    timeout: 30_000,
  });
  writer.destroy();
  reader.destroy();
  host.sync.flush();
  expect(await texts()).toEqual([...kept, 'room again']);
  const { events } = await api.follow('room', { roomId });
  expect(new Set(events.map(({ hash }) => hash)).size).toBe(events.length);
  expect(await api.get('room.verify', { roomId })).toMatchObject({ ok: true, voids: [] });
});

/** The room's own connection: the host keeps it beside the room's log. */
function databaseOf(host: Awaited<ReturnType<typeof serveInProcess>>['host'], roomId: RoomId): Database {
  const file = host.founded()?.warRoom.rooms.get(roomId)?.file as { readonly db?: Database } | undefined;
  if (!file?.db) throw new Error('the room has no database');
  return file.db;
}
