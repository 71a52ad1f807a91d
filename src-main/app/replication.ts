import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { PublicKeyHex, Sha256Hex } from '../../shared/base/ids.ts';
import { type EnrolledHost, hostOfKey, type WorkspaceState } from '../../shared/domain/workspace/workspace.ts';
import type { Signer } from '../../shared/log/signing.ts';
import { isSoundTextBatch, signedBytes } from '../../shared/log/text-batch.ts';
import type { WorkspaceHistory } from '../../shared/log/workspace-history.ts';
import { REPLICA_CLOSE } from '../../shared/protocol/replica-frames.ts';
import type { ReplicaPeerView, ReplicaView } from '../../shared/protocol/views.ts';
import type { Clock, ReplicaLocal, Schedule } from '../commands/ports.ts';
import { createSignal, type Signal } from '../commands/signal.ts';
import type { HostLog } from '../host/host-log.ts';
import { createFailureLimit } from '../host/rate-limit.ts';
import { prepareEd25519, verifyEd25519 } from '../identity/ed25519.ts';
import type { Follow } from '../identity/follow-file.ts';
import { createIntroduction } from './introduction.ts';
import { createReplicaDoor, type ReplicaDoor } from '../replica/accept.ts';
import { createFollower, type Follower } from '../replica/follow.ts';
import { createReplica, type Replica } from '../replica/replica.ts';
import { createVerifyPool } from '../replica/verify-pool.ts';

/** What is replicated for now: a workspace that is here, or one that is only just joined. */
export interface ReplicationScope {
  readonly local: ReplicaLocal;
  readonly signer: () => Signer;
  readonly history: WorkspaceHistory;
  /** Whom this host follows; null for one that founded its workspace. */
  readonly follow: Follow | null;
  /** What only the workspace itself can say; nothing while it is joined. */
  readonly findings: () => Pick<ReplicaView, 'forks' | 'refusedTexts'>;
}

/** This host among the others of its workspace, as the rest of the program sees it. */
export interface Replication {
  view(): ReplicaView;
  readonly changed: Signal<void>;
  /** Whether the host that this one follows is connected. */
  isConnectedUp(): boolean;
  /** The engine at work; null while nothing is replicated. */
  running(): { readonly replica: Replica; readonly scope: ReplicationScope } | null;
  /** Takes an upgrade at `/replica` that came through a server with this certificate. */
  handleUpgrade(request: IncomingMessage, stream: Duplex, head: Buffer, certificate: () => Sha256Hex | null): void;
  begin(scope: ReplicationScope): void;
  end(): void;
}

interface Running {
  readonly scope: ReplicationScope;
  readonly replica: Replica;
  readonly follower: Follower | null;
  readonly doors: Map<() => Sha256Hex | null, ReplicaDoor>;
  stopWatching(): void;
}

/** Below this two clocks agree as far as anybody cares. */
const CLOCK_TOLERANCE_MS = 3_000;

export function createReplication(deps: {
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly log: HostLog;
  readonly random: () => number;
}): Replication {
  const { clock, schedule, log, random } = deps;
  const changed = createSignal<void>();
  const verify = createVerifyPool(prepareEd25519);
  const failures = createFailureLimit(clock);
  let running: Running | null = null;

  function begin(scope: ReplicationScope): void {
    end();
    const replica = createReplica({
      local: scope.local,
      clock,
      schedule,
      soon: (act) => void setImmediate(act),
      verify,
      async verifyText(batch) {
        const { author } = batch.header;
        const [isSigned] = await verify([{ publicKey: author, message: signedBytes(batch.header), signature: batch.signature }]); // prettier-ignore
        return isSigned === true && isSoundTextBatch(batch, () => true);
      },
      log,
    });
    replica.onChanged(() => changed.emit());
    const stopWatching = scope.local.onGrown((grown) => {
      if ('log' in grown && grown.log === 'workspace') cutRetired(scope, replica);
    });
    const follower = scope.follow && startFollower(scope, scope.follow, replica);
    running = { scope, replica, follower, doors: new Map(), stopWatching };
    changed.emit();
  }

  function handshakeOf(scope: ReplicationScope) {
    return {
      workspaceId: scope.local.workspaceId,
      signer: scope.signer(),
      verifier: verifyEd25519,
      isHostKey: (key: PublicKeyHex) => scope.local.isHostKey(key),
      ...createIntroduction(scope, verifyEd25519),
      hostOf: (key: PublicKeyHex) => hostOf(scope, key),
      clock,
      schedule,
      nonce: () => randomBytes(32).toString('hex'),
    };
  }

  function startFollower(scope: ReplicationScope, { url, certificate }: Follow, replica: Replica): Follower {
    const target = { url: url.replace(/^http/, 'ws'), pinned: certificate };
    return createFollower({ ...handshakeOf(scope), target, replica, random, onChanged: () => changed.emit() });
  }

  function handleUpgrade(request: IncomingMessage, stream: Duplex, head: Buffer, certificate: () => Sha256Hex | null) {
    if (!running) return void stream.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
    const { scope, replica, doors } = running;
    const about = { ...handshakeOf(scope), replica, certificate, failures, log };
    const door = doors.get(certificate) ?? createReplicaDoor(about);
    doors.set(certificate, door);
    door.handleReplicaUpgrade(request, stream, head);
  }

  function end(): void {
    if (!running) return;
    const { replica, follower, doors, stopWatching } = running;
    running = null;
    stopWatching();
    follower?.stop();
    replica.close();
    for (const door of doors.values()) door.close();
    changed.emit();
  }

  function view(): ReplicaView {
    if (!running) return { self: null, peers: [], hosts: [], forks: [], quarantined: [], refusedTexts: [] };
    const { scope, replica } = running;
    const { peers, quarantined } = replica.status();
    const followed = followedView(running);
    const connected = peers.map(({ hostId, name, since, behind, ahead, progress, clockOffMs }): ReplicaPeerView => ({
      hostId,
      name,
      url: followed?.hostId === hostId ? followed.url : null,
      state: 'connected',
      since,
      behind,
      ahead,
      progress,
      clockOffMs: Math.abs(clockOffMs) > CLOCK_TOLERANCE_MS ? clockOffMs : null,
      reason: null,
    }));
    const isShown = followed === null || connected.some(({ hostId }) => hostId === followed.hostId);
    return {
      self: selfOf(scope),
      peers: isShown ? connected : [followed, ...connected],
      hosts: Object.values(scope.history.state.hosts).map((host) => ({
        ...host,
        retired: isRetired(scope.history.state, host),
      })),
      quarantined: quarantined.map(({ hostId, until, bad }) => ({ hostId, until, bad })),
      ...scope.findings(),
    };
  }

  return {
    view,
    changed,
    isConnectedUp: () => running?.follower?.status().state === 'connected',
    running: () => running,
    handleUpgrade,
    begin,
    end,
  };
}

function followedView({ scope, follower }: Running): ReplicaPeerView | null {
  if (!scope.follow || !follower) return null;
  const { state, since, url, reason, hostId } = follower.status();
  const known = hostId ?? scope.follow.hostId;
  const { name } = hostOf(scope, known);
  return { hostId: known, name, url, state, since, behind: 0, ahead: 0, progress: null, clockOffMs: null, reason };
}

/** Wherever it was retired: as soon as that is known here, a host that is in is let in no longer. */
function cutRetired({ local }: ReplicationScope, replica: Replica): void {
  for (const { hostId, key } of replica.status().peers)
    if (!local.isHostKey(key))
      replica.disconnect(hostId, REPLICA_CLOSE.notEnrolled, 'this host is not let in any more');
}

/** A host none of whose keys is in force. */
function isRetired({ keys }: WorkspaceState, { hostId }: EnrolledHost): boolean {
  return Object.values(keys).every((bound) => bound.host !== hostId || bound.retired);
}

function hostOf({ history }: ReplicationScope, key: PublicKeyHex) {
  const host = hostOfKey(history.state, key);
  return { hostId: host?.hostId ?? key, name: host?.name ?? 'A host' };
}

function selfOf(scope: ReplicationScope): ReplicaView['self'] {
  const { hostId, name } = hostOf(scope, scope.signer().publicKey);
  return { hostId, name };
}
