import { bytesToHex } from '@noble/hashes/utils.js';
import { PublicKeyHex, SignatureHex } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';

/** The key of this browser. Nobody can take its private part out, this page included. */
export interface DeviceKey {
  readonly publicKey: PublicKeyHex;
  sign(message: Uint8Array): Promise<SignatureHex>;
}

/** There is no key: none was made yet, or this browser cannot have one. */
export interface NoDeviceKey {
  readonly type: 'NoDeviceKey';
  readonly why: 'none-yet' | 'no-ed25519' | 'no-storage';
}

/** Where a browser keeps its key, for all its tabs of this origin. Both reject when the browser keeps nothing. */
export interface KeyShelf {
  read(): Promise<unknown>;
  write(pair: CryptoKeyPair): Promise<void>;
}

export interface DeviceKeyDeps {
  readonly subtle: SubtleCrypto;
  readonly shelf: KeyShelf;
  /** Runs `act` while no other tab of this origin does: two must not make a key each. */
  readonly exclusively: <Value>(act: () => Promise<Value>) => Promise<Value>;
  /** Asks the browser not to throw the key away when it needs room. It may say no; the key is then as good. */
  readonly persist: () => Promise<unknown>;
}

const TRIAL = new Uint8Array([102, 105, 114, 101]);

/** The key that is kept here; with `create` a new one where there is none. */
export function openDeviceKey(
  deps: DeviceKeyDeps,
  { create }: { readonly create: boolean },
): Promise<Result<DeviceKey, NoDeviceKey>> {
  return deps.exclusively(async () => {
    try {
      const kept = keyPair(await deps.shelf.read());
      if (kept) return ok(await deviceKey(deps.subtle, kept));
      if (!create) return none('none-yet');
      const made = await makeKeyPair(deps.subtle);
      if (!made) return none('no-ed25519');
      await deps.shelf.write(made);
      await deps.persist().catch(() => undefined);
      return ok(await deviceKey(deps.subtle, made));
    } catch {
      return none('no-storage');
    }
  });
}

/** Not extractable. Tried out before anybody relies on it: some browsers know the name and not the algorithm. */
export async function makeKeyPair(subtle: SubtleCrypto): Promise<CryptoKeyPair | null> {
  try {
    const pair = await subtle.generateKey('Ed25519', false, ['sign', 'verify']);
    const signature = await subtle.sign('Ed25519', pair.privateKey, TRIAL);
    const holds = await subtle.verify('Ed25519', pair.publicKey, signature, TRIAL);
    return holds && !pair.privateKey.extractable ? pair : null;
  } catch {
    return null;
  }
}

async function deviceKey(subtle: SubtleCrypto, pair: CryptoKeyPair): Promise<DeviceKey> {
  const raw = new Uint8Array(await subtle.exportKey('raw', pair.publicKey));
  return {
    publicKey: PublicKeyHex.parse(bytesToHex(raw)),
    async sign(message) {
      const signature = await subtle.sign('Ed25519', pair.privateKey, new Uint8Array(message));
      return SignatureHex.parse(bytesToHex(new Uint8Array(signature)));
    },
  };
}

/** What is on the shelf may have been put there by anything that ran on this origin. */
function keyPair(kept: unknown): CryptoKeyPair | null {
  if (typeof kept !== 'object' || kept === null || !('privateKey' in kept) || !('publicKey' in kept)) return null;
  const { privateKey, publicKey } = kept;
  if (!(privateKey instanceof CryptoKey) || !(publicKey instanceof CryptoKey)) return null;
  const fits = privateKey.algorithm.name === 'Ed25519' && privateKey.type === 'private' && !privateKey.extractable;
  return fits && publicKey.algorithm.name === 'Ed25519' ? { privateKey, publicKey } : null;
}

function none(why: NoDeviceKey['why']): Result<never, NoDeviceKey> {
  return err({ type: 'NoDeviceKey', why });
}
