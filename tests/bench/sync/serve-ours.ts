import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DeviceId, instant, OperatorId } from '../../../shared/base/ids.ts';
import type { Schedule, SyncPeer } from '../../../src-main/commands/ports.ts';
import { createSyncService } from '../../../src-main/host/sync/sync-service.ts';
import { createSyncUpgrade } from '../../../src-main/host/sync/upgrade.ts';
import { createDocumentStore } from '../../../src-main/store/document-store.ts';
import { openOurs } from './ours-file.ts';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The sync endpoint over the real store, with the real limits. Each client is an operator and a device of its own. */
export async function serveOurs(folder: string): Promise<number> {
  const store = createDocumentStore(openOurs(folder));
  const complain = (details: object, message: string): void => {
    process.stderr.write(`${message} ${JSON.stringify(details)}\n`);
  };
  const service = createSyncService({
    directory: { find: () => ({ store }) },
    clock: { now: () => instant(Date.now()) },
    log: { warn: complain, error: complain },
    schedule,
    deviceId: DeviceId.parse('host:benchmark'),
  });
  const { handleSyncUpgrade } = createSyncUpgrade({
    service,
    authorise: (token) =>
      token?.startsWith('client-') === true ? { type: 'Authorised', peer: peerOf(token) } : { type: 'BadToken' },
  });
  const server = createServer();
  server.on('upgrade', (request, stream, head) => void handleSyncUpgrade(request, stream, head));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function peerOf(token: string): SyncPeer {
  const operatorId = OperatorId.parse(token);
  return {
    operatorId,
    deviceId: DeviceId.parse(`token:${token}`),
    name: token,
    role: 'Communications',
    mayWrite: true,
  };
}

const schedule: Schedule = (delayMs, act) => {
  const timer = setTimeout(act, Math.min(delayMs, LONGEST_TIMER_MS));
  return () => clearTimeout(timer);
};
