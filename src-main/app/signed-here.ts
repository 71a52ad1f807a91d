import { type Instant, instant, type PublicKeyHex } from '../../shared/base/ids.ts';
import type { EventLog } from '../../shared/log/event-log.ts';
import { hostOfKey, type WorkspaceState } from '../../shared/domain/workspace/workspace.ts';
import type { HighWater } from '../identity/high-water.ts';

/** When the newest of these events was signed that was signed here: another machine's clock is not ours to follow. */
export function newestSignedHere(logs: readonly EventLog[]): Instant {
  const newest = logs.map((log) => {
    const recent = log.read(Math.max(0, log.length - RECENT));
    return recent.findLast(({ arrivedAt }) => arrivedAt === undefined)?.envelope.time.wall ?? 0;
  });
  return instant(Math.max(0, ...newest));
}

/** A process that died between a commit and its mark has left the mark behind what it signed. */
export function raiseOwnMarks(
  ownKey: PublicKeyHex,
  state: WorkspaceState,
  logs: readonly EventLog[],
  highWater: HighWater,
): void {
  const self = hostOfKey(state, ownKey)?.hostId;
  if (self === undefined) return;
  for (const log of logs)
    for (const head of log.heads())
      if (hostOfKey(state, head.author)?.hostId === self) highWater.raise(log.logId, head);
}

/** Among so many of the newest events of a log there is one that was signed here, or it matters no more. */
const RECENT = 500;
