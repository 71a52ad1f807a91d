import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OperatorId, type SignatureHex } from '../../../../shared/base/ids.ts';
import { verifyEd25519 } from '../../../../src-main/identity/ed25519.ts';
import type { SecretProtection } from '../../../../src-main/identity/feed-secrets.ts';
import { createKeyStore } from '../../../../src-main/identity/key-store.ts';
import { unwrap } from '../../../support/unwrap.ts';

let folder = '';
let keys = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-'));
  keys = join(folder, 'keys');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const anna = OperatorId.parse('anna');
const modeOf = (file: string) => statSync(file).mode & 0o777;

test('the host key is made once and found again', () => {
  const first = unwrap(createKeyStore(keys).hostSigner());
  expect(unwrap(createKeyStore(keys).hostSigner()).publicKey).toBe(first.publicKey);
  expect(first.custody).toBe('host');
});

test.skipIf(process.platform === 'win32')(
  "the folder is the owner's alone, and so is every file, also after a copy opened them",
  () => {
    const store = createKeyStore(keys);
    unwrap(store.hostSigner());
    store.createRecoveryKey();
    expect(modeOf(keys)).toBe(0o700);
    for (const name of readdirSync(keys)) expect(modeOf(join(keys, name)), name).toBe(0o600);
    chmodSync(keys, 0o755);
    chmodSync(join(keys, 'host.key'), 0o644);
    unwrap(createKeyStore(keys).hostSigner());
    expect(modeOf(keys)).toBe(0o700);
    expect(modeOf(join(keys, 'host.key'))).toBe(0o600);
  },
);

test('an operator gets a key only when asked for', () => {
  const store = createKeyStore(keys);
  const missing = store.operatorSigner(anna);
  expect(missing).toMatchObject({ ok: false, error: { type: 'KeyMissing' } });
  const made = unwrap(store.operatorSigner(anna, { create: true }));
  expect(unwrap(createKeyStore(keys).operatorSigner(anna)).publicKey).toBe(made.publicKey);
  expect(made.publicKey).not.toBe(unwrap(store.hostSigner()).publicKey);
});

test('a damaged key is named by its file, never shown, and never replaced by itself', () => {
  unwrap(createKeyStore(keys).hostSigner());
  const file = join(keys, 'host.key');
  const half = readFileSync(file, 'utf8').slice(0, 40);
  writeFileSync(file, half);
  expect(createKeyStore(keys).hostSigner()).toEqual({
    ok: false,
    error: { type: 'KeyUnreadable', file, locked: null },
  });
  expect(readFileSync(file, 'utf8')).toBe(half);
});

test('rotating puts a new key in place, and the old one is gone from the disk', () => {
  const store = createKeyStore(keys);
  const old = unwrap(store.operatorSigner(anna, { create: true }));
  const before = readFileSync(join(keys, 'operator-anna.key'), 'utf8').trim();
  const { previous, current } = store.rotate({ operatorId: anna });
  expect(previous?.publicKey).toBe(old.publicKey);
  expect(current.publicKey).not.toBe(old.publicKey);
  expect(unwrap(createKeyStore(keys).operatorSigner(anna)).publicKey).toBe(current.publicKey);
  for (const name of readdirSync(keys)) expect(readFileSync(join(keys, name), 'utf8')).not.toContain(before);
});

test('the recovery key is made once, its private part is not kept, and the printed one signs', () => {
  const store = createKeyStore(keys);
  const { publicKey, privateKey } = store.createRecoveryKey()!;
  expect(store.createRecoveryKey()).toBeNull();
  for (const name of readdirSync(keys)) {
    expect(readFileSync(join(keys, name), 'utf8')).not.toContain(privateKey.replaceAll('-', ''));
  }
  const signer = unwrap(store.recoverySigner(` ${privateKey.toUpperCase().replaceAll('-', ' ')}\n`));
  const signature = Buffer.from(signer.sign(Buffer.from('x'))).toString('hex') as SignatureHex;
  expect(verifyEd25519(publicKey, Buffer.from('x'), signature)).toBe(true);
  const mistyped = (privateKey.startsWith('0') ? '1' : '0') + privateKey.slice(1);
  expect(store.recoverySigner(mistyped)).toEqual({ ok: false, error: { type: 'RecoveryKeyWrong' } });
  expect(store.recoverySigner('nonsense')).toEqual({ ok: false, error: { type: 'RecoveryKeyWrong' } });
});

test("a device's key is another one than the host keeps for the same person, and says so", () => {
  const store = createKeyStore(keys);
  expect(store.deviceSigner(anna)).toMatchObject({ ok: false, error: { type: 'KeyMissing' } });
  const device = unwrap(store.deviceSigner(anna, { create: true }));
  expect(device.custody).toBe('device');
  expect(unwrap(store.operatorSigner(anna, { create: true })).publicKey).not.toBe(device.publicKey);
  const { previous, current } = store.rotate({ device: anna });
  expect(previous?.publicKey).toBe(device.publicKey);
  expect(unwrap(createKeyStore(keys).deviceSigner(anna)).publicKey).toBe(current.publicKey);
  expect(current.custody).toBe('device');
});

/** As a keychain does it for one session: reversible there, noise elsewhere. */
function keychainOf(session: string): SecretProtection {
  return {
    protect: (text) => Buffer.from(`${session}:${text}`).reverse(),
    unprotect(bytes) {
      const text = Buffer.from(bytes).reverse().toString();
      if (!text.startsWith(`${session}:`)) throw new Error('protected elsewhere');
      return text.slice(session.length + 1);
    },
  };
}

test('with a keychain no key rests plain, those of before included, and nobody else reads them', () => {
  const before = createKeyStore(keys);
  const host = unwrap(before.hostSigner());
  expect(before.protection).toBe('file');
  const plain = readFileSync(join(keys, 'host.key'), 'utf8').trim();

  const store = createKeyStore(keys, keychainOf('anna'));
  expect(store.protection).toBe('keychain');
  expect(unwrap(store.hostSigner()).publicKey).toBe(host.publicKey);
  const device = unwrap(store.deviceSigner(anna, { create: true }));
  for (const name of readdirSync(keys)) {
    expect(readFileSync(join(keys, name), 'utf8')).toMatch(/^protected:/);
    expect(readFileSync(join(keys, name), 'utf8')).not.toContain(plain);
    if (process.platform !== 'win32') expect(modeOf(join(keys, name))).toBe(0o600);
  }
  const again = createKeyStore(keys, keychainOf('anna'));
  expect(again.isLocked()).toBe(false);
  expect(unwrap(again.deviceSigner(anna)).publicKey).toBe(device.publicKey);
  for (const other of [createKeyStore(keys), createKeyStore(keys, keychainOf('bo'))]) {
    expect(other.isLocked()).toBe(true);
    const file = join(keys, 'host.key');
    expect(other.hostSigner()).toEqual({ ok: false, error: { type: 'KeyUnreadable', file, locked: host.publicKey } });
  }
});

test('a keychain that refuses to wrap leaves a key as it is, and it signs', () => {
  const host = unwrap(createKeyStore(keys).hostSigner());
  const refusing: SecretProtection = {
    ...keychainOf('anna'),
    protect() {
      throw new Error('locked');
    },
  };
  expect(unwrap(createKeyStore(keys, refusing).hostSigner()).publicKey).toBe(host.publicKey);
  expect(readFileSync(join(keys, 'host.key'), 'utf8')).not.toMatch(/^protected:/);
});

test('the recovery key of a workspace is known by what the workspace says, where it was not made', () => {
  const { publicKey, privateKey } = createKeyStore(keys).createRecoveryKey()!;
  const elsewhere = createKeyStore(join(folder, 'elsewhere'));
  expect(elsewhere.recoverySigner(privateKey).ok).toBe(false);
  expect(unwrap(elsewhere.recoverySigner(privateKey, publicKey)).publicKey).toBe(publicKey);
});
