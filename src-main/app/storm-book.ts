import type { Instant, WatchQueryId } from '../../shared/base/ids.ts';
import type { Mention } from '../../shared/domain/mention/mention.ts';
import type { RoomEvent } from '../../shared/domain/room/room.ts';
import { expectedPeakAt, type WatchQuery } from '../../shared/domain/workspace/workspace.ts';
import { SAME_STORM_MS } from '../../shared/domain/spike/spike-config.ts';
import type { StormView } from '../../shared/protocol/views.ts';
import type { Schedule } from '../commands/ports.ts';
import type { RoomBook } from '../commands/room-book.ts';
import type { AlarmCause, WarRoom } from '../commands/war-room.ts';
import type { WorkspaceBook } from '../commands/workspace-book.ts';
import type { MentionStore } from '../store/mention-store.ts';
import type { BackgroundWork } from './background-work.ts';
import type { Coverage } from './coverage.ts';
import { isImportId } from './feed-ids.ts';
import { spareMemory } from './spare-memory.ts';
import { createStormWatch, type StormSurroundings, type StormWatch } from './storm-watch.ts';

const MINUTE_MS = 60_000;
/** A room that nobody stood down must not keep the next crisis quiet. */
const SAME_INCIDENT_MS = 24 * 60 * MINUTE_MS;
/** A short past is learned at once, a long one in pieces, and mentions and people come in between. */
const AT_ONCE_MS = 150;
const PIECE_MS = 16;
const BREATH_MS = 3;
/** So few watch queries are all of interest to a room that is about none of them. */
const FEW_STORMS = 3;

/** All storms of a workspace: one monitor for each watch query, and the rooms that their alarms open. */
export interface StormBook {
  /** Makes the monitors those of the watch queries that there are. Learning from the store takes its time. */
  settle(): void;
  get(watchQueryId: WatchQueryId): StormWatch | undefined;
  observe(watchQueryId: WatchQueryId, mentions: readonly Mention[], as: 'live' | 'history'): void;
  /** Judges every storm, and raises what is to be raised. */
  tick(now: Instant): void;
  views(now: Instant): readonly StormView[];
  view(watchQueryId: WatchQueryId, now: Instant): StormView | null;
  /** The minute that ended, as this room records it: its own storm, and whatever else is abnormal. */
  samplesFor(book: RoomBook, now: Instant): readonly RoomEvent[];
  /** Begins anew from the store: of one watch query, or of all. */
  relearn(watchQueryId?: WatchQueryId): void;
  close(): void;
}

export function createStormBook(deps: {
  readonly workspace: Pick<WorkspaceBook, 'state'>;
  readonly warRoom: Pick<WarRoom, 'rooms' | 'note' | 'raiseAlarm' | 'isKeeper'>;
  /** Whether another host that is connected watches too: then it is given the time to ring first. */
  othersWatch(): boolean;
  readonly store: Pick<MentionStore, 'pages'>;
  readonly coverage: Coverage;
  now(): Instant;
  readonly schedule: Schedule;
  readonly work: BackgroundWork;
}): StormBook {
  const { workspace, warRoom, store, coverage, schedule, work } = deps;
  const storms = new Map<WatchQueryId, { query: WatchQuery; watch: StormWatch }>();
  /** Since when an alarm waits for another host to ring. */
  const waitingSince = new Map<WatchQueryId, Instant>();
  let cancelLearning: (() => void) | null = null;
  let stopSparing: (() => void) | null = null;
  let isClosed = false;

  function settle(): void {
    const { watchQueries } = workspace.state;
    const wanted = new Set(watchQueries.map(({ watchQueryId }) => watchQueryId));
    for (const watchQueryId of [...storms.keys()]) if (!wanted.has(watchQueryId)) storms.delete(watchQueryId);
    for (const query of watchQueries) {
      const before = storms.get(query.watchQueryId)?.query;
      const isSame = before?.sensitivity === query.sensitivity && before.name === query.name;
      if (!isSame) storms.set(query.watchQueryId, { query, watch: begin(query) });
    }
    learn(AT_ONCE_MS);
  }

  function begin(query: WatchQuery): StormWatch {
    const { watchQueryId } = query;
    const about = {
      store,
      isCovered: (at: Instant) => coverage.isCovered(watchQueryId, at),
      expectedPeakAt: (at: Instant) => expectedPeakAt(workspace.state, watchQueryId, at),
      isImport: isImportId,
      hasRoom: (around: Instant) => hasRoomAround(watchQueryId, around),
      now: deps.now,
    };
    return createStormWatch(query, about, deps.now());
  }

  /**
   * The room that this storm already has: while it is handled, another rise is evidence and not another alarm. Neither
   * an answer nor a call that nobody heard may keep the next storm quiet for good.
   */
  function roomOfStorm(watchQueryId: WatchQueryId, now: Instant): RoomBook | undefined {
    return [...warRoom.rooms.values()].reverse().find((book) => {
      const { alarm, incident } = book.state;
      if (alarm.phase === 'none' || watchQueryOfRoom(book) !== watchQueryId) return false;
      if (incident.phase === 'open') return now - incident.declaredAt < SAME_INCIDENT_MS;
      if (incident.phase !== 'undeclared') return false;
      const watchedUntil = alarm.phase === 'watching' ? (alarm.watchUntil ?? 0) : 0;
      const lastHeard = Math.max(alarm.acknowledgedAt ?? alarm.calledAt, lastRiseAt(book) ?? 0, watchedUntil);
      return now - lastHeard < SAME_STORM_MS;
    });
  }

  /** Whether this storm rang within the hours around a moment: a room of that time is about it. */
  function hasRoomAround(watchQueryId: WatchQueryId, around: Instant): boolean {
    return [...warRoom.rooms.values()].some((book) => {
      const { alarm } = book.state;
      if (alarm.phase === 'none' || watchQueryOfRoom(book) !== watchQueryId) return false;
      const heardAt = Math.max(alarm.calledAt, lastRiseAt(book) ?? 0);
      return around >= Math.min(alarm.t0, alarm.raisedAt) - SAME_STORM_MS && around <= heardAt + SAME_STORM_MS;
    });
  }

  /** Learns a piece of what is to be learned, and comes again until nothing is. */
  function learn(budgetMs: number): void {
    cancelLearning?.();
    cancelLearning = null;
    const until = performance.now() + budgetMs;
    const isTimeUp = () => performance.now() >= until;
    for (const { query, watch } of storms.values()) {
      if (!watch.isLearning()) continue;
      work.attempt(`learning of ${query.watchQueryId}`, () => watch.learnMore(isTimeUp));
      if (isTimeUp()) break;
    }
    const isLearning = [...storms.values()].some(({ watch }) => watch.isLearning());
    if (isLearning && !isClosed) {
      stopSparing ??= spareMemory();
      cancelLearning = schedule(BREATH_MS, () => learn(PIECE_MS));
    } else {
      stopSparing?.();
      stopSparing = null;
    }
  }

  /** Until it returns without throwing the alarm is not on the disk; it is tried again with every tick. */
  function raise({ query, watch }: { query: WatchQuery; watch: StormWatch }, alarm: AlarmCause, now: Instant): void {
    const book = roomOfStorm(query.watchQueryId, now);
    // Every host of the team sees the same storm; one of them records it.
    if (book) warRoom.note(book, warRoom.isKeeper(book) ? worse(book, alarm) : []);
    else {
      const since = waitingSince.get(query.watchQueryId) ?? now;
      waitingSince.set(query.watchQueryId, since);
      if (deps.othersWatch() && now - since < LEFT_TO_OTHERS_MS) return;
      const raised = warRoom.raiseAlarm(alarm, null);
      if (!raised.ok) throw new Error(`An alarm could not be raised: ${raised.error.code}`);
    }
    waitingSince.delete(query.watchQueryId);
    watch.raised();
  }

  function surroundings(watchQueryId: WatchQueryId, now: Instant): StormSurroundings {
    return {
      expectedPeak: expectedPeakAt(workspace.state, watchQueryId, now),
      roomId: roomOfStorm(watchQueryId, now)?.file.roomId ?? null,
    };
  }

  return {
    settle,
    get: (watchQueryId) => storms.get(watchQueryId)?.watch,
    observe: (watchQueryId, mentions, as) => storms.get(watchQueryId)?.watch.observe(mentions, as),
    tick(now) {
      for (const storm of storms.values()) {
        const { watchQueryId } = storm.query;
        work.attempt(`alarm of ${watchQueryId}`, () => {
          const alarm = storm.watch.assess(now);
          if (alarm) raise(storm, alarm, now);
        });
      }
      if (!cancelLearning) learn(PIECE_MS);
    },
    views: (now) =>
      [...storms.values()].map(({ query, watch }) => watch.view(now, surroundings(query.watchQueryId, now))),
    view: (watchQueryId, now) => storms.get(watchQueryId)?.watch.view(now, surroundings(watchQueryId, now)) ?? null,
    samplesFor(book, now) {
      const own = watchQueryOfRoom(book);
      const chosen = [...storms.values()].filter(
        ({ query, watch }) =>
          query.watchQueryId === own || watch.isAbnormal() || (own === null && storms.size <= FEW_STORMS),
      );
      return chosen.map(({ watch }) => watch.sample(now));
    },
    relearn(watchQueryId) {
      for (const { query, watch } of storms.values())
        if (watchQueryId === undefined || query.watchQueryId === watchQueryId) watch.relearn(deps.now());
      learn(AT_ONCE_MS);
    },
    close() {
      isClosed = true;
      cancelLearning?.();
      stopSparing?.();
    },
  };
}

/** Of several hosts that see one storm the one that all follow rings; the others only if it has not by then. */
const LEFT_TO_OTHERS_MS = 10_000;

/** While somebody watches, a storm that gets worse rings again; everywhere else, and later, it is evidence. */
function worse({ state }: RoomBook, { spike, isHistory }: AlarmCause): readonly RoomEvent[] {
  const { alarm, incident } = state;
  const facts: readonly RoomEvent[] = spike ? [spike] : [];
  if (isHistory === true || alarm.phase !== 'watching' || incident.phase !== 'undeclared') return facts;
  return [...facts, { type: 'WatchEnded', alarmId: alarm.alarmId, why: 'worse' }];
}

/** Which storm a room is about: the spike that opened it, or the mention that somebody opened it with. */
export function watchQueryOfRoom(book: Pick<RoomBook, 'events'>): WatchQueryId | null {
  for (const { event } of book.events.slice(0, 3))
    if (event.type === 'SpikeDetected' || event.type === 'MentionPinned') return event.watchQueryId;
  return null;
}

function lastRiseAt(book: RoomBook): Instant | undefined {
  return book.events.findLast(({ event }) => event.type === 'SpikeDetected')?.at;
}
