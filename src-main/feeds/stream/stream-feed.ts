/**
 * A feed that holds a connection open: what Bluesky and Mastodon share.
 *
 * 1. Nothing is thrown away. When more is read than can be stored, reading stops: the source waits, or lets go of us,
 *    and is asked again from where we stood.
 * 2. A cursor is handed over with the last post that it stands behind, never before it.
 * 3. One connection at a time; what an old one still says is not heard.
 * 4. A connection that gives no sign for a minute is cut, a lost one is made anew, for as long as the feed runs.
 */
import type { Instant } from '../../../shared/base/ids.ts';
import type { Post } from '../../../shared/domain/mention/mention.ts';
import type { Feed, FeedCursor, FeedDeps, PostSink } from '../../commands/ports.ts';
import { createFeedMeter, type FeedMeter, type MeteredFeed, type Pulse } from '../feed-meter.ts';
import { BRING_AGAIN_MS, handOverByAge } from '../hand-over.ts';
import { backOffMs, seldomMs } from './back-off.ts';
import type { OpenSocket, SocketEnd, SocketRequest, StreamSocket } from './open-socket.ts';

/** How long a post may wait for company. */
const HAND_OVER_EVERY_MS = 250;
/** So many are handed over at once; other work gets its turn between two of these. */
const BATCH = 500;
/** With so many waiting, reading stops until all of them are stored. */
const MOST_WAITING = 2_000;
const LOOK_EVERY_MS = 15_000;
const PING_AFTER_MS = 25_000;
const CUT_AFTER_MS = 60_000;
/** A connection that held for so long was a good one: the next loss is the first again. */
const SETTLED_MS = 30_000;

/** What one frame says. */
export type FrameReading =
  | { readonly type: 'posts'; readonly posts: readonly Post[]; readonly cursor: FeedCursor | null }
  /** Understood, and nothing for us. */
  | { readonly type: 'sign' }
  | { readonly type: 'malformed' }
  /** The source ends it with these words. */
  | { readonly type: 'refused'; readonly end: SocketEnd };

/** What a source may do with its connection, until `closed`. */
export interface StreamConnection {
  send(text: string): void;
  /** Posts that came another way than by frames, and where the feed stands after them; null: no further than before. */
  take(posts: readonly Post[], cursor: FeedCursor | null): void;
}

/** One source's language: how it is asked, and what its frames say. */
export interface StreamSource {
  /** Calls one of the two, once; now or later. */
  prepare(open: (request: SocketRequest) => void, refuse: (end: SocketEnd) => void): void;
  opened?(connection: StreamConnection): void;
  read(frame: string, now: Instant): FrameReading;
  /** The connection is over, or will never be. */
  closed?(): void;
}

interface Waiting {
  readonly posts: readonly Post[];
  readonly cursor: FeedCursor | null;
}

/**
 * `settings.paused` asks nobody at all. `pulse` says what shows that the source is there. The feed is `live` from the
 * first frame or answered ping on, `connecting` again when a good connection broke, and `failed` when none can be made.
 */
export function createStreamFeed(
  settings: MeteredFeed & { readonly paused: boolean },
  deps: Omit<FeedDeps, 'cursor'> & { readonly openSocket: OpenSocket },
  createSource: (meter: FeedMeter) => StreamSource,
  pulse: Pulse,
): Feed {
  const { clock, schedule, random } = deps;
  const meter = createFeedMeter(settings, clock, pulse);
  const source = createSource(meter);
  let sink: PostSink | null = null;
  let socket: StreamSocket | null = null;
  let connection = 0;
  let opens = 0;
  let failures = 0;
  let openedAt: Instant | null = null;
  let signAt = clock.now();
  let isReadingStopped = false;
  let waiting: Waiting[] = [];
  let waitingPosts = 0;
  let cancelHandOver: (() => void) | null = null;
  let cancelConnect: (() => void) | null = null;
  let cancelLook: (() => void) | null = null;
  let isStopped = false;

  function connect(): void {
    // What is read cannot be kept yet.
    if (isReadingStopped) return void (cancelConnect = schedule(BRING_AGAIN_MS, connect));
    cancelConnect = null;
    connection += 1;
    const mine = connection;
    signAt = clock.now();
    const isMine = (): boolean => mine === connection && !isStopped;
    source.prepare(
      (request) => isMine() && open(request, isMine),
      (end) => isMine() && lost(end),
    );
  }

  function open(request: SocketRequest, isMine: () => boolean): void {
    try {
      socket = deps.openSocket(request, {
        opened: () => isMine() && opened(isMine),
        frame: (text) => isMine() && heard(text),
        sign: () => isMine() && sign(),
        closed: (end) => isMine() && lost(end),
      });
    } catch {
      // The address or the token holds what cannot be sent.
      return lost({ reason: 'The connection cannot even be asked for: check address and token', isRefusal: true });
    }
  }

  function opened(isMine: () => boolean): void {
    openedAt = clock.now();
    signAt = openedAt;
    if (opens > 0) meter.reconnected();
    opens += 1;
    source.opened?.({
      send: (text) => isMine() && socket?.send(text),
      take: (posts, cursor) => isMine() && take({ posts, cursor }),
    });
    // Answered, it shows that the connection carries something: a server may accept and say nothing.
    socket?.ping();
  }

  function sign(): void {
    signAt = clock.now();
    if (openedAt !== null && signAt - openedAt >= SETTLED_MS) failures = 0;
    if (openedAt !== null && meter.state() !== 'live') meter.become('live');
  }

  function heard(frame: string | null): void {
    sign();
    const reading = frame === null ? ({ type: 'malformed' } as const) : source.read(frame, clock.now());
    switch (reading.type) {
      case 'posts':
        meter.heard();
        // Brought twice: where the feed stands goes with the next one.
        if (reading.posts.length > 0) take(reading);
        return;
      case 'sign':
        return meter.heard();
      case 'malformed':
        return meter.skipped(1);
      case 'refused':
        return lost(reading.end);
    }
  }

  function lost(end: SocketEnd): void {
    // One that held is made anew before anybody is worried; one that was never made has failed.
    const isHiccup = openedAt !== null && failures === 0 && !end.isRefusal;
    connection += 1;
    socket?.cut();
    socket = null;
    openedAt = null;
    source.closed?.();
    const waitMs = Math.max(end.isRefusal ? seldomMs(random) : backOffMs(failures, random), end.waitMs ?? 0);
    failures += 1;
    const text = `${end.reason}. It is tried again in ${Math.ceil(waitMs / 1000)} s.`;
    meter.become(isHiccup ? 'connecting' : 'failed', text);
    cancelConnect = schedule(waitMs, connect);
  }

  function look(): void {
    const quietMs = clock.now() - signAt;
    // While we do not read, nothing can be heard.
    if (socket !== null && !isReadingStopped) {
      if (quietMs >= CUT_AFTER_MS) lost({ reason: 'Nothing was heard for a minute' });
      else if (quietMs >= PING_AFTER_MS) socket.ping();
    }
    cancelLook = schedule(LOOK_EVERY_MS, look);
  }

  function take(read: Waiting): void {
    waiting.push(read);
    waitingPosts += read.posts.length;
    if (waitingPosts >= MOST_WAITING && !isReadingStopped) {
      isReadingStopped = true;
      socket?.pause();
    }
    // At the moment it is full, not at every post after it: that would put it off again and again.
    const isFull = waitingPosts >= BATCH && waitingPosts - read.posts.length < BATCH;
    if (isFull && meter.isStored()) handOverIn(0);
    else if (cancelHandOver === null) handOverIn(HAND_OVER_EVERY_MS);
  }

  function handOverIn(delayMs: number): void {
    cancelHandOver?.();
    cancelHandOver = schedule(delayMs, handOverSome);
  }

  function handOverSome(): void {
    cancelHandOver = null;
    if (!handOverBatch()) return handOverIn(BRING_AGAIN_MS);
    if (waiting.length > 0) return handOverIn(waitingPosts >= BATCH || isReadingStopped ? 0 : HAND_OVER_EVERY_MS);
    if (!isReadingStopped) return;
    isReadingStopped = false;
    signAt = clock.now();
    socket?.resume();
  }

  function handOverBatch(): boolean {
    if (sink === null) return false;
    let count = 0;
    let posts = 0;
    let cursor: FeedCursor | null = null;
    for (const { posts: some, cursor: after } of waiting) {
      if (count > 0 && posts + some.length > BATCH) break;
      count += 1;
      posts += some.length;
      cursor = after ?? cursor;
    }
    const batch = waiting.slice(0, count).flatMap((read) => read.posts);
    if (!handOverByAge(sink, batch, clock.now(), meter, cursor ?? undefined)) return false;
    waiting = waiting.slice(count);
    waitingPosts -= posts;
    return true;
  }

  return {
    start(into) {
      sink = into;
      if (settings.paused) return meter.become('paused', 'Paused: nothing is read until somebody resumes it.');
      cancelLook = schedule(LOOK_EVERY_MS, look);
      connect();
    },
    stop() {
      isStopped = true;
      for (const cancel of [cancelHandOver, cancelConnect, cancelLook]) cancel?.();
      socket?.cut();
      source.closed?.();
      // Once more; what is not taken now is behind the cursor and comes at the next start.
      while (waiting.length > 0 && handOverBatch());
      meter.become('ended', 'Stopped.');
    },
    status: () => meter.status(),
  };
}
