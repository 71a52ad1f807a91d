import type { Instant } from '../../../shared/base/ids.ts';
import { clearanceOf, isCleared } from '../../../shared/domain/clearance/clearance.ts';
import { leadingStatement } from '../../../shared/domain/countdown/countdown.ts';
import { deadlineOf } from '../../../shared/domain/incident/incident.ts';
import type { Channel } from '../../../shared/domain/playbook/playbook.ts';
import type { Publication } from '../../../shared/domain/publication/publication.ts';
import { chainOf, type RoomState } from '../../../shared/domain/room/room.ts';
import { textFor } from '../../../shared/domain/statement/revision.ts';
import { latestRevision, type Revision, type Statement } from '../../../shared/domain/statement/statement.ts';

/** The revision that may leave now, if there is one. */
export interface Publishable {
  readonly statement: Statement;
  readonly revision: Revision;
}

export interface ChannelStatus {
  readonly channel: Channel;
  /** What happened here last; null while nothing was begun. */
  readonly publication: Publication | null;
  /** The exact text: of the publication that is under way, else of the revision that may leave; null when neither is. */
  readonly text: string | null;
  /** Which revision that text is. */
  readonly revision: number | null;
  /** Nothing is under way here, and what may leave has not left here yet. */
  readonly canPublish: boolean;
  /** The text has more characters than the channel takes. */
  readonly tooLong: boolean;
}

/** Only the newest revision of a text can leave, and only when every step has cleared it. */
export function publishable(
  state: RoomState,
  statement: Statement | undefined = leadingStatement(state),
): Publishable | null {
  const revision = statement && latestRevision(statement);
  if (!statement || !revision || state.incident.phase !== 'open') return null;
  const clearance = clearanceOf(state.clearances, statement.statementId, revision.revision);
  return isCleared(chainOf(state), clearance) ? { statement, revision } : null;
}

export function channelStatuses(
  state: RoomState,
  channels: readonly Channel[],
  statement?: Statement,
): readonly ChannelStatus[] {
  const now = publishable(state, statement);
  const publications = Object.values(state.publications);
  return channels.map((channel) => {
    const here = publications.filter(({ channelId }) => channelId === channel.channelId);
    const publication = here.reduce<Publication | null>(
      (newest, one) => (newest === null || one.startedAt >= newest.startedAt ? one : newest),
      null,
    );
    const underWay = publication?.phase === 'started' || publication?.phase === 'in-doubt';
    const out = here.some(({ phase, hash }) => phase === 'confirmed' && hash === now?.revision.hash);
    const canPublish = now !== null && !underWay && !out;
    const shown = canPublish ? now.revision : publication ? revisionOf(state, publication) : now?.revision;
    const text = shown ? textFor(shown.content, channel.channelId) : null;
    return {
      channel,
      publication,
      text,
      revision: shown?.revision ?? null,
      canPublish,
      tooLong: text !== null && channel.limit !== null && text.length > channel.limit,
    };
  });
}

function revisionOf(state: RoomState, { statementId, revision }: Publication): Revision | undefined {
  const statement = Object.hasOwn(state.statements, statementId) ? state.statements[statementId] : undefined;
  return statement?.revisions[revision - 1];
}

/** How long after the deadline it was out, in ms; negative is early. Null where there is nothing to measure. */
export function lateByMs(state: RoomState, publishedAt: Instant | null): number | null {
  if (publishedAt === null || state.incident.phase === 'undeclared') return null;
  return publishedAt - deadlineOf(state.incident);
}
