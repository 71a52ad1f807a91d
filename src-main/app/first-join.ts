import type { PublicKeyHex } from '../../shared/base/ids.ts';
import type { AppendContext } from '../../shared/log/event-log.ts';
import type { Clock, ReplicaLocal, Signers } from '../commands/ports.ts';
import { createWorkspaceBook } from '../commands/workspace-book.ts';
import type { Follow } from '../identity/follow-file.ts';
import type { LogFile } from './data-folder.ts';
import type { ReplicationScope } from './replication.ts';

/**
 * A host that has just joined: nothing of the workspace is here but the hash of its genesis, and who is to be followed.
 * It takes in the workspace's log alone, until that says that this host is one of it; then everything else can begin.
 */
export function createFirstJoin(deps: {
  readonly file: LogFile;
  readonly follow: Follow;
  readonly signers: Signers;
  readonly clock: Clock;
  readonly salt: AppendContext['salt'];
  /** Called once. Whatever is still on the way is asked for again. */
  onArrived(): void;
}): { readonly scope: ReplicationScope; readonly isArrived: boolean } {
  const { file, follow, signers, clock, salt } = deps;
  const workspace = createWorkspaceBook({ log: file.log, clock, salt });
  const isArrived = (): boolean => Object.hasOwn(workspace.state.keys, signers.host().publicKey);
  let hasTold = false;

  function isHostKey(key: PublicKeyHex): boolean {
    const bound = workspace.state.keys[key];
    return bound ? bound.operatorId === null && !bound.retired : key === follow.hostKey;
  }

  const local: ReplicaLocal = {
    workspaceId: follow.workspace,
    logs: () => ['workspace'],
    log: (logId) => (logId === 'workspace' ? file.log : null),
    knowsKey: (key) => workspace.history.knowsKey(key),
    isHostKey,
    receive(logId, events) {
      if (logId !== 'workspace') return []; // not acknowledged as held, so it comes again
      const stored = workspace.receive(events);
      if (isArrived() && !hasTold) {
        hasTold = true;
        setImmediate(() => deps.onArrived());
      }
      return stored;
    },
    documents: () => [],
    textTips: () => [],
    textsLacking: () => [],
    receiveText: () => Promise.resolve({ type: 'Waits' }),
    onGrown: (listener) => workspace.changed.listen(() => listener({ log: 'workspace' })),
  };
  const findings = () => ({ forks: [], refusedTexts: [] });
  const scope = {
    local,
    signer: () => signers.host(),
    history: workspace.history,
    follow,
    findings,
  };
  return { scope, isArrived: isArrived() };
}
