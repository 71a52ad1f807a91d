import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { OperatorId } from '../../shared/base/ids.ts';
import type { Caller, SyncPeer } from '../../src-main/commands/ports.ts';
import { type ApiClient, connectApi, openApi, signIn } from '../support/api-client.ts';
import { type HostInside, serveInProcess } from '../support/host-in-process.ts';
import { testFolder } from '../support/host-process.ts';

const NOTES = 'workspace/notes';

/** Who the sync endpoint is told is there, for this token. */
function peerBy({ host }: HostInside, token: string): SyncPeer {
  const answer = host.authorise(token, NOTES);
  if (answer.type !== 'Authorised') throw new Error(answer.type);
  return answer.peer;
}

/** The same for a browser, the way that its page opens a text. */
async function peerOfPage(served: HostInside, api: ApiClient): Promise<SyncPeer> {
  return peerBy(served, (await api.get('document.token', { document: NOTES })).token);
}

/** The same for a window of this machine, the way that the desktop opens a text. */
function peerOfWindow({ host }: HostInside, sessionId: string): SyncPeer {
  const connect = vi.spyOn(host.sync, 'connect').mockImplementation(() => undefined);
  const caller: Caller = { sessionId, operatorId: null, door: 'desktop' };
  const opened = host.api.subscribe(caller, 'yjs', { document: NOTES, channel: `of-${sessionId}` }, () => undefined);
  const peer = connect.mock.calls[0]?.[2];
  connect.mockRestore();
  if (!opened.ok || !peer) throw new Error('the window opened no text');
  opened.value();
  return peer;
}

/** A page, with the device that the host keeps for its session. */
async function page({ host, url }: HostInside, operatorId: OperatorId | null) {
  const cookie = await signIn(url, host.access.issueToken(operatorId));
  const device = host.access.sessionOf(cookie.split('=')[1] ?? '')?.deviceId;
  return { api: await openApi(url, { cookie, origin: url }), device };
}

function owner({ host }: HostInside): OperatorId {
  const operatorId = host.founded()?.owner();
  if (!operatorId) throw new Error('nobody owns this folder');
  return operatorId;
}

test('each door brings its device: a page that of its session, a script that of its token, a window the host’s', async () => {
  const served = await serveInProcess(testFolder());
  const operatorId = owner(served);
  const [one, other] = [await page(served, operatorId), await page(served, operatorId)];
  expect(await peerOfPage(served, one.api)).toEqual({
    operatorId,
    deviceId: one.device,
    name: 'Administrator',
    role: 'Incident commander',
    mayWrite: true,
    sessionId: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect((await peerOfPage(served, other.api)).deviceId).toBe(other.device);

  const token = served.host.access.issueToken(operatorId);
  const script = peerBy(served, token);
  expect(script).toMatchObject({ operatorId, deviceId: expect.stringMatching(/^token:/), sessionId: null });
  expect(peerBy(served, token)).toEqual(script);

  const window = peerOfWindow(served, 'window-1');
  expect(window).toMatchObject({ operatorId, deviceId: expect.stringMatching(/^host:/), sessionId: 'desktop' });
  expect(peerOfWindow(served, 'window-2')).toEqual(window);
  expect(new Set([one.device, other.device, script.deviceId, window.deviceId]).size).toBe(4);
});

test('every device is the same after the host was started again', async () => {
  const at = testFolder();
  const before = await serveInProcess(at);
  const operatorId = owner(before);
  const token = before.host.access.issueToken(operatorId);
  const cookie = await signIn(before.url, token);
  const all = async (served: HostInside) => {
    // Cookies know no ports; only their name does.
    const ofThisPort = cookie.replace(String(before.port), String(served.port));
    const api = await openApi(served.url, { cookie: ofThisPort, origin: served.url });
    const peers = [await peerOfPage(served, api), peerBy(served, token), peerOfWindow(served, 'window-1')];
    return peers.map(({ deviceId }) => deviceId);
  };
  const devices = await all(before);
  await before.close();
  expect(await all(await serveInProcess(at))).toEqual(devices);
});

test('another data folder is another host, with windows of its own', async () => {
  const [one, other] = [await serveInProcess(testFolder()), await serveInProcess(testFolder())];
  expect(peerOfWindow(one, 'window-1').deviceId).not.toBe(peerOfWindow(other, 'window-1').deviceId);
});

test('who acts as somebody else writes in that name and role, from the same device', async () => {
  const served = await serveInProcess(testFolder(), { ifEmpty: 'demo', demoSpeed: 1 });
  const people = Object.values(served.host.founded()?.workspace.state.operators ?? {});
  const [first, second] = people;
  if (!first || !second) throw new Error('the demo has people');
  const { api, device } = await page(served, first.operatorId);
  const own = await peerOfPage(served, api);
  await api.get('session.actAs', { operatorId: second.operatorId });
  const acting = await peerOfPage(served, api);
  expect([own.deviceId, acting.deviceId]).toEqual([device, device]);
  expect([own.name, acting.name]).toEqual([first.name, second.name]);
  expect(acting.role).not.toBe(own.role);
});

test('a token from before somebody acted as another opens nothing any more', async () => {
  const served = await serveInProcess(testFolder(), { ifEmpty: 'demo', demoSpeed: 1 });
  const [first, second] = Object.values(served.host.founded()?.workspace.state.operators ?? {});
  if (!first || !second) throw new Error('the demo has people');
  const { api } = await page(served, first.operatorId);
  const { token } = await api.get('document.token', { document: NOTES });
  await api.get('session.actAs', { operatorId: second.operatorId });
  expect(served.host.authorise(token, NOTES)).toEqual({ type: 'BadToken' });
});

test('the role beside a name is what people read, and what somebody does rather than that they administer', async () => {
  const served = await serveInProcess(testFolder());
  const { api } = await page(served, owner(served));
  const { token, operatorId } = await api.get('people.invite', { name: 'Robin', role: 'administrator' });
  const roles = [peerBy(served, token).role];
  await api.get('people.invite', { name: 'Robin', role: 'social-lead' });
  roles.push(peerBy(served, token).role);
  for (const role of ['administrator', 'social-lead'] as const)
    await api.get('workspace.change', { change: { type: 'withdrawRole', operatorId, role } });
  const without = peerBy(served, token);
  expect([...roles, without.role]).toEqual(['Administrator', 'Social lead', 'No role']);
  expect(without.mayWrite).toBe(false);
});

test('the host has its device before there is an organisation, and makes no signing key for it', async () => {
  const at = testFolder();
  const served = await serveInProcess(at, { ifEmpty: 'ask' });
  expect(readdirSync(join(at.dataDir, 'keys')).filter((name) => name.endsWith('.key'))).toEqual([]);
  const api = await connectApi(served.url, served.host.access.issueToken(null));
  await api.get('demo.start', { speed: 60 });
  const inDemo = peerOfWindow(served, 'window-1').deviceId;
  await api.get('demo.leave', {});
  await api.get('setup.createWorkspace', {
    organisation: 'Fairford',
    watch: [],
    people: [{ name: 'Robin', roles: ['comms-lead'], deputyOf: null }],
    chain: ['comms-lead'],
  });
  expect(peerOfWindow(served, 'window-1').deviceId).toBe(inDemo);
  expect(readdirSync(at.dataDir).filter((name) => name.startsWith('keys-aside'))).toEqual([]);
});

test('what the host itself writes into a text comes from its own device', async () => {
  const served = await serveInProcess(testFolder());
  const operatorId = owner(served);
  expect(served.host.sync.insertText(NOTES, 'Call the plant.', operatorId).ok).toBe(true);
  const [written] = served.host.founded()?.notes.store.history(NOTES) ?? [];
  expect(written).toMatchObject({ operatorId, deviceId: peerOfWindow(served, 'window-1').deviceId });
});
