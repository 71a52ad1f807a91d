import { OperatorId, WatchQueryId } from '../../shared/base/ids.ts';
import type { Clock } from '../commands/ports.ts';
import { type Founding, foundingEvents } from '../commands/founding.ts';
import type { AppendContext } from '../../shared/log/event-log.ts';
import type { HighWater } from '../identity/high-water.ts';
import type { KeyStore } from '../identity/key-store.ts';
import { type DataPaths, type LogFile, openLogFile } from './data-folder.ts';
import type { KeyRing } from './key-ring.ts';
import { putKeysAside } from './put-aside.ts';
import type { Resources } from './resources.ts';

export interface Founded {
  readonly file: LogFile;
  /** The private half, shown once and not kept. */
  readonly recoveryKey: string;
}

/**
 * Makes a workspace: the keys first, then its file with the genesis, which is what founds it. Keys of a set-up that did
 * not come that far are put aside: nothing that counts was ever signed with them.
 */
export function foundWorkspace(
  founding: Founding,
  deps: {
    readonly paths: DataPaths;
    readonly keys: KeyStore;
    readonly keyRing: KeyRing;
    readonly highWater: HighWater;
    readonly resources: Resources;
    readonly clock: Clock;
    readonly salt: AppendContext['salt'];
  },
): Founded {
  const { keys, keyRing, resources } = deps;
  putKeysAside(deps.paths, keys, deps.clock.now());
  const recovery = keys.createRecoveryKey();
  if (!recovery) throw new Error('The folder of keys belongs to another workspace already.');
  const restore = keys.restoreSigner();
  if (!restore.ok) throw new Error(`${restore.error.type}: ${restore.error.file}`);
  const facts = foundingEvents(
    founding,
    {
      host: keyRing.host().publicKey,
      recovery: recovery.publicKey,
      restore: restore.value.publicKey,
      of: (operatorId) => keyRing.newKeyOf(operatorId),
    },
    resources,
  );
  // The administrator's key signs the genesis, which is what binds it.
  const [administrator] = founding.people;
  keyRing.newKeyOf(administrator.operatorId);
  const opened = openLogFile(deps.paths.workspaceFile, 'workspace', { create: true, highWater: deps.highWater });
  if (!opened.ok) throw new Error(`The workspace's file could not be made: ${opened.error.type}`);
  const drafts = facts.map(({ type, ...body }) => ({ type, body }));
  const context = { now: deps.clock.now(), salt: deps.salt, workspaceHeads: [] };
  opened.value.log.append(keyRing.operator(administrator.operatorId), drafts, context);
  return { file: opened.value, recoveryKey: recovery.privateKey };
}

/** For a headless host on an empty folder: one administrator who can do everything, and a chain of one. */
export function defaultFounding(): Founding {
  const operatorId = OperatorId.parse('administrator');
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
    watch: [
      { watchQueryId: WatchQueryId.parse('my-organisation'), name: 'My organisation', query: '"My organisation"' },
    ],
    chain: ['comms-lead'],
  };
}
