import { expect, test, vi } from 'vitest';
import type { OperatorId } from '../../shared/base/ids.ts';
import type { Role } from '../../shared/domain/roster/roles.ts';
import type { Reply } from '../../shared/protocol/wire.ts';
import type { Caller } from '../../src-main/commands/ports.ts';
import { type ApiClient, connectApi, openApi, signIn } from '../support/api-client.ts';
import { act, blankStatement, declaration } from '../support/crisis-story.ts';
import { type HostInside, serveInProcess } from '../support/host-in-process.ts';
import { testFolder } from '../support/host-process.ts';
import { connectStock } from '../support/sync-host.ts';

const COMMAND_LINE: Caller = { sessionId: 'local', operatorId: null, door: 'local' };
const NOTES = 'workspace/notes';
const SOON = { timeout: 10_000 };

function code(reply: Reply): string {
  return reply.ok ? 'done' : reply.error.code;
}

async function hostWithAdministrator() {
  const served = await serveInProcess(testFolder());
  const admin = await connectApi(served.url, served.host.access.issueToken(served.host.founded()?.owner() ?? null));
  return { ...served, admin };
}

async function join(admin: ApiClient, url: string, name: string, role: Role) {
  const { token, operatorId } = await admin.get('people.invite', { name, role });
  return { api: await connectApi(url, token), token, operatorId };
}

async function openDocument({ port }: HostInside, api: ApiClient, document: string) {
  const { token } = await api.get('document.token', { document });
  const client = connectStock(`ws://127.0.0.1:${String(port)}/yjs`, document, token);
  await vi.waitFor(() => expect(client.provider.synced).toBe(true), SOON);
  return client;
}

function voidsOf({ host }: HostInside): readonly string[] {
  return [...(host.founded()?.workspace.history.voids.values() ?? [])];
}

test('nobody ends their own access; the command line lets another administrator sign, and nothing of it is void', async () => {
  const served = await hostWithAdministrator();
  const { host, url, admin } = served;
  const { api: second } = await join(admin, url, 'Second', 'administrator');
  expect(code(await admin.ask('people.revoke', { operatorId: 'administrator' as OperatorId }))).toBe('OwnAccess');
  expect((await admin.get('session.get', {})).operator?.revoked).toBe(false);

  const revoke = () => host.api.invoke(COMMAND_LINE, 'people.revoke', { operatorId: 'administrator' });
  expect(code(await revoke())).toBe('done');
  expect(voidsOf(served)).toEqual([]);
  const { state } = host.founded()?.workspace ?? {};
  expect(state?.operators['administrator']?.revoked).toBe(true);
  const keys = Object.values(state?.keys ?? {}).filter(({ operatorId }) => operatorId === 'administrator');
  expect(keys.map(({ retired }) => retired)).toEqual([true]);
  expect(await admin.closed).toBe(4401);
  // The one who is left still can, and cannot be taken away.
  expect((await second.get('people.invite', { name: 'Robin', role: 'legal' })).operatorId).toBe('robin');
  expect(code(await host.api.invoke(COMMAND_LINE, 'people.revoke', { operatorId: 'second' }))).toBe(
    'LastAdministrator',
  );
});

test('revoking again finishes what a crash left open: an old link and its sockets end, and no event is added', async () => {
  const served = await hostWithAdministrator();
  const { host, url, admin } = served;
  const { operatorId } = await join(admin, url, 'Robin', 'legal');
  await admin.get('people.revoke', { operatorId });
  const length = host.founded()?.workspace.events().length;
  // As if the process had died between the log and the links.
  const token = host.access.issueToken(operatorId);
  const late = await connectApi(url, token);
  expect(code(await admin.ask('people.revoke', { operatorId }))).toBe('done');
  expect(await late.closed).toBe(4401);
  await expect(signIn(url, token)).rejects.toThrow('401');
  expect(host.founded()?.workspace.events()).toHaveLength(length ?? -1);
  expect(voidsOf(served)).toEqual([]);
});

test('a revocation ends every session of the person, that which acts as somebody else included', async () => {
  const served = await serveInProcess(testFolder(), { ifEmpty: 'demo', demoSpeed: 1 });
  const { host, url } = served;
  const [boss, worker] = Object.values(host.founded()?.workspace.state.operators ?? {});
  if (!boss || !worker) throw new Error('the demo has people');
  const admin = await connectApi(url, host.access.issueToken(boss.operatorId));
  const acting = await connectApi(url, host.access.issueToken(worker.operatorId));
  await acting.get('session.actAs', { operatorId: boss.operatorId });
  const notes = await openDocument(served, acting, NOTES);
  await admin.get('people.revoke', { operatorId: worker.operatorId });
  expect(await acting.closed).toBe(4401);
  await vi.waitFor(() => expect(notes.closes[0]?.code).toBe(4401), SOON);
  expect((await admin.get('session.get', {})).operator?.operatorId).toBe(boss.operatorId);
  notes.destroy();
});

test('an invitation that gives a known person another role takes effect in the windows they have open', async () => {
  const served = await hostWithAdministrator();
  const { url, admin } = served;
  const { api } = await join(admin, url, 'Robin', 'observer');
  const seen: (readonly string[])[] = [];
  await api.follow('session', {}, ({ operator }) => void seen.push(operator?.roles ?? []));
  const notes = await openDocument(served, api, NOTES);
  expect((await admin.get('people.invite', { name: 'Robin', role: 'writer' })).operatorId).toBe('robin');
  await vi.waitFor(() => expect(notes.closes[0]?.code).toBe(1012), SOON);
  await vi.waitFor(() => expect(seen.at(-1)).toEqual(['observer', 'writer']), SOON);
  notes.destroy();
});

test('when a room is stood down its texts may only be read, also in windows that had them open', async () => {
  const served = await hostWithAdministrator();
  const { host, admin } = served;
  const { roomId } = await admin.get('alarm.raise', { what: 'Ovens', why: '' });
  await act(admin, roomId, declaration);
  const { statementId } = await act(admin, roomId, blankStatement);
  const document = `${roomId}/statement/${String(statementId)}`;
  const text = await openDocument(served, admin, document);
  const notes = await openDocument(served, admin, `${roomId}/notes`);
  text.text.insert(0, 'We know of it.');
  await vi.waitFor(() => expect(host.sync.textOf(document)?.text).toBe('We know of it.'), SOON);
  await act(admin, roomId, { type: 'standDown', reason: 'It is over.' });
  await vi.waitFor(() => expect(text.closes[0]?.code).toBe(1012), SOON);
  await vi.waitFor(() => expect(text.provider.synced).toBe(true), SOON);
  text.text.insert(0, 'Too late. ');
  await vi.waitFor(() => expect(text.closes.at(-1)?.code).toBe(4403), SOON);
  expect(host.sync.textOf(document)?.text).toBe('We know of it.');
  expect(notes.closes).toEqual([]);
  for (const client of [text, notes]) client.destroy();
});

test('signing out ends the texts of that session, and of no other session of the same person', async () => {
  const served = await hostWithAdministrator();
  const { host, url } = served;
  const token = host.access.issueToken(host.founded()?.owner() ?? null);
  const cookies = [await signIn(url, token), await signIn(url, token)];
  const [leaving, staying] = await Promise.all(cookies.map((cookie) => openApi(url, { cookie, origin: url })));
  if (!leaving || !staying) throw new Error('two windows');
  const gone = await openDocument(served, leaving, NOTES);
  const kept = await openDocument(served, staying, NOTES);
  await fetch(`${url}/session`, { method: 'DELETE', headers: { cookie: cookies[0] ?? '', origin: url } });
  await vi.waitFor(() => expect(gone.closes[0]?.code).toBe(4401), SOON);
  expect(await leaving.closed).toBe(4401);
  kept.text.insert(0, 'Still here.');
  await vi.waitFor(() => expect(host.sync.textOf(NOTES)?.text).toBe('Still here.'), SOON);
  expect(kept.closes).toEqual([]);
  for (const client of [gone, kept]) client.destroy();
});

test('whoever acts as somebody else writes nothing more in the earlier name', async () => {
  const served = await serveInProcess(testFolder(), { ifEmpty: 'demo', demoSpeed: 1 });
  const { host, url } = served;
  const founded = host.founded();
  const other = Object.values(founded?.workspace.state.operators ?? {}).find(
    ({ operatorId }) => operatorId !== founded?.owner(),
  );
  const api = await connectApi(url, host.access.issueToken(founded?.owner() ?? null));
  const notes = await openDocument(served, api, NOTES);
  await api.get('session.actAs', { operatorId: other?.operatorId ?? ('none' as OperatorId) });
  await vi.waitFor(() => expect(notes.closes[0]?.code).toBe(1012), SOON);
  const again = await openDocument(served, api, NOTES);
  again.text.insert(0, 'In the new name.');
  const authors = () => founded?.notes.store.history(NOTES).map(({ operatorId }) => operatorId);
  await vi.waitFor(() => expect(authors()).toEqual([other?.operatorId]), SOON);
  for (const client of [notes, again]) client.destroy();
});
