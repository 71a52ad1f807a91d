import { z } from 'zod';
import {
  AlarmId,
  ChannelId,
  Instant,
  OperatorId,
  PlaybookId,
  PublicationId,
  Sha256Hex,
  StatementId,
  StepId,
  TemplateId,
} from '../base/ids.ts';
import { Complexity, Severity } from '../domain/incident/incident.ts';

const reason = z.string().trim().min(1).max(1000);
const revision = { statementId: StatementId, revision: z.int().positive(), hash: Sha256Hex };
const step = { ...revision, stepId: StepId };

/** What a person can wish for in a room. The host adds who and when; the fold decides whether it becomes a fact. */
export const RoomCommand = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('acknowledgeAlarm'), alarmId: AlarmId }),
  /** `until` null: until the storm gets worse; else it rings again then, by itself. */
  z.strictObject({ type: z.literal('watchInstead'), alarmId: AlarmId, reason, until: Instant.nullable() }),
  z.strictObject({
    type: z.literal('declareIncident'),
    title: z.string().trim().min(1).max(200),
    severity: Severity,
    complexity: Complexity,
    /** Asked for when it is declared complex at once. */
    complexityReason: reason.nullable(),
    playbookId: PlaybookId,
  }),
  z.strictObject({ type: z.literal('declareComplex'), reason }),
  z.strictObject({ type: z.literal('changeSeverity'), to: Severity, reason }),
  z.strictObject({ type: z.literal('standDown'), reason }),
  z.strictObject({ type: z.literal('declareMistaken'), reason }),
  z.strictObject({
    type: z.literal('startStatement'),
    kind: z.enum(['holding', 'update', 'correction', 'apology', 'closing']),
    title: z.string().trim().min(1).max(200),
    /** Null is a blank page. */
    templateId: TemplateId.nullable(),
  }),
  /** `seen` is `draftHash` of what was on the screen: a keystroke under way makes it refuse, never freeze other words. */
  z.strictObject({ type: z.literal('submitRevision'), statementId: StatementId, seen: Sha256Hex }),
  z.strictObject({ type: z.literal('approve'), ...step, findingsSeen: z.array(z.string().max(64)).max(200) }),
  z.strictObject({ type: z.literal('sendBack'), ...step, reason }),
  z.strictObject({ type: z.literal('delegate'), ...step, to: OperatorId, reason }),
  z.strictObject({ type: z.literal('withdraw'), ...step, reason }),
  z.strictObject({ type: z.literal('publish'), ...revision, channelId: ChannelId }),
  z.strictObject({
    type: z.literal('confirmPublication'),
    publicationId: PublicationId,
    address: z.string().trim().max(2048).nullable(),
    /** Null is now. */
    publishedAt: Instant.nullable(),
    /** A file that was attached before, by its digest. */
    evidence: Sha256Hex.nullable(),
  }),
  z.strictObject({ type: z.literal('failPublication'), publicationId: PublicationId, reason }),
  z.strictObject({
    type: z.literal('addLogEntry'),
    text: z.string().trim().min(1).max(4000),
    kind: z.enum(['note', 'decision']),
    occurredAt: Instant.nullable(),
    lateReason: z.string().trim().min(1).max(500).nullable(),
    corrects: Sha256Hex.nullable(),
  }),
]);
export type RoomCommand = z.infer<typeof RoomCommand>;
