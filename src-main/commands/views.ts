import { countdownAt } from '../../shared/domain/countdown/countdown.ts';
import type { FeedId, Instant } from '../../shared/base/ids.ts';
import { operatorOf } from '../../shared/domain/workspace/workspace.ts';
import type { Template } from '../../shared/domain/statement/template.ts';
import type { RoomSummary, SessionView, WorkspaceView } from '../../shared/protocol/views.ts';
import type { Caller } from './ports.ts';
import { lastEventAt, type RoomBook } from './room-book.ts';
import type { WorkspaceBook } from './workspace-book.ts';

export function sessionView(
  caller: Caller,
  workspace: WorkspaceBook | null,
  about: { readonly stage: SessionView['stage']; readonly version: string; readonly now: Instant },
): SessionView {
  const { stage, version, now } = about;
  const operator = workspace && caller.operatorId ? (operatorOf(workspace.state, caller.operatorId) ?? null) : null;
  return { door: caller.door, stage, operator, demo: workspace?.state.demo ?? false, version, now };
}

export function workspaceView(
  workspace: WorkspaceBook,
  templates: readonly Template[],
  hasSecret: (feedId: FeedId) => boolean,
): WorkspaceView {
  const { organisation, demo, operators, watchQueries, feeds, channels, playbooks } = workspace.state;
  const [genesis] = workspace.events();
  return {
    fingerprint: genesis?.hash ?? ('' as WorkspaceView['fingerprint']),
    organisation,
    demo,
    operators: Object.values(operators),
    watchQueries,
    feeds: feeds.map((feed) => ({ ...feed, hasSecret: hasSecret(feed.feedId) })),
    channels,
    playbooks,
    templates,
  };
}

export function roomSummary(book: RoomBook, demo: boolean, now: Instant): RoomSummary {
  const { alarm, incident } = book.state;
  const countdown = countdownAt(book.state, now);
  const declared = incident.phase !== 'undeclared';
  return {
    id: book.file.roomId,
    title: declared ? incident.title : alarm.phase === 'none' ? 'Empty room' : alarm.what,
    phase: declared ? incident.phase : alarm.phase === 'watching' ? 'watching' : 'alarm',
    severity: declared ? incident.severity : null,
    t0: countdown?.t0 ?? null,
    deadline: countdown?.deadline ?? null,
    ringing: !declared && alarm.phase === 'ringing',
    demo: declared ? incident.demo : demo,
    lastEventAt: lastEventAt(book),
  };
}

/** Newest first, as lists show them. */
export function roomSummaries(books: Iterable<RoomBook>, demo: boolean, now: Instant): readonly RoomSummary[] {
  return [...books]
    .map((book) => roomSummary(book, demo, now))
    .sort((one, other) => other.lastEventAt - one.lastEventAt);
}
