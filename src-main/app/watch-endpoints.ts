import { randomBytes } from 'node:crypto';
import { PeakId } from '../../shared/base/ids.ts';
import { err, ok } from '../../shared/base/result.ts';
import type { FeedSettings } from '../../shared/domain/feed/feed-settings.ts';
import { isFairPeak, watchQueryOf } from '../../shared/domain/workspace/workspace.ts';
import { type HostEndpoints, notFounded, refusalToAct, refusedEvidence } from '../commands/endpoints.ts';
import { idFromName } from '../commands/founding.ts';
import { mentionPinned } from '../commands/mention-pinned.ts';
import { keyElsewhere, wireError } from '../commands/wire-errors.ts';
import { noSuchFeed, noSuchWatchQuery } from '../commands/workspace-changes.ts';
import type { HostContext } from './host-context.ts';
import { mentionViews } from './mention-views.ts';
import { previewWatchQuery } from './watch-preview.ts';

const SECRET_BYTES = 32;

type WatchEndpoints = Pick<
  HostEndpoints,
  | 'mention.enter'
  | 'mentions.search'
  | 'watch.preview'
  | 'watch.dial'
  | 'storm.expect'
  | 'storm.unexpect'
  | 'feed.setSecret'
>;

/** The endpoints about what comes in: mentions, watch queries, expected peaks, the secrets of feeds. */
export function createWatchEndpoints(host: HostContext): WatchEndpoints {
  const now = () => host.clock.now();

  return {
    'mention.enter': (caller, { roomId, capture, ...entry }) => {
      const founded = host.founded();
      const refusal = refusalToAct(founded, caller, 'keep-log');
      if (refusal || !founded || caller.operatorId === null) return err(refusal ?? notFounded);
      const { watchQueryId } = entry;
      if (!watchQueryOf(founded.workspace.state, watchQueryId)) return err(noSuchWatchQuery);
      const book = roomId === null ? null : founded.warRoom.rooms.get(roomId);
      if (roomId !== null && !book) return err(noSuchRoom);
      if (capture !== null && !book) return err(captureNeedsRoom);
      if (capture !== null && !book?.file.evidence.get(capture)) return err(refusedEvidence);
      const entered = founded.enter(watchQueryId, entry);
      if (!entered.ok) return entered;
      const { id, isNew } = entered.value;
      const stored = founded.mentionOf({ watchQueryId, id });
      if (roomId === null || !stored) return ok({ id, isNew });
      const kept = mentionPinned(stored, 'Typed in by hand.', capture);
      const pinned = founded.warRoom.record(caller.operatorId, roomId, [kept]);
      if (!pinned.ok) return pinned;
      founded.keepMention({ watchQueryId, id });
      return ok({ id, isNew });
    },
    'mentions.search': (caller, { text, watchQueryId, before, limit }) => {
      const founded = host.founded();
      const refusal = refusalToAct(founded, caller, 'read');
      if (refusal || !founded) return err(refusal ?? notFounded);
      const found = founded.mentions.search({ text, watchQueryId, before, limit: limit + 1 });
      return ok({ mentions: mentionViews(found.slice(0, limit)), hasMore: found.length > limit });
    },
    'watch.preview': async (caller, { query }) => {
      const founded = host.founded();
      const refusal = refusalToAct(founded, caller, 'read');
      if (refusal || !founded) return err(refusal ?? notFounded);
      return ok(await previewWatchQuery(query, founded.mentions, now()));
    },
    'watch.dial': async (caller, { watchQueryId, sensitivity }) => {
      const founded = host.founded();
      const refusal = refusalToAct(founded, caller, 'read');
      if (refusal || !founded) return err(refusal ?? notFounded);
      const query = watchQueryOf(founded.workspace.state, watchQueryId);
      return query ? ok(await founded.dial(query, sensitivity)) : err(noSuchWatchQuery);
    },
    'storm.expect': (caller, { watchQueryId, from, to, label }) => {
      const founded = host.founded();
      const refusal = refusalToAct(founded, caller, 'watch');
      if (refusal || !founded || caller.operatorId === null) return err(refusal ?? notFounded);
      if (!host.keyRing.holds(caller.operatorId)) return err(keyElsewhere);
      const { state } = founded.workspace;
      if (!watchQueryOf(state, watchQueryId)) return err(noSuchWatchQuery);
      if (!isFairPeak({ from, to }))
        return err(
          wireError('PeakTooLong', 'An expected peak ends after it begins, and lasts a week at most. Set other times.'),
        );
      if (to <= now())
        return err(wireError('PeakOver', 'This time is over already. Choose one that is still to come.'));
      const peakId = PeakId.parse(idFromName(label, new Set(state.expectedPeaks.map((one) => one.peakId as string))));
      const peak = { type: 'PeakExpected', peakId, watchQueryId, from, to, label } as const;
      founded.workspace.record(host.keyRing.operator(caller.operatorId), [peak]);
      founded.watchChanged.emit();
      return ok({ peakId });
    },
    'storm.unexpect': (caller, { peakId }) => {
      const founded = host.founded();
      const refusal = refusalToAct(founded, caller, 'watch');
      if (refusal || !founded || caller.operatorId === null) return err(refusal ?? notFounded);
      if (!host.keyRing.holds(caller.operatorId)) return err(keyElsewhere);
      if (!founded.workspace.state.expectedPeaks.some((one) => one.peakId === peakId)) return err(noSuchPeak);
      founded.workspace.record(host.keyRing.operator(caller.operatorId), [{ type: 'ExpectedPeakWithdrawn', peakId }]);
      founded.watchChanged.emit();
      return ok({ done: true });
    },
    'feed.setSecret': (caller, { feedId, secret }) => {
      const founded = host.founded();
      const refusal = refusalToAct(founded, caller, 'administer');
      if (refusal || !founded) return err(refusal ?? notFounded);
      const feed = founded.workspace.state.feeds.find((one) => one.feedId === feedId);
      if (!feed) return err(noSuchFeed);
      if (!takesSecret(feed)) return err(noSecretNeeded);
      if (secret === null && feed.kind !== 'webhook') return err(tokenMissing);
      const made = secret ?? randomBytes(SECRET_BYTES).toString('base64url');
      founded.setSecret(feedId, made);
      return ok({ secret: secret === null ? made : null });
    },
  };
}

function takesSecret({ kind }: FeedSettings): boolean {
  return kind === 'webhook' || kind === 'mastodon';
}

const noSuchRoom = wireError('NoSuchRoom', 'There is no such room. It may be on another host.');
const noSuchPeak = wireError('NoSuchPeak', 'Nobody expects this peak (any more). Reload the page.');
const captureNeedsRoom = wireError('RoomMissing', 'A capture is evidence in a room: choose the room, or leave it out.');
const noSecretNeeded = wireError(
  'NoSecretNeeded',
  'This feed needs neither a token nor a secret. Nothing was changed.',
);
const tokenMissing = wireError('TokenMissing', 'Only the other server can give its token. Paste it here.');
