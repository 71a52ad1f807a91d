import type { Sha256Hex } from '../../base/ids.ts';
import { clearanceOf, type Clearances } from '../clearance/clearance.ts';
import { type Statements } from '../statement/statement.ts';
import type { Publication, Publications } from './publication.ts';

/** A text that went out, or may have, and that somebody who signed it off does not stand by any more. */
export interface CorrectionDue {
  readonly publication: Publication;
  /** The approvals it was pinned to and that are not held now: withdrawn, or void by what has become known since. */
  readonly missing: readonly Sha256Hex[];
}

/**
 * [PUB15] The publications whose pinned approvals are no longer held, in the order in which they were begun. What went
 * out stays out: what is due is a correction on the same channel. It is due no more when one is out there, or when as
 * many steps as then have approved the same revision again.
 */
export function correctionsDue(room: {
  readonly statements: Statements;
  readonly clearances: Clearances;
  readonly publications: Publications;
}): readonly CorrectionDue[] {
  const all = Object.values(room.publications);
  const shaken = all.flatMap((publication) => {
    const missing = missingOf(room.clearances, publication);
    return publication.phase === 'failed' || missing.length === 0 ? [] : [{ publication, missing }];
  });
  const standing = all.filter((one) => !shaken.some(({ publication }) => publication === one));
  return shaken
    .filter(({ publication }) => !standing.some((one) => corrects(room.statements, one, publication)))
    .sort((one, other) => one.publication.startedAt - other.publication.startedAt);
}

function missingOf(clearances: Clearances, { statementId, revision, approvals }: Publication): readonly Sha256Hex[] {
  const clearance = clearanceOf(clearances, statementId, revision);
  const held = clearance.approvals.map(({ eventHash }) => eventHash);
  if (clearance.sentBack === null && held.length >= approvals.length) return []; // cleared anew, by whomever
  return approvals.filter((hash) => !held.includes(hash));
}

function corrects(statements: Statements, one: Publication, wrong: Publication): boolean {
  const statement = Object.hasOwn(statements, one.statementId) ? statements[one.statementId] : undefined;
  if (statement?.kind !== 'correction' || one.phase !== 'confirmed') return false;
  return one.channelId === wrong.channelId && (one.publishedAt ?? one.startedAt) >= wrong.startedAt;
}
