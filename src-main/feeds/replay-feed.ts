import type { FeedId, Instant, WatchQueryId } from '../../shared/base/ids.ts';
import { mentionMovedTo } from '../../shared/domain/mention/mention-record.ts';
import type { Mention } from '../../shared/domain/mention/mention.ts';
import type { Clock, Feed, Schedule } from '../commands/ports.ts';
import { createFeedMeter } from './feed-meter.ts';
import { handOver } from './hand-over.ts';
import { importFile } from './import-file.ts';
import { createPlayer, type Player } from './player.ts';

export interface ReplayFeedOptions {
  readonly feedId: FeedId;
  readonly watchQueryId: WatchQueryId;
  readonly name: string;
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly file: string;
  /** ×1 to ×600. */
  readonly speed: number;
  /** Where an earlier host left off, from `position()`. */
  readonly fromMs?: number;
}

export interface ReplayFeed extends Feed {
  setSpeed(speed: number): void;
  position(): number;
  /** When the file has been read, and playing has begun or failed. */
  readonly ready: Promise<void>;
}

/** Plays a mention file as if its first mention came now: live, in the order and the distances of `observedAt`. */
export function createReplayFeed(options: ReplayFeedOptions): ReplayFeed {
  const { clock, fromMs = 0 } = options;
  let speed = options.speed;
  let player: Player | null = null;
  let isStopped = false;
  const whenReady = Promise.withResolvers<void>();
  const meter = createFeedMeter(options, clock, () => player?.speed() ?? speed);
  meter.become('live', 'The file is being read.');

  async function load(): Promise<readonly { readonly offsetMs: number; readonly mention: Mention }[] | null> {
    const mentions: Mention[] = [];
    const report = await importFile({ ...options, onMentions: (batch) => void mentions.push(...batch) });
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
    const sorted = mentions.toSorted((a, b) => a.observedAt - b.observedAt);
    const first = sorted[0]?.observedAt ?? 0;
    return sorted.map((mention) => ({ offsetMs: mention.observedAt - first, mention }));
  }

  /** Another mention than the one that a plain import of the same file brought, and than an earlier replay's. */
  function playedMention(mention: Mention, dueAt: Instant, now: Instant): Mention {
    const idInRun = (id: string) => `${options.feedId}:${id}`.slice(0, 512);
    const { id, repostOf } = mention;
    return { ...mentionMovedTo(mention, dueAt, now), id: idInRun(id), repostOf: repostOf && idInRun(repostOf) };
  }

  return {
    ready: whenReady.promise,
    start(sink) {
      void load()
        .then((entries) => {
          if (entries === null || isStopped) return;
          player = createPlayer({
            ...options,
            fromMs,
            speed,
            entries,
            onDue(due) {
              const now = clock.now();
              const moved = due.map(({ entry, dueAt }) => playedMention(entry.mention, dueAt, now));
              return handOver(sink, moved, 'live', meter);
            },
            onEnd: () => meter.become('ended', 'The file has been played to its end.'),
          });
          player.start();
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
    position: () => player?.position() ?? fromMs,
  };
}
