import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { instant, type Instant, type OperatorId, type PublicKeyHex } from '../../shared/base/ids.ts';
import type { StoredEvent } from '../../shared/log/envelope.ts';
import type { EndpointInput } from '../../shared/protocol/endpoints.ts';
import { type EnrolmentRequest, proveEnrolment } from '../../shared/protocol/enrolment.ts';
import { createEnrolment, genesisOf } from '../../src-main/app/enrolment.ts';
import { pathsOf } from '../../src-main/app/data-folder.ts';
import { defaultFounding } from '../../src-main/app/founder.ts';
import { type JoinDeps, joinWorkspace } from '../../src-main/app/join-workspace.ts';
import { createKeyRing } from '../../src-main/app/key-ring.ts';
import { foundingEvents } from '../../src-main/commands/founding.ts';
import { createWorkspaceBook } from '../../src-main/commands/workspace-book.ts';
import { callEnrol } from '../../src-main/host/call-enrol.ts';
import { createEnrolRoute } from '../../src-main/host/enrol-route.ts';
import { sendJson } from '../../src-main/host/responses.ts';
import { createKeyPair, createSigner, verifyEd25519 } from '../../src-main/identity/ed25519.ts';
import { createFollowFile } from '../../src-main/identity/follow-file.ts';
import { openHighWater } from '../../src-main/identity/high-water.ts';
import { inviteTextOf, readInvite, type Invite } from '../../shared/protocol/invite-link.ts';
import { createInvites } from '../../src-main/identity/invites.ts';
import { createKeyStore } from '../../src-main/identity/key-store.ts';
import { createLocalOperator } from '../../src-main/identity/local-operator.ts';
import { createSaltSource } from '../../src-main/identity/salts.ts';
import { createMemoryEventLog } from './memory-event-log.ts';
import { unwrap } from './unwrap.ts';

export const ADMINISTRATOR = 'administrator' as OperatorId;
export const NEW_PERSON = { as: 'new-person', name: 'Ada Byron', role: 'comms-lead' } as const;

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-enrol-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A host with one administrator that issues invites, with a clock and a disk that do as they are told. */
export function issuingHost() {
  const folder = temporaryFolder();
  const keysDir = join(folder, 'keys');
  const keys = createKeyStore(keysDir);
  const keyRing = createKeyRing(keys);
  const salt = createSaltSource();
  const time = { now: 1_780_000_000_000 };
  const clock = { now: (): Instant => instant(time.now) };
  const disk: { refuses: boolean } = { refuses: false };
  const write = (_events: readonly StoredEvent[]): void => {
    if (disk.refuses) throw new Error('The disk is full.');
  };
  const log = createMemoryEventLog('workspace', { write });
  const recovery = keys.createRecoveryKey();
  const facts = foundingEvents(
    defaultFounding(),
    {
      host: keyRing.host().publicKey,
      recovery: recovery?.publicKey as PublicKeyHex,
      restore: unwrap(keys.restoreSigner()).publicKey,
      of: (operatorId) => keyRing.newKeyOf(operatorId),
    },
    { channels: [], playbooks: [] },
  );
  keyRing.newKeyOf(ADMINISTRATOR);
  const drafts = facts.map(({ type, ...body }) => ({ type, body }));
  log.append(keyRing.operator(ADMINISTRATOR), drafts, { now: clock.now(), salt, workspaceHeads: [] });
  const workspace = createWorkspaceBook({ log, clock, salt });
  const founded = { workspace };
  const state = { readOnly: false };
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

  /** The same host after a restart: what it holds in memory is gone. */
  function start() {
    const invites = createInvites(keysDir, { macSecret: Buffer.alloc(32, 7), clock, randomBytes });
    const enrolment = createEnrolment({
      founded: () => founded,
      readOnly: () => state.readOnly,
      invites,
      signers: keyRing,
      verifier: verifyEd25519,
      clock,
      log: silent,
      onEnrolled: () => undefined,
    });
    return { invites, enrolment };
  }

  let running = start();
  return {
    keysDir,
    keys,
    keyRing,
    recovery,
    log,
    workspace,
    clock,
    time,
    disk,
    state,
    get enrolment() {
      return running.enrolment;
    },
    get invites() {
      return running.invites;
    },
    restart(): void {
      running = start();
    },
    issue(wish: EndpointInput<'hosts.enrol'> = NEW_PERSON, url = 'http://127.0.0.1:9') {
      return unwrap(running.enrolment.issue(ADMINISTRATOR, wish, { urls: [url], certificate: null }));
    },
    /** What has been recorded of this type. */
    recorded: (type: string) => workspace.events().filter(({ envelope }) => envelope.type === type),
    genesis: () => genesisOf(founded),
  };
}

export type IssuingHost = ReturnType<typeof issuingHost>;

/** The invite of a link that was just issued. */
export function inviteOf(link: string): Invite {
  return unwrap(readInvite(link));
}

/** New keys, as a machine makes them, with what they sign to join by this invite. */
export function requestWith(invite: Invite, changed: Partial<EnrolmentRequest> = {}): EnrolmentRequest {
  const signer = () => createSigner(createKeyPair().seed, 'host');
  const [host, restore, device] = [signer(), signer(), invite.person ? signer() : null];
  const { inviteId, workspace, certificate } = invite;
  const keys = {
    hostKey: host.publicKey,
    restoreKey: restore.publicKey,
    deviceKey: device?.publicKey ?? null,
  };
  const challenge = { inviteId, workspace, certificate, ...keys };
  return {
    invite: inviteTextOf(invite),
    ...keys,
    proofs: {
      host: proveEnrolment(host, challenge),
      restore: proveEnrolment(restore, challenge),
      device: device && proveEnrolment(device, challenge),
    },
    ...changed,
  };
}

/** Serves `POST /enrol` of this host over real HTTP. */
export async function serveEnrol(host: IssuingHost): Promise<string> {
  const answer = createEnrolRoute(host.clock, (request) => host.enrolment.redeem(request));
  const server = createServer((request, response) => {
    answer(request).then(
      (answered) => sendJson(response, answered),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** An empty folder on another machine, and how it joins. Every call is a process of its own: nothing is left in memory. */
export function joiningMachine(overrides: Partial<JoinDeps> = {}) {
  const dataDir = join(temporaryFolder(), 'data');
  const paths = pathsOf(dataDir);

  function deps(): JoinDeps {
    const highWater = openHighWater({
      inside: join(paths.keysDir, 'high-water.txt'),
      outside: join(dataDir, '..', 'outside.txt'),
    });
    onTestFinished(() => highWater.close());
    return {
      paths,
      keys: createKeyStore(paths.keysDir),
      follow: createFollowFile(paths.keysDir),
      localPerson: createLocalOperator(paths.keysDir),
      highWater,
      clock: { now: () => instant(1_780_000_000_000) },
      call: callEnrol,
      ...overrides,
    };
  }

  return {
    paths,
    keys: () => createKeyStore(paths.keysDir),
    follow: () => createFollowFile(paths.keysDir),
    async join(link: string, changed: Partial<JoinDeps> = {}) {
      const joined = await joinWorkspace(link, { ...deps(), ...changed });
      if (joined.ok) joined.value.file.db.close();
      return joined;
    },
  };
}
