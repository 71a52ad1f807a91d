import { copyFileSync, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { instant, type OperatorId, type PublicKeyHex } from '../../shared/base/ids.ts';
import { actorOfKey } from '../../shared/domain/workspace/workspace.ts';
import { createWorkspaceHistory } from '../../shared/log/workspace-history.ts';
import { openLogFile, type LogFile, pathsOf } from '../../src-main/app/data-folder.ts';
import { recoverAdministrator } from '../../src-main/app/recover-administrator.ts';
import { renewKeys } from '../../src-main/app/renew-keys.ts';
import { type HighWater, openHighWater } from '../../src-main/identity/high-water.ts';
import { createKeyStore, type KeyStore } from '../../src-main/identity/key-store.ts';
import { createSaltSource } from '../../src-main/identity/salts.ts';
import { ADMINISTRATOR, issuingHost, joiningMachine, serveEnrol, temporaryFolder } from '../support/enrolment-stage.ts';
import { unwrap } from '../support/unwrap.ts';

const ADA = 'ada-byron' as OperatorId;
const HOUR = 60 * 60_000;
const salt = createSaltSource();
const clock = { now: () => instant(1_780_000_100_000) };
const context = () => ({ now: clock.now(), salt, workspaceHeads: [] });

/** A folder at one of its starts. */
interface Started {
  readonly file: LogFile;
  readonly keys: KeyStore;
  readonly highWater: HighWater;
}

/** Ada's desktop, an administrator's, joined and synced; every start of it is a process of its own. */
async function desktopOfAda() {
  const host = issuingHost();
  const url = await serveEnrol(host);
  const machine = joiningMachine();
  const { link } = host.issue({ as: 'new-person', name: 'Ada Byron', role: 'administrator' }, url);
  unwrap(await machine.join(link));
  const outside = join(temporaryFolder(), 'outside.txt');

  function start<Value>(act: (started: Started) => Value, dataDir = machine.paths.dataDir, marks = outside): Value {
    const paths = pathsOf(dataDir);
    const highWater = openHighWater({ inside: join(paths.keysDir, 'high-water.txt'), outside: marks });
    const file = unwrap(openLogFile(paths.workspaceFile, 'workspace', { create: false, highWater }));
    try {
      return act({ file, keys: createKeyStore(paths.keysDir), highWater });
    } finally {
      file.db.close();
      highWater.close();
    }
  }

  const empty = join(temporaryFolder(), 'empty.db');
  copyFileSync(machine.paths.workspaceFile, empty);
  const sync = (): void => start(({ file }) => void file.log.receive(host.log.read(), clock.now()));
  sync();
  return { host, machine, start, sync, empty };
}

const renewAt = (now: number) => (started: Started) => {
  const { file, keys, highWater } = started;
  return renewKeys({ workspaceLog: file.log, roomLogs: [], keys, highWater, clock: { now: () => instant(now) }, salt });
};
const renew = renewAt(clock.now());
const historyOf = ({ file }: Started) => createWorkspaceHistory(file.log.read());
const note = (started: Started, key: 'device' | 'host'): PublicKeyHex => {
  const { file, keys } = started;
  const signer = unwrap(key === 'host' ? keys.hostSigner() : keys.deviceSigner(ADA));
  const draft =
    key === 'host'
      ? { type: 'EnrolmentRefused', body: { inviteId: null, why: 'unknown' } }
      : { type: 'RoleGranted', body: { operatorId: ADA, role: 'legal' } };
  file.log.append(signer, [draft], context());
  return signer.publicKey;
};

test('a start without anything amiss renews nothing, not even the keys of other hosts that are not here', async () => {
  const { start } = await desktopOfAda();
  start((started) => {
    note(started, 'device');
    note(started, 'host');
  });
  expect(start(renew)).toEqual({ ok: true, value: 0 });
});

test('a restored backup on a joined host: new keys, bound by its own restore key, and nothing forks', async () => {
  const { host, machine, start } = await desktopOfAda();
  const backup = join(temporaryFolder(), 'workspace.db');
  copyFileSync(machine.paths.workspaceFile, backup);
  const before = start((started) => ({ device: note(started, 'device'), host: note(started, 'host') }));
  const signedOn = start(({ file }) => file.log.read());
  for (const name of ['-wal', '-shm']) rmSync(machine.paths.workspaceFile + name, { force: true });
  copyFileSync(backup, machine.paths.workspaceFile);

  expect(start(renew)).toEqual({ ok: true, value: 2 });
  const after = start((started) => ({ device: note(started, 'device'), host: note(started, 'host') }));
  expect(after.device).not.toBe(before.device);
  expect(after.host).not.toBe(before.host);
  // What was lost comes back from another host, and counts: the cut says up to where.
  start((started) => {
    started.file.log.receive(signedOn, clock.now());
    const history = historyOf(started);
    expect([...history.voids.values()]).toEqual([]);
    const { state } = history;
    const hostId = before.host;
    expect(state.keys[before.device]).toMatchObject({ retired: true, host: hostId });
    expect(state.keys[after.device]).toMatchObject({
      retired: false,
      host: hostId,
      custody: 'device',
      operatorId: ADA,
    });
    expect(state.keys[after.host]).toMatchObject({ retired: false, host: hostId, operatorId: null });
    expect(actorOfKey(state, after.device)).toMatchObject({ operatorId: ADA });
    expect(actorOfKey(state, after.host)).toEqual({ kind: 'host' });
    const renewal = started.file.log.read().find(({ envelope }) => envelope.type === 'KeyBound' && envelope.seq > 0);
    expect(renewal).toBeDefined();
    const restore = unwrap(started.keys.restoreSigner()).publicKey;
    expect(started.file.log.heads().map(({ author }) => author)).toContain(restore);
    // The founder's keys are none of its business.
    expect(state.keys[host.keyRing.host().publicKey]?.retired).toBe(false);
  });
  expect(start(renew)).toEqual({ ok: true, value: 0 });
});

test('a copied folder on another machine gets keys of its own, and the first start mends a crash on the way', async () => {
  const { machine, start } = await desktopOfAda();
  start((started) => {
    note(started, 'device');
    note(started, 'host');
  });
  const copy = join(temporaryFolder(), 'copy');
  cpSync(machine.paths.dataDir, copy, { recursive: true });
  const elsewhere = join(temporaryFolder(), 'elsewhere.txt');
  const rotated = unwrap(createKeyStore(pathsOf(copy).keysDir).deviceSigner(ADA)).publicKey;
  // A crash came after the new host key was written, before it was bound.
  createKeyStore(pathsOf(copy).keysDir).rotate('host');
  expect(start(renew, copy, elsewhere)).toEqual({ ok: true, value: 2 });
  start(
    (started) => {
      const { state, voids } = historyOf(started);
      expect(voids.size).toBe(0);
      expect(state.keys[rotated]?.retired).toBe(true);
      expect(actorOfKey(state, unwrap(started.keys.hostSigner()).publicKey)).toEqual({ kind: 'host' });
      expect(actorOfKey(state, unwrap(started.keys.deviceSigner(ADA)).publicKey)).toMatchObject({ operatorId: ADA });
    },
    copy,
    elsewhere,
  );
  expect(start(renew, copy, elsewhere)).toEqual({ ok: true, value: 0 });
});

test('a backup from before the machine was known here signs nothing until what it signed is back', async () => {
  const { host, machine, start, sync, empty } = await desktopOfAda();
  start((started) => note(started, 'host'));
  const signedOn = start(({ file }) => file.log.read());
  for (const name of ['', '-wal', '-shm']) rmSync(machine.paths.workspaceFile + name, { force: true });
  copyFileSync(empty, machine.paths.workspaceFile);
  // The empty file that a join begins with is there; the marks say that this host key has signed before.
  expect(start(renew)).toEqual({ ok: false, error: { type: 'RestoreKeyBehind' } });
  sync();
  start(({ file }) => void file.log.receive(signedOn, clock.now()));
  expect(start(renew)).toEqual({ ok: true, value: 0 });
  expect(host.workspace.history.voids.size).toBe(0);
});

test('a machine whose clock is far behind binds no new keys, which would rest on nothing, until it is set', async () => {
  const { machine, start } = await desktopOfAda();
  const backup = join(temporaryFolder(), 'workspace.db');
  copyFileSync(machine.paths.workspaceFile, backup);
  const before = start((started) => note(started, 'host'));
  for (const name of ['-wal', '-shm']) rmSync(machine.paths.workspaceFile + name, { force: true });
  copyFileSync(backup, machine.paths.workspaceFile);

  expect(start(renewAt(clock.now() - HOUR))).toEqual({ ok: false, error: { type: 'ClockBehind' } });
  expect(start(({ keys }) => unwrap(keys.hostSigner()).publicKey)).toBe(before);
  expect(start(renew)).toEqual({ ok: true, value: 1 });
  expect(start((started) => historyOf(started).voids.size)).toBe(0);
});

test('keys that a keychain has locked renew nothing and settle nothing', async () => {
  const { machine, start } = await desktopOfAda();
  const keychain = {
    protect: (text: string) => Buffer.from(text),
    unprotect: (bytes: Uint8Array) => Buffer.from(bytes).toString(),
  };
  const wrapped = createKeyStore(machine.paths.keysDir, keychain);
  for (const signer of [wrapped.hostSigner(), wrapped.restoreSigner(), wrapped.deviceSigner(ADA)]) unwrap(signer);
  expect(start(renew)).toEqual({ ok: false, error: { type: 'KeysLocked' } });
  start((started) => expect(renew({ ...started, keys: wrapped })).toEqual({ ok: true, value: 0 }));
});

test('the printed recovery key brings an administrator back, also at a joined host, and once only what was theirs counts', async () => {
  const { host, start, sync } = await desktopOfAda();
  const administrator = host.keyRing.operator(ADMINISTRATOR);
  host.workspace.record(administrator, [{ type: 'OperatorRevoked', operatorId: ADA }]);
  sync();
  const printed = host.recovery?.privateKey ?? '';
  const recover = (started: Started, operatorId: OperatorId, key: string) =>
    recoverAdministrator(operatorId, key, {
      workspaceLog: started.file.log,
      roomLogs: [],
      keys: started.keys,
      highWater: started.highWater,
      clock,
      salt,
    });
  start((started) => {
    expect(actorOfKey(historyOf(started).state, unwrap(started.keys.deviceSigner(ADA)).publicKey).kind).toBe('unknown');
    const mistyped = (printed.startsWith('0') ? '1' : '0') + printed.slice(1);
    expect(recover(started, ADA, mistyped).ok).toBe(false);
    expect(recover(started, 'nobody' as OperatorId, printed).ok).toBe(false);
    const before = unwrap(started.keys.deviceSigner(ADA)).publicKey;
    expect(recover(started, ADA, ` ${printed.toUpperCase()} `)).toEqual({
      ok: true,
      value: { operatorId: ADA, name: 'Ada Byron' },
    });
    const { state, voids } = historyOf(started);
    expect(voids.size).toBe(0);
    expect(state.keys[before]?.retired).toBe(true);
    const now = unwrap(started.keys.deviceSigner(ADA)).publicKey;
    expect(actorOfKey(state, now)).toMatchObject({ operatorId: ADA, roles: ['administrator'] });
    expect(state.keys[now]?.custody).toBe('device');
    // Somebody else, whose key this machine never had.
    expect(recover(started, ADMINISTRATOR, printed).ok).toBe(true);
    const kept = unwrap(started.keys.operatorSigner(ADMINISTRATOR)).publicKey;
    const again = historyOf(started);
    expect(again.state.keys[kept]).toMatchObject({ custody: 'host', host: state.keys[now]?.host });
    expect(again.voids.size).toBe(0);
  });
  expect(start(renew)).toEqual({ ok: true, value: 0 });
});

test('the recovery key works where a keychain keeps the other keys from the command line', async () => {
  const { host, machine, start } = await desktopOfAda();
  const keychain = {
    protect: (text: string) => Buffer.from(text),
    unprotect: (bytes: Uint8Array) => Buffer.from(bytes).toString(),
  };
  const wrapped = createKeyStore(machine.paths.keysDir, keychain);
  const before = unwrap(wrapped.deviceSigner(ADA)).publicKey;
  for (const signer of [wrapped.hostSigner(), wrapped.restoreSigner()]) unwrap(signer);
  start((started) => {
    const { file, keys, highWater } = started;
    const deps = { workspaceLog: file.log, roomLogs: [], keys, highWater, clock, salt };
    expect(recoverAdministrator(ADA, host.recovery?.privateKey ?? '', deps).ok).toBe(true);
    const { state, voids } = historyOf(started);
    expect(voids.size).toBe(0);
    expect(state.keys[before]?.retired).toBe(true);
    const device = unwrap(createKeyStore(machine.paths.keysDir, keychain).deviceSigner(ADA)).publicKey;
    expect(state.keys[device]).toMatchObject({ retired: false, custody: 'device', operatorId: ADA });
  });
});
