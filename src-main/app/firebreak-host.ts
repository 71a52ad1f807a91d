import { mkdirSync } from 'node:fs';
import type { FeedId, OperatorId } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { EventLog } from '../../shared/log/event-log.ts';
import { createSaltSource } from '../identity/salts.ts';
import type { SessionView } from '../../shared/protocol/views.ts';
import type { Founding } from '../commands/founding.ts';
import type { Api, Clock, Schedule, WebhookReply, WebhookRequest } from '../commands/ports.ts';
import { createSignal } from '../commands/signal.ts';
import type { HostClock } from '../host/clock.ts';
import type { HostLog } from '../host/host-log.ts';
import { createSyncService } from '../host/sync/sync-service.ts';
import type { Authorisation } from '../host/sync/upgrade.ts';
import { callEnrol } from '../host/call-enrol.ts';
import type { Access } from '../identity/access.ts';
import { verifyEd25519 } from '../identity/ed25519.ts';
import type { SecretProtection } from '../identity/feed-secrets.ts';
import type { Follow } from '../identity/follow-file.ts';
import { createWebhookPublisher } from '../publish/webhook.ts';
import { replaceDailyBackup } from '../store/backup.ts';
import { type FolderInUse, lockFolder } from '../store/folder-lock.ts';
import type { OpenRefusal } from '../store/open-database.ts';
import { asStorageFailure } from '../store/storage-failure.ts';
import { guardedSchedule } from './background-work.ts';
import { type LogFile, openFolder, openRooms, pathsOf } from './data-folder.ts';
import { demoFounding } from './demo.ts';
import { createDemoControl } from './demo-control.ts';
import { createDocumentNotices } from './document-notices.ts';
import { documentOf } from './documents.ts';
import { createCallers } from './callers.ts';
import { closeTextsOfEndedRooms } from './ended-rooms.ts';
import { createFeedFolder } from './feed-folder.ts';
import { createFirstJoin } from './first-join.ts';
import { createEnrolment, type Enrolment } from './enrolment.ts';
import { defaultFounding, foundWorkspace } from './founder.ts';
import { createHostApi } from './host-api.ts';
import type { HostContext, Sharing } from './host-context.ts';
import {
  clockBehindNotice,
  followUnreadableNotice,
  keysBehindNotice,
  keysClockNotice,
  keysLockedNotice,
  refusedFileNotice,
  storageNotice,
  workspaceMissingNotice,
} from './host-notices.ts';
import { joinWorkspace } from './join-workspace.ts';
import { type KeysUnusable, openKeysFolder } from './keys-folder.ts';
import { openMentions } from './mentions.ts';
import { createNotices, type Notice } from './notices.ts';
import { putDemoAside } from './put-aside.ts';
import { diskRefusedText } from './refusal-sentences.ts';
import { renewKeys } from './renew-keys.ts';
import { replicaFindings } from './replica-findings.ts';
import { createReplicaLocal } from './replica-local.ts';
import { createReplication, type Replication } from './replication.ts';
import { loadResources } from './resources.ts';
import { watchRoster } from './roster-watch.ts';
import { newestSignedHere, raiseOwnMarks } from './signed-here.ts';
import { createTexts } from './texts.ts';
import { createWorkspaceHost, type WorkspaceHost } from './workspace-host.ts';

export interface HostConfig {
  readonly dataDir: string;
  readonly resourcesDir: string;
  readonly version: string;
  readonly door: 'desktop' | 'headless' | 'command';
  /** A clock that can be moved on goes on from what is recorded already. */
  readonly clock: Clock & Partial<Pick<HostClock, 'notBefore'>>;
  readonly schedule: Schedule;
  readonly log: HostLog;
  /** What to do with a folder that nobody has set up: leave that to the first screen, or found one with defaults. */
  readonly ifEmpty: 'ask' | 'found' | 'demo';
  readonly demoSpeed: number;
  readonly sharing: Sharing;
  /** Where the outside high-water marks are; the platform's own place unless a test says otherwise. */
  readonly configDir?: string;
  readonly allowedPrivateHosts: readonly string[];
  /** What this machine offers to keep feeds' secrets; null: a file that only this account may read. */
  readonly secretProtection?: SecretProtection | null;
}

export interface FirebreakHost {
  readonly api: Api;
  readonly access: Access;
  readonly sync: ReturnType<typeof createSyncService>;
  readonly notices: ReturnType<typeof createNotices>;
  /** Who may open a document with this token. */
  authorise(token: string | null, document: string): Authorisation;
  readonly operatorCut: HostContext['operatorCut'];
  readonly enrolment: Enrolment;
  readonly replication: Replication;
  readonly sessionsCut: HostContext['sessionsCut'];
  readonly sessionChanged: HostContext['sessionChanged'];
  /** Hands over what somebody sent to a feed; null when there is no such feed. */
  receiveWebhook(feedId: FeedId, request: WebhookRequest): WebhookReply | null;
  /** The printed half of the recovery key, where this start founded a workspace by itself: nobody can ask for it again. */
  readonly newRecoveryKey: string | null;
  readonly hostChanged: HostContext['hostChanged'];
  founded(): WorkspaceHost | null;
  close(): void;
}

export type HostRefusal =
  FolderInUse | KeysUnusable | { readonly type: 'ResourceBroken' | 'DiskRefused'; readonly message: string };

/**
 * Puts one host together from its configuration: the same for a window, a headless host and a single command.
 * Holds the data folder's lock until it is closed.
 */
export function openFirebreakHost(config: HostConfig): Result<FirebreakHost, HostRefusal> {
  try {
    return openOnDisk(config);
  } catch (cause) {
    const failure = asStorageFailure(cause);
    if (!failure) throw cause;
    return err({ type: 'DiskRefused', message: diskRefusedText(config.dataDir, failure) });
  }
}

function openOnDisk(config: HostConfig): Result<FirebreakHost, HostRefusal> {
  const { dataDir, clock, log } = config;
  const schedule = guardedSchedule(config.schedule, (cause) => failed('a timer', cause));
  const paths = pathsOf(dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const loaded = loadResources(config.resourcesDir);
  if (!loaded.ok) return err({ type: 'ResourceBroken', message: `${loaded.error.file}: ${loaded.error.reason}` });
  const resources = loaded.value;
  const since = new Date(clock.now()).toISOString();
  const locked = lockFolder(dataDir, { pid: process.pid, door: config.door, since });
  if (!locked.ok) return locked;

  const { secretProtection = null, configDir } = config;
  const opened = openKeysFolder(paths, { clock, secretProtection, configDir });
  if (!opened.ok) {
    locked.value.release();
    return opened;
  }
  const { keys, keyRing, access, documentTokens, deviceId, feedSecrets, localPerson, follow, highWater } = opened.value;
  const notices = createNotices();
  const documentNotices = createDocumentNotices(clock);
  const sessionChanged = createSignal<string | null>();
  const operatorCut = createSignal<OperatorId>();
  const sessionsCut = createSignal<readonly string[]>();
  const hostChanged = createSignal<void>();
  const salt = createSaltSource();
  const publisher = createWebhookPublisher({
    secret: opened.value.webhookSecret,
    clock,
    allowedPrivateHosts: config.allowedPrivateHosts,
  });

  let founded: WorkspaceHost | null = null;
  let damaged = false;
  /** Nothing of the workspace that this host has joined is here yet. */
  let isJoining = false;
  /** Why nothing may be signed here, such as keys that would fork the log; null while it may. */
  let readOnly: Notice | null = null;
  let demo: ReturnType<typeof createDemoControl> | null = null;
  let feedFolder: { stop(): void } | null = null;

  const sync = createSyncService({
    directory: { find: (document) => findDocument(document) },
    deviceId,
    clock,
    log,
    schedule,
    onStorageFailure: (cause) => storageFailed(cause),
    onStorageRecovery: () => notices.clear('storage'),
    onMassDeletion: (deletion) => documentNotices.massDeletion(deletion),
    onTextGrown: (document) => founded?.textGrown.emit(document),
    mayCarry: (author, operatorId) => founded?.carriage.mayCarry(author, operatorId) ?? false,
  });
  const replication = createReplication({ clock, schedule, log, random: Math.random });

  const enrolment = createEnrolment({
    founded: () => founded,
    readOnly: () => readOnly !== null,
    invites: opened.value.invites,
    signers: keyRing,
    verifier: verifyEd25519,
    clock,
    log,
    onEnrolled: () => sessionChanged.emit(null),
  });

  const callers = createCallers({
    founded: () => founded,
    readOnly: () => readOnly !== null,
    deviceId,
    access,
    documentTokens,
    localPerson,
    clock,
  });

  function findDocument(document: string) {
    return founded && documentOf(founded, document);
  }

  function stage(): SessionView['stage'] {
    if (founded) return 'ready';
    if (isJoining) return 'joining';
    return damaged ? 'damaged' : 'founding';
  }

  function storageFailed(cause: unknown): void {
    const failure = asStorageFailure(cause);
    if (failure) notices.show(storageNotice(failure));
  }

  function failed(what: string, cause: unknown): void {
    storageFailed(cause);
    log.error({ err: cause, what }, 'something failed');
  }

  function refuseFile(refusal: OpenRefusal): void {
    notices.show(refusedFileNotice(refusal));
  }

  /** Begins to work on a workspace's file that is open. */
  function begin(workspaceFile: LogFile): WorkspaceHost {
    const rooms = openRooms(paths, highWater);
    for (const refusal of rooms.refused) refuseFile(refusal);
    const roomLogs = rooms.files.map((file) => file.log);
    const logs = [workspaceFile.log, ...roomLogs];
    startAfter(logs);
    const renewed = renewKeys({ workspaceLog: workspaceFile.log, roomLogs, keys, highWater, clock, salt });
    readOnly = renewed.ok ? null : WHY_READ_ONLY[renewed.error.type];
    if (readOnly !== null) notices.show(readOnly);
    if (renewed.ok && renewed.value > 0) {
      log.warn({ keys: renewed.value }, 'keys were renewed after a restored or copied data folder');
      backUpRenewal(workspaceFile);
    }
    const mentions = openMentions(paths, refuseFile);
    const host = createWorkspaceHost({
      paths,
      workspaceFile,
      roomFiles: rooms.files,
      mentions,
      clock,
      schedule,
      newSalt: salt,
      signers: keyRing,
      texts: createTexts(sync, findDocument),
      publisher,
      resources,
      highWater,
      log,
      notices,
      secrets: feedSecrets,
      random: Math.random,
      othersWatch: () => replication.isConnectedUp(),
      onFailure: failed,
      onRecovered: () => notices.clear('storage'),
    });
    founded = host;
    watchRoster(host.workspace, {
      revoked: cutAccess,
      changed(operatorId) {
        sync.disconnectOperator(operatorId, 'role-changed');
        sessionChanged.emit(null);
      },
      onFailure: failed,
    });
    host.warRoom.changed.listen(() => notices.clear('storage'));
    closeTextsOfEndedRooms(host.warRoom, sync);
    if (readOnly) {
      // Neither feeds nor the passing of time may sign anything either.
    } else if (host.workspace.state.demo) {
      demo = createDemoControl({
        host,
        mentions: mentions.store,
        resourcesDir: config.resourcesDir,
        clock,
        schedule,
        random: Math.random,
        speed: config.demoSpeed,
        onMoved: () => hostChanged.emit(),
      });
      demo.start();
    } else {
      const folder = { folder: paths.feedsDir, mentions: mentions.store, random: Math.random };
      feedFolder = createFeedFolder({ host, clock, schedule, ...folder });
    }
    if (!readOnly) host.start({ withFeeds: config.door !== 'command' && isEnrolled(host) });
    raiseOwnMarks(keyRing.host().publicKey, host.workspace.state, logs, highWater);
    replicate(host);
    sessionChanged.emit(null);
    hostChanged.emit();
    return host;
  }

  /** A folder that came from a bundle alone is nobody's host: it is there to be read. */
  function isEnrolled({ workspace }: WorkspaceHost): boolean {
    return Object.hasOwn(workspace.state.keys, keyRing.host().publicKey);
  }

  /** A demo stays by itself; a single command is gone before anybody would answer. */
  function replicate(host: WorkspaceHost): void {
    if (host.workspaceId === null || host.workspace.state.demo) return;
    const followed = follow.read();
    if (followed === 'unreadable') notices.show(followUnreadableNotice);
    replication.begin({
      local: createReplicaLocal({ workspaceId: host.workspaceId, host, sync, schedule }),
      signer: () => keyRing.host(),
      history: host.workspace.history,
      follow: followed === 'unreadable' || config.door === 'command' ? null : followed,
      findings: () => replicaFindings(host),
    });
  }

  /** Follows whoever let this host in until the workspace is here, and begins to work on it then. */
  function beginJoined(file: LogFile, followed: Follow): void {
    const signers = keyRing;
    const join = createFirstJoin({ file, follow: followed, signers, clock, salt, onArrived: arrived });
    if (join.isArrived) return void begin(file);
    isJoining = true;
    if (config.door !== 'command') replication.begin(join.scope);
    sessionChanged.emit(null);
    hostChanged.emit();

    function arrived(): void {
      replication.end();
      isJoining = false;
      begin(file);
    }
  }

  /** A machine whose clock was set back while no host ran must not give anybody time, nor call anybody twice. */
  function startAfter(logs: readonly EventLog[]): void {
    const behindMs = clock.notBefore?.(newestSignedHere(logs)) ?? 0;
    if (behindMs > NOTICEABLE_MS) notices.show(clockBehindNotice(behindMs));
  }

  /** A backup from before the renewal would bring back a restore key that may not sign: a dead end. */
  function backUpRenewal(file: LogFile): void {
    try {
      const replaced = replaceDailyBackup(file.db, clock.now());
      if (!replaced.ok)
        log.error({ file: replaced.error.file, detail: replaced.error.detail }, 'a backup was not good');
    } catch (cause) {
      failed('backup after a renewal of keys', cause);
    }
  }

  function found(founding: Founding): { readonly recoveryKey: string } {
    // Links of an earlier organisation would open for whoever has the same id in this one.
    cutSessions(access.revokeBound());
    const { file, recoveryKey } = foundWorkspace(founding, { paths, keys, keyRing, highWater, resources, clock, salt });
    localPerson.write(founding.people[0].operatorId);
    begin(file);
    return { recoveryKey };
  }

  async function joinAnother(pasted: string): ReturnType<HostContext['join']> {
    const joining = { paths, keys, follow, localPerson, highWater, clock, call: callEnrol };
    const joined = await joinWorkspace(pasted, joining);
    if (!joined.ok) return joined;
    beginJoined(joined.value.file, joined.value.follow);
    return ok({ operatorId: joined.value.operatorId });
  }

  function cutAccess(operatorId: OperatorId): void {
    let ended: readonly string[] = [];
    try {
      ended = access.revokeOperator(operatorId);
    } finally {
      sync.disconnectOperator(operatorId, 'revoked');
      cutSessions(ended);
      operatorCut.emit(operatorId);
      sessionChanged.emit(null);
    }
  }

  function cutSessions(sessionIds: readonly string[]): void {
    for (const sessionId of sessionIds) sync.disconnectSession(sessionId, 'signed-out');
    sessionsCut.emit(sessionIds);
  }

  function end(): void {
    replication.end();
    demo?.stop();
    demo = null;
    feedFolder?.stop();
    feedFolder = null;
    founded?.close();
    founded = null;
    documentNotices.clear();
    callers.actLocallyAs(null);
    readOnly = null;
    for (const id of ['keys', 'clock']) notices.clear(id);
  }

  function leaveDemo(sessionId: string | null): void {
    const ended = access.releaseAll(sessionId);
    for (const { feedId } of founded?.workspace.state.feeds ?? []) feedSecrets.remove(feedId);
    sync.dropDocuments();
    end();
    putDemoAside(paths, keys, clock.now());
    localPerson.forget();
    cutSessions(ended);
    sessionChanged.emit(null);
    hostChanged.emit();
  }

  const context: HostContext = {
    version: config.version,
    paths,
    clock,
    schedule,
    log,
    resources,
    highWater,
    keyRing,
    keyProtection: keys.protection,
    enrolment,
    access,
    documentTokens,
    sync,
    notices,
    documentNotices,
    sharing: config.sharing,
    replication,
    sessionChanged,
    sessionsCut,
    operatorCut,
    cutAccess,
    hostChanged,
    stage,
    founded: () => founded,
    found,
    join: joinAnother,
    demo: () => demo,
    startDemo: (speed) => {
      found(demoFounding(config.resourcesDir));
      demo?.setSpeed(speed);
    },
    leaveDemo,
    localOperator: () => callers.localOperator(),
    actLocallyAs: (operatorId) => callers.actLocallyAs(operatorId),
  };

  const api = createHostApi(context, { callers, readOnly: () => readOnly, onFailure: failed });

  let newRecoveryKey: string | null = null;
  const followed = follow.read();
  const standing = openFolder(paths, { highWater, now: clock.now(), hasJoined: followed !== null });
  switch (standing.type) {
    case 'Founded':
      begin(standing.file);
      break;
    case 'Joined':
      if (followed === null || followed === 'unreadable') begin(standing.file);
      else beginJoined(standing.file, followed);
      break;
    case 'Refused':
      damaged = true;
      refuseFile(standing.refusal);
      break;
    case 'WorkspaceMissing':
      damaged = true;
      notices.show(workspaceMissingNotice(standing.file));
      break;
    case 'Empty':
      if (config.ifEmpty === 'demo') found(demoFounding(config.resourcesDir));
      else if (config.ifEmpty === 'found') newRecoveryKey = found(defaultFounding()).recoveryKey;
  }

  return ok({
    api,
    access,
    sync,
    notices,
    authorise: (token, document) => callers.authorise(token, document),
    operatorCut,
    enrolment,
    replication,
    sessionsCut,
    sessionChanged,
    hostChanged,
    receiveWebhook: (feedId, request) => founded?.feeds.receive(feedId, request) ?? null,
    newRecoveryKey,
    founded: () => founded,
    close() {
      sync.close();
      end();
      access.close();
      highWater.close();
      locked.value.release();
    },
  });
}

const WHY_READ_ONLY = {
  RestoreKeyBehind: keysBehindNotice,
  ClockBehind: keysClockNotice,
  KeysLocked: keysLockedNotice,
} as const;

/** Below this a machine's clock is only a little off. */
const NOTICEABLE_MS = 2000;
