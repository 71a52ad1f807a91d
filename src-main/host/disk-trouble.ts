import { type JsonAnswer, refusal } from './json-answer.ts';

export type DiskTrouble = 'disk-full' | 'disk-error' | 'read-only';

/** What something thrown says of the disk; null when it says nothing of it. Known by `store/`, injected by `app/`. */
export type DiskTroubleOf = (cause: unknown) => DiskTrouble | null;

/** The answer to whoever asked for what the disk did not take, which has left everything as it was. */
export function diskTroubleAnswer(trouble: DiskTrouble): JsonAnswer {
  return refusal(503, 'StorageFailed', SENTENCES[trouble]);
}

const SENTENCES: Readonly<Record<DiskTrouble, string>> = {
  'disk-full': "The host's disk is full: nothing was changed. Make room on it, then try again.",
  'disk-error': "The host's disk refuses to write: nothing was changed. Check it, then try again.",
  'read-only': "The host's folder is read-only: nothing was changed. Make it writable, then try again.",
};
