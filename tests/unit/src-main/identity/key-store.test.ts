import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { OperatorId, type SignatureHex } from '../../../../shared/base/ids.ts';
import { verifyEd25519 } from '../../../../src-main/identity/ed25519.ts';
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
  expect(createKeyStore(keys).hostSigner()).toEqual({ ok: false, error: { type: 'KeyUnreadable', file } });
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
