import { z } from 'zod';
import type { FeedId, Instant } from '../../../shared/base/ids.ts';
import { postMovedTo } from '../../../shared/domain/mention/mention-record.ts';
import type { Post } from '../../../shared/domain/mention/mention.ts';
import type { Feed, FeedDeps, PostSink } from '../../commands/ports.ts';
import { createFeedMeter } from '../feed-meter.ts';
import { importFile } from '../file/import-file.ts';
import { handOver } from '../hand-over.ts';
import { createPlayer, type Player } from './player.ts';

const ReplayCursor = z.object({ positionMs: z.number().nonnegative() });

export interface ReplaySettings {
  readonly feedId: FeedId;
  readonly name: string;
  readonly file: string;
  /** ×1 to ×600. */
  readonly speed: number;
}

export interface ReplayFeed extends Feed {
  setSpeed(speed: number): void;
  position(): number;
  /** When the file has been read, and playing has begun or failed. */
  readonly ready: Promise<void>;
}

/** Plays a mention file as if its first mention came now: live, in the order and the distances of `observedAt`. */
export function createReplayFeed(settings: ReplaySettings, deps: FeedDeps): ReplayFeed {
  const { clock, schedule } = deps;
  const kept = ReplayCursor.safeParse(deps.cursor);
  const fromMs = kept.success ? kept.data.positionMs : 0;
  let speed = settings.speed;
  let player: Player | null = null;
  let isStopped = false;
  const whenReady = Promise.withResolvers<void>();
  const meter = createFeedMeter({ ...settings, kind: 'replay' }, clock, { by: 'recording' });
  meter.become('connecting', 'The file is being read.');

  async function load(): Promise<readonly { readonly offsetMs: number; readonly post: Post }[] | null> {
    const posts: Post[] = [];
    const { file, feedId } = settings;
    const report = await importFile({ file, feedId, clock, onPosts: (batch) => void posts.push(...batch) });
    if (isStopped) return null;
    if (!report.ok) {
      meter.become('failed', report.error.message);
      return null;
    }
    const { skipped, problems } = report.value;
    meter.skipped(skipped);
    const [problem] = problems;
    meter.become(
      'live',
      problem === undefined
        ? null
        : `${skipped} records were skipped; the first starts in line ${problem.line}: ${problem.reason}.`,
    );
    const sorted = posts.toSorted((a, b) => a.observedAt - b.observedAt);
    const first = sorted[0]?.observedAt ?? 0;
    return sorted.map((post) => ({ offsetMs: post.observedAt - first, post }));
  }

  /** Another post than the one that a plain import of the same file brought, and than an earlier replay's. */
  function playedPost(post: Post, dueAt: Instant, now: Instant): Post {
    const idInRun = (id: string) => `${settings.feedId}:${id}`.slice(0, 512);
    const { id, repostOf } = post;
    return { ...postMovedTo(post, dueAt, now), id: idInRun(id), repostOf: repostOf && idInRun(repostOf) };
  }

  function position(): number {
    return player?.position() ?? fromMs;
  }

  function play(sink: PostSink, entries: readonly { readonly offsetMs: number; readonly post: Post }[]): void {
    player = createPlayer({
      clock,
      schedule,
      fromMs,
      speed,
      entries,
      onDue(due) {
        const now = clock.now();
        const moved = due.map(({ entry, dueAt }) => playedPost(entry.post, dueAt, now));
        return handOver(sink, moved, 'live', meter, { positionMs: position() });
      },
      onEnd: () => meter.become('ended', 'The file has been played to its end.'),
    });
    player.start();
  }

  return {
    ready: whenReady.promise,
    start(sink) {
      void load()
        .then((entries) => {
          if (entries !== null) play(sink, entries);
        })
        .then(whenReady.resolve, whenReady.reject);
    },
    stop() {
      isStopped = true;
      player?.stop();
      meter.become('ended', 'Stopped.');
    },
    status: () => meter.status(),
    setSpeed(faster) {
      speed = faster;
      player?.setSpeed(faster);
    },
    position,
  };
}
