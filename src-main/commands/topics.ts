import type { FeedId, Instant, OperatorId } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { topicParams, type TopicName, type TopicParams, type TopicPayloads } from '../../shared/protocol/endpoints.ts';
import type { WireError } from '../../shared/protocol/wire.ts';
import { type Founded, notFounded, operatorIdOf, signedOut } from './endpoints.ts';
import type { Caller } from './ports.ts';
import type { RoomBook } from './room-book.ts';
import type { Signal } from './signal.ts';
import { roomSummaries, workspaceView } from './views.ts';
import { noSuchWatchQuery } from './workspace-changes.ts';
import { wireError } from './wire-errors.ts';
import type { Template } from '../../shared/domain/statement/template.ts';

type Opened = Result<() => void, WireError>;
type Opener<Name extends TopicName> = (
  caller: Caller,
  params: TopicParams<Name>,
  push: (payload: TopicPayloads[Name]) => void,
) => Opened;
export type TopicTable = { readonly [Name in TopicName]: Opener<Name> };

/** A view that the host renews by itself: what it is now, and when it is another. */
export interface LiveView<Payload> {
  now(caller: Caller): Payload;
  readonly changed: Signal<unknown>;
}

export interface Presence {
  entered(book: RoomBook, operatorId: OperatorId): void;
  left(book: RoomBook, operatorId: OperatorId): void;
}

export function createTopicTable(deps: {
  founded(): Founded | null;
  clockNow(): Instant;
  readonly templates: readonly Template[];
  readonly session: LiveView<TopicPayloads['session']>;
  readonly host: LiveView<TopicPayloads['host']>;
  readonly watch: LiveView<TopicPayloads['watch']>;
  readonly replica: LiveView<TopicPayloads['replica']>;
  /** One storm closely: what it is now (null when there is no such watch query), and when it may be another. */
  readonly storm: {
    now(params: TopicParams<'storm'>): TopicPayloads['storm'] | null;
    readonly changed: Signal<unknown>;
  };
  /** Whether a token or secret is kept for a feed, and when that is another. */
  readonly secrets: { has(feedId: FeedId): boolean; readonly changed: Signal<unknown> };
  readonly presence: Presence;
  /** What happened to a document's text; only of documents that are there. */
  readonly documentNotices: {
    exists(document: string): boolean;
    follow(document: string, push: (notices: TopicPayloads['document.notices']) => void): () => void;
  };
  readonly yjs: Opener<'yjs'>;
}): TopicTable {
  function live<Payload>(view: LiveView<Payload>, needsPerson: boolean) {
    return (caller: Caller, _params: unknown, push: (payload: Payload) => void): Opened => {
      const denied = needsPerson ? refusalToRead(deps.founded(), caller) : null;
      if (denied) return err(denied);
      push(view.now(caller));
      return ok(view.changed.listen(() => push(view.now(caller))));
    };
  }

  return {
    session: live(deps.session, false),
    host: live(deps.host, false),
    watch: live(deps.watch, true),
    // While a host joins there is nobody yet who could sign in, and nothing to be seen but how far it has come.
    replica: (caller, params, push) => live(deps.replica, deps.founded() !== null)(caller, params, push),
    storm(caller, params, push) {
      const denied = refusalToRead(deps.founded(), caller);
      if (denied) return err(denied);
      let shown = deps.storm.now(params);
      if (!shown) return err(noSuchWatchQuery);
      push(shown);
      return ok(
        deps.storm.changed.listen(() => {
          const now = deps.storm.now(params);
          if (!now || now === shown) return;
          shown = now;
          push(now);
        }),
      );
    },
    workspace(caller, _params, push) {
      const founded = deps.founded();
      if (!founded) return err(notFounded);
      const denied = refusalToRead(founded, caller);
      if (denied) return err(denied);
      const show = () => push(workspaceView(founded.workspace, deps.templates, deps.secrets.has));
      show();
      const stops = [founded.workspace.changed.listen(show), deps.secrets.changed.listen(show)];
      return ok(() => stops.forEach((stop) => stop()));
    },
    rooms(caller, _params, push) {
      const founded = deps.founded();
      if (!founded) return err(notFounded);
      const denied = refusalToRead(founded, caller);
      if (denied) return err(denied);
      const { warRoom, workspace } = founded;
      const show = () => push(roomSummaries(warRoom.rooms.values(), workspace.state.demo, deps.clockNow()));
      show();
      return ok(warRoom.changed.listen(show));
    },
    room(caller, { roomId, present }, push) {
      const founded = deps.founded();
      if (!founded) return err(notFounded);
      const operatorId = operatorIdOf(founded, caller);
      if (operatorId === null) return err(signedOut);
      const book = founded.warRoom.rooms.get(roomId);
      if (!book) return err(wireError('NoSuchRoom', 'There is no such room. It may be on another host.'));
      push({ from: 0, events: [...book.events] });
      const stop = book.changed.listen(push);
      if (present !== true) return ok(stop);
      deps.presence.entered(book, operatorId);
      return ok(() => {
        stop();
        deps.presence.left(book, operatorId);
      });
    },
    'document.notices'(caller, { document }, push) {
      const denied = refusalToRead(deps.founded(), caller);
      if (denied) return err(denied);
      if (!deps.documentNotices.exists(document)) return err(wireError('NoSuchDocument', 'There is no such document.'));
      return ok(deps.documentNotices.follow(document, push));
    },
    yjs: deps.yjs,
  };
}

function refusalToRead(founded: Founded | null, caller: Caller): WireError | null {
  if (!founded) return notFounded;
  return operatorIdOf(founded, caller) === null ? signedOut : null;
}

/** Parses at the wall, then opens. */
export function createSubscribe(table: TopicTable) {
  return (caller: Caller, topic: string, params: unknown, push: (payload: unknown) => void): Opened => {
    if (!Object.hasOwn(topicParams, topic))
      return err(wireError('NoSuchTopic', 'This host does not know that topic. Reload the window.'));
    const name = topic as TopicName;
    const parsed = topicParams[name].safeParse(params ?? {});
    if (!parsed.success) return err(wireError('BadInput', 'That does not name a room or a document.'));
    const open = table[name] as Opener<TopicName>;
    return open(caller, parsed.data, push);
  };
}
