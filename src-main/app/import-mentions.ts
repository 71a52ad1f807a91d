import { basename } from 'node:path';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { EndpointInput, ImportReport } from '../../shared/protocol/endpoints.ts';
import type { WireError } from '../../shared/protocol/wire.ts';
import { wireError } from '../commands/wire-errors.ts';
import { importFile } from '../feeds/file/import-file.ts';
import { createReplayFeed } from '../feeds/replay/replay-feed.ts';
import { watchQueryOfFile } from './feed-folder.ts';
import { feedIdOf, importIdOf } from './feed-ids.ts';
import type { HostContext } from './host-context.ts';
import type { WorkspaceHost } from './workspace-host.ts';
import { spareMemory } from './spare-memory.ts';

/**
 * Takes a file in as history, which never alarms; or plays it as if it came now, which does. Its name says which watch
 * query it is about, as in the data folder's `feeds/`.
 */
export async function importMentions(
  founded: WorkspaceHost,
  { file, replay }: EndpointInput<'mentions.import'>,
  { clock, schedule }: Pick<HostContext, 'clock' | 'schedule'>,
): Promise<Result<ImportReport, WireError>> {
  const name = basename(file);
  const query = watchQueryOfFile(name, founded.workspace.state.watchQueries);
  if (!query) return err(wireError('NothingToWatch', 'There is no watch query yet. Add one first.'));
  const { watchQueryId } = query;
  if (replay !== null) {
    const feedId = feedIdOf(`replay ${name} ${String(clock.now())}`);
    const settings = { feedId, name: `${name} at ×${String(replay)}`, file, speed: replay };
    const feed = createReplayFeed(settings, { clock, schedule, random: Math.random, cursor: null });
    founded.startFeed(feed, () => watchQueryId);
    await feed.ready;
    const { state, detail, skipped } = feed.status();
    if (state === 'failed') return err(wireError('ImportFailed', detail ?? 'The file cannot be read.'));
    return ok({ read: 0, added: 0, skipped, problems: [], replaying: true });
  }
  const feedId = importIdOf(name);
  let added = 0;
  const take = founded.historyOf(feedId, watchQueryId);
  const stopSparing = spareMemory();
  const report = await importFile({
    file,
    feedId,
    clock,
    onPosts: (batch) => {
      added += take(batch);
    },
  }).finally(stopSparing);
  founded.relearn();
  if (!report.ok) return err(wireError(report.error.type, report.error.message));
  const { read, skipped, problems } = report.value;
  return ok({ read, added, skipped, problems, replaying: false });
}
