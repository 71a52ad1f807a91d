import type { Clock } from '../commands/ports.ts';
import type { HostLog } from '../host/host-log.ts';
import { createHttpHost, type HttpHost } from '../host/http-host.ts';
import { createSyncUpgrade } from '../host/sync/upgrade.ts';
import type { FirebreakHost } from './firebreak-host.ts';

export interface HttpDoor {
  listen(at: {
    readonly port: number;
    readonly host: string;
  }): Promise<{ readonly url: string; readonly port: number }>;
  close(): Promise<void>;
}

/** Opens the door for browsers onto a host, and keeps it true when sessions and rights change. */
export function createHttpDoor(
  host: FirebreakHost,
  deps: { readonly rendererRoot: string; readonly clock: Clock; readonly log: HostLog },
): HttpDoor {
  const upgrade = createSyncUpgrade({
    service: host.sync,
    authorise: (token, document) => host.authorise(token, document),
  });
  const http: HttpHost = createHttpHost({
    ...deps,
    api: host.api,
    access: {
      openSession: (token, device) => host.access.openSession(token, device),
      sessionOf: (cookieValue) => host.access.sessionOf(cookieValue),
      sessionById: (sessionId) => host.access.sessionById(sessionId),
      closeSession(sessionId) {
        host.access.closeSession(sessionId);
        host.sync.disconnectSession(sessionId, 'signed-out');
      },
    },
    webhooks: (feedId, request) => host.receiveWebhook(feedId, request),
    sync: {
      handleUpgrade: (request, socket, head) => {
        upgrade.handleSyncUpgrade(request, socket, head).catch((cause: unknown) => {
          deps.log.error({ err: cause }, 'an upgrade failed');
          socket.destroy();
        });
      },
    },
  });
  const stops = [
    host.operatorCut.listen((operatorId) => http.disconnectOperator(operatorId)),
    host.sessionsCut.listen((sessionIds) => http.disconnectSessions(sessionIds)),
    host.sessionChanged.listen((sessionId) => http.refreshSession(sessionId)),
  ];
  return {
    listen: (at) => http.listen(at),
    async close() {
      for (const stop of stops) stop();
      upgrade.close();
      await http.close();
    },
  };
}
