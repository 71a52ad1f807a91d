import { randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { type FeedId, type Instant, type OperatorId, type RoomId, type WatchQueryId } from '../../shared/base/ids.ts';
import type { Mention } from '../../shared/domain/mention/mention.ts';
import type { Salt } from '../../shared/log/envelope.ts';
import type { RoomEvent } from '../../shared/domain/room/room.ts';
import type { FeedView, WatchView } from '../../shared/protocol/views.ts';
import { createPresence } from '../commands/presence.ts';
import type { Feed, Publisher, RoomFile, Schedule, Signers, Texts } from '../commands/ports.ts';
import type { RoomBook } from '../commands/room-book.ts';
import { createSignal } from '../commands/signal.ts';
import { createWarRoom, type AlarmCause } from '../commands/war-room.ts';
import { createWorkspaceBook } from '../commands/workspace-book.ts';
import type { HostLog } from '../host/host-log.ts';
import type { HighWater } from '../identity/high-water.ts';
import { keepDailyBackup } from '../store/backup.ts';
import type { MentionStore } from '../store/mention-store.ts';
import type { Clock } from '../commands/ports.ts';
import { createBackgroundWork } from './background-work.ts';
import { openLogFile, type DataPaths, type LogFile } from './data-folder.ts';
import type { Resources } from './resources.ts';
import { createStormWatch, type StormWatch } from './storm-watch.ts';

const TICK_MS = 1000;
const SHOW_EVERY_MS = 1000;
const MINUTE_MS = 60_000;
/** Of the facts that a room is owed: more than a day of samples would tell nobody anything. */
const MOST_OWED = 2_000;
const BACKUP_EVERY_MS = 60 * MINUTE_MS;
/** A storm that nobody declared, and that comes again within this time of its last rise or answer, is the same one. */
const SAME_STORM_MS = 6 * 60 * MINUTE_MS;
/** A room that nobody stood down must not keep the next crisis quiet. */
const SAME_INCIDENT_MS = 24 * 60 * MINUTE_MS;

export interface WorkspaceHostDeps {
  readonly paths: DataPaths;
  readonly workspaceFile: LogFile;
  readonly roomFiles: readonly (RoomFile & { readonly db: Database })[];
  readonly mentions: { readonly store: MentionStore; readonly db: Database };
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly newSalt: () => Salt;
  readonly signers: Signers;
  readonly texts: Texts;
  readonly publisher: Publisher;
  readonly resources: Resources;
  readonly highWater: HighWater;
  readonly log: HostLog;
  /** Something threw in work that nobody waits for: a disk that is full, or a bug. */
  onFailure(what: string, cause: unknown): void;
  /** Everything that had failed in such work has been done since. */
  onRecovered(): void;
}

/** One founded workspace at work: its rooms, its storms, its feeds, its time. */
export function createWorkspaceHost(deps: WorkspaceHostDeps) {
  const { clock, schedule, log, mentions } = deps;
  const workspace = createWorkspaceBook({ log: deps.workspaceFile.log, clock, salt: deps.newSalt });
  const roomDbs = new Map<RoomId, Database>(deps.roomFiles.map((file) => [file.roomId, file.db]));
  const warRoom = createWarRoom({
    workspace,
    clock,
    salt: deps.newSalt,
    newId: (prefix) => `${prefix}-${randomText(10)}`,
    newRoomId,
    signers: deps.signers,
    texts: deps.texts,
    templates: deps.resources.templates,
    publisher: deps.publisher,
    createRoomFile,
    discardRoomFile,
    roomFiles: deps.roomFiles,
    onBackgroundFailure: (cause) => deps.onFailure('publication', cause),
  });
  const work = createBackgroundWork(deps);
  const presence = createPresence(warRoom, schedule, (cause) => deps.onFailure('presence', cause));
  const watchChanged = createSignal<void>();
  const storms = new Map<WatchQueryId, StormWatch>();
  const feeds = new Map<FeedId, Feed>();
  const feedStates = new Map<FeedId, string>();
  /** Facts that a room's disk did not take, oldest first: recorded as soon as it does. */
  const owed = new Map<RoomBook, readonly RoomEvent[]>();
  /** Minutes in which some feed was delivering: everything else is a gap, never calm. */
  const coveredMinutes = new Set<number>();
  let stopTicking: () => void = () => undefined;
  let lastSampledMinute = 0;
  let lastShownAt = 0;
  let backedUpAt = 0;
  let closed = false;

  function createRoomFile(roomId: RoomId): RoomFile {
    const opened = openLogFile(deps.paths.roomFile(roomId), roomId, { create: true, highWater: deps.highWater });
    if (!opened.ok) throw new Error(`A new room's file could not be opened: ${opened.error.type}`);
    roomDbs.set(roomId, opened.value.db);
    return { roomId, ...opened.value };
  }

  /** A room whose first event could not be kept never was: nobody has been told of it. */
  function discardRoomFile(roomId: RoomId): void {
    roomDbs.get(roomId)?.close();
    roomDbs.delete(roomId);
    const file = deps.paths.roomFile(roomId);
    for (const name of [file, `${file}-wal`, `${file}-shm`]) rmSync(name, { force: true });
  }

  function newRoomId(now: Instant): RoomId {
    const stamp = new Date(now).toISOString().slice(0, 16).replaceAll(/[-:]/g, '').replace('T', '-');
    return `${stamp}-${randomText(5)}` as RoomId;
  }

  function stormOf(watchQueryId: WatchQueryId): StormWatch | undefined {
    const query = workspace.state.watchQueries.find((one) => one.watchQueryId === watchQueryId);
    if (!query) return undefined;
    const storm =
      storms.get(watchQueryId) ??
      createStormWatch(query, mentions.store, clock.now(), (now) => spikeUnderWay(watchQueryId, now));
    storms.set(watchQueryId, storm);
    return storm;
  }

  /** T0 of a storm that was on when the host stopped: it goes on instead of alarming again. */
  function spikeUnderWay(watchQueryId: WatchQueryId, now: Instant): Instant | null {
    const room = roomOfStorm(watchQueryId, now);
    return room && room.state.alarm.phase !== 'none' ? room.state.alarm.t0 : null;
  }

  /** Takes mentions in; returns how many were new. The monitor itself knows a mention that it has counted. */
  function receive(received: readonly Mention[], as: 'live' | 'history'): number {
    const added = mentions.store.insert(received);
    for (const [watchQueryId, group] of Map.groupBy(received, (mention) => mention.watchQueryId))
      stormOf(watchQueryId)?.observe(group, as);
    return added;
  }

  /** Takes in what a feed delivers. What it throws tells the feed to bring the same again. */
  function receiveFrom(feedId: FeedId) {
    const what = `mentions of ${feedId}`;
    return (received: readonly Mention[], as: 'live' | 'history'): number => {
      try {
        const added = receive(received, as);
        work.done(what);
        return added;
      } catch (cause) {
        work.failed(what, cause);
        throw cause;
      }
    };
  }

  /**
   * The room that this storm already has: while it is handled, another rise is evidence and not another alarm. Neither
   * an answer nor a call that nobody heard may keep the next storm quiet for good.
   */
  function roomOfStorm(watchQueryId: WatchQueryId, now: Instant): RoomBook | undefined {
    return [...warRoom.rooms.values()].reverse().find((book) => {
      const { alarm, incident } = book.state;
      if (alarm.phase === 'none' || watchQueryOf(book) !== watchQueryId) return false;
      if (incident.phase === 'open') return now - incident.declaredAt < SAME_INCIDENT_MS;
      if (incident.phase !== 'undeclared') return false;
      const lastHeard = Math.max(alarm.acknowledgedAt ?? alarm.raisedAt, lastRiseAt(book) ?? 0);
      return now - lastHeard < SAME_STORM_MS;
    });
  }

  function watchQueryOf(book: RoomBook): WatchQueryId | null {
    for (const { event } of book.events) if (event.type === 'SpikeDetected') return event.watchQueryId;
    return null;
  }

  function lastRiseAt(book: RoomBook): Instant | undefined {
    return book.events.findLast(({ event }) => event.type === 'SpikeDetected')?.at;
  }

  /** Returns when the alarm is on the disk; until then it is tried again with every tick. */
  function raise(storm: StormWatch, alarm: AlarmCause, now: Instant): void {
    const book = roomOfStorm(storm.query.watchQueryId, now);
    if (book) {
      if (alarm.spike) warRoom.note(book, [alarm.spike]);
    } else {
      const raised = warRoom.raiseAlarm(alarm, null);
      if (!raised.ok) throw new Error(`An alarm could not be raised: ${raised.error.code}`);
    }
    storm.raised();
  }

  /** Each room by itself: what one cannot record, the others still do. */
  function noteOrOwe(book: RoomBook, facts: readonly RoomEvent[]): void {
    const all = [...(owed.get(book) ?? []), ...facts].slice(-MOST_OWED);
    if (all.length === 0) return;
    const isNoted = work.attempt(`room ${book.file.roomId}`, () => warRoom.note(book, all));
    if (isNoted) owed.delete(book);
    else owed.set(book, all);
  }

  function openRooms(): readonly RoomBook[] {
    return [...warRoom.rooms.values()].filter(({ state }) => state.incident.phase === 'open');
  }

  /** Somebody is delivering, or has never been asked to. */
  function isCovered(): boolean {
    return [...feeds.values()].some((feed) => feed.status().state === 'live');
  }

  function noteFeeds(now: Instant): void {
    for (const [feedId, feed] of feeds) {
      const status = feed.status();
      const { state, name, since } = status;
      if (feedStates.get(feedId) === state || state === 'history') continue;
      const before = feedStates.get(feedId);
      feedStates.set(feedId, state);
      if (before === undefined && state === 'live') continue;
      for (const book of openRooms())
        noteOrOwe(book, [{ type: 'FeedStateChanged', feedId, name: name.slice(0, 300), state, since }]);
    }
    if (isCovered()) coveredMinutes.add(Math.floor(now / MINUTE_MS));
  }

  function sampleMinute(now: Instant): void {
    const minute = Math.floor(now / MINUTE_MS);
    if (lastSampledMinute === 0) lastSampledMinute = minute;
    if (minute === lastSampledMinute) return;
    lastSampledMinute = minute;
    const covered = coveredMinutes.has(minute - 1);
    const samples: RoomEvent[] = [...storms.values()].map((storm) => storm.sample(now, covered));
    for (const book of openRooms()) noteOrOwe(book, samples);
    for (const old of coveredMinutes) if (old < minute - 24 * 60) coveredMinutes.delete(old);
  }

  function tick(): void {
    const now = clock.now();
    // Each for itself: what fails in one of them must not silence the others.
    work.attempt('keeping time', () => warRoom.keepTime(now));
    for (const storm of storms.values())
      work.attempt(`alarm of ${storm.query.watchQueryId}`, () => {
        const { alarm } = storm.assess(now);
        if (alarm) raise(storm, alarm, now);
      });
    for (const book of [...owed.keys()]) noteOrOwe(book, []);
    work.attempt('noting feeds', () => noteFeeds(now));
    work.attempt('sampling', () => sampleMinute(now));
    if (now - lastShownAt >= SHOW_EVERY_MS) {
      lastShownAt = now;
      work.attempt('showing the watch', () => watchChanged.emit());
    }
    if (now - backedUpAt >= BACKUP_EVERY_MS) {
      backedUpAt = now;
      backUp(now).catch((cause: unknown) => deps.onFailure('daily backup', cause));
    }
    if (!closed) stopTicking = schedule(TICK_MS, tick);
  }

  async function backUp(now: Instant): Promise<void> {
    for (const db of [deps.workspaceFile.db, ...roomDbs.values()]) {
      if (closed) return;
      const kept = await keepDailyBackup(db, now);
      if (!kept.ok) log.error({ file: kept.error.file, detail: kept.error.detail }, 'a backup was not good');
    }
  }

  function watchView(now: Instant): WatchView {
    const hasData = feeds.size === 0 || isCovered();
    const covered = (minute: Instant) =>
      feeds.size === 0 || coveredMinutes.has(Math.floor(minute / MINUTE_MS)) || minute < startedAt;
    return {
      at: now,
      storms: [...storms.values()].map((storm) => storm.view(now, covered, hasData)),
      feeds: [...feeds.values()].map((feed): FeedView => feed.status()),
    };
  }

  const startedAt = clock.now();
  for (const { watchQueryId } of workspace.state.watchQueries) stormOf(watchQueryId);
  workspace.changed.listen(() => {
    for (const { watchQueryId } of workspace.state.watchQueries) stormOf(watchQueryId);
  });

  return {
    workspace,
    warRoom,
    presence,
    watchChanged,
    watchView,
    receive,
    work,
    notesStore: deps.workspaceFile.documents,
    startFeed(feed: Feed): void {
      const { feedId } = feed.status();
      feeds.set(feedId, feed);
      work.attempt(`start of ${feedId}`, () => feed.start(receiveFrom(feedId)));
      watchChanged.emit();
    },
    stopFeed(feedId: FeedId): void {
      feeds.get(feedId)?.stop();
      feeds.delete(feedId);
    },
    relearn(): void {
      for (const storm of storms.values()) storm.relearn(clock.now());
      watchChanged.emit();
    },
    start(): void {
      work.attempt('recovery', () => warRoom.recover());
      tick();
    },
    close(): void {
      closed = true;
      stopTicking();
      presence.stop();
      for (const feed of feeds.values()) feed.stop();
      for (const db of roomDbs.values()) db.close();
      mentions.db.close();
      deps.workspaceFile.db.close();
    },
    /** Somebody of this workspace, for the doors that belong to whoever owns the folder. */
    owner(): OperatorId | null {
      const operators = Object.values(workspace.state.operators);
      return operators.find((one) => one.roles.includes('administrator') && !one.revoked)?.operatorId ?? null;
    },
  };
}

export type WorkspaceHost = ReturnType<typeof createWorkspaceHost>;

const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';

function randomText(length: number): string {
  return Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}
