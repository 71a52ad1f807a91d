import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { instant, type FeedId, type Instant, type WatchQueryId } from '../../shared/base/ids.ts';
import type { Mention } from '../../shared/domain/mention/mention.ts';
import { mentionFromRecord } from '../../shared/domain/mention/mention-record.ts';
import type { Clock, Feed, MentionSink, Schedule } from '../commands/ports.ts';
import { createFeedMeter } from './feed-meter.ts';
import { BRING_AGAIN_MS, handOver } from './hand-over.ts';
import { createPlayer, type Player } from './player.ts';

const DemoRecord = z.looseObject({ offsetMs: z.number(), id: z.string(), repostOf: z.string().optional() });
type DemoRecord = z.infer<typeof DemoRecord>;

export interface DemoFeedOptions {
  readonly feedId: FeedId;
  readonly watchQueryId: WatchQueryId;
  readonly name: string;
  readonly clock: Clock;
  readonly schedule: Schedule;
  /** `ordinary-days.ndjson` and `crisis.ndjson` of `resources/demo`: records of the mention file with `offsetMs`. */
  readonly ordinaryDaysFile: string;
  readonly crisisFile: string;
  /** Stands before every id, so that a second run of the demo brings new mentions. */
  readonly runId: string;
  /** Where an earlier host left off, from `position()`; the ordinary days are not delivered again then. */
  readonly fromMs?: number;
  /** ×1 to ×60; moves the feed, never the countdown. */
  readonly speed?: number;
}

export interface DemoFeed extends Feed {
  setSpeed(speed: number): void;
  speed(): number;
  /** In ms of the recording; its outbreak is at 30 s. */
  position(): number;
}

/** Plays the recorded crisis as if it happened now, after its ordinary days as history that ends now. */
export function createDemoFeed(options: DemoFeedOptions): DemoFeed {
  const { clock, fromMs = 0 } = options;
  let speed = options.speed ?? 1;
  let player: Player | null = null;
  let cancel: (() => void) | null = null;
  let isStopped = false;
  const meter = createFeedMeter(options, clock, () => player?.speed() ?? speed);

  function toMention(record: DemoRecord, observedAt: Instant): Mention | null {
    const moved = {
      ...record,
      id: `${options.runId}:${record.id}`,
      repostOf: record.repostOf === undefined ? undefined : `${options.runId}:${record.repostOf}`,
      observedAt,
    };
    const mention = mentionFromRecord(moved, { ...options, now: clock.now() });
    if (mention.ok) return mention.value;
    meter.skipped(1);
    return null;
  }

  function deliver(sink: MentionSink, mentions: readonly (Mention | null)[], as: 'live' | 'history'): boolean {
    const whole = mentions.filter((mention) => mention !== null);
    return handOver(sink, whole, as, meter);
  }

  /** The crisis waits for the days before it: without them nothing tells what is unusual. */
  function begin(sink: MentionSink, ordinary: readonly (Mention | null)[], play: Player): void {
    cancel = null;
    if (isStopped) return;
    if (deliver(sink, ordinary, 'history')) play.start();
    else cancel = options.schedule(BRING_AGAIN_MS, () => begin(sink, ordinary, play));
  }

  function start(sink: MentionSink): void {
    const read = readDemo(options, fromMs);
    if (read instanceof Error) {
      meter.become('failed', `The recorded crisis cannot be read: ${read.message}`);
      return;
    }
    const startedAt = clock.now();
    const ordinary = read.ordinary.map((record) => toMention(record, instant(startedAt + record.offsetMs)));
    player = createPlayer({
      ...options,
      fromMs,
      speed,
      entries: read.crisis,
      onDue: (due) =>
        deliver(
          sink,
          due.map(({ entry, dueAt }) => toMention(entry, dueAt)),
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
      speed = faster;
      player?.setSpeed(faster);
    },
    speed: () => player?.speed() ?? speed,
    position: () => player?.position() ?? fromMs,
  };
}

function readDemo(
  files: Pick<DemoFeedOptions, 'ordinaryDaysFile' | 'crisisFile'>,
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
