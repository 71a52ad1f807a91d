import type { PublicKeyHex, Sha256Hex } from '../../shared/base/ids.ts';
import type { WorkspaceState } from '../../shared/domain/workspace/workspace.ts';
import type { LogId } from '../../shared/log/envelope.ts';
import type { ReplicaLocal, Schedule } from '../commands/ports.ts';
import type { SyncService } from '../host/sync/sync-service.ts';
import type { WorkspaceHost } from './workspace-host.ts';

/** This host as replication sees it: the logs and texts of its workspace, and how more of them is taken in. */
export function createReplicaLocal(deps: {
  readonly workspaceId: Sha256Hex;
  readonly host: Pick<
    WorkspaceHost,
    'workspace' | 'workspaceLog' | 'warRoom' | 'textFiles' | 'textGrown' | 'carriage' | 'seals'
  >;
  readonly sync: SyncService;
  readonly schedule: Schedule;
}): ReplicaLocal {
  const { workspaceId, host, sync, schedule } = deps;
  const { workspace, warRoom, carriage, seals } = host;

  const passOn = new Set<(document: string) => void>();

  return {
    workspaceId,
    logs: () => ['workspace', ...warRoom.rooms.keys()],
    log: (logId) => (logId === 'workspace' ? host.workspaceLog : (warRoom.rooms.get(logId)?.file.log ?? null)),
    knowsKey: (key) => workspace.history.knowsKey(key),
    isHostKey: (key) => isHostKey(workspace.state, key),
    receive: (logId: LogId, events) =>
      logId === 'workspace' ? workspace.receive(events) : warRoom.receive(logId, events),
    documents: () => host.textFiles.all().flatMap((texts) => texts.documents()),
    textTips: (document) => seals.sealed(document)?.tips(document) ?? [],
    textsLacking: (document, tips, limit) => seals.sealed(document)?.lacking(document, tips, limit) ?? [],
    async receiveText(batch) {
      if (!carriage.isHost(batch.header.author)) return { type: 'Refused', why: 'unknown author' };
      const taken = await sync.takeBatch(batch.header.document, batch);
      // What came from one host is news to the others; also what was refused is kept, and shown to everybody.
      if (taken.type === 'Taken' || taken.type === 'Refused') passOn.forEach((tell) => tell(batch.header.document));
      return taken;
    },
    onGrown(listener) {
      const tell = (document: string): void => listener({ document });
      const typed = createGathering(schedule, tell);
      passOn.add(tell);
      const stops = [
        workspace.changed.listen(() => {
          listener({ log: 'workspace' });
          retryRefused();
        }),
        warRoom.changed.listen(({ file }) => listener({ log: file.roomId })),
        host.textGrown.listen(typed.add),
        typed.stop,
        () => passOn.delete(tell),
      ];
      return () => stops.forEach((stop) => stop());
    },
  };

  /** Whoever might not write then may have been given the right by what came since. */
  function retryRefused(): void {
    for (const texts of host.textFiles.all())
      for (const document of texts.documents())
        if (texts.refused(document).some(({ why }) => why === 'not allowed'))
          sync.retryRefused(document).catch(() => undefined); // a full disk: asked again with the next change
  }
}

/** What somebody types is signed and sent a few times a second: a signature for each key would be most of the traffic. */
const GATHER_MS = 150;

function createGathering(schedule: Schedule, tell: (document: string) => void) {
  const waiting = new Map<string, () => void>();
  return {
    add(document: string): void {
      if (waiting.has(document)) return;
      const cancel = schedule(GATHER_MS, () => {
        waiting.delete(document);
        tell(document);
      });
      waiting.set(document, cancel);
    },
    stop(): void {
      for (const cancel of waiting.values()) cancel();
      waiting.clear();
    },
  };
}

function isHostKey({ keys }: WorkspaceState, key: PublicKeyHex): boolean {
  const bound = Object.hasOwn(keys, key) ? keys[key] : undefined;
  return bound?.operatorId === null && !bound.retired;
}
