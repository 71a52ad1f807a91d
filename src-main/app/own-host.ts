import type { PublicKeyHex } from '../../shared/base/ids.ts';
import type { Result } from '../../shared/base/result.ts';
import { type EnrolledHost, hostOfKey, type WorkspaceState } from '../../shared/domain/workspace/workspace.ts';
import type { Signer } from '../../shared/log/signing.ts';
import type { KeyStore, KeyUnreadable } from '../identity/key-store.ts';

/**
 * Which host of the workspace this folder is; null when it is none of it. Its restore key stays the same for ever; its
 * host key may be lost. A keychain may keep both from us but for their names.
 */
export function ownHost(state: WorkspaceState, keys: KeyStore): EnrolledHost | null {
  const [restore, host] = [nameOf(keys.restoreSigner()), nameOf(keys.hostSigner())];
  const byRestoreKey = Object.values(state.hosts).find((one) => one.restoreKey === restore);
  return byRestoreKey ?? (host && hostOfKey(state, host));
}

function nameOf(signer: Result<Signer, KeyUnreadable>): PublicKeyHex | null {
  return signer.ok ? signer.value.publicKey : signer.error.locked;
}
