import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type OperatorId, PublicKeyHex } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Signer } from '../../shared/log/signing.ts';
import { createKeyPair, createSigner } from './ed25519.ts';
import type { SecretProtection } from './feed-secrets.ts';
import { syncFolder, writePrivateFile } from './private-file.ts';

/** A key file is there and is not what it should be. Says the file, never a byte of what is in it. */
export interface KeyUnreadable {
  readonly type: 'KeyUnreadable';
  readonly file: string;
  /** Wrapped by a keychain that is not open to this process: which key it is can be told all the same. */
  readonly locked: PublicKeyHex | null;
}

/** No key is kept for this owner, and none was to be made. */
export interface KeyMissing {
  readonly type: 'KeyMissing';
  readonly file: string;
}

/** The printed recovery key is mistyped, or is another workspace's. */
export interface RecoveryKeyWrong {
  readonly type: 'RecoveryKeyWrong';
}

/** Whose key: the host's own, one that it keeps for somebody who uses its browsers, or that of its own desktop's person. */
export type KeyOwner = 'host' | 'restore' | { readonly operatorId: OperatorId } | { readonly device: OperatorId };

/** Where private keys rest: wrapped by the system's keychain, or as they are in files that only their owner may read. */
export type KeyProtection = 'keychain' | 'file';

/** The private keys of one data folder: folder mode 700, files mode 600, one file a key. */
export interface KeyStore {
  readonly protection: KeyProtection;
  /** Whether the host's key is wrapped by a keychain that this process cannot open: then nothing can be signed here. */
  isLocked(): boolean;
  /** The host's signer; its key is made on first use. */
  hostSigner(): Result<Signer, KeyUnreadable>;
  /** Signs nothing but the change of keys after a restored backup; its key is made on first use. */
  restoreSigner(): Result<Signer, KeyUnreadable>;
  /** An operator's signer; its key is made only when asked. */
  operatorSigner(
    operatorId: OperatorId,
    options?: { readonly create?: boolean },
  ): Result<Signer, KeyUnreadable | KeyMissing>;
  /** The key with which a person signs at their own desktop, where this machine is that; made only when asked. */
  deviceSigner(
    operatorId: OperatorId,
    options?: { readonly create?: boolean },
  ): Result<Signer, KeyUnreadable | KeyMissing>;
  /**
   * Puts a new key in the old one's place. The old one signs until the process ends, for the hand-over where its log is
   * not behind; its private part is gone from the disk. It is null where there was none or none that could be read.
   */
  rotate(owner: KeyOwner): { readonly previous: Signer | null; readonly current: Signer };
  /**
   * Makes the workspace's recovery key. The private part is returned this once, to be printed, and not kept.
   * Null if one was made before.
   */
  createRecoveryKey(): { readonly publicKey: PublicKeyHex; readonly privateKey: string } | null;
  /** Whether any key of a workspace is here, whole or left behind by a set-up that did not come to its end. */
  holdsKeys(): boolean;
  /** Moves every key of the workspace to another folder: this one is then as it was before there was a workspace. */
  putAside(folder: string): void;
  /**
   * A signer from the printed recovery key, however it was spaced. Its public half is the one that `expected` names, or
   * the one that was made here.
   */
  recoverySigner(printed: string, expected?: PublicKeyHex | null): Result<Signer, RecoveryKeyWrong>;
}

/** A key file as a `SecretProtection` made it: what that made of the key, in base64, and the public half as it is. */
const PROTECTED = /^protected:([A-Za-z0-9+/=]+):([0-9a-f]{64})$/;

/**
 * With a protection, new keys are wrapped by it, and those that lie there plain are wrapped when they are first used: a
 * desktop's folder that was set up without a window comes to be protected too.
 */
export function createKeyStore(directory: string, protection: SecretProtection | null = null): KeyStore {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  const recoveryFile = join(directory, 'recovery.pub');
  const signers = new Map<string, Signer>();

  function fileOf(owner: KeyOwner): string {
    if (typeof owner === 'string') return join(directory, `${owner}.key`);
    return join(directory, 'device' in owner ? `device-${owner.device}.key` : `operator-${owner.operatorId}.key`);
  }

  function custodyOf(file: string): Signer['custody'] {
    return basename(file).startsWith('device-') ? 'device' : 'host';
  }

  function load(file: string): Result<Signer, KeyUnreadable | KeyMissing> {
    const held = signers.get(file);
    if (held !== undefined) return ok(held);
    if (!existsSync(file)) return err({ type: 'KeyMissing', file });
    const read = readSeed(file, protection);
    if ('locked' in read) return err({ type: 'KeyUnreadable', file, locked: read.locked });
    const { seed, isPlain } = read;
    if (isPlain && protection) wrap(file, seed);
    const signer = createSigner(seed, custodyOf(file));
    signers.set(file, signer);
    return ok(signer);
  }

  /** A keychain that refuses now must not keep anybody from signing: the file stays as it is. */
  function wrap(file: string, seed: Buffer): void {
    try {
      writePrivateFile(file, keyText(seed, protection));
    } catch {
      // Tried again at the next start.
    }
  }

  function make(file: string): Signer {
    const { seed } = createKeyPair();
    writePrivateFile(file, keyText(seed, protection));
    const signer = createSigner(seed, custodyOf(file));
    signers.set(file, signer);
    return signer;
  }

  function loadOrMake(file: string): Result<Signer, KeyUnreadable> {
    const loaded = load(file);
    if (loaded.ok) return loaded;
    return loaded.error.type === 'KeyMissing' ? ok(make(file)) : err(loaded.error);
  }

  function loadOrMayMake(file: string, { create = false }: { readonly create?: boolean }) {
    const loaded = load(file);
    const mayMake = !loaded.ok && loaded.error.type === 'KeyMissing' && create;
    return mayMake ? ok(make(file)) : loaded;
  }

  return {
    protection: protection ? 'keychain' : 'file',
    isLocked() {
      const loaded = load(fileOf('host'));
      return !loaded.ok && loaded.error.type === 'KeyUnreadable' && loaded.error.locked !== null;
    },
    hostSigner: () => loadOrMake(fileOf('host')),
    restoreSigner: () => loadOrMake(fileOf('restore')),
    operatorSigner: (operatorId, options = {}) => loadOrMayMake(fileOf({ operatorId }), options),
    deviceSigner: (operatorId, options = {}) => loadOrMayMake(fileOf({ device: operatorId }), options),
    rotate(owner) {
      const file = fileOf(owner);
      const previous = load(file);
      return { previous: previous.ok ? previous.value : null, current: make(file) };
    },
    createRecoveryKey() {
      if (existsSync(recoveryFile)) return null;
      const { publicKey, seed } = createKeyPair();
      writePrivateFile(recoveryFile, `${publicKey}\n`);
      return { publicKey, privateKey: (seed.toString('hex').match(/.{8}/g) ?? []).join('-') };
    },
    holdsKeys: () => workspaceKeysIn(directory).length > 0,
    putAside(folder) {
      for (const name of workspaceKeysIn(directory)) renameSync(join(directory, name), join(folder, name));
      signers.clear();
      syncFolder(directory);
    },
    recoverySigner(printed, expected = null) {
      const seed = parseSeed(printed.replaceAll(/[\s-]/g, '').toLowerCase());
      const known = expected ?? (existsSync(recoveryFile) ? readFileSync(recoveryFile, 'utf8').trim() : null);
      if (seed === null) return err({ type: 'RecoveryKeyWrong' });
      const signer = createSigner(seed, 'device');
      return signer.publicKey === known ? ok(signer) : err({ type: 'RecoveryKeyWrong' });
    },
  };
}

function workspaceKeysIn(directory: string): readonly string[] {
  return readdirSync(directory).filter((entry) => entry.endsWith('.key') || entry === 'recovery.pub');
}

interface ReadKey {
  readonly seed: Buffer;
  readonly isPlain: boolean;
}

/** `locked` is null for a file that is damaged. */
function readSeed(
  file: string,
  protection: SecretProtection | null,
): ReadKey | { readonly locked: PublicKeyHex | null } {
  chmodSync(file, 0o600); // a copy may have opened it to others
  const text = readFileSync(file, 'latin1').trimEnd();
  const [, wrapped, publicKey] = PROTECTED.exec(text) ?? [];
  if (wrapped === undefined) {
    const seed = parseSeed(text);
    return seed ? { seed, isPlain: true } : { locked: null };
  }
  const locked = { locked: PublicKeyHex.parse(publicKey) };
  if (protection === null) return locked;
  try {
    const seed = parseSeed(protection.unprotect(Buffer.from(wrapped, 'base64')));
    return seed ? { seed, isPlain: false } : { locked: null };
  } catch {
    return locked;
  }
}

function keyText(seed: Buffer, protection: SecretProtection | null): string {
  const hex = seed.toString('hex');
  if (protection === null) return `${hex}\n`;
  const wrapped = Buffer.from(protection.protect(hex)).toString('base64');
  return `protected:${wrapped}:${createSigner(seed, 'host').publicKey}\n`;
}

function parseSeed(hex: string): Buffer | null {
  return /^[0-9a-f]{64}$/.test(hex) ? Buffer.from(hex, 'hex') : null;
}
