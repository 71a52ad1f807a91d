import { mkdirSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { WatchQueryId } from '../../shared/base/ids.ts';
import type { WatchQuery } from '../../shared/domain/workspace/workspace.ts';
import type { Clock, Schedule } from '../commands/ports.ts';
import { createFileFeed } from '../feeds/file/file-feed.ts';
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
  readonly mentions: Pick<MentionStore, 'getCursor'>;
  readonly folder: string;
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly random: () => number;
}): { stop(): void } {
  const { host, mentions, folder, clock, schedule, random } = deps;
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
    if (queryOf(name) === null) return; // looked at again when there is something to watch
    const feedId = feedIdOf(`file ${name}`);
    const cursor = mentions.getCursor(feedId);
    followed.add(name);
    const settings = { feedId, name, path: join(folder, name) };
    host.startFeed(createFileFeed(settings, { clock, schedule, random, cursor }), () => queryOf(name));
  }

  function queryOf(name: string): WatchQueryId | null {
    return watchQueryOfFile(name, host.workspace.state.watchQueries)?.watchQueryId ?? null;
  }

  look();
  return { stop: () => cancel() };
}

/** Which watch query a file of mentions belongs to, by its name; the first where the name does not say. */
export function watchQueryOfFile(name: string, watchQueries: readonly WatchQuery[]): WatchQuery | undefined {
  return watchQueries.find(({ watchQueryId }) => name.startsWith(`${watchQueryId}--`)) ?? watchQueries[0];
}
