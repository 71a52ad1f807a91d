import type { StorageFailed } from '../store/storage-failure.ts';
import type { HostRefusal } from './firebreak-host.ts';

/** Said once, to whoever started the host that set the folder up: the key is kept nowhere else. */
export function recoveryKeyText(recoveryKey: string): string {
  return `A new organisation was set up here. Its recovery key, shown this once, is to be kept on paper: ${recoveryKey}`;
}

/** Why a host could not be put together, as a sentence that says what to do. */
export function hostRefusalText(refusal: HostRefusal): string {
  if (refusal.type !== 'FolderInUse') return refusal.message;
  const { dataDirectory, holder } = refusal;
  const who = holder ? ` (process ${String(holder.pid)}, since ${holder.since})` : '';
  return `Another host already runs on ${dataDirectory}${who}. Use that one, stop it, or choose another folder with --data.`;
}

/** Why nothing can be opened on this disk: the folder was left as it is. */
export function diskRefusedText(dataDir: string, { cause, code }: StorageFailed): string {
  if (cause === 'disk-full') return `The disk of ${dataDir} is full (${code}). Make room on it, then start again.`;
  if (cause === 'read-only')
    return `${dataDir} is read-only (${code}). Make it writable for this account, or choose another folder with --data.`;
  return `The disk of ${dataDir} refuses to write (${code}). Check it, or bring its last backup to another disk.`;
}
