import { basename } from 'node:path';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { EndpointInput, ImportReport } from '../../shared/protocol/endpoints.ts';
import type { WireError } from '../../shared/protocol/wire.ts';
import { wireError } from '../commands/wire-errors.ts';
import { importFile } from '../feeds/import-file.ts';
import { createReplayFeed } from '../feeds/replay-feed.ts';
import { feedIdOf } from './feed-ids.ts';
import type { HostContext } from './host-context.ts';
import type { WorkspaceHost } from './workspace-host.ts';

/** Takes a file in as history, which never alarms; or plays it as if it came now, which does. */
export async function importMentions(
  founded: WorkspaceHost,
  { file, replay }: EndpointInput<'mentions.import'>,
  { clock, schedule }: Pick<HostContext, 'clock' | 'schedule'>,
): Promise<Result<ImportReport, WireError>> {
  const [query] = founded.workspace.state.watchQueries;
  if (!query) return err(wireError('NothingToWatch', 'There is no watch query yet. Add one first.'));
  const name = basename(file);
  const { watchQueryId } = query;
  if (replay !== null) {
    const feedId = feedIdOf(`replay ${name} ${String(clock.now())}`);
    const feed = createReplayFeed({
      feedId,
      watchQueryId,
      name: `${name} at ×${String(replay)}`,
      clock,
      schedule,
      file,
      speed: replay,
    });
    founded.startFeed(feed);
    await feed.ready;
    const { state, detail, skipped } = feed.status();
    if (state === 'failed') return err(wireError('ImportFailed', detail ?? 'The file cannot be read.'));
    return ok({ read: 0, added: 0, skipped, problems: [], replaying: true });
  }
  const feedId = feedIdOf(`import ${name}`);
  let added = 0;
  const report = await importFile({
    file,
    feedId,
    watchQueryId,
    clock,
    onMentions: (batch) => {
      added += founded.receive(batch, 'history');
    },
  });
  founded.relearn();
  if (!report.ok) return err(wireError(report.error.type, report.error.message));
  const { read, skipped, problems } = report.value;
  return ok({ read, added, skipped, problems, replaying: false });
}
