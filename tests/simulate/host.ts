import type { Instant, OperatorId, PublicKeyHex, RoomId, Sha256Hex } from '../../shared/base/ids.ts';
import { DeviceId, instant } from '../../shared/base/ids.ts';
import type { Salt } from '../../shared/log/envelope.ts';
import type { EventLog } from '../../shared/log/event-log.ts';
import { documentOf } from '../../src-main/app/documents.ts';
import { createKeyRing } from '../../src-main/app/key-ring.ts';
import { renewKeys } from '../../src-main/app/renew-keys.ts';
import { createBackgroundWork } from '../../src-main/app/background-work.ts';
import { createCarriage } from '../../src-main/app/carriage.ts';
import { createReplicaLocal } from '../../src-main/app/replica-local.ts';
import { createTextFiles, createTextSeals } from '../../src-main/app/text-seals.ts';
import { createTexts } from '../../src-main/app/texts.ts';
import type { Publisher, ReplicaLocal, RoomFile, Schedule, Signers } from '../../src-main/commands/ports.ts';
import { createSignal } from '../../src-main/commands/signal.ts';
import { createWarRoom, type WarRoom } from '../../src-main/commands/war-room.ts';
import { createWorkspaceBook, type WorkspaceBook } from '../../src-main/commands/workspace-book.ts';
import type { HostClock } from '../../src-main/host/clock.ts';
import { createSyncService, type SyncService } from '../../src-main/host/sync/sync-service.ts';
import type { Replica } from '../../src-main/replica/replica.ts';
import type { OpenDisk, SimulatedDisk } from './disk.ts';
import type { SimulatedKeys } from './keys.ts';
import type { MachineClock } from './machine-clock.ts';
import { createPages, type Pages } from './pages.ts';
import { startReplication } from './replication.ts';
import type { SignatureScheme } from './signatures.ts';

/** How often a host looks whether something is due; a real one does every second. */
const TICK_MS = 5_000;

/** What a host is, whether it runs or not. */
export interface Machine {
  readonly name: string;
  /** Whose desktop it is; null for the founder's host and for relays. */
  readonly owner: OperatorId | null;
  readonly keys: SimulatedKeys;
  readonly disk: SimulatedDisk;
  readonly clock: MachineClock;
  readonly isHonest: boolean;
  /** The key with which it came into the workspace. */
  readonly hostId: PublicKeyHex;
  /** `out`: retired by an administrator, or never to sign again. */
  standing: 'in' | 'out';
  process: Process | null;
}

/** A host at work: the program's own code over what is simulated. */
export interface Process {
  readonly clock: HostClock;
  readonly disk: OpenDisk;
  readonly workspace: WorkspaceBook;
  readonly workspaceLog: EventLog;
  readonly warRoom: WarRoom;
  readonly local: ReplicaLocal;
  readonly replica: Replica;
  readonly signers: Signers;
  readonly sync: SyncService;
  readonly pages: Pages;
  /** Those that there are by what counts: words of a text that was begun by somebody who might not wait outside. */
  documents(): readonly string[];
  /** Ended: by a crash, or by itself. */
  isOver: boolean;
}

export interface HostDeps {
  readonly workspaceId: Sha256Hex;
  readonly schedule: Schedule;
  readonly signatures: SignatureScheme;
  readonly salt: () => Salt;
  readonly newId: (prefix: string) => string;
  readonly newRoomId: () => RoomId;
  readonly newClientId: () => number;
  readonly deliver: Publisher['deliver'];
  /** Something was thrown: the end of the process, a full disk, or a mistake of the program. */
  readonly onFault: (machine: Machine, what: string, cause: unknown) => void;
  readonly onRenewed: (machine: Machine, keys: number) => void;
}

/** Starts the host as `firebreak-host.ts` does. Null when its keys are behind for good: such a host signs nothing more. */
export function startProcess(machine: Machine, deps: HostDeps): Process | null {
  const disk = machine.disk.begin();
  const clock = machine.clock.start();
  const workspaceLog = disk.open('workspace');
  const roomIds = disk.logIds.filter((logId): logId is RoomId => logId !== 'workspace');
  const roomFiles = roomIds.map((roomId) => roomFileOf(disk, roomId));
  startAfter(clock, [workspaceLog, ...roomFiles.map(({ log }) => log)]);

  const renewed = renewKeys({
    workspaceLog,
    roomLogs: roomFiles.map(({ log }) => log),
    keys: machine.keys,
    highWater: disk.highWater,
    clock,
    salt: deps.salt,
  });
  if (!renewed.ok) return null;
  if (renewed.value > 0) deps.onRenewed(machine, renewed.value);

  function guarded(what: string, act: () => void): void {
    if (process.isOver) return;
    try {
      act();
    } catch (cause) {
      failed(what, cause);
    }
  }

  function failed(what: string, cause: unknown): void {
    deps.onFault(machine, what, cause);
  }

  const schedule: Schedule = (delayMs, act) => deps.schedule(delayMs, () => guarded('a timer', act));
  const signers = createKeyRing(machine.keys);
  const workspaceTexts = disk.texts('workspace');
  const textGrown = createSignal<string>();
  const sync = createSyncService({
    directory: { find },
    clock,
    schedule,
    deviceId: DeviceId.parse(`host:${machine.name}`),
    log: { warn: () => undefined, error: (details) => failed('a text', (details as { err?: unknown }).err) },
    onStorageFailure: (cause) => failed('a text', cause),
    onTextGrown: (document) => textGrown.emit(document),
    mayCarry: (author, operatorId) => carriage.mayCarry(author, operatorId),
  });

  function find(document: string) {
    return documentOf({ warRoom, notes: { store: workspaceTexts.documents, texts: workspaceTexts.texts } }, document);
  }

  const workspace = createWorkspaceBook({ log: workspaceLog, clock, salt: deps.salt });
  const carriage = createCarriage(workspace.history);
  const warRoom = createWarRoom({
    workspace,
    clock,
    salt: deps.salt,
    newId: deps.newId,
    newRoomId: deps.newRoomId,
    signers,
    texts: createTexts(sync, find),
    templates: [],
    publisher: { deliver: deps.deliver },
    createRoomFile: (roomId) => roomFileOf(disk, roomId),
    discardRoomFile: (roomId) => disk.remove(roomId),
    roomFiles,
    onBackgroundFailure: (cause) => failed('work in the background', cause),
  });
  const textFiles = createTextFiles(workspaceTexts.texts, warRoom.rooms);
  const { workspaceId } = deps;
  const work = createBackgroundWork({ onFailure: failed, onRecovered: () => undefined });
  const seals = createTextSeals({ files: textFiles, grown: textGrown, signers, workspaceId, schedule, work });
  const host = { workspace, workspaceLog, warRoom, textFiles, textGrown, carriage, seals };
  const local = createReplicaLocal({ workspaceId, host, sync, schedule });
  const replica = startReplication({
    local,
    workspace,
    clock,
    schedule,
    verifier: deps.signatures.verifier,
    onFailure: (cause) => failed('replication', cause),
  });
  const process: Process = {
    clock,
    disk,
    workspace,
    workspaceLog,
    warRoom,
    local,
    replica,
    signers,
    pages: createPages({ sync, device: machine.name, newClientId: deps.newClientId }),
    sync,
    documents: () => local.documents().filter((document) => find(document) !== null),
    isOver: false,
  };

  function tick(): void {
    guarded('keeping time', () => warRoom.keepTime(clock.now()));
    schedule(TICK_MS, tick);
  }

  guarded('recovery', () => warRoom.recover());
  guarded('texts', () => seals.start());
  schedule(TICK_MS, tick);
  return process;
}

/** What another's clock said moves ours no more than its events do. */
function startAfter(clock: HostClock, logs: readonly EventLog[]): void {
  let newest: Instant = instant(0);
  for (const log of logs)
    for (const { envelope, arrivedAt } of log.read())
      if (arrivedAt === undefined && envelope.time.wall > newest) newest = envelope.time.wall;
  clock.notBefore(newest);
}

function roomFileOf(disk: OpenDisk, roomId: RoomId): RoomFile {
  return {
    roomId,
    log: disk.open(roomId),
    ...disk.texts(roomId),
    evidence: { put: () => undefined, get: () => null },
  };
}
