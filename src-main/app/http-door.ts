import type { Sha256Hex } from '../../shared/base/ids.ts';
import type { Clock } from '../commands/ports.ts';
import type { HostLog } from '../host/host-log.ts';
import { createEnrolRoute } from '../host/enrol-route.ts';
import { createHttpHost, type HttpHost, type HttpHostDeps } from '../host/http-host.ts';
import { createSyncUpgrade } from '../host/sync/upgrade.ts';
import { verifyEd25519 } from '../identity/ed25519.ts';
import { asStorageFailure } from '../store/storage-failure.ts';
import type { FirebreakHost } from './firebreak-host.ts';

export type HttpDoor = Pick<HttpHost, 'listen' | 'close' | 'certificate' | 'renewCertificate'>;

/** What differs from door to door: the desktop's has neither TLS nor other hosts that come in by it. */
export type HttpDoorDeps = Pick<HttpHostDeps, 'allowedHosts' | 'certificate'> & {
  readonly rendererRoot: string;
  readonly clock: Clock;
  readonly log: HostLog;
};

/** Opens the door for browsers onto a host, and keeps it true when sessions and rights change. */
export function createHttpDoor(host: FirebreakHost, deps: HttpDoorDeps): HttpDoor {
  const upgrade = createSyncUpgrade({
    service: host.sync,
    authorise: (token, document) => host.authorise(token, document),
  });
  const shown = (): Sha256Hex | null => http.certificate();
  const http: HttpHost = createHttpHost({
    ...deps,
    api: host.api,
    access: {
      openSession: (token, device) => host.access.openSession(token, device),
      openSessionWithKey: (token, key) => host.access.openSessionWithKey(token, key),
      reopenSession(key, cookieValue) {
        const opened = host.access.reopenSession(key, cookieValue);
        // What an earlier cookie opened must not outlive it: texts come back at once, under the new one.
        if (opened?.renewed) host.sync.disconnectSession(opened.sessionId, 'acts-as');
        return opened;
      },
      sessionOf: (cookieValue) => host.access.sessionOf(cookieValue),
      sessionById: (sessionId) => host.access.sessionById(sessionId),
      closeSession(sessionId) {
        host.access.closeSession(sessionId);
        host.sync.disconnectSession(sessionId, 'signed-out');
      },
      signOut(sessionId) {
        host.access.signOut(sessionId);
        host.sync.disconnectSession(sessionId, 'signed-out');
      },
    },
    verifier: verifyEd25519,
    diskTroubleOf: (cause) => asStorageFailure(cause)?.cause ?? null,
    workspaceId: () => host.founded()?.workspace.events()[0]?.hash ?? null,
    replica: {
      handleUpgrade: (request, socket, head) => host.replication.handleUpgrade(request, socket, head, shown),
    },
    enrol: createEnrolRoute(deps.clock, (request) => host.enrolment.redeem(request)),
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
    certificate: () => http.certificate(),
    renewCertificate: (certificate) => http.renewCertificate(certificate),
    async close() {
      for (const stop of stops) stop();
      upgrade.close();
      await http.close();
    },
  };
}
