import type { Sha256Hex } from '../../shared/base/ids.ts';
import { parseDocumentName } from '../../shared/protocol/document-names.ts';
import type { Schedule, Signers, TextLog } from '../commands/ports.ts';
import type { Signal } from '../commands/signal.ts';
import type { WarRoom } from '../commands/war-room.ts';
import type { BackgroundWork } from './background-work.ts';

/**
 * Signs what this host took in of the texts: at once when somebody wants it, and else a while after it was typed. So what
 * is on the disk can be told from what somebody, or the disk, has changed since, also where no other host ever asks.
 */
export interface TextSeals {
  /** The texts of the file that this document is in, with as much of it signed as may be in one go; null without a file. */
  sealed(document: string): TextLog | null;
  /** From here on things may be signed. Begins with what an earlier process left. */
  start(): void;
  /** Signs what waits for it, and ends. */
  stop(): void;
}

/** The files of a workspace, each with the texts in it. */
export interface TextFiles {
  of(document: string): TextLog | null;
  all(): readonly TextLog[];
}

export function createTextFiles(workspaceTexts: TextLog, rooms: WarRoom['rooms']): TextFiles {
  return {
    of(document) {
      const name = parseDocumentName(document);
      if (name === null) return null;
      return name.type === 'workspace-notes' ? workspaceTexts : (rooms.get(name.roomId)?.file.texts ?? null);
    },
    all: () => [workspaceTexts, ...[...rooms.values()].map(({ file }) => file.texts)],
  };
}

/** Many keys that are typed become one batch. */
const SEAL_AFTER_MS = 10_000;
/** Signing more than these at once would hold up whoever types. */
const BATCHES_AT_ONCE = 4;
const PAUSE_MS = 100;

export function createTextSeals(deps: {
  readonly files: TextFiles;
  readonly grown: Signal<string>;
  readonly signers: Pick<Signers, 'host'>;
  /** Null while nothing of the workspace is here. */
  readonly workspaceId: Sha256Hex | null;
  readonly schedule: Schedule;
  readonly work: Pick<BackgroundWork, 'attempt'>;
}): TextSeals {
  const { files, signers, workspaceId, schedule, work } = deps;
  const waiting = new Set<string>();
  let isStarted = false;
  let cancel: (() => void) | null = null;
  let stopListening: () => void = () => undefined;

  /** Returns whether that was all. */
  function seal(document: string): boolean {
    if (!isStarted || workspaceId === null) return true;
    const sealed = files.of(document)?.seal(document, signers.host(), workspaceId, BATCHES_AT_ONCE) ?? [];
    return sealed.length < BATCHES_AT_ONCE;
  }

  function add(document: string): void {
    waiting.add(document);
    cancel ??= schedule(SEAL_AFTER_MS, sealNext);
  }

  function sealNext(): void {
    cancel = null;
    const [document] = waiting;
    if (document === undefined) return;
    let isWhole = false;
    const isDone = work.attempt('signing texts', () => (isWhole = seal(document)));
    if (isWhole) waiting.delete(document);
    if (waiting.size > 0) cancel = schedule(isDone ? PAUSE_MS : SEAL_AFTER_MS, sealNext);
  }

  return {
    sealed(document) {
      seal(document);
      return files.of(document);
    },
    start() {
      isStarted = true;
      for (const texts of files.all()) texts.documents().forEach(add);
      stopListening = deps.grown.listen(add);
    },
    stop() {
      stopListening();
      cancel?.();
      for (const document of waiting) work.attempt('signing texts', () => seal(document));
      waiting.clear();
      isStarted = false;
    },
  };
}
