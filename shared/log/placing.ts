import type { Sha256Hex } from '../base/ids.ts';
import type { Head, UnsignedEnvelope } from './envelope.ts';
import type { EventLog, HeldEvent } from './event-log.ts';
import { compareTime } from './hybrid-time.ts';

export type Placing =
  | { readonly type: 'Held' }
  /** `isFork`: another event of this author has the same number. */
  | { readonly type: 'Fits'; readonly isFork: boolean }
  /** It stands on an event that is not here yet: in this log, or in the workspace's. */
  | { readonly type: 'Waits'; readonly for: Head; readonly log: 'own' | 'workspace' }
  /** No log can ever hold it, whatever arrives. */
  | { readonly type: 'Never'; readonly why: 'WrongLog' | 'WrongPrevious' | 'WrongParent' | 'TimeNotAboveParents' };

/**
 * Whether an event, verified before, can be taken into a log now. It looks at nothing but the log and the workspace's,
 * so that what fits on one host fits on every other that holds the same.
 */
export function placingOf(
  envelope: UnsignedEnvelope,
  hash: Sha256Hex,
  log: Pick<EventLog, 'logId' | 'find' | 'tips'>,
  workspace: Pick<EventLog, 'find'>,
): Placing {
  const { author, seq, previous, seen, time } = envelope;
  if (envelope.log !== log.logId) return never('WrongLog');
  if (log.find(hash) !== null) return { type: 'Held' };
  if ((seq === 1) !== (previous === null)) return never('WrongPrevious');
  if (seen.some((parent) => parent.author === author)) return never('WrongParent');
  if (log.logId === 'workspace' && envelope.workspace.length > 0) return never('WrongParent');

  const parents: readonly Head[] = previous === null ? seen : [{ author, seq: seq - 1, hash: previous }, ...seen];
  for (const parent of parents) {
    const held = log.find(parent.hash);
    if (held === null) return { type: 'Waits', for: parent, log: 'own' };
    if (!isHead(held, parent)) return never('WrongParent');
    if (compareTime(held.time, time) >= 0) return never('TimeNotAboveParents');
  }
  for (const relied of envelope.workspace) {
    const held = workspace.find(relied.hash);
    if (held === null) return { type: 'Waits', for: relied, log: 'workspace' };
    if (!isHead(held, relied)) return never('WrongParent');
  }
  const isFork = log.tips().some((tip) => tip.author === author && tip.seq >= seq);
  return { type: 'Fits', isFork };
}

function isHead(held: HeldEvent, { author, seq }: Head): boolean {
  return held.author === author && held.seq === seq;
}

function never(why: Extract<Placing, { type: 'Never' }>['why']): Placing {
  return { type: 'Never', why };
}
