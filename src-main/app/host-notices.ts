import { visibleName } from '../../shared/base/untrusted-text.ts';
import type { FeedView } from '../../shared/protocol/views.ts';
import type { OpenRefusal } from '../store/open-database.ts';
import type { asStorageFailure } from '../store/storage-failure.ts';
import type { Notice } from './notices.ts';

type StorageFailure = NonNullable<ReturnType<typeof asStorageFailure>>;

// What a host has to say about itself, in words: what is wrong, what is kept, what to do.

export function storageNotice({ cause }: StorageFailure): Notice {
  const isFull = cause === 'disk-full';
  return {
    id: 'storage',
    kind: 'alarm',
    what: isFull ? 'The disk is full: nothing can be recorded.' : 'The disk refuses to write.',
    kept: 'Everything that was acknowledged is on the disk; what you type stays in your window.',
    next: isFull
      ? 'Make room on the disk of the data folder. It goes on by itself.'
      : 'Check the disk and its permissions. It goes on by itself.',
  };
}

export function refusedFileNotice(refusal: OpenRefusal): Notice {
  return {
    id: `file:${refusal.file}`,
    kind: 'alarm',
    what: `${refusal.file} cannot be used${'detail' in refusal ? ` (${refusal.detail})` : ''}.`,
    kept: 'The file was not touched. Everything else works.',
    next: 'whatToDo' in refusal ? refusal.whatToDo : 'Put it back from a backup.',
  };
}

export const followUnreadableNotice: Notice = {
  id: 'follow',
  kind: 'alarm',
  what: 'Whom this host follows cannot be read any more, so nothing comes from there and nothing goes out.',
  kept: 'Everything that is here is whole, and work goes on by itself.',
  next: 'Put back keys/follow.json from a copy of the data folder, or ask an administrator for a new invite.',
};

export function workspaceMissingNotice(file: string): Notice {
  return {
    id: `file:${file}`,
    kind: 'alarm',
    what: `${file} is missing.`,
    kept: 'Its rooms and backups are there, and nothing was changed.',
    next: 'Restore it: end this host, then run "firebreak restore" on this data folder.',
  };
}

export const keysBehindNotice: Notice = {
  id: 'keys',
  kind: 'alarm',
  what: 'This data folder was restored to a state before its keys were last changed.',
  kept: 'Everything can be read, exported and verified.',
  next: 'Do not record anything here: bring back a newer copy of the folder.',
};

export const keysClockNotice: Notice = {
  id: 'keys',
  kind: 'alarm',
  what: "This data folder was restored or copied, so it needs new keys; but the machine's clock is too far behind the organisation's record for anybody to accept them.",
  kept: 'Everything can be read, exported and verified.',
  next: "Set the machine's clock right, then start Firebreak again.",
};

export const keysLockedNotice: Notice = {
  id: 'keys',
  kind: 'alarm',
  what: "The keys of this data folder are protected by the keychain of its person's own session, which is not open here.",
  kept: 'Everything can be read and verified.',
  next: 'Open the Firebreak window of this folder; commands beside it are answered by that.',
};

export function stalledFeedNotice({ feedId, name, state, detail }: FeedView): Notice {
  const what = state === 'silent' ? 'has brought nothing for more than three minutes' : 'is not connected';
  return {
    id: `feed:${feedId}`,
    kind: 'warning',
    what: `The feed "${visibleName(name)}" ${what}.`,
    kept: 'What came before is kept. Until it is back its silence counts as no data, never as calm.',
    next: detail ?? 'It tries again by itself. Look at its settings if that lasts.',
  };
}

export function clockBehindNotice(behindMs: number): Notice {
  return {
    id: 'clock',
    kind: 'warning',
    what: `The machine's clock is ${durationText(behindMs)} behind the newest record.`,
    kept: 'Nothing was lost: the countdown and the log go on from the newest record.',
    next: "Set the machine's clock right, then start Firebreak again.",
  };
}

function durationText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 1) return `${String(Math.round(ms / 1000))} s`;
  return minutes < 120 ? `${String(minutes)} min` : `${String(Math.round(minutes / 60))} h`;
}
