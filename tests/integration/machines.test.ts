import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sha256Hex } from '../../shared/base/digest.ts';
import type { OperatorId, PublicKeyHex } from '../../shared/base/ids.ts';
import type { EndpointInput, EndpointName, EndpointOutputs, WorkspaceChange } from '../../shared/protocol/endpoints.ts';
import { ENROL_PATH } from '../../shared/protocol/enrolment.ts';
import type { Caller } from '../../src-main/commands/ports.ts';
import { callEnrol, type CallEnrol } from '../../src-main/host/call-enrol.ts';
import { createKeyStore } from '../../src-main/identity/key-store.ts';
import { inviteOf, joiningMachine } from '../support/enrolment-stage.ts';
import { type HostInside, serveInProcess } from '../support/host-in-process.ts';
import { testFolder } from '../support/host-process.ts';
import { selfSigned } from '../support/self-signed.ts';
import { unwrap } from '../support/unwrap.ts';

const ADA = 'ada-byron' as OperatorId;
const LOCAL: Caller = { sessionId: 'command', operatorId: null, door: 'local' };

/** Asks a host as whoever owns its folder, or as somebody in a browser. */
function asking({ host }: HostInside, operatorId?: OperatorId) {
  const sessionId = operatorId ? host.access.openSession(host.access.issueToken(operatorId))?.sessionId : undefined;
  const caller: Caller = sessionId && operatorId ? { sessionId, operatorId, door: 'browser' } : LOCAL;
  const ask = <Name extends EndpointName>(name: Name, input: EndpointInput<Name>) =>
    host.api.invoke(caller, name, input);
  return {
    async code<Name extends EndpointName>(name: Name, input: EndpointInput<Name>): Promise<string> {
      const reply = await ask(name, input);
      return reply.ok ? 'done' : reply.error.code;
    },
    async get<Name extends EndpointName>(name: Name, input: EndpointInput<Name>): Promise<EndpointOutputs[Name]> {
      const reply = await ask(name, input);
      if (!reply.ok) throw new Error(`${name}: ${reply.error.code} ${reply.error.message}`);
      return reply.value as EndpointOutputs[Name];
    },
    change(change: WorkspaceChange) {
      return this.code('workspace.change', { change });
    },
  };
}

async function withDesktop(role: 'comms-lead' | 'administrator' = 'comms-lead') {
  const served = await serveInProcess(testFolder());
  const owner = asking(served);
  const { link, operatorId } = await owner.get('hosts.enrol', { as: 'new-person', name: 'Ada Byron', role });
  expect(operatorId).toBe(ADA);
  const machine = joiningMachine();
  unwrap(await machine.join(link));
  const hostId = unwrap(machine.keys().hostSigner()).publicKey;
  const device = unwrap(machine.keys().deviceSigner(ADA)).publicKey;
  const state = () => {
    const founded = served.host.founded();
    if (!founded) throw new Error('not founded');
    return founded.workspace.state;
  };
  const voids = () => served.host.founded()?.workspace.history.voids.size;
  return { served, owner, machine, hostId, device, state, voids };
}

test('a machine joins over the host’s own door, which answers no browser there and no other name', async () => {
  const { served, hostId, device, state } = await withDesktop();
  expect(state().hosts[hostId]).toMatchObject({ name: 'Ada Byron', operatorId: ADA });
  expect(state().keys[device]).toMatchObject({ operatorId: ADA, custody: 'device', retired: false, host: hostId });
  const body = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' };
  expect((await fetch(served.url + ENROL_PATH, body)).status).toBe(400);
  expect((await fetch(served.url + ENROL_PATH)).status).toBe(405);
  const asPage = { ...body, headers: { ...body.headers, Origin: 'https://evil.test' } };
  expect((await fetch(served.url + ENROL_PATH, asPage)).status).toBe(403);
  const rebound = await new Promise<number>((resolve, reject) => {
    const headers = { ...body.headers, Host: 'evil.test' };
    request(served.url + ENROL_PATH, { method: 'POST', headers }, (response) => resolve(response.statusCode ?? 0))
      .once('error', reject)
      .end('{}');
  });
  expect(rebound).toBe(421);
});

test('whoever keeps no key here changes nothing here, and is told so', async () => {
  const { served } = await withDesktop('administrator');
  // Ada’s key is on her own desktop; a session in her name proves nothing that this host could sign.
  const ada = asking(served, ADA);
  expect(await ada.code('hosts.enrol', { as: 'relay', name: 'R' })).toBe('KeyElsewhere');
  expect(await ada.code('people.invite', { name: 'Bo', role: 'legal' })).toBe('KeyElsewhere');
  expect(await ada.code('alarm.raise', { what: 'Ovens', why: '' })).not.toBe('HostFailed');
  const legal = asking(served, 'administrator' as OperatorId);
  expect(await legal.code('hosts.enrol', { as: 'relay', name: 'R' })).toBe('done');
});

test('somebody who has a machine is invited for a browser, too: with a key of their own that the host keeps', async () => {
  const { served, owner, device, state, voids } = await withDesktop();
  await owner.get('people.invite', { name: 'Ada Byron', role: 'comms-lead' });
  const keys = Object.entries(state().keys).filter(([, bound]) => bound.operatorId === ADA);
  expect(keys.map(([, { custody }]) => custody).sort()).toEqual(['device', 'host']);
  expect(keys.map(([key]) => key)).toContain(device);
  expect(await asking(served, ADA).code('alarm.raise', { what: 'Ovens', why: '' })).toBe('done');
  const { length } = served.host.founded()?.workspace.events() ?? [];
  await owner.get('people.invite', { name: 'Ada Byron', role: 'comms-lead' });
  expect(served.host.founded()?.workspace.events()).toHaveLength(length ?? 0);
  expect(voids()).toBe(0);
});

test('a lost machine: all its keys end where they are held, its connections too, and the person gets another', async () => {
  const { owner, hostId, device, state, voids } = await withDesktop();
  expect(await owner.code('hosts.retire', { hostId: sha256Hex('none') as never, reason: 'lost' })).toBe('NoSuchHost');
  const own = Object.values(state().hosts).find(({ isFounder }) => isFounder)?.hostId as PublicKeyHex;
  expect(await owner.code('hosts.retire', { hostId: own, reason: 'lost' })).toBe('OwnHost');
  await owner.get('hosts.retire', { hostId, reason: 'left in a train' });
  expect(state().keys[hostId]?.retired).toBe(true);
  expect(state().keys[device]?.retired).toBe(true);
  expect(state().operators[ADA]?.revoked).toBe(false);
  await owner.get('hosts.retire', { hostId, reason: 'again' });

  const { link } = await owner.get('hosts.enrol', { as: 'person', operatorId: ADA });
  const another = joiningMachine();
  expect(unwrap(await another.join(link)).operatorId).toBe(ADA);
  const next = unwrap(another.keys().deviceSigner(ADA)).publicKey;
  expect(state().keys[next]?.retired).toBe(false);
  expect(voids()).toBe(0);
});

test('whose access is revoked loses their machines, and who is taken back needs a new key', async () => {
  const { served, owner, hostId, device, state, voids } = await withDesktop();
  await owner.get('people.invite', { name: 'Ada Byron', role: 'comms-lead' });
  expect(await owner.change({ type: 'reinstateOperator', operatorId: ADA })).toBe('NotRevoked');
  const open = await owner.get('hosts.enrol', { as: 'person', operatorId: ADA });
  await owner.get('people.revoke', { operatorId: ADA });
  for (const bound of Object.values(state().keys).filter(({ operatorId }) => operatorId === ADA))
    expect(bound.retired).toBe(true);
  expect(state().keys[hostId]?.retired).toBe(true);
  expect(await joiningMachine().join(open.link)).toMatchObject({ error: { code: 'InviteRevoked' } });
  expect(await owner.code('hosts.enrol', { as: 'person', operatorId: ADA })).toBe('NoSuchPerson');

  expect(await owner.change({ type: 'reinstateOperator', operatorId: 'nobody' as OperatorId })).toBe('NoSuchPerson');
  expect(await owner.change({ type: 'reinstateOperator', operatorId: ADA })).toBe('done');
  expect(state().operators[ADA]).toMatchObject({ revoked: false, roles: ['comms-lead'] });
  expect(state().keys[device]?.retired).toBe(true);
  expect(await asking(served, ADA).code('alarm.raise', { what: 'Ovens', why: '' })).not.toBe('done');
  await owner.get('people.invite', { name: 'Ada Byron', role: 'comms-lead' });
  expect(await asking(served, ADA).code('alarm.raise', { what: 'Ovens', why: '' })).toBe('done');
  expect(voids()).toBe(0);
});

test('an event is let count again only where it is held', async () => {
  const { served, owner, voids } = await withDesktop();
  const [genesis] = served.host.founded()?.workspace.events() ?? [];
  const none = { type: 'reaffirmEvent', log: 'workspace', hash: sha256Hex('none') } as const;
  expect(await owner.change(none)).toBe('NoSuchEvent');
  if (!genesis) throw new Error('no genesis');
  expect(await owner.change({ ...none, hash: genesis.hash })).toBe('done');
  expect(voids()).toBe(0);
});

test('the first-run screen joins: the folder becomes a host of the other’s workspace, for that person', async () => {
  const { served, owner } = await withDesktop();
  const { link } = await owner.get('hosts.enrol', { as: 'new-person', name: 'Bo', role: 'legal' });
  const joiner = await serveInProcess(testFolder(), { ifEmpty: 'ask' });
  const first = asking(joiner);
  expect(await first.code('hosts.join', { link: link.slice(0, -2) })).toBe('NoInvite');
  expect(await first.code('hosts.join', { link })).toBe('done');
  expect(await first.code('hosts.join', { link })).toBe('AlreadyFounded');
  const hosts = Object.values(served.host.founded()?.workspace.state.hosts ?? {});
  expect(hosts.map(({ operatorId }) => operatorId)).toContain('bo');
});

test('what the machine’s keys rest in is said, and nothing of them', async () => {
  const { served } = await withDesktop();
  let shown: unknown;
  const owner: Caller = LOCAL;
  const stop = unwrap(served.host.api.subscribe(owner, 'host', {}, (view) => (shown = view)));
  stop();
  expect(shown).toMatchObject({ keyProtection: 'file' });
});

test('over TLS a machine joins by the certificate that its invite pins, and tells nobody else what it brings', async () => {
  const served = await serveInProcess(testFolder(), { tls: true });
  const { link } = await asking(served).get('hosts.enrol', { as: 'relay', name: 'Relay' });
  const invite = inviteOf(link);
  expect(invite.certificate).toBe(served.certificate?.fingerprint);
  expect(invite.hosts).toEqual([new URL(served.url).origin]);
  const machine = joiningMachine();
  // Somebody else answers there, with a certificate of their own.
  let requests = 0;
  const impostor = createServer(selfSigned(), (_request, response) => {
    requests += 1;
    response.end('{}');
  });
  await new Promise<void>((resolve) => impostor.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => void impostor.close());
  const elsewhere = `https://127.0.0.1:${String((impostor.address() as AddressInfo).port)}`;
  const call: CallEnrol = (at, request) => callEnrol({ ...at, url: elsewhere }, request);
  expect(await machine.join(link, { call })).toMatchObject({ error: { code: 'OtherCertificate' } });
  const unpinned: CallEnrol = (_at, request) => callEnrol({ url: elsewhere, certificate: null }, request);
  expect(await machine.join(link, { call: unpinned })).toMatchObject({ error: { code: 'HostUnreachable' } });
  expect(requests).toBe(0);

  expect(unwrap(await machine.join(link)).follow).toMatchObject({
    url: new URL(served.url).origin,
    certificate: served.certificate?.fingerprint,
  });
});

test('where a keychain that is not open here keeps the keys, everything is read, nothing signed, and it says why', async () => {
  const at = testFolder();
  const first = await serveInProcess(at);
  const { roomId } = await asking(first).get('alarm.raise', { what: 'Ovens', why: '' });
  const operatorId = first.host.founded()?.owner() ?? ADA;
  await first.close();
  const keychain = {
    protect: (text: string) => Buffer.from(text),
    unprotect: (bytes: Uint8Array) => Buffer.from(bytes).toString(),
  };
  const wrapped = createKeyStore(join(at.dataDir, 'keys'), keychain);
  for (const signer of [wrapped.hostSigner(), wrapped.restoreSigner(), wrapped.operatorSigner(operatorId)])
    unwrap(signer);

  const locked = await serveInProcess(at);
  const owner = asking(locked);
  expect(locked.host.notices.all().map(({ id }) => id)).toEqual(['keys']);
  expect((await owner.get('rooms.list', {})).map(({ id }) => id)).toEqual([roomId]);
  expect(await owner.code('people.invite', { name: 'Bo', role: 'legal' })).toBe('ReadOnly');
  const { length } = locked.host.founded()?.workspace.events() ?? [];
  await locked.close();

  const open = await serveInProcess(at, { secretProtection: keychain } as never);
  expect(open.host.notices.all()).toEqual([]);
  expect(open.host.founded()?.workspace.events()).toHaveLength(length ?? 0);
  expect(await asking(open).code('people.invite', { name: 'Bo', role: 'legal' })).toBe('done');
});
