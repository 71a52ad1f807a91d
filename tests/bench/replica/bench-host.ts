import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { pino } from 'pino';
import { DeviceId, RoomId, type Sha256Hex } from '../../../shared/base/ids.ts';
import { invariant } from '../../../shared/base/invariant.ts';
import { parseDocumentName } from '../../../shared/protocol/document-names.ts';
import { openLogFile, openRooms, pathsOf } from '../../../src-main/app/data-folder.ts';
import { createBackgroundWork } from '../../../src-main/app/background-work.ts';
import { createCarriage } from '../../../src-main/app/carriage.ts';
import { createReplicaLocal } from '../../../src-main/app/replica-local.ts';
import { createTextFiles, createTextSeals } from '../../../src-main/app/text-seals.ts';
import { createReplication } from '../../../src-main/app/replication.ts';
import { createTexts } from '../../../src-main/app/texts.ts';
import type { Clock, ReplicaLocal, RoomFile, Schedule } from '../../../src-main/commands/ports.ts';
import { createSignal } from '../../../src-main/commands/signal.ts';
import { createWarRoom, type WarRoom } from '../../../src-main/commands/war-room.ts';
import { createWorkspaceBook, type WorkspaceBook } from '../../../src-main/commands/workspace-book.ts';
import { systemClock } from '../../../src-main/host/clock.ts';
import { createSyncService, type SyncService } from '../../../src-main/host/sync/sync-service.ts';
import { openHighWater } from '../../../src-main/identity/high-water.ts';
import { createSaltSource } from '../../../src-main/identity/salts.ts';
import { hostKeyOf, signersOf, type Machine } from './cast.ts';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

const schedule: Schedule = (delayMs, act) => {
  const timer = setTimeout(act, Math.min(delayMs, LONGEST_TIMER_MS));
  return () => clearTimeout(timer);
};

export interface BenchHost {
  readonly workspace: WorkspaceBook;
  readonly warRoom: WarRoom;
  readonly sync: SyncService;
  readonly databases: ReadonlyMap<RoomId, Database>;
  /** Begins to replicate. `trusted` is the machine that this one meets first; `port` is where it is, if it is followed. */
  begin(trusted: Machine, port: number | null): void;
  /** Returns the port at which it can be followed. */
  listen(): Promise<number>;
  close(): void;
}

/**
 * A host of the program without what watches the web and without pages: its data folder, logs and texts on SQLite, the
 * fold, and replication, composed as `src-main/app` does. `workspaceId` is what it joins; null for one that is there.
 */
export function openBenchHost(
  folder: string,
  machine: Machine,
  workspaceId: Sha256Hex | null,
  clock: Clock = systemClock(),
): BenchHost {
  const paths = pathsOf(folder);
  mkdirSync(paths.roomsDir, { recursive: true });
  const highWater = openHighWater({ inside: join(folder, 'marks.txt'), outside: join(folder, 'marks-outside.txt') });
  const salt = createSaltSource();
  const signers = signersOf(machine);
  const databases = new Map<RoomId, Database>();
  const textGrown = createSignal<string>();

  function openRoomFile(roomId: RoomId): RoomFile {
    const opened = openLogFile(paths.roomFile(roomId), roomId, { create: true, highWater });
    invariant(opened.ok, 'a new file opens');
    databases.set(roomId, opened.value.db);
    return { roomId, ...opened.value };
  }

  function find(document: string) {
    const name = parseDocumentName(document);
    if (name === null) return null;
    if (name.type === 'workspace-notes') return { store: workspaceFile.documents, texts: workspaceFile.texts };
    const file = warRoom.rooms.get(name.roomId)?.file;
    return file ? { store: file.documents, texts: file.texts } : null;
  }

  const opened = openLogFile(paths.workspaceFile, 'workspace', { create: true, highWater });
  invariant(opened.ok, 'the workspace file opens');
  const workspaceFile = opened.value;
  const rooms = openRooms(paths, highWater);
  for (const { roomId, db } of rooms.files) databases.set(roomId, db);
  const workspace = createWorkspaceBook({ log: workspaceFile.log, clock, salt });
  const carriage = createCarriage(workspace.history);
  const log = pino({ level: 'warn' }, { write: (line: string) => void process.stderr.write(line) });
  const sync = createSyncService({
    directory: { find },
    clock,
    schedule,
    log,
    deviceId: DeviceId.parse(`host:${machine}`),
    onTextGrown: (document) => textGrown.emit(document),
    mayCarry: carriage.mayCarry,
  });
  const warRoom = createWarRoom({
    workspace,
    clock,
    salt,
    newId: (prefix) => `${prefix}-benchmark`,
    newRoomId: () => RoomId.parse('benchmark-room'),
    signers,
    texts: createTexts(sync, find),
    templates: [],
    publisher: { deliver: () => Promise.reject(new Error('nothing is published here')) },
    createRoomFile: openRoomFile,
    discardRoomFile: (roomId) => rmSync(paths.roomFile(roomId), { force: true }),
    roomFiles: rooms.files,
    onBackgroundFailure: (cause) => said('publication', cause),
  });
  function said(what: string, cause: unknown): void {
    process.stderr.write(`${what}: ${String(cause)}\n`);
  }

  const replication = createReplication({ clock, schedule, log, random: Math.random });

  /** The workspace's, once it is here. */
  function idOfWorkspace(): Sha256Hex {
    const id = workspace.events()[0]?.hash ?? workspaceId;
    invariant(id !== null, 'it was founded, or joins');
    return id;
  }

  function localHost(trusted: Machine): ReplicaLocal {
    const workspaceId = idOfWorkspace();
    const textFiles = createTextFiles(workspaceFile.texts, warRoom.rooms);
    const work = createBackgroundWork({ onFailure: said, onRecovered: () => undefined });
    const seals = createTextSeals({ files: textFiles, grown: textGrown, signers, workspaceId, schedule, work });
    seals.start();
    const workspaceLog = workspaceFile.log;
    const host = { workspace, workspaceLog, warRoom, textFiles, textGrown, carriage, seals };
    const local = createReplicaLocal({ workspaceId, host, sync, schedule });
    // A host that has just joined knows from its invite whom it meets first.
    const isFirst = workspace.events().length === 0;
    return { ...local, isHostKey: (key) => (isFirst && key === hostKeyOf(trusted)) || local.isHostKey(key) };
  }

  return {
    workspace,
    warRoom,
    sync,
    databases,
    begin(trusted, port) {
      const hostKey = hostKeyOf(trusted);
      const url = `http://127.0.0.1:${String(port)}`;
      const whom = {
        version: 1,
        hostId: hostKey,
        hostKey,
        url,
        certificate: null,
        workspace: idOfWorkspace(),
      } as const;
      replication.begin({
        local: localHost(trusted),
        signer: () => signers.host(),
        history: workspace.history,
        follow: port === null ? null : whom,
        findings: () => ({ forks: [], refusedTexts: [] }),
      });
    },
    async listen() {
      const server = createServer();
      const certificate = () => null;
      server.on('upgrade', (request, stream, head) => replication.handleUpgrade(request, stream, head, certificate));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    },
    close() {
      replication.end();
      for (const db of [...databases.values(), workspaceFile.db]) db.close();
      highWater.close();
    },
  };
}
