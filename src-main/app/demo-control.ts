import { join } from 'node:path';
import type { Clock, Schedule } from '../commands/ports.ts';
import { createDemoFeed } from '../feeds/demo/demo-feed.ts';
import type { MentionStore } from '../store/mention-store.ts';
import { DEMO_FEED } from './demo.ts';
import type { DemoControl } from './host-context.ts';
import type { WorkspaceHost } from './workspace-host.ts';

/** How long the recorded crisis is. */
const LENGTH_MS = 40 * 60_000;
const SHOW_POSITION_EVERY_MS = 5_000;

/** Plays the recorded crisis into a demo workspace, and goes on where an earlier host left off. */
export function createDemoControl(deps: {
  readonly host: WorkspaceHost;
  readonly mentions: Pick<MentionStore, 'getCursor'>;
  readonly resourcesDir: string;
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly random: () => number;
  readonly speed: number;
  /** The position is another: whoever shows it may show it anew. */
  readonly onMoved: () => void;
}): DemoControl & { start(): void; stop(): void } {
  const { host, clock, schedule, random } = deps;
  const [query] = host.workspace.state.watchQueries;
  const feed = query
    ? createDemoFeed(
        {
          feedId: DEMO_FEED,
          name: 'Recorded crisis (demo)',
          ordinaryDaysFile: join(deps.resourcesDir, 'demo', 'ordinary-days.ndjson'),
          crisisFile: join(deps.resourcesDir, 'demo', 'crisis.ndjson'),
          runId: String(clock.now()),
          speed: deps.speed,
        },
        { clock, schedule, random, cursor: deps.mentions.getCursor(DEMO_FEED) },
      )
    : null;
  let cancel: () => void = () => undefined;

  function showPosition(): void {
    deps.onMoved();
    cancel = schedule(SHOW_POSITION_EVERY_MS, showPosition);
  }

  return {
    view: () => {
      const positionMs = Math.min(feed?.position() ?? 0, LENGTH_MS);
      return { speed: feed?.speed() ?? 1, positionMs, lengthMs: LENGTH_MS, ended: feed?.status().state === 'ended' };
    },
    setSpeed: (speed) => feed?.setSpeed(speed),
    start() {
      if (!feed || !query) return;
      host.startFeed(feed, () => query.watchQueryId);
      host.relearn();
      showPosition();
    },
    stop: () => cancel(),
  };
}
