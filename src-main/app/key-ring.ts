import type { OperatorId, PublicKeyHex } from '../../shared/base/ids.ts';
import type { Result } from '../../shared/base/result.ts';
import type { Signer } from '../../shared/log/signing.ts';
import type { Signers } from '../commands/ports.ts';
import type { KeyStore } from '../identity/key-store.ts';

export interface KeyRing extends Signers {
  /** Makes the key that this host keeps for somebody who has none here yet, or finds it. */
  newKeyOf(operatorId: OperatorId): PublicKeyHex;
  /** Makes another one in its place: the old one is retired, and signs no more. */
  freshKeyOf(operatorId: OperatorId): PublicKeyHex;
}

/**
 * The keys that this host keeps, as the rest of it uses them. A key that is damaged stops what needed it. At somebody's
 * own desktop their device's key signs, also where the host has kept one for their browser.
 */
export function createKeyRing(keys: KeyStore): KeyRing {
  function signerOf(operatorId: OperatorId) {
    const device = keys.deviceSigner(operatorId);
    return device.ok || device.error.type === 'KeyUnreadable' ? device : keys.operatorSigner(operatorId);
  }

  return {
    host() {
      const signer = keys.hostSigner();
      return !signer.ok && signer.error.locked !== null ? lockedSigner(signer.error.locked) : held(signer);
    },
    holds: (operatorId) => signerOf(operatorId).ok,
    operator: (operatorId) => held(signerOf(operatorId)),
    newKeyOf: (operatorId) => held(keys.operatorSigner(operatorId, { create: true })).publicKey,
    freshKeyOf: (operatorId) => keys.rotate({ operatorId }).current.publicKey,
  };
}

/** Which key it is can be told while its keychain is closed: whoever only reads needs no more. */
function lockedSigner(publicKey: PublicKeyHex): Signer {
  return {
    publicKey,
    custody: 'host',
    sign() {
      throw new Error('The keychain that keeps the keys of this folder is not open to this process.');
    },
  };
}

function held(signer: Result<Signer, { readonly type: string; readonly file: string }>): Signer {
  if (!signer.ok) throw new Error(`${signer.error.type}: ${signer.error.file}`);
  return signer.value;
}
