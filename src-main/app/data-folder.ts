import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { z } from 'zod';
import { type Instant, RoomId } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { LogId } from '../../shared/log/envelope.ts';
import type { EventLog } from '../../shared/log/event-log.ts';
import type { DocumentStore, EvidenceStore, RoomFile, TextLog } from '../commands/ports.ts';
import { listBackups } from '../store/backup.ts';
import { createDocumentStore } from '../store/document-store.ts';
import { createEvidenceStore } from '../store/evidence-store.ts';
import { openEventStore } from '../store/event-store.ts';
import { LOG_FILE_MIGRATIONS } from '../store/migrations/log-file.ts';
import { openDatabase, type OpenRefusal } from '../store/open-database.ts';
import { openTextLog } from '../store/text-log.ts';
import type { HighWater } from '../identity/high-water.ts';

/** Where everything of one data folder is. */
export function pathsOf(dataDir: string) {
  return {
    dataDir,
    workspaceFile: join(dataDir, 'workspace.db'),
    mentionsFile: join(dataDir, 'mentions.db'),
    roomsDir: join(dataDir, 'rooms'),
    roomFile: (roomId: RoomId) => join(dataDir, 'rooms', `${roomId}.db`),
    keysDir: join(dataDir, 'keys'),
    feedsDir: join(dataDir, 'feeds'),
  };
}
export type DataPaths = ReturnType<typeof pathsOf>;

/** An open file with a log in it: the workspace's, or a room's. */
export interface LogFile {
  readonly db: Database;
  readonly log: EventLog;
  readonly documents: DocumentStore;
  readonly texts: TextLog;
  readonly evidence: EvidenceStore;
}

/** Nobody has set anything up here. A folder that has only lost its workspace's file is not empty. */
export function isEmptyFolder(paths: DataPaths): boolean {
  return !existsSync(paths.workspaceFile) && !holdsRecords(paths);
}

/** Whether there is anything that only makes sense with a workspace: rooms, or backups to bring it back from. */
function holdsRecords(paths: DataPaths): boolean {
  if (listBackups(paths.workspaceFile).length > 0) return true;
  return existsSync(paths.roomsDir) && roomIdsIn(paths.roomsDir).length > 0;
}

export type FolderStanding =
  | { readonly type: 'Empty' }
  | { readonly type: 'Founded'; readonly file: LogFile }
  /** It follows another host, from where the workspace comes; nothing, or not all of it, may be here yet. */
  | { readonly type: 'Joined'; readonly file: LogFile }
  /** There are rooms, or backups, and no workspace that they belong to. */
  | { readonly type: 'WorkspaceMissing'; readonly file: string }
  | { readonly type: 'Refused'; readonly refusal: OpenRefusal };

/**
 * Founded is a folder whose workspace has its genesis: a crash while it was set up may leave a file without one, which
 * is moved out of the way, because whoever was setting up was never told that it was done.
 */
export function openFolder(
  paths: DataPaths,
  { highWater, now, hasJoined }: { readonly highWater: HighWater; readonly now: Instant; readonly hasJoined: boolean },
): FolderStanding {
  if (existsSync(paths.workspaceFile)) {
    const opened = openLogFile(paths.workspaceFile, 'workspace', { create: false, highWater });
    if (!opened.ok) return { type: 'Refused', refusal: opened.error };
    if (hasJoined) return { type: 'Joined', file: opened.value };
    if (opened.value.log.length > 0) return { type: 'Founded', file: opened.value };
    opened.value.db.close();
    renameSync(paths.workspaceFile, freeName(join(paths.dataDir, `workspace.empty-${stampOf(now)}.db`)));
  }
  return holdsRecords(paths) ? { type: 'WorkspaceMissing', file: paths.workspaceFile } : { type: 'Empty' };
}

/** A moment as part of a file's name. */
export function stampOf(now: Instant): string {
  return new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
}

/** The path, or the first of its kind that nothing has. */
export function freeName(path: string): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? path : `${path}-${String(number)}`;
    if (!existsSync(name)) return name;
  }
}

export function openLogFile(
  file: string,
  logId: LogId,
  options: { readonly create: boolean; readonly highWater: HighWater },
): Result<LogFile, OpenRefusal> {
  const opened = openDatabase(file, { migrations: LOG_FILE_MIGRATIONS, create: options.create });
  if (!opened.ok) return opened;
  const db = opened.value;
  const log = openEventStore(db, logId, { onCommitted: (head) => options.highWater.raise(logId, head) });
  if (!log.ok) return refused(log.error);
  const texts = openTextLog(db);
  if (!texts.ok) return refused(texts.error);
  const [documents, evidence] = [createDocumentStore(db), createEvidenceStore(db)];
  return ok({ db, log: log.value, documents, texts: texts.value, evidence });

  function refused(error: OpenRefusal): Result<never, OpenRefusal> {
    db.close();
    return err(error);
  }
}

export interface OpenRooms {
  readonly files: readonly (RoomFile & { readonly db: Database })[];
  /** Rooms whose file cannot be trusted: left untouched, and said so. */
  readonly refused: readonly OpenRefusal[];
}

export function openRooms(paths: DataPaths, highWater: HighWater): OpenRooms {
  mkdirSync(paths.roomsDir, { recursive: true, mode: 0o700 });
  const files: (RoomFile & { readonly db: Database })[] = [];
  const refused: OpenRefusal[] = [];
  for (const roomId of roomIdsIn(paths.roomsDir)) {
    const opened = openLogFile(paths.roomFile(roomId), roomId, { create: false, highWater });
    if (!opened.ok) refused.push(opened.error);
    else if (opened.value.log.length > 0) files.push({ roomId, ...opened.value });
    // A crash came between making the file and the alarm that it was made for: nobody was ever told of this room.
    else opened.value.db.close();
  }
  return { files, refused };
}

function roomIdsIn(folder: string): readonly RoomId[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.db'))
    .flatMap((name) => {
      const roomId = RoomId.safeParse(name.slice(0, -3));
      return roomId.success ? [roomId.data] : [];
    })
    .sort();
}

/**
 * Where the demo is played: in the folder itself when it is empty or a demo already, else in a folder of its own below
 * it, because a recorded crisis must never get into an organisation's own records.
 */
export function demoFolderOf(dataDir: string): string {
  const paths = pathsOf(dataDir);
  return isEmptyFolder(paths) || isDemo(paths.workspaceFile) ? dataDir : join(dataDir, 'demo');
}

function isDemo(workspaceFile: string): boolean {
  try {
    const db = new Sqlite(workspaceFile, { readonly: true, fileMustExist: true });
    try {
      const body = db.prepare<[], string | null>('SELECT body FROM event WHERE idx = 0').pluck().get();
      return body ? Genesis.parse(JSON.parse(body)).demo : false;
    } finally {
      db.close();
    }
  } catch {
    return false; // a file that cannot be read is somebody's, and left alone
  }
}

const Genesis = z.object({ demo: z.boolean() });
