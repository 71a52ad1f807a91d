import { join } from 'node:path';
import { z } from 'zod';
import type { Clock, Schedule } from '../commands/ports.ts';
import { createDemoFeed } from '../feeds/demo-feed.ts';
import type { MentionStore } from '../store/mention-store.ts';
import { DEMO_FEED } from './demo.ts';
import type { DemoControl } from './host-context.ts';
import type { WorkspaceHost } from './workspace-host.ts';

/** How long the recorded crisis is. */
const LENGTH_MS = 40 * 60_000;
const KEEP_POSITION_EVERY_MS = 5_000;

const Kept = z.object({ positionMs: z.number().nonnegative(), speed: z.number().min(1).max(60), runId: z.string() });

/** Plays the recorded crisis into a demo workspace, and goes on where an earlier host left off. */
export function createDemoControl(deps: {
  readonly host: WorkspaceHost;
  readonly mentions: MentionStore;
  readonly resourcesDir: string;
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly speed: number;
  /** The position was kept anew: whoever shows it may show it anew. */
  readonly onMoved: () => void;
}): DemoControl & { start(): void; stop(): void } {
  const { host, mentions, clock, schedule } = deps;
  const kept = Kept.safeParse(mentions.getCursor(DEMO_FEED));
  const before = kept.success ? kept.data : { positionMs: 0, speed: deps.speed, runId: String(clock.now()) };
  const [query] = host.workspace.state.watchQueries;
  const feed = query
    ? createDemoFeed({
        feedId: DEMO_FEED,
        watchQueryId: query.watchQueryId,
        name: 'Recorded crisis (demo)',
        clock,
        schedule,
        ordinaryDaysFile: join(deps.resourcesDir, 'demo', 'ordinary-days.ndjson'),
        crisisFile: join(deps.resourcesDir, 'demo', 'crisis.ndjson'),
        runId: before.runId,
        fromMs: before.positionMs,
        speed: before.speed,
      })
    : null;
  let cancel: () => void = () => undefined;

  function keepPosition(): void {
    if (!feed) return;
    host.work.attempt('place in the demo', () => {
      mentions.setCursor(DEMO_FEED, { positionMs: feed.position(), speed: feed.speed(), runId: before.runId });
      deps.onMoved();
    });
    cancel = schedule(KEEP_POSITION_EVERY_MS, keepPosition);
  }

  return {
    view: () => {
      const positionMs = Math.min(feed?.position() ?? 0, LENGTH_MS);
      return { speed: feed?.speed() ?? 1, positionMs, lengthMs: LENGTH_MS, ended: feed?.status().state === 'ended' };
    },
    setSpeed: (speed) => feed?.setSpeed(speed),
    start() {
      if (!feed) return;
      host.startFeed(feed);
      host.relearn();
      keepPosition();
    },
    stop: () => cancel(),
  };
}
