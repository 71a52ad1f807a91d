import type { OperatorId } from '../../shared/base/ids.ts';
import { invariant } from '../../shared/base/invariant.ts';
import { err, ok } from '../../shared/base/result.ts';
import type { Signer } from '../../shared/log/signing.ts';
import type { KeyOwner, KeyStore } from '../../src-main/identity/key-store.ts';
import type { SignatureScheme } from './signatures.ts';

/** The `keys/` of one simulated machine, as far as anybody asks. No backup takes them back, as none may on a real one. */
export interface SimulatedKeys extends KeyStore {
  /** Made when it is first asked for. */
  keyOf(owner: KeyOwner): Signer;
}

export function createKeys(machine: string, scheme: SignatureScheme): SimulatedKeys {
  const current = new Map<string, Signer>();
  const made = new Map<string, number>();

  function nameOf(owner: KeyOwner): string {
    if (typeof owner === 'string') return owner;
    return 'device' in owner ? `device of ${owner.device}` : owner.operatorId;
  }

  function make(owner: KeyOwner): Signer {
    const name = nameOf(owner);
    const turn = (made.get(name) ?? 0) + 1;
    made.set(name, turn);
    const custody = typeof owner === 'object' && 'device' in owner ? 'device' : 'host';
    const signer = scheme.signerOf(`${machine}/${name}/${turn}`, custody);
    current.set(name, signer);
    return signer;
  }

  function keyOf(owner: KeyOwner): Signer {
    return current.get(nameOf(owner)) ?? make(owner);
  }

  function keptFor(owner: KeyOwner, mayMake = false) {
    const file = nameOf(owner);
    return current.has(file) || mayMake ? ok(keyOf(owner)) : err({ type: 'KeyMissing', file } as const);
  }

  return {
    protection: 'file',
    isLocked: () => false,
    keyOf,
    hostSigner: () => ok(keyOf('host')),
    restoreSigner: () => ok(keyOf('restore')),
    operatorSigner: (operatorId, options) => keptFor({ operatorId }, options?.create),
    deviceSigner: (device, options) => keptFor({ device }, options?.create),
    rotate(owner) {
      const previous = current.get(nameOf(owner)) ?? null;
      return { previous, current: make(owner) };
    },
    createRecoveryKey: () => ({ publicKey: keyOf(RECOVERY).publicKey, privateKey: '' }),
    recoverySigner: () => ok(keyOf(RECOVERY)),
    holdsKeys: () => current.size > 0,
    putAside: () => invariant(false, 'no simulated machine founds twice'),
  };
}

/** Not a person: where the key of the printed sheet is found. */
const RECOVERY: KeyOwner = { operatorId: '-printed-' as OperatorId };
