import { randomInt } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import {
  type FeedId,
  type Instant,
  instant,
  type OperatorId,
  type RoomId,
  type WatchQueryId,
} from '../../shared/base/ids.ts';
import { err } from '../../shared/base/result.ts';
import type { Mention, Post } from '../../shared/domain/mention/mention.ts';
import type { RoomEvent } from '../../shared/domain/room/room.ts';
import { createMatcher } from '../../shared/domain/watch-query/matcher.ts';
import type { Salt } from '../../shared/log/envelope.ts';
import type { MentionKey } from '../../shared/protocol/endpoints.ts';
import type { WatchView } from '../../shared/protocol/views.ts';
import { hostOfKey } from '../../shared/domain/workspace/workspace.ts';
import { createPresence } from '../commands/presence.ts';
import type {
  Clock,
  Feed,
  FeedSecrets,
  PostSink,
  Publisher,
  RoomFile,
  Schedule,
  Signers,
  Texts,
} from '../commands/ports.ts';
import type { RoomBook } from '../commands/room-book.ts';
import { createSignal } from '../commands/signal.ts';
import { createWarRoom } from '../commands/war-room.ts';
import { wireError } from '../commands/wire-errors.ts';
import { createWorkspaceBook } from '../commands/workspace-book.ts';
import type { HostLog } from '../host/host-log.ts';
import type { HighWater } from '../identity/high-water.ts';
import { keepDailyBackup } from '../store/backup.ts';
import { createEntryFeed, type Entry, type EntryFeed } from '../feeds/entry/entry-feed.ts';
import type { MentionStore } from '../store/mention-store.ts';
import { createCarriage } from './carriage.ts';
import { createBackgroundWork } from './background-work.ts';
import { createCoverage } from './coverage.ts';
import { openLogFile, type DataPaths, type LogFile } from './data-folder.ts';
import { createDialPreviews } from './dial-preview.ts';
import { createFeedBook } from './feed-book.ts';
import { feedIdOf } from './feed-ids.ts';
import { createFeedRecorder } from './feed-recorder.ts';
import { createIntake } from './intake.ts';
import { createMentionUpkeep } from './mention-upkeep.ts';
import type { Notices } from './notices.ts';
import type { Resources } from './resources.ts';
import { createStormBook } from './storm-book.ts';
import { createStormDetails } from './storm-detail.ts';
import { createTextFiles, createTextSeals } from './text-seals.ts';

const TICK_MS = 1000;
const SHOW_EVERY_MS = 1000;
const MINUTE_MS = 60_000;
/** Of the facts that a room is owed: more than a day of samples would tell nobody anything. */
const MOST_OWED = 2_000;
const BACKUP_EVERY_MS = 60 * MINUTE_MS;

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
  readonly notices: Notices;
  readonly secrets: FeedSecrets;
  /** Whether a host that this one follows is connected, and watches as well. */
  othersWatch(): boolean;
  /** 0 <= x < 1; for the jitter of back-off. */
  readonly random: () => number;
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
  const textGrown = createSignal<string>();
  const textFiles = createTextFiles(deps.workspaceFile.texts, warRoom.rooms);
  const workspaceId = workspace.events()[0]?.hash ?? null;
  const { signers } = deps;
  const seals = createTextSeals({ files: textFiles, grown: textGrown, signers, workspaceId, schedule, work });
  const watchChanged = createSignal<void>();
  const secretsChanged = createSignal<void>();
  const { store } = mentions;
  let matcher = createMatcher(workspace.state.watchQueries);
  const feeds = createFeedBook({
    state: () => workspace.state,
    stateChanged: workspace.changed,
    cursorOf: (feedId) => store.getCursor(feedId),
    sinkOf,
    secrets: deps.secrets,
    clock,
    schedule,
    random: deps.random,
    work,
    changed: () => watchChanged.emit(),
  });
  const coverage = createCoverage({ feeds, store, now: () => clock.now(), attempt: work.attempt });
  const storms = createStormBook({
    workspace,
    warRoom,
    othersWatch: () => deps.othersWatch(),
    store,
    coverage,
    now: () => clock.now(),
    schedule,
    work,
  });
  const details = createStormDetails({ workspace, warRoom, store, storms, coverage, feeds });
  const intake = createIntake({
    store,
    matcher: () => matcher,
    boundTo: (feedId) => feeds.boundTo(feedId),
    onMentions: (watchQueryId, received, as) => storms.observe(watchQueryId, received, as),
    onFailure: (cause) => deps.onFailure('watching mentions', cause),
  });
  const upkeep = createMentionUpkeep({
    now: () => clock.now(),
    store,
    state: () => workspace.state,
    boundTo: (feedId) => feeds.boundTo(feedId),
    schedule,
    work,
    rematched(watchQueryId) {
      storms.relearn(watchQueryId);
      details.forget(watchQueryId);
    },
  });
  const dial = createDialPreviews({ store, state: () => workspace.state, coverage, now: () => clock.now() });
  const entryFeeds = new Map<FeedId, EntryFeed>();
  const feedRecorder = createFeedRecorder({ feeds, notices: deps.notices, note: (facts) => noteInOpenRooms(facts) });
  /** Facts that a room's disk did not take, oldest first: recorded as soon as it does. */
  const owed = new Map<RoomBook, readonly RoomEvent[]>();
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

  /** Where a feed hands over what it brings. What it throws tells the feed to bring the same again. */
  function sinkOf(feedId: FeedId): PostSink {
    const what = `mentions of ${feedId}`;
    const sink = intake.sinkOf(feedId);
    return (posts, as, cursor) => {
      try {
        const added = sink(posts, as, cursor);
        work.done(what);
        noteFilled(feedId, posts);
        return added;
      } catch (cause) {
        work.failed(what, cause);
        throw cause;
      }
    };
  }

  function noteFilled(feedId: FeedId, posts: readonly Post[]): void {
    if (posts.length === 0) return;
    let from: number = Number.POSITIVE_INFINITY;
    let to = 0;
    for (const { observedAt } of posts) {
      from = Math.min(from, observedAt);
      to = Math.max(to, observedAt);
    }
    coverage.fill(feedId, instant(from), instant(to));
  }

  /** What takes posts in as history of one watch query, and tells how many were new. To be followed by `relearn`. */
  function historyOf(feedId: FeedId, watchQueryId: WatchQueryId): (posts: readonly Post[]) => number {
    const bound = createIntake({
      store,
      matcher: () => matcher,
      boundTo: () => watchQueryId,
      onMentions: () => undefined,
      onFailure: (cause) => deps.onFailure('taking mentions in', cause),
    });
    const sink = bound.sinkOf(feedId);
    return (posts) => sink(posts, 'history');
  }

  /** Takes in what a person typed, as a mention of the watch query that they chose. */
  function enter(watchQueryId: WatchQueryId, entry: Entry) {
    const feedId = feedIdOf(`entry ${watchQueryId}`);
    let feed = entryFeeds.get(feedId);
    if (!feed) {
      feed = createEntryFeed({ feedId, name: 'Typed in by hand' }, { clock });
      entryFeeds.set(feedId, feed);
      feeds.start(feed, () => watchQueryId);
    }
    const entered = feed.enter(entry);
    if (entered.ok) return entered;
    return err(
      entered.error.type === 'EntryNotStored'
        ? wireError('StorageFailed', 'The disk did not take it, so it was not recorded. Make room, then do it again.')
        : wireError('BadEntry', `That cannot be a mention: ${entered.error.reason}.`),
    );
  }

  function setSecret(feedId: FeedId, secret: string): void {
    deps.secrets.set(feedId, secret);
    feeds.restart(feedId);
    secretsChanged.emit();
  }

  function forgetSecret(feedId: FeedId): void {
    deps.secrets.remove(feedId);
    secretsChanged.emit();
  }

  /** Each room by itself: what one cannot record, the others still do. */
  function noteOrOwe(book: RoomBook, facts: readonly RoomEvent[]): void {
    const all = [...(owed.get(book) ?? []), ...facts].slice(-MOST_OWED);
    if (all.length === 0) return;
    const isNoted = work.attempt(`room ${book.file.roomId}`, () => warRoom.note(book, all));
    if (isNoted) owed.delete(book);
    else owed.set(book, all);
  }

  /** The open rooms whose storm and feeds this host records: each is recorded once, by the host that began it. */
  function keptRooms(): readonly RoomBook[] {
    return [...warRoom.rooms.values()].filter((book) => book.state.incident.phase === 'open' && warRoom.isKeeper(book));
  }

  function noteInOpenRooms(facts: readonly RoomEvent[]): void {
    for (const book of keptRooms()) noteOrOwe(book, facts);
  }

  function sampleMinute(now: Instant): void {
    const minute = Math.floor(now / MINUTE_MS);
    if (lastSampledMinute === 0) lastSampledMinute = minute;
    if (minute === lastSampledMinute) return;
    lastSampledMinute = minute;
    for (const book of keptRooms()) noteOrOwe(book, storms.samplesFor(book, now));
  }

  function tick(): void {
    const now = clock.now();
    // Each for itself: what fails in one of them must not silence the others.
    work.attempt('keeping time', () => warRoom.keepTime(now));
    coverage.tick(now);
    storms.tick(now);
    for (const book of [...owed.keys()]) noteOrOwe(book, []);
    work.attempt('noting feeds', () => feedRecorder.tick(now));
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
    return { at: now, storms: storms.views(now), feeds: feeds.statuses() };
  }

  function mentionOf({ watchQueryId, id }: MentionKey): Mention | null {
    return store.get(watchQueryId, id);
  }

  storms.settle();
  let watched = workspace.state.watchQueries;
  workspace.changed.listen(() => {
    const before = watched;
    watched = workspace.state.watchQueries;
    if (before === watched) return;
    matcher = createMatcher(watched);
    storms.settle();
    upkeep.queriesChanged(before, watched);
    watchChanged.emit();
  });

  return {
    workspace,
    warRoom,
    presence,
    watchChanged,
    secretsChanged,
    watchView,
    stormDetail: details.view,
    mentionOf,
    keepMention: ({ watchQueryId, id }: MentionKey) =>
      void work.attempt('keeping a mention', () => store.pin(watchQueryId, id)),
    enter,
    setSecret,
    forgetSecret,
    dial,
    mentions: store,
    feeds,
    storms,
    historyOf,
    work,
    workspaceLog: deps.workspaceFile.log,
    carriage: createCarriage(workspace.history),
    workspaceId,
    textFiles,
    seals,
    /** A document has something new, of whoever it may be. */
    textGrown,
    notes: { store: deps.workspaceFile.documents, texts: deps.workspaceFile.texts },
    hasSecret: (feedId: FeedId) => deps.secrets.get(feedId) !== null,
    startFeed(feed: Feed, boundTo: () => WatchQueryId | null): void {
      feeds.start(feed, boundTo);
    },
    relearn(): void {
      storms.relearn();
      watchChanged.emit();
    },
    /** A single command starts no feeds: it would be gone before they had said anything. */
    start({ withFeeds }: { readonly withFeeds: boolean }): void {
      work.attempt('recovery', () => warRoom.recover());
      if (withFeeds) feeds.follow();
      upkeep.start();
      seals.start();
      tick();
    },
    close(): void {
      closed = true;
      stopTicking();
      presence.stop();
      upkeep.stop();
      seals.stop();
      storms.close();
      feeds.close();
      for (const db of roomDbs.values()) db.close();
      mentions.db.close();
      deps.workspaceFile.db.close();
    },
    /** Somebody of this workspace, for the doors that belong to whoever owns the folder. */
    owner(): OperatorId | null {
      const self = hostOfKey(workspace.state, deps.signers.host().publicKey);
      if (self && !self.isFounder) return self.operatorId;
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
