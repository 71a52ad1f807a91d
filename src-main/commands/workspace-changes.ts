import { type OperatorId, type PublicKeyHex, type Sha256Hex, WatchQueryId } from '../../shared/base/ids.ts';
import { assertNever } from '../../shared/base/invariant.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { FeedSettings } from '../../shared/domain/feed/feed-settings.ts';
import type { Act } from '../../shared/domain/roster/roles.ts';
import { parseWatchQuery } from '../../shared/domain/watch-query/parse-watch-query.ts';
import {
  operatorOf,
  watchQueryOf,
  type WorkspaceEvent,
  type WorkspaceState,
} from '../../shared/domain/workspace/workspace.ts';
import type { LogId } from '../../shared/log/envelope.ts';
import { takesRights } from '../../shared/log/workspace-judgement.ts';
import type { WorkspaceChange } from '../../shared/protocol/endpoints.ts';
import type { WireError } from '../../shared/protocol/wire.ts';
import { idFromName, personEvents } from './founding.ts';
import { wireError } from './wire-errors.ts';

/** More than these nobody can look at, and every one of them costs. */
const MOST_WATCH_QUERIES = 100;
const MOST_FEEDS = 100;

/** What one has to be allowed to do for this change. */
export function actOfChange({ type }: WorkspaceChange): Extract<Act, 'watch' | 'administer'> {
  return type === 'saveWatchQuery' || type === 'removeWatchQuery' ? 'watch' : 'administer';
}

/** What a change needs of the host that it is made at. */
export interface ChangeContext {
  newIdFor(name: string): OperatorId;
  /** A key that this host keeps for somebody. */
  newKeyOf(operatorId: OperatorId): PublicKeyHex;
  /** Which host that is; undefined for the one that founded the workspace. */
  readonly host: PublicKeyHex | undefined;
  /** Null for an event that is not here. */
  typeOfEvent(log: LogId, hash: Sha256Hex): string | null;
}

/** A wish about the organisation -> the facts it would become. Whether the caller may is asked before. */
export function planWorkspaceChange(
  change: WorkspaceChange,
  state: WorkspaceState,
  context: ChangeContext,
): Result<readonly WorkspaceEvent[], WireError> {
  switch (change.type) {
    case 'addOperator': {
      const { name, roles } = change;
      const operatorId = context.newIdFor(name);
      return ok(personEvents({ operatorId, name, roles }, context.newKeyOf(operatorId), { host: context.host }));
    }
    case 'grantRole': {
      const { operatorId, role } = change;
      if (!operatorOf(state, operatorId)) return err(noSuchPerson);
      return ok([{ type: 'RoleGranted', operatorId, role }]);
    }
    case 'withdrawRole': {
      const { operatorId, role } = change;
      if (role === 'administrator' && isLastAdministrator(state, operatorId)) return err(lastAdministrator);
      return ok([{ type: 'RoleWithdrawn', operatorId, role }]);
    }
    case 'assignDeputy': {
      const { operatorId, deputyId } = change;
      if (!operatorOf(state, operatorId) || !operatorOf(state, deputyId)) return err(noSuchPerson);
      if (operatorId === deputyId)
        return err(wireError('OwnDeputy', 'Nobody can be their own deputy. Choose somebody else.'));
      return ok([{ type: 'DeputyAssigned', operatorId, deputyId }]);
    }
    case 'saveWatchQuery':
      return planWatchQuery(change, state);
    case 'removeWatchQuery': {
      const { watchQueryId } = change;
      if (!watchQueryOf(state, watchQueryId)) return err(noSuchWatchQuery);
      const bound = state.feeds.find((feed) => feed.watchQueryId === watchQueryId);
      if (bound)
        return err(
          wireError(
            'WatchQueryInUse',
            `Everything from the feed "${bound.name}" is about this watch query. Change or remove the feed first.`,
          ),
        );
      return ok([{ type: 'WatchQueryRemoved', watchQueryId }]);
    }
    case 'saveFeed':
      return planFeed(change.feed, state);
    case 'removeFeed': {
      const { feedId } = change;
      if (!state.feeds.some((feed) => feed.feedId === feedId)) return err(noSuchFeed);
      return ok([{ type: 'FeedRemoved', feedId }]);
    }
    case 'saveChannel':
      return ok([{ type: 'ChannelSaved', channel: change.channel }]);
    case 'savePlaybook':
      return ok([{ type: 'PlaybookSaved', playbook: change.playbook }]);
    case 'reinstateOperator': {
      const { operatorId } = change;
      const operator = operatorOf(state, operatorId);
      if (!operator) return err(noSuchPerson);
      if (!operator.revoked)
        return err(wireError('NotRevoked', 'This person has access. Enrol a machine of theirs, or invite them.'));
      return ok([{ type: 'OperatorReinstated', operatorId }]);
    }
    case 'reaffirmEvent': {
      const { log, hash } = change;
      const type = context.typeOfEvent(log, hash);
      if (type === null)
        return err(wireError('NoSuchEvent', 'There is no such entry here. It may not have arrived yet.'));
      if (takesRights(type))
        return err(
          wireError('SignAnew', 'What takes a right away is not let count again. Do it anew, in your own name.'),
        );
      return ok([{ type: 'EventReaffirmed', log, hash }]);
    }
    default:
      return assertNever(change);
  }
}

function planWatchQuery(
  change: Extract<WorkspaceChange, { type: 'saveWatchQuery' }>,
  state: WorkspaceState,
): Result<readonly WorkspaceEvent[], WireError> {
  const { name, query, sensitivity } = change;
  if (change.watchQueryId !== null && !watchQueryOf(state, change.watchQueryId)) return err(noSuchWatchQuery);
  if (change.watchQueryId === null && state.watchQueries.length >= MOST_WATCH_QUERIES)
    return err(
      wireError('TooManyWatchQueries', `There are ${String(MOST_WATCH_QUERIES)} already. Remove one that is over.`),
    );
  const read = query.trim() === '' ? null : parseWatchQuery(query);
  if (read && !read.ok)
    return err(wireError('QueryMistake', `${read.error.message} (at character ${String(read.error.at + 1)})`));
  const taken = new Set(state.watchQueries.map((one) => one.watchQueryId as string));
  const watchQueryId = change.watchQueryId ?? WatchQueryId.parse(idFromName(name, taken));
  return ok([{ type: 'WatchQuerySaved', watchQueryId, name, query, sensitivity }]);
}

function planFeed(feed: FeedSettings, state: WorkspaceState): Result<readonly WorkspaceEvent[], WireError> {
  if (feed.watchQueryId !== null && !watchQueryOf(state, feed.watchQueryId)) return err(noSuchWatchQuery);
  const before = state.feeds.find((one) => one.feedId === feed.feedId);
  if (before && before.kind !== feed.kind)
    return err(wireError('OtherKind', 'A feed keeps its kind. Remove this one and add another instead.'));
  if (!before && state.feeds.length >= MOST_FEEDS)
    return err(wireError('TooManyFeeds', `There are ${String(MOST_FEEDS)} already. Remove one that is over.`));
  return ok([{ type: 'FeedSaved', feed }]);
}

export const noSuchWatchQuery = wireError(
  'NoSuchWatchQuery',
  'There is no such watch query (any more). Reload, and choose one that is listed.',
);

export const noSuchFeed = wireError(
  'NoSuchFeed',
  'There is no such feed (any more). Reload, and choose one that is listed.',
);

const noSuchPerson = wireError('NoSuchPerson', 'There is no such person here. Add them first.');

export const lastAdministrator = wireError(
  'LastAdministrator',
  'This is the only administrator. Make somebody else administrator first, or nobody could change anything again.',
);

export function isLastAdministrator(state: WorkspaceState, operatorId: OperatorId): boolean {
  const inForce = Object.values(state.operators).filter((one) => !one.revoked && one.roles.includes('administrator'));
  return inForce.length === 1 && inForce[0]?.operatorId === operatorId;
}
