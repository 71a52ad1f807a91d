import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { RoomId } from '../../shared/base/ids.ts';
import type { Caller } from '../../src-main/commands/ports.ts';
import { createHostClock } from '../../src-main/host/clock.ts';
import { type ApiClient, connectApi } from '../support/api-client.ts';
import { act, declaration } from '../support/crisis-story.ts';
import { type HostInside, serveInProcess } from '../support/host-in-process.ts';
import { commandJson, runCommand, testFolder, type TestFolder } from '../support/host-process.ts';
import { connectStock } from '../support/sync-host.ts';
import { note } from '../support/notes-in-log.ts';

const MINUTE = 60_000;
const SOON = { timeout: 10_000 };
const Invited = z.object({ link: z.string() });

async function asOwner({ host, url }: HostInside): Promise<ApiClient> {
  return connectApi(url, host.access.issueToken(host.founded()?.owner() ?? null));
}

/** A machine whose clock can be set while no host runs, and whose time can be made to pass. */
function machine() {
  const reading = { wall: Date.now(), passed: 0 };
  return {
    start: () => {
      const { passed } = reading;
      return createHostClock({
        wall: () => reading.wall + reading.passed - passed,
        monotonic: () => reading.passed,
        bootTime: () => reading.passed,
      });
    },
    setWall: (deltaMs: number) => void (reading.wall += deltaMs),
    pass: (ms: number) => void (reading.passed += ms),
  };
}

test('a host that starts with the clock set back goes on from its newest record: neither deadline nor call waits', async () => {
  const at = testFolder();
  const { start, setWall, pass } = machine();
  let served = await serveInProcess(at, { clock: start() });
  let api = await asOwner(served);
  await api.get('people.invite', { name: 'Robin', role: 'social-lead' }); // called first
  const { roomId } = await api.get('alarm.raise', { what: 'Ovens', why: '' });
  const { roomId: declared } = await api.get('alarm.raise', { what: 'Fridges', why: '' });
  await act(api, declared, declaration);
  const deadlineIn = () => served.host.founded()?.warRoom.rooms.get(declared)?.state.incident;
  const before = deadlineIn();
  const last = served.host.founded()?.warRoom.rooms.get(declared)?.events.at(-1)?.at ?? 0;
  await served.close();

  setWall(-2 * 60 * MINUTE);
  served = await serveInProcess(at, { clock: start() });
  api = await asOwner(served);
  expect((await api.get('time.now', {})).now).toBeGreaterThanOrEqual(last);
  const { notices } = await api.follow('host', {});
  expect(notices.map(({ id, kind }) => [id, kind])).toEqual([['clock', 'warning']]);
  expect(notices[0]?.what).toBe("The machine's clock is 2 h behind the newest record.");
  expect(deadlineIn()).toEqual(before);

  const types = (room: RoomId) =>
    served.host
      .founded()
      ?.warRoom.rooms.get(room)
      ?.events.map(({ event }) => event.type) ?? [];
  pass(61 * MINUTE);
  await vi.waitFor(() => expect(types(roomId)).toContain('AlarmEscalated'), SOON);
  await vi.waitFor(() => expect(types(declared)).toContain('DeadlinePassed'), SOON);
  await served.close();

  setWall(4 * 60 * MINUTE);
  served = await serveInProcess(at, { clock: start() });
  expect((await (await asOwner(served)).follow('host', {})).notices).toEqual([]);
});

/** The workspace's file as it is now; puts it back when it is called. */
function keepCopy(at: TestFolder): () => void {
  const file = join(at.dataDir, 'workspace.db');
  const copy = join(at.folder, 'earlier.db');
  copyFileSync(file, copy);
  return () => {
    for (const beside of ['-wal', '-shm']) rmSync(file + beside, { force: true });
    copyFileSync(copy, file);
  };
}

/** As a copied folder is: what this machine had kept about it is not here. */
function forgetMarks(at: TestFolder): void {
  rmSync(join(at.configHome, 'Firebreak', 'high-water'), { recursive: true });
}

function keysIn(at: TestFolder): Readonly<Record<string, string>> {
  const folder = join(at.dataDir, 'keys');
  const names = readdirSync(folder).filter((name) => name.endsWith('.key'));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

test('after a renewal of keys the day’s backup is a new one: a second restore on the same day goes on as well', async () => {
  const at = testFolder();
  let served = await serveInProcess(at);
  const backups = join(at.dataDir, 'backups');
  await vi.waitFor(() => expect(readdirSync(backups).some((name) => name.endsWith('.db'))).toBe(true), SOON);
  const { roomId } = await (await asOwner(served)).get('alarm.raise', { what: 'Ovens', why: '' });
  await served.close();

  forgetMarks(at);
  served = await serveInProcess(at);
  expect(served.logged.map(([message]) => message)).toContain(
    'keys were renewed after a restored or copied data folder',
  );
  await served.close();
  writeFileSync(join(at.dataDir, 'workspace.db'), 'spoiled');
  expect(await runCommand(at, ['restore', '--data', at.dataDir])).toMatchObject({ code: 0 });

  served = await serveInProcess(at);
  const api = await asOwner(served);
  expect((await api.follow('host', {})).notices).toEqual([]);
  await act(api, roomId, note('It goes on.'));
  expect(await api.get('room.verify', { roomId })).toMatchObject({ ok: true, voids: [] });
});

test('a folder whose restore key is behind signs nothing at all, keeps its keys, and says so to every act', async () => {
  const at = testFolder();
  let served = await serveInProcess(at);
  let api = await asOwner(served);
  const { roomId } = await api.get('alarm.raise', { what: 'Ovens', why: '' });
  await served.close();
  const putBack = keepCopy(at);
  forgetMarks(at);
  await (await serveInProcess(at)).close();
  const keys = keysIn(at);
  putBack();

  served = await serveInProcess(at);
  api = await asOwner(served);
  const [notice] = (await api.follow('host', {})).notices;
  expect(notice).toMatchObject({ id: 'keys', kind: 'alarm' });
  const length = () => [
    served.host.founded()?.workspace.events().length,
    served.host.founded()?.warRoom.rooms.get(roomId)?.events.length,
  ];
  const before = length();
  const acts = [
    await api.ask('room.command', { roomId, command: note('Not here.') }),
    await api.ask('alarm.raise', { what: 'Fridges', why: '' }),
    await api.ask('people.invite', { name: 'Robin', role: 'legal' }),
  ];
  for (const reply of acts)
    expect(reply).toMatchObject({
      ok: false,
      error: { code: 'ReadOnly', message: expect.stringContaining(notice?.what ?? '-') },
    });
  await api.follow('room', { roomId }); // to be in it is a fact in other rooms
  expect((await api.get('rooms.list', {})).map(({ id }) => id)).toEqual([roomId]);
  expect((await api.get('room.export', { roomId, format: 'md' })).text).toContain('Ovens');
  const { token } = await api.get('document.token', { document: 'workspace/notes' });
  const notes = connectStock(`ws://127.0.0.1:${String(served.port)}/yjs`, 'workspace/notes', token);
  await vi.waitFor(() => expect(notes.provider.synced).toBe(true), SOON);
  notes.text.insert(0, 'Not here.');
  await vi.waitFor(() => expect(notes.closes.at(-1)?.code).toBe(4403), SOON);
  notes.destroy();
  expect(length()).toEqual(before);
  expect(keysIn(at)).toEqual(keys);
});

test.each(['revoked', 'renewed'])(
  'what a key signed in a room that is not here counts still when the room comes back and the key was %s meanwhile',
  async (how) => {
    const at = testFolder();
    let served = await serveInProcess(at);
    let admin = await asOwner(served);
    const { token, operatorId } = await admin.get('people.invite', { name: 'Robin', role: 'comms-lead' });
    const { roomId } = await (await connectApi(served.url, token)).get('alarm.raise', { what: 'Ovens', why: '' });
    await served.close();
    const file = join(at.dataDir, 'rooms', `${roomId}.db`);
    const away = join(at.folder, 'away.db');
    renameSync(file, away);

    if (how === 'renewed') forgetMarks(at);
    served = await serveInProcess(at);
    admin = await asOwner(served);
    if (how === 'revoked') await admin.get('people.revoke', { operatorId });
    await served.close();
    renameSync(away, file);

    served = await serveInProcess(at);
    admin = await asOwner(served);
    expect((await admin.get('rooms.list', {})).map(({ id, title }) => [id, title])).toEqual([[roomId, 'Ovens']]);
    const report = await admin.get('room.verify', { roomId });
    expect(report).toMatchObject({ ok: true, voids: [] });
  },
);

/** A host that was put back to before it let a relay in, and lost what only that relay has now. */
async function putBackBeforeRelay() {
  const [at, there] = [testFolder(), testFolder()];
  let served = await serveInProcess(at);
  const port = Number(new URL(served.url).port);
  const { roomId } = await (await asOwner(served)).get('alarm.raise', { what: 'Ovens', why: '' });
  await served.close();
  const putBack = keepCopy(at);

  served = await serveInProcess(at, { port });
  const { link } = await commandJson(at, ['enrol', '--data', at.dataDir, '--relay', 'Relay']).then(Invited.parse);
  expect(await runCommand(there, ['join', link, '--data', there.dataDir])).toMatchObject({ code: 0 });
  const relay = await serveInProcess(there);
  await act(await asOwner(served), roomId, note('Only the relay will have this.'));
  const notesAt = ({ host }: HostInside) =>
    host
      .founded()
      ?.warRoom.rooms.get(roomId)
      ?.events.flatMap(({ event }) => (event.type === 'LogEntryAdded' ? [event.text] : []));
  await vi.waitFor(() => expect(notesAt(relay)).toEqual(['Only the relay will have this.']), SOON);
  await served.close();

  putBack();
  rmSync(join(at.dataDir, 'rooms'), { recursive: true });
  return { at, port, relay, roomId, notesAt };
}

test('a host that was put back to before it let a machine in gets that machine back, and all that this machine holds', async () => {
  const { at, port, relay, roomId, notesAt } = await putBackBeforeRelay();
  const served = await serveInProcess(at, { port });
  expect(notesAt(served)).toBeUndefined();
  await vi.waitFor(() => expect(notesAt(served)).toEqual(['Only the relay will have this.']), SOON);
  expect(Object.values(served.host.founded()?.workspace.state.hosts ?? {}).map(({ name }) => name)).toContain('Relay');
  await act(await asOwner(served), roomId, note('And it goes on.'));
  await vi.waitFor(() => expect(notesAt(relay)).toHaveLength(2), SOON);
});

test('the same by a bundle that is carried there', async () => {
  const { at, relay, notesAt } = await putBackBeforeRelay();
  const local: Caller = { sessionId: 'command', operatorId: null, door: 'local' };
  const exported = await relay.host.api.invoke(local, 'bundle.export', { roomId: null });
  if (!exported.ok) throw new Error(exported.error.message);
  const file = join(at.folder, 'relay.firebreak-bundle');
  writeFileSync(file, (exported.value as { readonly text: string }).text);
  await relay.close();
  const served = await serveInProcess(at);
  const imported = await served.host.api.invoke(local, 'bundle.import', { file });
  expect(imported).toMatchObject({ ok: true, value: { isWhole: true } });
  expect(notesAt(served)).toEqual(['Only the relay will have this.']);
});
