import type { OperatorId, PublicKeyHex } from '../../shared/base/ids.ts';
import type { Result } from '../../shared/base/result.ts';
import type { Signer } from '../../shared/log/signing.ts';
import type { Signers } from '../commands/ports.ts';
import type { KeyStore } from '../identity/key-store.ts';

/** The keys the host keeps, as the rest of it uses them. A key that is missing or unreadable stops what needed it. */
export function createKeyRing(keys: KeyStore): Signers & { newKeyOf(operatorId: OperatorId): PublicKeyHex } {
  return {
    host: () => held(keys.hostSigner()),
    operator: (operatorId) => held(keys.operatorSigner(operatorId)),
    newKeyOf: (operatorId) => held(keys.operatorSigner(operatorId, { create: true })).publicKey,
  };
}

function held(signer: Result<Signer, { readonly type: string; readonly file: string }>): Signer {
  if (!signer.ok) throw new Error(`${signer.error.type}: ${signer.error.file}`);
  return signer.value;
}
