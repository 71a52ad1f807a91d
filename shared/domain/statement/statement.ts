import { z } from 'zod';
import { type Instant, type OperatorId, Sha256Hex, StatementId, TemplateId } from '../../base/ids.ts';
import { type Owned, withEntry } from '../../base/records.ts';
import type { Recorded } from '../roster/actor.ts';
import { mayDo } from '../roster/roles.ts';
import type { Refusal } from '../refusal/refusal.ts';
import { Finding } from './finding.ts';
import { RevisionContent, revisionHash } from './revision.ts';

export const StatementEvent = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('StatementStarted'),
    statementId: StatementId,
    kind: z.enum(['holding', 'update', 'correction', 'apology', 'closing']),
    title: z.string().trim().min(1).max(200),
    templateId: TemplateId.nullable(),
  }),
  z.strictObject({
    type: z.literal('RevisionSubmitted'),
    statementId: StatementId,
    /** 1, 2, 3, ... within the statement. */
    revision: z.int().positive(),
    content: RevisionContent,
    hash: Sha256Hex,
    findings: z.array(Finding).max(200),
  }),
]);
export type StatementEvent = z.infer<typeof StatementEvent>;

export interface Revision {
  readonly revision: number;
  readonly hash: Sha256Hex;
  readonly content: RevisionContent;
  readonly findings: readonly Finding[];
  readonly submittedAt: Instant;
  readonly submittedBy: OperatorId | null;
}

/** A public text. Its words live in Yjs; here are only the texts that were frozen. */
export interface Statement {
  readonly statementId: StatementId;
  readonly kind: 'holding' | 'update' | 'correction' | 'apology' | 'closing';
  readonly title: string;
  readonly templateId: string | null;
  readonly startedAt: Instant;
  readonly revisions: readonly Revision[];
}

export type Statements = Readonly<Record<string, Statement>>;

export function statementOf(statements: Statements, id: StatementId): Statement | undefined {
  return Object.hasOwn(statements, id) ? statements[id] : undefined;
}

export function latestRevision(statement: Statement): Revision | undefined {
  return statement.revisions.at(-1);
}

/** Why the event does not count here, or null when it does. */
export function judgeStatement(statements: Statements, recorded: Recorded<StatementEvent>): Refusal | null {
  const { event, actor } = recorded;
  if (actor.kind !== 'operator') return { type: 'UnknownAuthor' };
  if (!mayDo(actor.roles, 'submit')) return { type: 'NotAllowed', act: 'submit' };
  const statement = statementOf(statements, event.statementId);
  if (event.type === 'StatementStarted') return statement ? { type: 'StatementExists' } : null;
  if (!statement) return { type: 'NoSuchStatement' };
  const expected = statement.revisions.length + 1;
  if (event.revision !== expected) return { type: 'WrongRevisionNumber', expected }; // [STM1] numbered without gaps
  if (event.content.master.trim() === '') return { type: 'EmptyText' }; // [STM2]
  if (revisionHash(event.content) !== event.hash) return { type: 'HashMismatch' }; // [STM3] the hash is of these bytes
  if (latestRevision(statement)?.hash === event.hash) return { type: 'NothingChanged' }; // [STM4]
  return null;
}

export function evolveStatements(
  statements: Statements,
  recorded: Recorded<StatementEvent>,
  owned?: Owned,
): Statements {
  const { event, at, actor } = recorded;
  if (event.type === 'StatementStarted') {
    const { statementId, kind, title, templateId } = event;
    const fresh = { statementId, kind, title, templateId, startedAt: at, revisions: [] };
    return withEntry(statements, statementId, fresh, owned);
  }
  const statement = statementOf(statements, event.statementId);
  if (!statement) return statements;
  const { revision, hash, content, findings } = event;
  const submittedBy = actor.kind === 'operator' ? actor.operatorId : null;
  const frozen: Revision = { revision, hash, content, findings, submittedAt: at, submittedBy };
  const after = { ...statement, revisions: [...statement.revisions, frozen] };
  return withEntry(statements, event.statementId, after, owned);
}
