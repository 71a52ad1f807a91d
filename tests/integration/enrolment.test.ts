import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { OperatorId } from '../../shared/base/ids.ts';
import { actorOfKey } from '../../shared/domain/workspace/workspace.ts';
import { ENROL_PATH, type EnrolmentRequest } from '../../shared/protocol/enrolment.ts';
import { callEnrol, type CallEnrol } from '../../src-main/host/call-enrol.ts';
import { inviteTextOf, linkOf, parseInviteText } from '../../shared/protocol/invite-link.ts';
import {
  ADMINISTRATOR,
  inviteOf,
  type IssuingHost,
  issuingHost,
  joiningMachine,
  NEW_PERSON,
  requestWith,
  serveEnrol,
} from '../support/enrolment-stage.ts';
import { unwrap } from '../support/unwrap.ts';

const DAY_MS = 24 * 60 * 60_000;

async function post(url: string, body: unknown): Promise<{ readonly status: number; readonly code: string }> {
  const response = await fetch(url + ENROL_PATH, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const said = (await response.json()) as { readonly code?: string };
  return { status: response.status, code: said.code ?? 'done' };
}

/** What was refused, as it stands in the log. */
const refusals = (host: IssuingHost) => host.recorded('EnrolmentRefused').map(({ body }) => body?.['why']);

test('a link, a code and a picture of the link; whoever joins by it is a new person with one key on one machine', async () => {
  const host = issuingHost();
  const url = await serveEnrol(host);
  const issued = host.issue(NEW_PERSON, url);
  expect(issued.link).toMatch(/^firebreak:\/\/join#[A-Za-z0-9_-]+$/);
  expect(issued.qr).toMatch(/^<svg [^]*<\/svg>$/);
  expect(issued.expiresAt).toBe(host.time.now + DAY_MS);
  expect(issued.operatorId).toBe('ada-byron');
  expect(inviteOf(issued.link).workspace).toBe(host.genesis());
  expect(inviteOf(issued.code)).toEqual(inviteOf(issued.link));

  const machine = joiningMachine();
  const joined = unwrap(await machine.join(issued.link));
  expect(joined).toMatchObject({ operatorId: 'ada-byron', organisation: 'My organisation' });
  expect(joined.file.log.logId).toBe('workspace');
  const keys = machine.keys();
  const [hostKey, restoreKey] = [unwrap(keys.hostSigner()).publicKey, unwrap(keys.restoreSigner()).publicKey];
  const device = unwrap(keys.deviceSigner('ada-byron' as OperatorId));
  const { state } = host.workspace;
  expect(state.hosts[hostKey]).toMatchObject({ restoreKey, operatorId: 'ada-byron', isFounder: false });
  expect(actorOfKey(state, hostKey)).toEqual({ kind: 'host' });
  expect(actorOfKey(state, device.publicKey)).toMatchObject({ operatorId: 'ada-byron', roles: ['comms-lead'] });
  expect(state.keys[device.publicKey]).toMatchObject({ custody: 'device', host: hostKey });
  expect(host.workspace.history.voids.size).toBe(0);
  expect(machine.follow().read()).toEqual({
    version: 1,
    hostId: host.keyRing.host().publicKey,
    hostKey: host.keyRing.host().publicKey,
    url,
    certificate: null,
    workspace: host.genesis(),
  });
  expect(machine.follow().joining.read()).toBeNull();
  // The machine that issued it never had the new keys, nor the new one the administrator's.
  expect(host.keyRing.holds('ada-byron' as OperatorId)).toBe(false);
  const names = readdirSync(machine.paths.keysDir);
  expect(names).toEqual(expect.arrayContaining(['host.key', 'restore.key', 'device-ada-byron.key', 'follow.json']));
  expect(names).not.toContain('operator-administrator.key');
  for (const name of names) {
    const file = join(machine.paths.keysDir, name);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777, name).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toContain(inviteOf(issued.link).secret);
  }
});

test('a relay has no person, and a person who is here already gets one more machine', async () => {
  const host = issuingHost();
  const url = await serveEnrol(host);
  const relay = joiningMachine();
  expect(unwrap(await relay.join(host.issue({ as: 'relay', name: 'Relay' }, url).link)).operatorId).toBeNull();
  const relayKey = unwrap(relay.keys().hostSigner()).publicKey;
  expect(host.workspace.state.hosts[relayKey]).toMatchObject({ name: 'Relay', operatorId: null });
  const desktop = joiningMachine();
  const wish = { as: 'person', operatorId: ADMINISTRATOR } as const;
  expect(unwrap(await desktop.join(host.issue(wish, url).code)).operatorId).toBe(ADMINISTRATOR);
  const device = unwrap(desktop.keys().deviceSigner(ADMINISTRATOR)).publicKey;
  expect(actorOfKey(host.workspace.state, device)).toMatchObject({ operatorId: ADMINISTRATOR });
  expect(Object.keys(host.workspace.state.operators)).toEqual([ADMINISTRATOR]);
  expect(host.enrolment.issue(ADMINISTRATOR, wish, null)).toMatchObject({ error: { code: 'NotShared' } });
  const nobody = { as: 'person', operatorId: 'nobody' as OperatorId } as const;
  expect(host.enrolment.issue(ADMINISTRATOR, nobody, { urls: [url], certificate: null }).ok).toBe(false);
});

test('used twice, expired, changed, unknown, of somebody revoked: refused with a sentence, and recorded', async () => {
  const host = issuingHost();
  const url = await serveEnrol(host);

  const once = inviteOf(host.issue(NEW_PERSON, url).link);
  expect(await post(url, requestWith(once))).toEqual({ status: 200, code: 'done' });
  expect(await post(url, requestWith(once))).toEqual({ status: 403, code: 'InviteUsed' });

  const late = inviteOf(host.issue({ as: 'relay', name: 'Late' }, url).link);
  host.time.now += DAY_MS;
  expect(await post(url, requestWith(late))).toEqual({ status: 403, code: 'InviteExpired' });

  const relay = inviteOf(host.issue({ as: 'relay', name: 'Relay' }, url).link);
  const longer = { ...relay, expiresAt: (relay.expiresAt + 1) as typeof relay.expiresAt };
  expect(await post(url, requestWith(longer))).toEqual({ status: 403, code: 'InviteChanged' });
  expect(await post(url, requestWith({ ...relay, name: 'Another' }))).toEqual({ status: 403, code: 'InviteChanged' });

  const elsewhere = issuingHost();
  const foreign = inviteOf(elsewhere.issue(NEW_PERSON, url).link);
  expect(await post(url, requestWith(foreign))).toEqual({ status: 403, code: 'InviteUnknown' });
  // The same, dressed up as one for this workspace.
  const dressed = { ...foreign, workspace: host.genesis() ?? foreign.workspace };
  expect(await post(url, requestWith(dressed))).toEqual({ status: 403, code: 'InviteUnknown' });

  const forAda = inviteOf(host.issue({ as: 'person', operatorId: 'ada-byron' as OperatorId }, url).link);
  host.workspace.record(host.keyRing.operator(ADMINISTRATOR), [
    { type: 'OperatorRevoked', operatorId: 'ada-byron' as OperatorId },
  ]);
  expect(await post(url, requestWith(forAda))).toEqual({ status: 403, code: 'InviteRevoked' });

  expect(refusals(host)).toEqual(['used', 'expired', 'changed', 'changed', 'unknown', 'unknown', 'revoked']);
  expect(host.recorded('HostEnrolled')).toHaveLength(1);
  expect(host.workspace.history.voids.size).toBe(0);
  const signed = host
    .recorded('EnrolmentRefused')
    .every(({ envelope }) => envelope.author === host.keyRing.host().publicKey);
  expect(signed).toBe(true);
});

test('whoever issued it must still be allowed to when it is used', () => {
  const host = issuingHost();
  const { link } = host.issue();
  const second = 'second' as OperatorId;
  host.workspace.record(host.keyRing.operator(ADMINISTRATOR), [
    { type: 'OperatorAdded', operatorId: second, name: 'Second' },
    { type: 'KeyBound', key: host.keyRing.newKeyOf(second), operatorId: second, custody: 'host' },
    { type: 'RoleGranted', operatorId: second, role: 'administrator' },
  ]);
  host.workspace.record(host.keyRing.operator(second), [
    { type: 'RoleWithdrawn', operatorId: ADMINISTRATOR, role: 'administrator' },
  ]);
  expect(host.enrolment.redeem(requestWith(inviteOf(link)))).toMatchObject({
    error: { error: { code: 'InviteRevoked' } },
  });
});

test('each key signs that it comes with just this invite', () => {
  const host = issuingHost();
  const invite = inviteOf(host.issue().link);
  const good = requestWith(invite);
  const other = requestWith(invite);
  const forged: readonly EnrolmentRequest[] = [
    { ...good, hostKey: other.hostKey },
    { ...good, restoreKey: other.restoreKey },
    { ...good, deviceKey: other.deviceKey },
    { ...good, deviceKey: null, proofs: { ...good.proofs, device: null } },
    { ...good, proofs: { ...good.proofs, host: good.proofs.restore } },
    { ...good, proofs: { ...good.proofs, restore: other.proofs.restore } },
    { ...good, proofs: { ...good.proofs, device: null } },
    // Signed for another invite.
    { ...requestWith(inviteOf(host.issue({ as: 'relay', name: 'R' }).link)), invite: good.invite },
  ];
  for (const request of forged)
    expect(host.enrolment.redeem(request)).toMatchObject({ error: { error: { code: 'InviteChanged' } } });
  expect(host.recorded('HostEnrolled')).toHaveLength(0);
  expect(host.enrolment.redeem(good).ok).toBe(true);
});

test('keys that are somebody’s already, or each other, are not taken again', () => {
  const host = issuingHost();
  const first = requestWith(inviteOf(host.issue({ as: 'relay', name: 'One' }).link));
  expect(host.enrolment.redeem(first).ok).toBe(true);
  const machine = joiningMachine();
  const two = inviteOf(host.issue({ as: 'relay', name: 'Two' }).link);
  // A folder that was copied: it proves all of its keys, and they are another machine's.
  let copied: EnrolmentRequest | null = null;
  const call: CallEnrol = (_at, request) => {
    copied = request;
    const redeemed = host.enrolment.redeem(request);
    return Promise.resolve(
      redeemed.ok ? redeemed : { ok: false, error: { isFinal: true, error: redeemed.error.error } },
    );
  };
  return machine.join(linkOf(two), { call }).then(async (joined) => {
    expect(joined.ok).toBe(true);
    rmSync(machine.paths.workspaceFile);
    rmSync(join(machine.paths.keysDir, 'follow.json'));
    const three = host.issue({ as: 'relay', name: 'Three' }).link;
    const keys = machine.keys();
    writeFileSync(
      join(machine.paths.keysDir, 'joining.json'),
      JSON.stringify({ version: 1, inviteId: inviteOf(three).inviteId, workspace: inviteOf(three).workspace }),
    );
    expect(await machine.join(three, { call })).toMatchObject({ error: { code: 'KeysInUse' } });
    expect(copied).toMatchObject({ hostKey: unwrap(keys.hostSigner()).publicKey });
    expect(host.recorded('HostEnrolled')).toHaveLength(2);
  });
});

test('of two that come at once one gets in', async () => {
  const host = issuingHost();
  const url = await serveEnrol(host);
  const invite = inviteOf(host.issue(NEW_PERSON, url).link);
  const answers = await Promise.all(Array.from({ length: 8 }, () => post(url, requestWith(invite))));
  expect(answers.filter(({ code }) => code === 'done')).toHaveLength(1);
  expect(answers.filter(({ code }) => code === 'InviteUsed')).toHaveLength(7);
  expect(host.recorded('HostEnrolled')).toHaveLength(1);
});

test('the same keys are answered again: after a lost answer, after a restart, after the invite expired', () => {
  const host = issuingHost();
  const request = requestWith(inviteOf(host.issue().link));
  const first = unwrap(host.enrolment.redeem(request));
  const length = host.workspace.events().length;
  expect(unwrap(host.enrolment.redeem(request))).toEqual(first);
  host.time.now += 2 * DAY_MS;
  host.restart();
  expect(unwrap(host.enrolment.redeem(request))).toEqual(first);
  expect(host.workspace.events()).toHaveLength(length);
  // Not once that machine was shut out.
  host.workspace.record(host.keyRing.operator(ADMINISTRATOR), [
    { type: 'KeyRetired', key: request.hostKey, reason: 'lost', cuts: [] },
  ]);
  expect(host.enrolment.redeem(request)).toMatchObject({ error: { error: { code: 'InviteRevoked' } } });
});

test('a host that dies between marking the invite and recording the machine: only the same keys go on', () => {
  const host = issuingHost();
  const invite = inviteOf(host.issue().link);
  const request = requestWith(invite);
  host.disk.refuses = true;
  expect(() => host.enrolment.redeem(request)).toThrow('The disk is full.');
  host.disk.refuses = false;
  host.restart();
  expect(host.enrolment.redeem(requestWith(invite))).toMatchObject({ error: { error: { code: 'InviteUsed' } } });
  host.time.now += 2 * DAY_MS;
  expect(host.enrolment.redeem(request).ok).toBe(true);
  expect(host.recorded('HostEnrolled')).toHaveLength(1);
});

test('a list of invites from a backup lets nobody in twice: the log knows what was used', () => {
  const host = issuingHost();
  const invite = inviteOf(host.issue().link);
  const file = join(host.keysDir, 'invites.json');
  const before = readFileSync(file);
  const request = requestWith(invite);
  expect(host.enrolment.redeem(request).ok).toBe(true);
  writeFileSync(file, before);
  host.restart();
  expect(host.enrolment.redeem(requestWith(invite))).toMatchObject({ error: { error: { code: 'InviteUsed' } } });
  expect(host.enrolment.redeem(request).ok).toBe(true);
});

test('a link with any one character changed is no invite, and whoever sends it on is refused', async () => {
  const host = issuingHost();
  const url = await serveEnrol(host);
  const { link } = host.issue(NEW_PERSON, url);
  const request = requestWith(inviteOf(link));
  const machine = joiningMachine();
  let readable = 0;
  for (const [at, character] of [...link].entries()) {
    const other = character === 'A' ? 'B' : character === 'x' ? 'y' : at % 2 ? 'A' : 'x';
    const changed = link.slice(0, at) + other + link.slice(at + 1);
    const text = changed.split('#')[1] ?? '';
    if (/^[A-Za-z0-9_-]+$/.test(text) && changed.startsWith('firebreak://join#')) {
      // The host is asked directly, with proofs for whatever the changed link says.
      const redeemed = host.enrolment.redeem({ ...request, invite: text });
      expect(redeemed.ok, `character ${String(at)}`).toBe(false);
    }
    const call: CallEnrol = (_where, asked) => {
      readable += 1;
      const redeemed = host.enrolment.redeem(asked);
      return Promise.resolve(
        redeemed.ok ? redeemed : { ok: false, error: { isFinal: true, error: redeemed.error.error } },
      );
    };
    const joined = await machine.join(changed, { call });
    expect(joined.ok, `character ${String(at)}`).toBe(false);
  }
  expect(readable).toBeGreaterThan(50); // these are still an invite to look at, and only the issuing host can tell
  expect(host.recorded('HostEnrolled')).toHaveLength(0);
  expect(refusals(host).length).toBeLessThanOrEqual(12);
  expect(await post(url, request)).toEqual({ status: 200, code: 'done' });
});

test('an invite in which any one character of what it says was changed to another of its kind is refused', () => {
  const host = issuingHost();
  const { link } = host.issue();
  const json = Buffer.from(link.split('#')[1] ?? '', 'base64url').toString();
  let readable = 0;
  for (const [at, character] of [...json].entries()) {
    const kinds = ['0123456789abcdef', 'ghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '-:/.,{}[]" '];
    const kind = kinds.find((one) => one.includes(character)) ?? '';
    const other = kind.charAt((kind.indexOf(character) + 1) % kind.length);
    const changed = Buffer.from(json.slice(0, at) + other + json.slice(at + 1)).toString('base64url');
    const invite = parseInviteText(changed);
    if (invite) readable += 1;
    const request = invite ? requestWith(invite) : { ...requestWith(inviteOf(link)), invite: changed };
    const redeemed = host.enrolment.redeem(request);
    const codes = ['InviteChanged', 'InviteUnknown'];
    expect(redeemed.ok ? 'in' : codes.includes(redeemed.error.error.code), `character ${String(at)}`).toBe(true);
  }
  expect(readable).toBeGreaterThan(150);
  expect(host.recorded('HostEnrolled')).toHaveLength(0);
});

test('somebody who knocks all night fills nobody’s log', () => {
  const host = issuingHost();
  const invite = inviteOf(host.issue().link);
  const bad = requestWith({ ...invite, name: 'Another' });
  for (let count = 0; count < 100; count += 1) host.enrolment.redeem(bad);
  expect(refusals(host)).toHaveLength(12);
  host.time.now += 60 * 60_000;
  host.enrolment.redeem(bad);
  expect(refusals(host)).toHaveLength(13);
  // A disk that does not take the record still refuses.
  host.time.now += 60 * 60_000;
  host.disk.refuses = true;
  expect(host.enrolment.redeem(bad)).toMatchObject({ error: { error: { code: 'InviteChanged' } } });
});

test('over HTTP: only small JSON of the right shape, not too often, and nothing while the host may not sign', async () => {
  const host = issuingHost();
  const url = await serveEnrol(host);
  const request = requestWith(inviteOf(host.issue(NEW_PERSON, url).link));
  host.state.readOnly = true;
  expect(await post(url, request)).toEqual({ status: 503, code: 'ReadOnly' });
  host.state.readOnly = false;
  expect(await post(url, '{')).toEqual({ status: 400, code: 'Malformed' });
  expect(await post(url, { ...request, more: 1 })).toEqual({ status: 400, code: 'Malformed' });
  expect(await post(url, { ...request, invite: 'a'.repeat(5000) })).toEqual({ status: 400, code: 'Malformed' });
  expect(await post(url, { ...request, invite: 'a'.repeat(20_000) })).toEqual({ status: 413, code: 'TooLarge' });
  const plain = await fetch(url + ENROL_PATH, { method: 'POST', body: JSON.stringify(request) });
  expect(plain.status).toBe(415);
  let last = { status: 0, code: '' };
  for (let count = 0; count < 30 && last.status !== 429; count += 1) last = await post(url, '{}');
  expect(last).toEqual({ status: 429, code: 'TooManyAttempts' });
  host.time.now += 10_000;
  expect(await post(url, request)).toEqual({ status: 200, code: 'done' });
  expect(refusals(host)).toEqual([]);
});

test('a join that dies before, at, or after the answer is done again with the same keys', async () => {
  const host = issuingHost();
  const url = await serveEnrol(host);
  const { link } = host.issue(NEW_PERSON, url);
  const machine = joiningMachine();
  const died = new Error('the process died');
  const before: CallEnrol = () => Promise.reject(died);
  await expect(machine.join(link, { call: before })).rejects.toBe(died);
  const key = unwrap(machine.keys().hostSigner()).publicKey;
  const after: CallEnrol = async (at, request) => {
    await callEnrol(at, request);
    throw died;
  };
  await expect(machine.join(link, { call: after })).rejects.toBe(died);
  expect(host.recorded('HostEnrolled')).toHaveLength(1);
  expect(machine.follow().read()).toBeNull();
  // Everything was written but that it has joined.
  const noFollow = {
    ...machine.follow(),
    write: () => {
      throw died;
    },
  };
  await expect(machine.join(link, { follow: noFollow })).rejects.toBe(died);
  expect(unwrap(await machine.join(link)).operatorId).toBe('ada-byron');
  expect(unwrap(machine.keys().hostSigner()).publicKey).toBe(key);
  expect(host.recorded('HostEnrolled')).toHaveLength(1);
  expect(machine.follow().read()).toMatchObject({ workspace: host.genesis() });

  // Done is done: the folder is somebody's now.
  expect(await machine.join(link)).toMatchObject({ error: { code: 'FolderTaken' } });
  expect(await joiningMachine().join(link)).toMatchObject({ error: { code: 'InviteUsed' } });
});

test('another invite on a folder whose join came to nothing begins with other keys', async () => {
  const host = issuingHost();
  const url = await serveEnrol(host);
  const machine = joiningMachine();
  const unreachable: CallEnrol = () =>
    Promise.resolve({ ok: false, error: { isFinal: false, error: { code: 'HostUnreachable', message: '' } } });
  await machine.join(host.issue(NEW_PERSON, url).link, { call: unreachable });
  const first = unwrap(machine.keys().hostSigner()).publicKey;
  expect((await machine.join(host.issue({ as: 'relay', name: 'R' }, url).link)).ok).toBe(true);
  expect(unwrap(machine.keys().hostSigner()).publicKey).not.toBe(first);
  expect(readdirSync(machine.paths.dataDir).some((name) => name.startsWith('keys-aside-'))).toBe(true);
});

test('nothing is sent to a machine elsewhere without encryption, nor to nobody', async () => {
  const host = issuingHost();
  const away = host.issue({ as: 'relay', name: 'R' }, 'http://192.0.2.1:8080').link;
  expect(await joiningMachine().join(away)).toMatchObject({ error: { code: 'NotEncrypted' } });
  const closed = host.issue({ as: 'relay', name: 'R' }, 'http://127.0.0.1:9').link;
  expect(await joiningMachine().join(closed)).toMatchObject({ error: { code: 'HostUnreachable' } });
  expect(await joiningMachine().join('hello')).toMatchObject({ error: { code: 'NoInvite' } });
});

test('an answer for another workspace is not followed', async () => {
  const host = issuingHost();
  const machine = joiningMachine();
  const call: CallEnrol = (_at, request) => {
    const redeemed = host.enrolment.redeem(request);
    if (!redeemed.ok) throw new Error(redeemed.error.error.code);
    return Promise.resolve({ ok: true, value: { ...redeemed.value, workspace: 'f'.repeat(64) as never } });
  };
  expect(await machine.join(host.issue().link, { call })).toMatchObject({ error: { code: 'OtherWorkspace' } });
  expect(machine.follow().read()).toBeNull();
});

test('a pending invite keeps a new person’s id, and one who was added meanwhile is not made two', () => {
  const host = issuingHost();
  const [one, two] = [host.issue(), host.issue()];
  expect([one.operatorId, two.operatorId]).toEqual(['ada-byron', 'ada-byron-2']);
  host.workspace.record(host.keyRing.operator(ADMINISTRATOR), [
    { type: 'OperatorAdded', operatorId: 'ada-byron' as OperatorId, name: 'Ada Byron' },
  ]);
  expect(host.enrolment.redeem(requestWith(inviteOf(one.link)))).toMatchObject({ error: { status: 409 } });
  expect(host.enrolment.redeem(requestWith(inviteOf(two.link))).ok).toBe(true);
});

test('what is typed or pasted wrong is told apart from what the host refuses', async () => {
  const host = issuingHost();
  const { code, link } = host.issue();
  const groups = code.split('-');
  const wrong = groups
    .with(
      2,
      (groups[2] ?? '').replace(/^./, (first) => (first === 'A' ? 'B' : 'A')),
    )
    .join(' ');
  const typed = await joiningMachine().join(wrong);
  expect(typed).toMatchObject({
    error: { code: 'GroupMistyped', message: expect.stringContaining('Group 3') as string },
  });
  expect(inviteTextOf(inviteOf(link))).toBe(link.split('#')[1]);
});
