import type { Instant } from '../../shared/base/ids.ts';
import type { Mention } from '../../shared/domain/mention/mention.ts';
import type { SpikeMoment } from '../../shared/domain/spike/spike-assessment.ts';
import { createSpikeMonitor, type SpikeMonitorConfig } from '../../shared/domain/spike/spike-monitor.ts';
import { inPieces } from './in-pieces.ts';
import { replaySteps } from './replay-steps.ts';

/**
 * What a monitor of these settings would have said until now, had it watched these mentions: the stored ones, oldest
 * first. It runs on their own time, and in pieces that let everybody else work in between.
 */
export async function replayAlarms(
  pages: Iterable<readonly Mention[]>,
  config: SpikeMonitorConfig,
  until: Instant,
): Promise<{ readonly moments: readonly SpikeMoment[]; readonly firstAt: Instant | null }> {
  const monitor = createSpikeMonitor(config);
  let firstAt: Instant | null = null;
  await inPieces(replaySteps(pages, until), (step) => {
    if ('look' in step) monitor.assess(step.look);
    else {
      firstAt ??= step.mention.observedAt;
      monitor.observe(step.mention, 'history');
    }
    return true;
  });
  return { moments: monitor.moments(), firstAt };
}
