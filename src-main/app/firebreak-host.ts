import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { OperatorId } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { operatorOf } from '../../shared/domain/workspace/workspace.ts';
import { createSaltSource } from '../identity/salts.ts';
import type { HostView, SessionView } from '../../shared/protocol/views.ts';
import { createEndpointTable, createInvoke } from '../commands/endpoints.ts';
import type { Founding } from '../commands/founding.ts';
import type { Api, Caller, Clock, Schedule, SyncPeer } from '../commands/ports.ts';
import { createSignal } from '../commands/signal.ts';
import { createSubscribe, createTopicTable } from '../commands/topics.ts';
import { sessionView } from '../commands/views.ts';
import { wireError } from '../commands/wire-errors.ts';
import type { HostLog } from '../host/host-log.ts';
import { createSyncService } from '../host/sync/sync-service.ts';
import type { Authorisation } from '../host/sync/upgrade.ts';
import { createAccess, type Access } from '../identity/access.ts';
import { openAccessDatabase } from '../identity/access-database.ts';
import { createDocumentTokens } from '../identity/document-token.ts';
import { openHighWater, outsideHighWaterFile } from '../identity/high-water.ts';
import { createKeyStore } from '../identity/key-store.ts';
import { openSecret } from '../identity/secret-file.ts';
import { createWebhookPublisher } from '../publish/webhook.ts';
import { type FolderInUse, lockFolder } from '../store/folder-lock.ts';
import type { OpenRefusal } from '../store/open-database.ts';
import { asStorageFailure } from '../store/storage-failure.ts';
import { isEmptyFolder, type LogFile, openLogFile, openRooms, pathsOf } from './data-folder.ts';
import { demoFounding } from './demo.ts';
import { createDemoControl } from './demo-control.ts';
import { createDesktopDocuments } from './desktop-documents.ts';
import { documentStoreOf } from './documents.ts';
import { createFeedFolder } from './feed-folder.ts';
import { foundWorkspace } from './founder.ts';
import type { HostContext, Sharing } from './host-context.ts';
import { createHostEndpoints, mayWrite } from './host-endpoints.ts';
import { createKeyRing } from './key-ring.ts';
import { openMentions } from './mentions.ts';
import { createNotices } from './notices.ts';
import { renewKeys } from './renew-keys.ts';
import { loadResources } from './resources.ts';
import { createTexts } from './texts.ts';
import { createWorkspaceHost, type WorkspaceHost } from './workspace-host.ts';

export interface HostConfig {
  readonly dataDir: string;
  readonly resourcesDir: string;
  readonly version: string;
  readonly door: 'desktop' | 'headless' | 'command';
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly log: HostLog;
  /** What to do with a folder that nobody has set up: leave that to the first screen, or found one with defaults. */
  readonly ifEmpty: 'ask' | 'found' | 'demo';
  readonly demoSpeed: number;
  readonly sharing: Sharing;
  /** Where the outside high-water marks are; the platform's own place unless a test says otherwise. */
  readonly configDir?: string;
  readonly allowedPrivateHosts: readonly string[];
}

export interface FirebreakHost {
  readonly api: Api;
  readonly access: Access;
  readonly sync: ReturnType<typeof createSyncService>;
  readonly notices: ReturnType<typeof createNotices>;
  /** Who may open a document with this token. */
  authorise(token: string | null, document: string): Authorisation;
  readonly operatorCut: HostContext['operatorCut'];
  readonly sessionChanged: HostContext['sessionChanged'];
  readonly hostChanged: HostContext['hostChanged'];
  founded(): WorkspaceHost | null;
  close(): void;
}

export type HostRefusal = FolderInUse | { readonly type: 'ResourceBroken' | 'KeysUnusable'; readonly message: string };

/**
 * Puts one host together from its configuration: the same for a window, a headless host and a single command.
 * Holds the data folder's lock until it is closed.
 */
export function openFirebreakHost(config: HostConfig): Result<FirebreakHost, HostRefusal> {
  const { dataDir, clock, schedule, log } = config;
  const paths = pathsOf(dataDir);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const loaded = loadResources(config.resourcesDir);
  if (!loaded.ok) return err({ type: 'ResourceBroken', message: `${loaded.error.file}: ${loaded.error.reason}` });
  const resources = loaded.value;
  const since = new Date(clock.now()).toISOString();
  const locked = lockFolder(dataDir, { pid: process.pid, door: config.door, since });
  if (!locked.ok) return locked;

  const keys = createKeyStore(paths.keysDir);
  const accessDb = openAccessDatabase(paths.keysDir);
  const documentSecret = openSecret(paths.keysDir, 'documents', randomBytes);
  const webhookSecret = openSecret(paths.keysDir, 'webhook', randomBytes);
  if (!accessDb.ok || !documentSecret.ok || !webhookSecret.ok) {
    locked.value.release();
    return err({
      type: 'KeysUnusable',
      message: `A file in ${paths.keysDir} cannot be used. Put back a copy of it, or remove it.`,
    });
  }
  const highWater = openHighWater({
    inside: join(paths.keysDir, 'high-water.txt'),
    outside: outsideHighWaterFile(dataDir, config.configDir),
  });

  const keyRing = createKeyRing(keys);
  const access = createAccess(accessDb.value, { clock, randomBytes });
  const documentTokens = createDocumentTokens(documentSecret.value);
  const notices = createNotices();
  const sessionChanged = createSignal<string | null>();
  const operatorCut = createSignal<OperatorId>();
  const hostChanged = createSignal<void>();
  const salt = createSaltSource();
  const publisher = createWebhookPublisher({
    secret: webhookSecret.value,
    clock,
    allowedPrivateHosts: config.allowedPrivateHosts,
  });

  let founded: WorkspaceHost | null = null;
  let damaged = false;
  let demo: ReturnType<typeof createDemoControl> | null = null;
  let feedFolder: { stop(): void } | null = null;
  let actingLocallyAs: OperatorId | null = null;

  const sync = createSyncService({
    directory: { find: (document) => findDocument(document) },
    clock,
    log,
    schedule,
    onStorageFailure: (cause) => storageFailed(cause),
    onStorageRecovery: () => notices.clear('storage'),
  });

  function findDocument(document: string) {
    const store = founded && documentStoreOf(founded, document);
    return store ? { store } : null;
  }

  function stage(): SessionView['stage'] {
    if (founded) return 'ready';
    return damaged ? 'damaged' : 'founding';
  }

  function storageFailed(cause: unknown): void {
    const failure = asStorageFailure(cause);
    if (!failure) return;
    notices.show({
      id: 'storage',
      kind: 'alarm',
      what: failure.cause === 'disk-full' ? 'The disk is full: nothing can be recorded.' : 'The disk refuses to write.',
      kept: 'Everything that was acknowledged is on the disk; what you type stays in your window.',
      next:
        failure.cause === 'disk-full'
          ? 'Make room on the disk of the data folder. It goes on by itself.'
          : 'Check the disk and its permissions. It goes on by itself.',
    });
  }

  function failed(what: string, cause: unknown): void {
    storageFailed(cause);
    log.error({ err: cause, what }, 'something failed');
  }

  function refuseFile(refusal: OpenRefusal): void {
    const whatToDo = 'whatToDo' in refusal ? refusal.whatToDo : 'Put it back from a backup.';
    notices.show({
      id: `file:${refusal.file}`,
      kind: 'alarm',
      what: `${refusal.file} cannot be used${'detail' in refusal ? ` (${refusal.detail})` : ''}.`,
      kept: 'The file was not touched. Everything else works.',
      next: whatToDo,
    });
  }

  /** Begins to work on a workspace's file that is open. */
  function begin(workspaceFile: LogFile): WorkspaceHost {
    const rooms = openRooms(paths, highWater);
    for (const refusal of rooms.refused) refuseFile(refusal);
    const roomLogs = rooms.files.map((file) => file.log);
    const renewed = renewKeys({ workspaceLog: workspaceFile.log, roomLogs, keys, highWater, clock, salt });
    if (!renewed.ok) notices.show(keysBehind);
    else if (renewed.value > 0)
      log.warn({ keys: renewed.value }, 'keys were renewed after a restored or copied data folder');
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
      onFailure: failed,
    });
    founded = host;
    host.warRoom.changed.listen(() => notices.clear('storage'));
    if (host.workspace.state.demo) {
      demo = createDemoControl({
        host,
        mentions: mentions.store,
        resourcesDir: config.resourcesDir,
        clock,
        schedule,
        speed: config.demoSpeed,
        onMoved: () => hostChanged.emit(),
      });
      demo.start();
    } else feedFolder = createFeedFolder({ host, mentions: mentions.store, folder: paths.feedsDir, clock, schedule });
    host.start();
    sessionChanged.emit(null);
    hostChanged.emit();
    return host;
  }

  function found(founding: Founding): { readonly recoveryKey: string } {
    const { file, recoveryKey } = foundWorkspace(founding, { paths, keys, keyRing, highWater, resources, clock, salt });
    begin(file);
    return { recoveryKey };
  }

  function end(): void {
    demo?.stop();
    demo = null;
    feedFolder?.stop();
    feedFolder = null;
    founded?.close();
    founded = null;
    actingLocallyAs = null;
  }

  /** The demo's files are put aside, keys included, so that the folder is as it was before. */
  function leaveDemo(): void {
    sync.flush();
    for (const operator of Object.values(founded?.workspace.state.operators ?? {}))
      sync.disconnectOperator(operator.operatorId, 'revoked');
    end();
    const stamp = new Date(clock.now()).toISOString().replaceAll(/[-:]|\.\d+/g, '');
    const aside = join(dataDir, `demo-${stamp}`);
    mkdirSync(join(aside, 'keys'), { recursive: true, mode: 0o700 });
    for (const name of ['workspace.db', 'mentions.db', 'rooms', 'backups'].flatMap((file) => [
      file,
      `${file}-wal`,
      `${file}-shm`,
    ]))
      if (existsSync(join(dataDir, name))) renameSync(join(dataDir, name), join(aside, name));
    keys.putAside(join(aside, 'keys'));
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
    keyRing,
    access,
    documentTokens,
    sync,
    notices,
    sharing: config.sharing,
    sessionChanged,
    operatorCut,
    hostChanged,
    stage,
    founded: () => founded,
    found,
    demo: () => demo,
    startDemo: (speed) => {
      found(demoFounding(config.resourcesDir));
      demo?.setSpeed(speed);
    },
    leaveDemo,
    localOperator,
    actLocallyAs: (operatorId) => (actingLocallyAs = operatorId),
  };

  function localOperator(): OperatorId | null {
    const acting = founded && actingLocallyAs && operatorOf(founded.workspace.state, actingLocallyAs);
    return acting && !acting.revoked ? acting.operatorId : (founded?.owner() ?? null);
  }

  /** Who a caller is at this moment: a session may have come to speak for somebody else since it began. */
  function present(caller: Caller): Caller {
    if (caller.door === 'local') return { ...caller, operatorId: founded?.owner() ?? null };
    if (caller.door === 'desktop') return { ...caller, operatorId: localOperator() };
    return { ...caller, operatorId: access.sessionById(caller.sessionId)?.operatorId ?? null };
  }

  const table = createEndpointTable({
    now: () => clock.now(),
    founded: () => founded,
    host: createHostEndpoints(context),
  });
  const desktopDocuments = createDesktopDocuments({ sync, peerOf: peerFor });
  const invoke = createInvoke({ ...table, 'yjs.send': desktopDocuments.send }, (endpoint, cause) => {
    failed(endpoint, cause);
    const failure = asStorageFailure(cause);
    if (failure)
      return wireError(
        'StorageFailed',
        'The disk did not take it, so it was not recorded. Make room, then do it again.',
      );
    return wireError('HostFailed', 'The host could not do that, and nothing was recorded. Its log says why.');
  });
  const subscribe = createSubscribe(
    createTopicTable({
      founded: () => founded,
      clockNow: () => clock.now(),
      templates: resources.templates,
      session: {
        now: (caller) =>
          sessionView(present(caller), founded?.workspace ?? null, {
            stage: stage(),
            version: config.version,
            now: clock.now(),
          }),
        changed: sessionChanged,
      },
      host: { now: hostView, changed: joined(notices.changed, hostChanged) },
      watch: {
        now: () => founded?.watchView(clock.now()) ?? { at: clock.now(), storms: [], feeds: [] },
        changed: {
          emit: () => undefined,
          listen: (listener) => founded?.watchChanged.listen(() => listener(undefined)) ?? (() => undefined),
        },
      },
      presence: {
        entered: (book, operatorId) => founded?.presence.entered(book, operatorId),
        left: (book, operatorId) => founded?.presence.left(book, operatorId),
      },
      yjs: desktopDocuments.open,
    }),
  );

  function hostView(): HostView {
    return { notices: notices.all(), demo: demo?.view() ?? null, sharedAt: config.sharing.url(), dataFolder: dataDir };
  }

  function peerFor(operatorId: OperatorId, document: string): SyncPeer | null {
    const operator = founded && operatorOf(founded.workspace.state, operatorId);
    if (!founded || !operator || operator.revoked) return null;
    return { operatorId, name: operator.name, mayWrite: mayWrite(founded, operatorId, document) };
  }

  function authorise(token: string | null, document: string): Authorisation {
    const operatorId = token === null ? null : operatorOfToken(token, document);
    const peer = operatorId && peerFor(operatorId, document);
    if (!peer) return { type: 'BadToken' };
    return findDocument(document) ? { type: 'Authorised', peer } : { type: 'NoSuchDocument' };
  }

  function operatorOfToken(token: string, document: string): OperatorId | null {
    const claims = documentTokens.check(token, document, clock.now());
    if (claims)
      return access.sessionById(claims.sessionId)?.operatorId === claims.operatorId ? claims.operatorId : null;
    return access.operatorOfToken(token)?.operatorId ?? null;
  }

  if (!isEmptyFolder(paths)) {
    const opened = openLogFile(paths.workspaceFile, 'workspace', { create: false, highWater });
    if (opened.ok) begin(opened.value);
    else {
      damaged = true;
      refuseFile(opened.error);
    }
  } else if (config.ifEmpty === 'demo') found(demoFounding(config.resourcesDir));
  else if (config.ifEmpty === 'found') found(defaultFounding());

  return ok({
    api: {
      invoke: (caller, endpoint, input) => invoke(present(caller), endpoint, input),
      subscribe: (caller, topic, params, push) => subscribe(present(caller), topic, params, push),
    },
    access,
    sync,
    notices,
    authorise,
    operatorCut,
    sessionChanged,
    hostChanged,
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

const keysBehind: HostView['notices'][number] = {
  id: 'keys',
  kind: 'alarm',
  what: 'This data folder was restored to a state before its keys were last changed.',
  kept: 'Everything can be read, exported and verified.',
  next: 'Do not record anything here: bring back a newer copy of the folder.',
};

/** For a headless host on an empty folder: one administrator who can do everything, and a chain of one. */
function defaultFounding(): Founding {
  const operatorId = 'administrator' as OperatorId;
  return {
    organisation: 'My organisation',
    demo: false,
    people: [
      {
        operatorId,
        name: 'Administrator',
        roles: ['administrator', 'incident-commander', 'comms-lead'],
        deputyId: null,
      },
    ],
    watch: [{ watchQueryId: 'my-organisation' as never, name: 'My organisation', terms: 'My organisation' }],
    chain: ['comms-lead'],
  };
}

function joined(
  one: { listen(listener: () => void): () => void },
  other: { listen(listener: () => void): () => void },
) {
  return {
    emit: () => undefined,
    listen(listener: (value: unknown) => void) {
      const stops = [one.listen(() => listener(undefined)), other.listen(() => listener(undefined))];
      return () => stops.forEach((stop) => stop());
    },
  };
}
