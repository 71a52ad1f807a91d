import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import process from 'node:process';
import * as Y from 'yjs';
import { DeviceId, instant, OperatorId } from '../../shared/base/ids.ts';
import type { Clock, DocumentUpdate, SyncPeer } from '../../src-main/commands/ports.ts';
import { systemClock } from '../../src-main/host/clock.ts';
import type { MassDeletion } from '../../src-main/host/sync/deletion-watch.ts';
import { createSyncService } from '../../src-main/host/sync/sync-service.ts';
import type { SyncLimits } from '../../src-main/host/sync/sync-socket.ts';
import { type Authorise, createSyncUpgrade } from '../../src-main/host/sync/upgrade.ts';
import { createDocumentStore } from '../../src-main/store/document-store.ts';
import { LOG_FILE_MIGRATIONS } from '../../src-main/store/migrations/log-file.ts';
import { openDatabase } from '../../src-main/store/open-database.ts';
import { serveActs, told } from './serve-acts.ts';
import { unwrap } from './unwrap.ts';

// Run as a process of its own, to be measured and to be killed: the sync endpoint over a real SQLite file.

export interface SyncServerConfig {
  readonly file: string;
  readonly port: number;
  readonly limits: Partial<SyncLimits>;
  /** Operators who may only read. */
  readonly readers: readonly string[];
  /** How far its clock is ahead of the machine's, in ms. */
  readonly aheadMs: number;
}

const config = JSON.parse(process.argv[2] ?? '') as SyncServerConfig;
await told();
const store = createDocumentStore(unwrap(openDatabase(config.file, { migrations: LOG_FILE_MIGRATIONS, create: true })));
const readers = new Set(config.readers);
const revoked = new Set<string>();
const logged: string[] = [];
const massDeletions: MassDeletion[] = [];
let { aheadMs } = config;
const machine = systemClock();
const clock: Clock = { now: () => instant(machine.now() + aheadMs) };

/** A token is `operator` or `operator.device`: whoever writes from two devices has two tokens. */
const authorise: Authorise = (token) => {
  const [, operator] = /^([a-z]+)(?:\.[a-z]+)?$/.exec(token ?? '') ?? [];
  if (token === null || operator === undefined || revoked.has(operator)) return { type: 'BadToken' };
  const peer: SyncPeer = {
    operatorId: OperatorId.parse(operator),
    deviceId: DeviceId.parse(`token:${token.replace('.', '_')}`),
    name: `${operator} of the host`,
    role: 'Communications',
    mayWrite: !readers.has(operator),
  };
  return { type: 'Authorised', peer };
};

function note(details: object, message: string): void {
  const cause = 'cause' in details ? details.cause : null;
  logged.push(`${message} ${JSON.stringify(details)} ${cause instanceof Error ? (cause.stack ?? '') : ''}`);
}

const service = createSyncService({
  directory: { find: () => ({ store }) },
  clock,
  log: { warn: note, error: note },
  limits: config.limits,
  deviceId: DeviceId.parse('host:itself'),
  schedule(delayMs, act) {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
  onMassDeletion: (deletion) => void massDeletions.push(deletion),
});
const { frameBytes } = config.limits;
const upgrade = createSyncUpgrade({ service, authorise, ...(frameBytes === undefined ? {} : { frameBytes }) });
const server = createServer();
server.on('upgrade', (request, stream, head) => void upgrade.handleSyncUpgrade(request, stream, head));
server.listen(config.port, '127.0.0.1');
await once(server, 'listening');

const acts = {
  /** Null when there is no such document. */
  textOf: (document: string) => service.textOf(document),
  history: (document: string): readonly DocumentUpdate[] => store.history(document),
  /** What the stored updates alone make of the document. */
  replayed(document: string): string {
    const doc = new Y.Doc();
    for (const { data } of store.history(document)) Y.applyUpdate(doc, data);
    if (doc.store.pendingStructs !== null || doc.store.pendingDs !== null) throw new Error('the history has a hole');
    return doc.getText('text').toString();
  },
  now: () => clock.now(),
  pass: (ms: number) => void (aheadMs += ms),
  /** From here on the operator may write, or only read: nobody has been told yet. */
  mayWrite(operator: string, may: boolean): void {
    if (may) readers.delete(operator);
    else readers.add(operator);
  },
  roleChanged: (operator: string) => service.disconnectOperator(OperatorId.parse(operator), 'role-changed'),
  rejudge: (documentPrefix: string) => service.rejudge(documentPrefix),
  revoke(operator: string): void {
    revoked.add(operator);
    service.disconnectOperator(OperatorId.parse(operator), 'revoked');
  },
  restoreText: async (document: string, at: number, by: string) =>
    await service.restoreText(document, instant(at), OperatorId.parse(by)),
  massDeletions: (): readonly MassDeletion[] => massDeletions,
  connections: () => service.connections(),
  logged: (): readonly string[] => logged,
  /** In bytes: what it holds now that garbage is gone, and the most it ever held. */
  memory() {
    globalThis.gc?.();
    return { now: process.memoryUsage.rss(), peak: process.resourceUsage().maxRSS * 1024 };
  },
};
export type SyncServerActs = typeof acts;

serveActs((server.address() as AddressInfo).port, acts);
