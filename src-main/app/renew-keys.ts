import type { PublicKeyHex, Sha256Hex } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { type BoundKey, mayChangeWorkspace, type WorkspaceEvent } from '../../shared/domain/workspace/workspace.ts';
import { authorsBehind } from '../../shared/log/behind.ts';
import type { Head, LogId } from '../../shared/log/envelope.ts';
import type { AppendContext, EventLog } from '../../shared/log/event-log.ts';
import { createWorkspaceHistory } from '../../shared/log/workspace-history.ts';
import type { Clock } from '../commands/ports.ts';
import type { HighWater } from '../identity/high-water.ts';
import type { KeyOwner, KeyStore } from '../identity/key-store.ts';
import { ownHost } from './own-host.ts';

/** The key that changes keys is itself behind, or not this machine's: only the printed recovery key could go on. */
export interface RestoreKeyBehind {
  readonly type: 'RestoreKeyBehind';
}

/** This machine's clock is so far behind what it would bind new keys by that these would rest on nothing. */
export interface ClockBehind {
  readonly type: 'ClockBehind';
}

/** A keychain wraps the keys, and it is not open to this process: nothing can be signed by it. */
export interface KeysLocked {
  readonly type: 'KeysLocked';
}

/**
 * After a backup was put in place, or the folder was copied, an old key must not sign on: a second event with a number
 * that it has used before would fork the log. Whoever is behind the high-water marks gets a new key, bound by this
 * host's own restore key, and the old one counts up to its mark. It is about the keys that this host keeps, its person's
 * device among them, and about no other host's. Returns how many keys were renewed.
 *
 * A crash on the way is mended by the next start: a key on the disk that is not bound yet is bound then.
 */
export function renewKeys(deps: {
  readonly workspaceLog: EventLog;
  readonly roomLogs: readonly EventLog[];
  readonly keys: KeyStore;
  readonly highWater: HighWater;
  readonly clock: Clock;
  readonly salt: AppendContext['salt'];
}): Result<number, RestoreKeyBehind | ClockBehind | KeysLocked> {
  const { workspaceLog, roomLogs, keys, highWater, clock, salt } = deps;
  if (keys.isLocked()) return err({ type: 'KeysLocked' });
  const logs = [workspaceLog, ...roomLogs];
  const now = clock.now();
  const history = createWorkspaceHistory(workspaceLog.read());
  const { state } = history;
  const self = ownHost(state, keys);
  const behind = new Set<PublicKeyHex>(
    logs.flatMap((log) => authorsBehind(log.heads(), highWater.marks(log.logId)).map(({ author }) => author)),
  );
  const renewals = Object.entries(state.keys).flatMap(([name, bound]) => {
    const key = name as PublicKeyHex;
    if (bound.retired || bound.host !== self?.hostId) return [];
    const onDisk = publicKeyOf(keys, ownerOf(bound));
    const replacedBy = onDisk !== null && onDisk !== key ? onDisk : null;
    const isDue = replacedBy !== null || behind.has(key) || highWater.standing === 'copied';
    return isDue ? [{ key, bound, replacedBy }] : [];
  });
  if (self && (renewals.length > 0 || behind.has(self.restoreKey))) {
    // Before any key goes: a key that nothing can bind would sign for nobody.
    const restore = keys.restoreSigner();
    if (!restore.ok || restore.value.publicKey !== self.restoreKey || behind.has(restore.value.publicKey))
      return err({ type: 'RestoreKeyBehind' });
    const settled = history.stateFor(now);
    const mayRetire = ({ key }: { readonly key: PublicKeyHex }): boolean =>
      mayChangeWorkspace(settled, self.restoreKey, { type: 'KeyRetired', key, reason: '', cuts: [] });
    if (!renewals.every(mayRetire)) return err({ type: 'ClockBehind' });
    const facts = renewals.flatMap(({ key, bound, replacedBy }): readonly WorkspaceEvent[] => {
      const { operatorId, custody } = bound;
      const current = replacedBy ?? keys.rotate(ownerOf(bound)).current.publicKey;
      const host = self.isFounder ? {} : { host: self.hostId };
      return [
        { type: 'KeyRetired', key, reason: 'restored or copied data folder', cuts: cutsOf(key, logs, highWater) },
        { type: 'KeyBound', key: current, operatorId, custody, ...host },
      ];
    });
    const drafts = facts.map(({ type, ...body }) => ({ type, body }));
    workspaceLog.append(restore.value, drafts, { now, salt, workspaceHeads: [] });
  }
  // A backup from before this machine was known here: what it signed since must come back first.
  const host = publicKeyOf(keys, 'host');
  if (!self && host !== null && behind.has(host)) return err({ type: 'RestoreKeyBehind' });
  if (highWater.standing === 'copied') highWater.settle();
  return ok(renewals.length);
}

function ownerOf({ operatorId, custody }: BoundKey): KeyOwner {
  if (operatorId === null) return 'host';
  return custody === 'device' ? { device: operatorId } : { operatorId };
}

function publicKeyOf(keys: KeyStore, owner: KeyOwner): PublicKeyHex | null {
  const signer = signerOf(keys, owner);
  return signer.ok ? signer.value.publicKey : null;
}

function signerOf(keys: KeyStore, owner: KeyOwner) {
  if (owner === 'host') return keys.hostSigner();
  if (owner === 'restore') return keys.restoreSigner();
  return 'device' in owner ? keys.deviceSigner(owner.device) : keys.operatorSigner(owner.operatorId);
}

/**
 * Up to where the key counts in every log: what it is known to have signed, wherever that is now. A room whose file is
 * not open may be brought back later, and what was signed there must count then.
 */
export function cutsOf(
  key: PublicKeyHex,
  logs: readonly Pick<EventLog, 'logId' | 'heads'>[],
  highWater: Pick<HighWater, 'logs' | 'marks'>,
): { log: LogId; seq: number; hash: Sha256Hex }[] {
  const headsByLog = new Map(logs.map((log) => [log.logId, log.heads()]));
  return [...new Set([...headsByLog.keys(), ...highWater.logs()])].flatMap((log) => {
    const known = [...(headsByLog.get(log) ?? []), ...highWater.marks(log)].filter((head) => head.author === key);
    const furthest = known.reduce<Head | null>((best, head) => (best && best.seq >= head.seq ? best : head), null);
    return furthest ? [{ log, seq: furthest.seq, hash: furthest.hash }] : [];
  });
}
