import type { Instant, WatchQueryId } from '../../shared/base/ids.ts';
import type { StormDetailView } from '../../shared/protocol/views.ts';
import type { RoomBook } from '../commands/room-book.ts';
import { watchQueryOfRoom } from './storm-book.ts';

type Mark = StormDetailView['marks'][number];

/** What people did about this storm, and what went public meanwhile, since a moment; oldest first. */
export function stormMarks(
  rooms: Iterable<RoomBook>,
  watchQueryId: WatchQueryId,
  since: Instant,
  channelName: (channelId: string) => string,
): readonly Mark[] {
  return [...rooms]
    .flatMap((book) => {
      const about = watchQueryOfRoom(book);
      // A publication of a room that is about no storm in particular may calm any of them.
      if (about === watchQueryId) return [...stepsOf(book), ...publicationsOf(book, channelName)];
      return about === null ? publicationsOf(book, channelName) : [];
    })
    .filter(({ at }) => at >= since)
    .sort((one, other) => one.at - other.at);
}

function stepsOf({ state: { alarm, incident }, file: { roomId } }: RoomBook): readonly Mark[] {
  const raised: readonly Mark[] =
    alarm.phase === 'none' ? [] : [{ at: alarm.raisedAt, kind: 'alarm', label: alarm.what, roomId }];
  if (incident.phase === 'undeclared') return raised;
  const { declaredAt, endedAt, title } = incident;
  const declared: Mark = { at: declaredAt, kind: 'declared', label: title, roomId };
  const ended: readonly Mark[] = endedAt === null ? [] : [{ at: endedAt, kind: 'stood-down', label: title, roomId }];
  return [...raised, declared, ...ended];
}

function publicationsOf({ state, file: { roomId } }: RoomBook, channelName: (channelId: string) => string) {
  return Object.values(state.publications).flatMap(({ phase, publishedAt, channelId }): readonly Mark[] =>
    phase === 'confirmed' && publishedAt !== null
      ? [{ at: publishedAt, kind: 'publication', label: channelName(channelId), roomId }]
      : [],
  );
}
