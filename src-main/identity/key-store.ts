import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { PublicKeyHex, OperatorId } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Signer } from '../../shared/log/signing.ts';
import { createKeyPair, createSigner } from './ed25519.ts';

/** A key file is there and is not what it should be. Says the file, never a byte of what is in it. */
export interface KeyUnreadable {
  readonly type: 'KeyUnreadable';
  readonly file: string;
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

/** Whose key: the host's own, or an operator's that the host keeps until the operator's device enrols. */
export type KeyOwner = 'host' | 'restore' | { readonly operatorId: OperatorId };

/** The private keys of one data folder: folder mode 700, files mode 600, one file a key. */
export interface KeyStore {
  /** The host's signer; its key is made on first use. */
  hostSigner(): Result<Signer, KeyUnreadable>;
  /** Signs nothing but the change of keys after a restored backup; its key is made on first use. */
  restoreSigner(): Result<Signer, KeyUnreadable>;
  /** An operator's signer; its key is made only when asked. */
  operatorSigner(
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
  /** A signer from the printed recovery key, however it was spaced. */
  recoverySigner(printed: string): Result<Signer, RecoveryKeyWrong>;
}

export function createKeyStore(directory: string): KeyStore {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  const recoveryFile = join(directory, 'recovery.pub');
  const signers = new Map<string, Signer>();

  function fileOf(owner: KeyOwner): string {
    return join(directory, typeof owner === 'string' ? `${owner}.key` : `operator-${owner.operatorId}.key`);
  }

  function load(file: string): Result<Signer, KeyUnreadable | KeyMissing> {
    const held = signers.get(file);
    if (held !== undefined) return ok(held);
    if (!existsSync(file)) return err({ type: 'KeyMissing', file });
    const seed = readSeed(file);
    if (seed === null) return err({ type: 'KeyUnreadable', file });
    const signer = createSigner(seed, 'host');
    signers.set(file, signer);
    return ok(signer);
  }

  function make(file: string): Signer {
    const { seed } = createKeyPair();
    writePrivately(directory, file, `${seed.toString('hex')}\n`);
    const signer = createSigner(seed, 'host');
    signers.set(file, signer);
    return signer;
  }

  function loadOrMake(file: string): Result<Signer, KeyUnreadable> {
    const loaded = load(file);
    if (loaded.ok) return loaded;
    return loaded.error.type === 'KeyMissing' ? ok(make(file)) : err({ type: 'KeyUnreadable', file });
  }

  return {
    hostSigner: () => loadOrMake(fileOf('host')),
    restoreSigner: () => loadOrMake(fileOf('restore')),
    operatorSigner(operatorId, options = {}) {
      const file = fileOf({ operatorId });
      const loaded = load(file);
      const mayMake = !loaded.ok && loaded.error.type === 'KeyMissing' && options.create === true;
      return mayMake ? ok(make(file)) : loaded;
    },
    rotate(owner) {
      const file = fileOf(owner);
      const previous = load(file);
      return { previous: previous.ok ? previous.value : null, current: make(file) };
    },
    createRecoveryKey() {
      if (existsSync(recoveryFile)) return null;
      const { publicKey, seed } = createKeyPair();
      writePrivately(directory, recoveryFile, `${publicKey}\n`);
      return { publicKey, privateKey: (seed.toString('hex').match(/.{8}/g) ?? []).join('-') };
    },
    holdsKeys: () => workspaceKeysIn(directory).length > 0,
    putAside(folder) {
      for (const name of workspaceKeysIn(directory)) renameSync(join(directory, name), join(folder, name));
      signers.clear();
      syncDirectory(directory);
    },
    recoverySigner(printed) {
      const seed = parseSeed(printed.replaceAll(/[\s-]/g, '').toLowerCase());
      const known = existsSync(recoveryFile) ? readFileSync(recoveryFile, 'utf8').trim() : null;
      if (seed === null) return err({ type: 'RecoveryKeyWrong' });
      const signer = createSigner(seed, 'device');
      return signer.publicKey === known ? ok(signer) : err({ type: 'RecoveryKeyWrong' });
    },
  };
}

function workspaceKeysIn(directory: string): readonly string[] {
  return readdirSync(directory).filter((entry) => entry.endsWith('.key') || entry === 'recovery.pub');
}

function readSeed(file: string): Buffer | null {
  chmodSync(file, 0o600); // a copy may have opened it to others
  return parseSeed(readFileSync(file, 'latin1').trimEnd());
}

function parseSeed(hex: string): Buffer | null {
  return /^[0-9a-f]{64}$/.test(hex) ? Buffer.from(hex, 'hex') : null;
}

/** Whole or not at all, and on the disk before anything is signed with it. */
function writePrivately(directory: string, file: string, text: string): void {
  const partial = `${file}.${process.pid}.partial`;
  const descriptor = openSync(partial, 'w', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(partial, file);
  syncDirectory(directory);
}

function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return; // a directory cannot be opened there
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
