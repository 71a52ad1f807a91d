import { err } from '../../shared/base/result.ts';
import type { EndpointName } from '../../shared/protocol/endpoints.ts';
import type { HostView } from '../../shared/protocol/views.ts';
import type { Reply, WireError } from '../../shared/protocol/wire.ts';
import { createEndpointTable, createInvoke } from '../commands/endpoints.ts';
import { NotRecorded } from '../commands/workspace-book.ts';
import type { Api } from '../commands/ports.ts';
import type { Signal } from '../commands/signal.ts';
import { createSubscribe, createTopicTable } from '../commands/topics.ts';
import { sessionView } from '../commands/views.ts';
import { refused, wireError } from '../commands/wire-errors.ts';
import { asStorageFailure } from '../store/storage-failure.ts';
import type { Callers } from './callers.ts';
import { createDesktopDocuments } from './desktop-documents.ts';
import { documentStoreOf } from './documents.ts';
import type { HostContext } from './host-context.ts';
import { createHostEndpoints } from './host-endpoints.ts';
import type { Notice } from './notices.ts';
import type { WorkspaceHost } from './workspace-host.ts';

/** What a folder whose keys are behind still answers: everything that signs no event. */
const WITHOUT_SIGNING: ReadonlySet<string> = new Set<EndpointName>([
  'session.get',
  'session.actAs',
  'time.now',
  'rooms.list',
  'document.token',
  'document.history',
  'mentions.search',
  'watch.preview',
  'watch.dial',
  'room.export',
  'room.verify',
  'demo.leave',
  'access.link',
  'share.open',
  'share.close',
  'yjs.send',
]);

/** The bound endpoints and topics of one host, as every door mounts them. Nothing throws out of it. */
export function createHostApi(
  host: HostContext,
  deps: {
    readonly callers: Callers;
    /** Why nothing may be signed here; null while it may. */
    readOnly(): Notice | null;
    onFailure(what: string, cause: unknown): void;
  },
): Api {
  const { callers } = deps;
  const desktopDocuments = createDesktopDocuments({
    sync: host.sync,
    peerOf: (operatorId, document) => callers.desktopPeer(operatorId, document),
  });
  const table = createEndpointTable({
    now: () => host.clock.now(),
    founded: () => host.founded(),
    host: { ...createHostEndpoints(host), 'yjs.send': desktopDocuments.send },
  });
  const invoke = createInvoke(table, refusalFor);
  const subscribe = createSubscribe(
    createTopicTable({
      founded: () => host.founded(),
      clockNow: () => host.clock.now(),
      templates: host.resources.templates,
      session: {
        now: (caller) =>
          sessionView(callers.present(caller), host.founded()?.workspace ?? null, {
            stage: host.stage(),
            version: host.version,
            now: host.clock.now(),
          }),
        changed: host.sessionChanged,
      },
      host: { now: hostView, changed: joined(host.notices.changed, host.hostChanged) },
      watch: {
        now: () => host.founded()?.watchView(host.clock.now()) ?? { at: host.clock.now(), storms: [], feeds: [] },
        changed: ofFounded((founded) => founded.watchChanged),
      },
      replica: { now: () => host.replication.view(), changed: host.replication.changed },
      storm: {
        now: ({ watchQueryId, hours }) => host.founded()?.stormDetail(watchQueryId, hours, host.clock.now()) ?? null,
        changed: ofFounded((founded) => founded.watchChanged),
      },
      secrets: {
        has: (feedId) => host.founded()?.hasSecret(feedId) ?? false,
        changed: ofFounded((founded) => founded.secretsChanged),
      },
      presence: {
        entered: (book, operatorId) =>
          deps.readOnly() ? undefined : host.founded()?.presence.entered(book, operatorId),
        left: (book, operatorId) => (deps.readOnly() ? undefined : host.founded()?.presence.left(book, operatorId)),
      },
      documentNotices: {
        exists(document) {
          const founded = host.founded();
          return founded !== null && documentStoreOf(founded, document) !== null;
        },
        follow: (document, push) => host.documentNotices.follow(document, push),
      },
      yjs: desktopDocuments.open,
    }),
  );

  /** A signal of the workspace that is there when somebody begins to listen. */
  function ofFounded(signalOf: (founded: WorkspaceHost) => Signal<void>): Signal<unknown> {
    return {
      emit: () => undefined,
      listen(listener) {
        const founded = host.founded();
        return founded ? signalOf(founded).listen(() => listener(undefined)) : () => undefined;
      },
    };
  }

  function hostView(): HostView {
    return {
      notices: host.notices.all(),
      demo: host.demo()?.view() ?? null,
      sharedAt: host.sharing.url(),
      dataFolder: host.paths.dataDir,
      keyProtection: host.keyProtection,
    };
  }

  function refusalFor(what: string, cause: unknown): WireError {
    if (cause instanceof NotRecorded) return refused(cause.refusal);
    deps.onFailure(what, cause);
    if (asStorageFailure(cause))
      return wireError(
        'StorageFailed',
        'The disk did not take it, so it was not recorded. Make room, then do it again.',
      );
    return wireError('HostFailed', 'The host could not do that, and nothing was recorded. Its log says why.');
  }

  /** Why this may not be done now, whoever asks. */
  function refusedNow(endpoint: string): Reply | null {
    const why = deps.readOnly();
    if (why === null || WITHOUT_SIGNING.has(endpoint)) return null;
    return { ok: false, error: wireError('ReadOnly', `${why.what} ${why.next}`) };
  }

  return {
    async invoke(caller, endpoint, input) {
      return refusedNow(endpoint) ?? invoke(callers.present(caller), endpoint, input);
    },
    subscribe(caller, topic, params, push) {
      try {
        return subscribe(callers.present(caller), topic, params, push);
      } catch (cause) {
        return err(refusalFor(topic, cause));
      }
    },
  };
}

function joined(
  one: { listen(listener: () => void): () => void },
  other: { listen(listener: () => void): () => void },
) {
  return {
    emit: () => undefined,
    listen(listener: (value: unknown) => void) {
      const stops = [one.listen(() => listener(undefined)), other.listen(() => listener(undefined))];
      return () => stops.forEach((stop) => stop());
    },
  };
}
