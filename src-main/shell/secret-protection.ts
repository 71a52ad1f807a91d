import { safeStorage } from 'electron';

/**
 * What the operating system offers to keep feeds' secrets: the keychain of macOS, DPAPI on Windows, a secret service on
 * Linux. Null where there is none (a Linux without one would only pretend, with a key that everybody knows).
 */
export function systemSecretProtection() {
  if (!safeStorage.isEncryptionAvailable()) return null;
  if (process.platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text') return null;
  return {
    protect: (text: string): Uint8Array => safeStorage.encryptString(text),
    unprotect: (bytes: Uint8Array): string => safeStorage.decryptString(Buffer.from(bytes)),
  };
}
