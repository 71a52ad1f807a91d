import { z } from 'zod';
import { ChannelId, Instant, type OperatorId, PublicationId, Sha256Hex, StatementId } from '../../base/ids.ts';
import { type Owned, withEntry } from '../../base/records.ts';
import { type Clearance, clearanceOf, type Clearances, currentStep, isCleared } from '../clearance/clearance.ts';
import type { StaffedStep } from '../incident/incident.ts';
import type { Recorded } from '../roster/actor.ts';
import { mayDo } from '../roster/roles.ts';
import type { Refusal } from '../refusal/refusal.ts';
import { latestRevision, type Statements, statementOf } from '../statement/statement.ts';

export const PublicationEvent = z.discriminatedUnion('type', [
  /** Pinned: names the revision by its hash and the approvals it relied on, and is judged over that past alone. */
  z.strictObject({
    type: z.literal('PublicationStarted'),
    publicationId: PublicationId,
    statementId: StatementId,
    revision: z.int().positive(),
    hash: Sha256Hex,
    channelId: ChannelId,
    via: z.enum(['hand', 'webhook']),
    approvals: z.array(Sha256Hex).min(1).max(8),
  }),
  z.strictObject({
    type: z.literal('PublicationConfirmed'),
    publicationId: PublicationId,
    address: z.string().max(2048).nullable(),
    /** When it was out, as the person or the receiving side says; counted within start and record. */
    publishedAt: Instant,
    evidence: z
      .strictObject({
        sha256: Sha256Hex,
        name: z.string().max(255),
        mime: z.string().max(100),
        bytes: z.int().nonnegative(),
      })
      .nullable(),
  }),
  z.strictObject({
    type: z.literal('PublicationFailed'),
    publicationId: PublicationId,
    reason: z.string().trim().min(1).max(1000),
  }),
  /** The host ended between sending and recording: only a person can say what became of it. */
  z.strictObject({ type: z.literal('PublicationInDoubt'), publicationId: PublicationId }),
]);
export type PublicationEvent = z.infer<typeof PublicationEvent>;

/*
 * started -- PublicationConfirmed --> confirmed
 *    |  \--- PublicationFailed ----> failed
 *    \------ PublicationInDoubt ---> in-doubt -- Confirmed / Failed (by a person) --> confirmed / failed
 */
export interface Publication {
  readonly publicationId: PublicationId;
  readonly statementId: string;
  readonly revision: number;
  readonly hash: Sha256Hex;
  readonly channelId: string;
  readonly via: 'hand' | 'webhook';
  /** Hashes of the approvals it relied on: what became of them later does not un-publish. */
  readonly approvals: readonly Sha256Hex[];
  readonly phase: 'started' | 'in-doubt' | 'confirmed' | 'failed';
  readonly startedAt: Instant;
  readonly startedBy: OperatorId | null;
  readonly address: string | null;
  readonly publishedAt: Instant | null;
  readonly evidence: {
    readonly sha256: Sha256Hex;
    readonly name: string;
    readonly mime: string;
    readonly bytes: number;
  } | null;
  readonly failure: string | null;
}

export type Publications = Readonly<Record<string, Publication>>;

export function publicationOf(publications: Publications, id: string): Publication | undefined {
  return Object.hasOwn(publications, id) ? publications[id] : undefined;
}

/** When the first statement was out, or null while nothing is. */
export function firstPublishedAt(publications: Publications): Instant | null {
  let first: Instant | null = null;
  for (const { publishedAt } of Object.values(publications))
    if (publishedAt !== null && (first === null || publishedAt < first)) first = publishedAt;
  return first;
}

/** Why the event does not count here, or null when it does. */
export function judgePublication(
  chain: readonly StaffedStep[],
  statements: Statements,
  clearances: Clearances,
  publications: Publications,
  recorded: Recorded<PublicationEvent>,
): Refusal | null {
  const { event, actor } = recorded;
  if (actor.kind === 'unknown') return { type: 'UnknownAuthor' };
  if (actor.kind === 'operator' && !mayDo(actor.roles, 'publish')) return { type: 'NotAllowed', act: 'publish' }; // [PUB9]
  const publication = publicationOf(publications, event.publicationId);

  if (event.type === 'PublicationStarted') {
    if (actor.kind !== 'operator') return { type: 'UnknownAuthor' }; // [PUB1] nothing is published by a timer
    if (publication) return { type: 'PublicationRunning' };
    const statement = statementOf(statements, event.statementId);
    if (!statement) return { type: 'NoSuchStatement' };
    const revision = statement.revisions[event.revision - 1];
    const latest = latestRevision(statement);
    if (!revision || !latest) return { type: 'NoSuchRevision' };
    if (revision.hash !== event.hash) return { type: 'HashMismatch' }; // [PUB2] byte for byte what was cleared
    if (latest.revision !== revision.revision) return { type: 'RevisionSuperseded', latest: latest.revision }; // [PUB7]
    const clearance = clearanceOf(clearances, event.statementId, event.revision);
    if (!isCleared(chain, clearance))
      return { type: 'NotCleared', waitingFor: currentStep(chain, clearance)?.name ?? 'a new revision' }; // [PUB3]
    if (!sameApprovals(event.approvals, clearance)) return { type: 'WrongApprovals' }; // [PUB8]
    return clashes(publications, event);
  }
  if (!publication) return { type: 'NoSuchPublication' };
  if (event.type === 'PublicationInDoubt') {
    if (actor.kind !== 'host') return { type: 'HostOnly' };
    return publication.phase === 'started' ? null : { type: 'PublicationSettled' };
  }
  if (publication.phase === 'confirmed' || publication.phase === 'failed') return { type: 'PublicationSettled' }; // [PUB10]
  // [PUB4] what the host sent itself it may settle; what a person sent, or nobody knows the end of, a person settles
  if (actor.kind === 'host' && (publication.phase === 'in-doubt' || publication.via === 'hand'))
    return { type: 'UnknownAuthor' };
  return null;
}

function sameApprovals(named: readonly Sha256Hex[], clearance: Clearance): boolean {
  const held = clearance.approvals.map((approval) => approval.eventHash);
  return named.length === held.length && held.every((hash) => named.includes(hash));
}

/** [PUB5] One text goes out on one channel once; while that is under way or in doubt nothing else starts there. */
function clashes(
  publications: Publications,
  event: { readonly channelId: string; readonly hash: Sha256Hex },
): Refusal | null {
  for (const other of Object.values(publications)) {
    if (other.channelId !== event.channelId) continue;
    if (other.phase === 'started' || other.phase === 'in-doubt') return { type: 'PublicationRunning' };
    if (other.phase === 'confirmed' && other.hash === event.hash) return { type: 'AlreadyPublished' };
  }
  return null;
}

export function evolvePublications(
  publications: Publications,
  recorded: Recorded<PublicationEvent>,
  owned?: Owned,
): Publications {
  const { event, at, actor } = recorded;
  if (event.type === 'PublicationStarted') {
    const { publicationId, statementId, revision, hash, channelId, via, approvals } = event;
    const startedBy = actor.kind === 'operator' ? actor.operatorId : null;
    const fresh = {
      phase: 'started',
      startedAt: at,
      startedBy,
      address: null,
      publishedAt: null,
      evidence: null,
      failure: null,
    } as const;
    const begun = { publicationId, statementId, revision, hash, channelId, via, approvals, ...fresh };
    return withEntry(publications, publicationId, begun, owned);
  }
  const publication = publicationOf(publications, event.publicationId);
  if (!publication) return publications;
  return withEntry(publications, event.publicationId, settled(publication), owned);

  function settled(before: Publication): Publication {
    switch (event.type) {
      case 'PublicationConfirmed': {
        const { address, evidence } = event;
        // [PUB6] it cannot have been out before it was begun or after it was recorded, whatever somebody's clock says
        const publishedAt = Math.max(before.startedAt, Math.min(event.publishedAt, at)) as Instant;
        return { ...before, phase: 'confirmed', address, publishedAt, evidence };
      }
      case 'PublicationFailed':
        return { ...before, phase: 'failed', failure: event.reason };
      case 'PublicationInDoubt':
        return { ...before, phase: 'in-doubt' };
      case 'PublicationStarted':
        return before;
    }
  }
}
