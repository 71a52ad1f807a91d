import { mkdirSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { Clock, Schedule } from '../commands/ports.ts';
import { createFileFeed } from '../feeds/file-feed.ts';
import type { MentionStore } from '../store/mention-store.ts';
import { feedIdOf } from './feed-ids.ts';
import type { WorkspaceHost } from './workspace-host.ts';

const LOOK_EVERY_MS = 5_000;

/**
 * Follows every NDJSON and CSV file in the data folder's `feeds/`: whatever writes mentions into a file there is a
 * feed. A name that begins with a watch query's id and two hyphens (`acme--press.ndjson`) belongs to that query,
 * every other to the first.
 */
export function createFeedFolder(deps: {
  readonly host: WorkspaceHost;
  readonly mentions: MentionStore;
  readonly folder: string;
  readonly clock: Clock;
  readonly schedule: Schedule;
}): { stop(): void } {
  const { host, mentions, folder, clock, schedule } = deps;
  const followed = new Set<string>();
  let cancel: () => void = () => undefined;

  function look(): void {
    host.work.attempt(`feed folder ${folder}`, () => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const names = readdirSync(folder).filter((name) => ['.ndjson', '.jsonl', '.csv'].includes(extname(name)));
      for (const name of names.sort()) if (!followed.has(name)) follow(name);
    });
    cancel = schedule(LOOK_EVERY_MS, look);
  }

  function follow(name: string): void {
    const { watchQueries } = host.workspace.state;
    const query = watchQueries.find(({ watchQueryId }) => name.startsWith(`${watchQueryId}--`)) ?? watchQueries[0];
    if (!query) return; // looked at again when there is something to watch
    const feedId = feedIdOf(`file ${name}`);
    const cursor = mentions.getCursor(feedId);
    followed.add(name);
    host.startFeed(
      createFileFeed({
        feedId,
        watchQueryId: query.watchQueryId,
        name,
        clock,
        schedule,
        file: join(folder, name),
        cursor,
        onCursor: (next) => void host.work.attempt(`place in ${name}`, () => mentions.setCursor(feedId, next)),
      }),
    );
  }

  look();
  return { stop: () => cancel() };
}
