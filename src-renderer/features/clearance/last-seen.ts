import { z } from 'zod';
import { Sha256Hex } from '../../../shared/base/ids.ts';
import type { Revision } from '../../../shared/domain/statement/statement.ts';

/** Whose memory: the workspace's fingerprint, the person, the statement. */
export interface SeenBy {
  readonly fingerprint: string;
  readonly operatorId: string;
  readonly statementId: string;
}

/** `shown` is the revision on the screen now, `before` the one that was there before it. */
const Seen = z.object({ shown: Sha256Hex, before: Sha256Hex.nullable() });
type Seen = z.infer<typeof Seen>;

type Memory = Pick<Storage, 'getItem' | 'setItem'>;

/**
 * Notes that this person has this revision on the screen, and gives the hash of the revision that they had before it:
 * null when it is the first. A reload shows the same revision again and changes nothing.
 */
export function seeRevision(memory: Memory | null, by: SeenBy, hash: Sha256Hex): Sha256Hex | null {
  const seen = recall(memory, by);
  if (seen?.shown === hash) return seen.before;
  const next: Seen = { shown: hash, before: seen?.shown ?? null };
  try {
    memory?.setItem(keyOf(by), JSON.stringify(next));
  } catch {
    // A full or forbidden storage forgets; the previous revision is compared instead.
  }
  return next.before;
}

/** The revision to compare with: the one this person saw last, else the one before this; undefined for a first one. */
export function comparedRevision(
  revisions: readonly Revision[],
  shown: Revision,
  lastSeen: Sha256Hex | null,
): Revision | undefined {
  const earlier = revisions.filter(({ revision }) => revision < shown.revision);
  return earlier.findLast(({ hash }) => hash === lastSeen) ?? earlier.at(-1);
}

function recall(memory: Memory | null, by: SeenBy): Seen | null {
  try {
    const kept = Seen.safeParse(JSON.parse(memory?.getItem(keyOf(by)) ?? 'null'));
    return kept.success ? kept.data : null;
  } catch {
    return null;
  }
}

function keyOf({ fingerprint, operatorId, statementId }: SeenBy): string {
  return `firebreak.seen.${fingerprint}.${operatorId}.${statementId}`;
}
