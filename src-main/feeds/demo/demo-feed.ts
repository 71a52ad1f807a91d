import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { instant, type FeedId, type Instant } from '../../../shared/base/ids.ts';
import { postFromRecord } from '../../../shared/domain/mention/mention-record.ts';
import type { Post } from '../../../shared/domain/mention/mention.ts';
import type { Feed, FeedDeps, PostSink } from '../../commands/ports.ts';
import { createFeedMeter } from '../feed-meter.ts';
import { BRING_AGAIN_MS, handOver } from '../hand-over.ts';
import { createPlayer, type Player } from '../replay/player.ts';

const DemoRecord = z.looseObject({ offsetMs: z.number(), id: z.string(), repostOf: z.string().optional() });
type DemoRecord = z.infer<typeof DemoRecord>;

const DemoCursor = z.object({
  positionMs: z.number().nonnegative(),
  speed: z.number().min(1).max(60),
  /** Of the run that is going on. */
  runId: z.string(),
});

export interface DemoSettings {
  readonly feedId: FeedId;
  readonly name: string;
  /** `ordinary-days.ndjson` and `crisis.ndjson` of `resources/demo`: records of the mention file with `offsetMs`. */
  readonly ordinaryDaysFile: string;
  readonly crisisFile: string;
  /** Stands before every id of a run that begins now, so that it brings new mentions; one that goes on keeps its own. */
  readonly runId: string;
  /** ×1 to ×60, until somebody sets another; moves the feed, never the countdown. */
  readonly speed?: number;
}

export interface DemoFeed extends Feed {
  setSpeed(speed: number): void;
  speed(): number;
  /** In ms of the recording; its outbreak is at 30 s. */
  position(): number;
}

/**
 * Plays the recorded crisis as if it happened now, after its ordinary days as history that ends now. A host that starts
 * again goes on where it was.
 */
export function createDemoFeed(settings: DemoSettings, deps: FeedDeps): DemoFeed {
  const { clock, schedule } = deps;
  const kept = DemoCursor.safeParse(deps.cursor);
  const { runId, positionMs: fromMs } = kept.success ? kept.data : { runId: settings.runId, positionMs: 0 };
  let speed = kept.success ? kept.data.speed : (settings.speed ?? 1);
  let taker: PostSink | null = null;
  let player: Player | null = null;
  let cancel: (() => void) | null = null;
  let isStopped = false;
  const meter = createFeedMeter({ ...settings, kind: 'demo' }, clock, { by: 'recording' });

  function toPost(record: DemoRecord, observedAt: Instant): Post | null {
    const moved = {
      ...record,
      id: `${runId}:${record.id}`,
      repostOf: record.repostOf === undefined ? undefined : `${runId}:${record.repostOf}`,
      observedAt,
    };
    const post = postFromRecord(moved, { feedId: settings.feedId, now: clock.now() });
    if (post.ok) return post.value;
    meter.skipped(1);
    return null;
  }

  function cursor(): z.infer<typeof DemoCursor> {
    return { positionMs: position(), speed, runId };
  }

  function position(): number {
    return player?.position() ?? fromMs;
  }

  function deliver(sink: PostSink, posts: readonly (Post | null)[], as: 'live' | 'history'): boolean {
    const whole = posts.filter((post) => post !== null);
    return handOver(sink, whole, as, meter, cursor());
  }

  /** The crisis waits for the days before it: without them nothing tells what is unusual. */
  function begin(sink: PostSink, ordinary: readonly (Post | null)[], play: Player): void {
    cancel = null;
    if (isStopped) return;
    if (ordinary.length === 0 || deliver(sink, ordinary, 'history')) play.start();
    else cancel = schedule(BRING_AGAIN_MS, () => begin(sink, ordinary, play));
  }

  function start(sink: PostSink): void {
    taker = sink;
    const read = readDemo(settings, fromMs);
    if (read instanceof Error) {
      meter.become('failed', `The recorded crisis cannot be read: ${read.message}`);
      return;
    }
    const startedAt = clock.now();
    const ordinary = read.ordinary.map((record) => toPost(record, instant(startedAt + record.offsetMs)));
    player = createPlayer({
      clock,
      schedule,
      fromMs,
      speed,
      entries: read.crisis,
      onDue: (due) =>
        deliver(
          sink,
          due.map(({ entry, dueAt }) => toPost(entry, dueAt)),
          'live',
        ),
      onEnd: () => meter.become('ended', 'The recorded crisis is over.'),
    });
    meter.become('live');
    begin(sink, ordinary, player);
  }

  return {
    start,
    stop() {
      isStopped = true;
      cancel?.();
      player?.stop();
      meter.become('ended', 'Stopped.');
    },
    status: () => meter.status(),
    setSpeed(faster) {
      player?.setSpeed(faster);
      speed = faster;
      if (taker !== null && !isStopped) handOver(taker, [], 'live', meter, cursor());
    },
    speed: () => speed,
    position,
  };
}

function readDemo(
  files: Pick<DemoSettings, 'ordinaryDaysFile' | 'crisisFile'>,
  fromMs: number,
): { readonly ordinary: readonly DemoRecord[]; readonly crisis: readonly DemoRecord[] } | Error {
  try {
    const ordinary = fromMs > 0 ? [] : readDemoFile(files.ordinaryDaysFile);
    return { ordinary, crisis: readDemoFile(files.crisisFile) };
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause));
  }
}

function readDemoFile(file: string): readonly DemoRecord[] {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => DemoRecord.parse(JSON.parse(line))).toSorted((a, b) => a.offsetMs - b.offsetMs);
}
