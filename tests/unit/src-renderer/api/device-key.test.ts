import { expect, test, vi } from 'vitest';
import { browserProofBytes } from '../../../../shared/protocol/browser-proof.ts';
import { isProofDue, proofOf } from '../../../../src-renderer/api/device-key-session.ts';
import { type DeviceKeyDeps, type KeyShelf, openDeviceKey } from '../../../../src-renderer/api/device-key.ts';
import { verifyEd25519 } from '../../../../src-main/identity/ed25519.ts';
import { unwrap } from '../../../support/unwrap.ts';

function memoryShelf(): KeyShelf & { kept: unknown } {
  return {
    kept: undefined,
    read() {
      return Promise.resolve(this.kept);
    },
    write(pair) {
      this.kept = pair;
      return Promise.resolve();
    },
  };
}

function inTurn(): DeviceKeyDeps['exclusively'] {
  let last: Promise<unknown> = Promise.resolve();
  return (act) => {
    const done = last.then(act, act);
    last = done;
    return done;
  };
}

function browser(changes: Partial<DeviceKeyDeps> = {}) {
  const persist = vi.fn(() => Promise.resolve(true));
  return { subtle: crypto.subtle, shelf: memoryShelf(), exclusively: inTurn(), persist, ...changes };
}

const CHALLENGE = { workspaceId: null, certificate: null, nonce: 'ab'.repeat(32) };

test('the key is made once and kept: two tabs at the same moment, and every later one, have the same', async () => {
  const deps = browser();
  expect(await openDeviceKey(deps, { create: false })).toMatchObject({ error: { why: 'none-yet' } });
  const tabs = await Promise.all([openDeviceKey(deps, { create: true }), openDeviceKey(deps, { create: true })]);
  const later = await openDeviceKey(deps, { create: false });
  const [first, ...others] = [...tabs, later].map((key) => unwrap(key).publicKey);
  expect(others).toEqual([first, first]);
  expect(deps.persist).toHaveBeenCalledTimes(1);
});

test('nobody can take the private part out, and the host takes its signature', async () => {
  const shelf = memoryShelf();
  const key = unwrap(await openDeviceKey(browser({ shelf }), { create: true }));
  const { privateKey } = shelf.kept as CryptoKeyPair;
  await expect(crypto.subtle.exportKey('pkcs8', privateKey)).rejects.toThrow();
  const proof = await proofOf(key, CHALLENGE);
  expect(proof).toMatchObject({ key: key.publicKey, nonce: CHALLENGE.nonce });
  expect(verifyEd25519(proof.key, browserProofBytes(CHALLENGE, proof.key), proof.signature)).toBe(true);
});

test('a browser whose Ed25519 is missing, or does not verify what it signed, is not promised a key', async () => {
  const missing = { generateKey: () => Promise.reject(new DOMException('no', 'NotSupportedError')) };
  const wrong = {
    generateKey: (...args: Parameters<SubtleCrypto['generateKey']>) => crypto.subtle.generateKey(...args),
    sign: () => Promise.resolve(new ArrayBuffer(64)),
    verify: (...args: Parameters<SubtleCrypto['verify']>) => crypto.subtle.verify(...args),
  };
  for (const subtle of [missing, wrong]) {
    const deps = browser({ subtle: subtle as unknown as SubtleCrypto });
    expect(await openDeviceKey(deps, { create: true })).toMatchObject({ ok: false, error: { why: 'no-ed25519' } });
    expect(deps.shelf.read).toBeDefined();
    expect(await deps.shelf.read()).toBeUndefined();
  }
});

test('a browser that keeps nothing has no key, rather than another one at each visit', async () => {
  const broken: KeyShelf = { read: () => Promise.resolve(undefined), write: () => Promise.reject(new Error('full')) };
  const opened = await openDeviceKey(browser({ shelf: broken }), { create: true });
  expect(opened).toMatchObject({ ok: false, error: { why: 'no-storage' } });
});

test('what lies on the shelf and is no key of ours is not used', async () => {
  const extractable = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  for (const kept of ['a key', {}, { privateKey: 1, publicKey: 2 }, extractable]) {
    const shelf = memoryShelf();
    shelf.kept = kept;
    expect(await openDeviceKey(browser({ shelf }), { create: false })).toMatchObject({ error: { why: 'none-yet' } });
  }
});

test('a browser that will not promise to keep the key has one all the same', async () => {
  const persist = (): Promise<never> => Promise.reject(new Error('not asked by a person'));
  expect((await openDeviceKey(browser({ persist }), { create: true })).ok).toBe(true);
});

test('a proof is due where there is no session and when the last one will not last much longer', () => {
  const hour = 60 * 60 * 1000;
  const standing = (proveWithinMs: number | null, signedIn = true) =>
    isProofDue({ signedIn, proveWithinMs, device: signedIn ? 'key' : null });
  expect([standing(null, false), standing(4 * hour), standing(0)]).toEqual([true, true, true]);
  expect([standing(null), standing(11 * hour), standing(4 * hour + 1)]).toEqual([false, false, false]);
});
