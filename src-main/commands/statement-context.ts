import type { Instant } from '../../shared/base/ids.ts';
import type { WorkspaceState } from '../../shared/domain/roster/workspace.ts';
import type { CheckContext } from '../../shared/domain/statement/checks/check-draft.ts';
import type { Template } from '../../shared/domain/statement/template.ts';

/** What the checks of a text need to know about the organisation. */
export function channelTextContext(
  workspace: Pick<WorkspaceState, 'channels'>,
  now: Instant,
  template: Template | undefined,
): CheckContext {
  return { channels: workspace.channels, now, ...(template && { templateText: template.text }) };
}
