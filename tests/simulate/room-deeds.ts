import {
  type AlarmId,
  instant,
  type Instant,
  type OperatorId,
  type PublicationId,
  type RoomId,
} from '../../shared/base/ids.ts';
import { clearanceOf, currentStep, isCleared } from '../../shared/domain/clearance/clearance.ts';
import { chainOf, type RoomState } from '../../shared/domain/room/room.ts';
import type { Role } from '../../shared/domain/roster/roles.ts';
import { draftHash } from '../../shared/domain/statement/draft.ts';
import type { Statement } from '../../shared/domain/statement/statement.ts';
import type { RoomCommand } from '../../shared/protocol/commands.ts';
import { formatDocumentName } from '../../shared/protocol/document-names.ts';
import type { RoomBook } from '../../src-main/commands/room-book.ts';
import type { Draws } from '../fuzz/draws.ts';
import { CHANNELS, PEOPLE, PLAYBOOK } from './cast.ts';

/** Something that somebody might do in a room now, and who would be the right one for it. */
export interface RoomDeed {
  readonly command: RoomCommand;
  readonly fits: readonly (Role | OperatorId)[];
  /** What is typed before it. */
  readonly typing?: { readonly document: string; readonly words: string; readonly where: 'beginning' | 'end' };
}

const HOUR = 60 * 60_000;

/** One of the things that make sense in this room, most often one that leads on. */
export function drawRoomDeed(draws: Draws, book: RoomBook, now: Instant, turn: number): RoomDeed {
  const { state } = book;
  const deeds: (readonly [number, () => RoomDeed])[] = [[6, () => logEntry(draws, book, now, turn)]];
  const { alarm, incident } = state;
  if (alarm.phase !== 'none') {
    const { alarmId } = alarm;
    const weight = incident.phase === 'undeclared' ? 6 : 1;
    deeds.push([weight, () => ({ command: { type: 'acknowledgeAlarm', alarmId }, fits: ['comms-lead'] })]);
    deeds.push([weight / 2, () => watch(draws, alarmId, now)]);
  }
  if (incident.phase === 'undeclared') deeds.push([20, () => declaration(draws, turn)]);
  else {
    deeds.push([1, () => declaration(draws, turn)]);
    deeds.push([2, () => ({ command: { type: 'declareComplex', reason: 'lives' }, fits: ['comms-lead'] })]);
    deeds.push([2, () => severity(draws)]);
    deeds.push([0.3, () => ({ command: { type: 'standDown', reason: 'over' }, fits: ['comms-lead'] })]);
    deeds.push([0.2, () => ({ command: { type: 'declareMistaken', reason: 'wrong' }, fits: ['incident-commander'] })]);
    const statements = Object.values(state.statements);
    deeds.push([statements.length === 0 ? 20 : 1, () => statementStart(turn)]);
    if (statements.length > 0) {
      const statement = draws.pick(statements);
      deeds.push(...statementDeeds(draws, book.file.roomId, state, statement, turn));
    }
    const running = Object.values(state.publications).filter(
      ({ phase }) => phase === 'started' || phase === 'in-doubt',
    );
    const [first] = running;
    if (first) deeds.push([12, () => settlement(draws, first.publicationId, now)]);
  }
  return draws.weighted(deeds)();
}

function logEntry(draws: Draws, book: RoomBook, now: Instant, turn: number): RoomDeed {
  const isLate = draws.chance(0.2);
  const corrected = draws.chance(0.2) ? book.events.at(-1)?.hash : undefined;
  return {
    command: {
      type: 'addLogEntry',
      text: `entry ${turn}`,
      kind: draws.pick(['note', 'decision']),
      occurredAt: isLate ? instant(now - HOUR) : null,
      lateReason: isLate ? 'no time before' : null,
      corrects: corrected ?? null,
    },
    fits: ['loggist', 'writer', 'legal'],
  };
}

function watch(draws: Draws, alarmId: AlarmId, now: Instant): RoomDeed {
  const until = draws.chance(0.5) ? instant(now + HOUR) : null;
  return { command: { type: 'watchInstead', alarmId, reason: 'wait', until }, fits: ['comms-lead'] };
}

function declaration(draws: Draws, turn: number): RoomDeed {
  const complexity = draws.pick(['simple', 'complex'] as const);
  return {
    command: {
      type: 'declareIncident',
      title: `declared ${turn}`,
      severity: draws.pick(['sev1', 'sev2']),
      complexity,
      complexityReason: complexity === 'complex' ? 'lives' : null,
      playbookId: PLAYBOOK,
    },
    fits: ['comms-lead', 'incident-commander'],
  };
}

function severity(draws: Draws): RoomDeed {
  const to = draws.pick(['sev1', 'sev2', 'sev3', 'sev4'] as const);
  return { command: { type: 'changeSeverity', to, reason: 'we know more' }, fits: ['comms-lead'] };
}

function statementStart(turn: number): RoomDeed {
  const command = { type: 'startStatement', kind: 'holding', title: `statement ${turn}`, templateId: null } as const;
  return { command, fits: ['writer', 'comms-lead'] };
}

function settlement(draws: Draws, publicationId: PublicationId, now: Instant): RoomDeed {
  const fits: readonly Role[] = ['comms-lead', 'incident-commander'];
  if (draws.chance(0.3)) return { command: { type: 'failPublication', publicationId, reason: 'it did not go' }, fits };
  const publishedAt = draws.chance(0.5) ? null : instant(now - draws.below(HOUR));
  const address = 'https://example.org/1';
  return { command: { type: 'confirmPublication', publicationId, address, publishedAt, evidence: null }, fits };
}

function statementDeeds(
  draws: Draws,
  roomId: RoomId,
  state: RoomState,
  { statementId, revisions }: Statement,
  turn: number,
): readonly (readonly [number, () => RoomDeed])[] {
  const document = formatDocumentName({ type: 'statement', roomId, statementId });
  const words = `We are sorry, for the time number ${turn}. `;
  const typing = { document, words, where: draws.pick(['beginning', 'end'] as const) };
  // `seen` is read from the screen once it is typed.
  const seen = draftHash({ master: '', variants: {} });
  const submit = (): RoomDeed => ({
    command: { type: 'submitRevision', statementId, seen },
    fits: ['writer', 'comms-lead'],
    typing,
  });
  const latest = draws.chance(0.9) ? revisions.at(-1) : revisions[0];
  if (latest === undefined) return [[20, submit]];

  const chain = chainOf(state);
  const about = { statementId, revision: latest.revision, hash: latest.hash };
  const clearance = clearanceOf(state.clearances, statementId, latest.revision);
  const turnOf = currentStep(chain, clearance) ?? chain[0];
  const step = draws.chance(0.9) ? turnOf : draws.pick(chain);
  if (step === undefined) return [[1, submit]];
  const { stepId } = step;
  const delegate = clearance.delegates[stepId];
  const approvers = [...step.holders, ...step.deputies, ...(delegate ? [delegate] : [])];
  const cleared = isCleared(chain, clearance);
  const given = clearance.approvals[0];
  return [
    [clearance.sentBack ? 12 : 2, submit],
    [cleared ? 1 : 24, () => ({ command: { type: 'approve', ...about, stepId, findingsSeen: [] }, fits: approvers })],
    [1.5, () => ({ command: { type: 'sendBack', ...about, stepId, reason: 'no' }, fits: approvers })],
    [2, () => delegation()],
    [cleared ? 24 : 1, () => publication()],
    ...(given ? [[cleared ? 4 : 2, (): RoomDeed => withdrawal(given.stepId, given.by)] as const] : []),
  ];

  function delegation(): RoomDeed {
    const to = draws.pick(PEOPLE);
    return { command: { type: 'delegate', ...about, stepId, to, reason: 'away' }, fits: approvers };
  }

  function publication(): RoomDeed {
    const { channelId } = draws.pick(CHANNELS);
    return { command: { type: 'publish', ...about, channelId }, fits: ['comms-lead', 'incident-commander'] };
  }

  function withdrawal(of: string, by: OperatorId): RoomDeed {
    return { command: { type: 'withdraw', ...about, stepId: of as typeof stepId, reason: 'wrong' }, fits: [by] };
  }
}
