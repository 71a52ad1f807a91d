import type { Instant, PublicKeyHex, Sha256Hex } from '../../shared/base/ids.ts';
import { REPLICA_CLOSE } from '../../shared/protocol/replica-frames.ts';
import type { Clock, Schedule } from '../commands/ports.ts';
import { backOffMs, seldomMs } from './back-off.ts';
import { shakeHands, type HandshakeDeps, type HandshakeFailure } from './handshake.ts';
import { createOpenReplicaSocket, type OpenReplicaSocket, type ReplicaTarget } from './open-socket.ts';
import type { Replica } from './replica.ts';
import type { SocketLink } from './socket-link.ts';

//   connecting -> connected -> offline -> connecting -> ...
//   connecting -> refused   (it answered, and did not let us in or is not who it should be) -> connecting, seldom
// Where one does not know the other, it is tried once more at once, and both introduce themselves.
export interface FollowStatus {
  readonly url: string;
  readonly state: 'connecting' | 'connected' | 'offline' | 'refused';
  readonly since: Instant;
  /** Who is there; null until it has proved it once. */
  readonly hostId: PublicKeyHex | null;
  /** A sentence; null while all is well. */
  readonly reason: string | null;
}

export interface Follower {
  status(): FollowStatus;
  /** Tries now, whatever it was waiting for. */
  tryNow(): void;
  stop(): void;
}

export interface FollowDeps extends Omit<HandshakeDeps, 'side' | 'certificate' | 'withinMs' | 'introduces'> {
  readonly target: ReplicaTarget;
  readonly replica: Pick<Replica, 'connect' | 'isQuarantined'>;
  /** Which machine a host key belongs to, and what it is called. */
  readonly hostOf: (key: PublicKeyHex) => { readonly hostId: PublicKeyHex; readonly name: string };
  readonly clock: Clock;
  readonly schedule: Schedule;
  /** 0 <= x < 1. */
  readonly random: () => number;
  readonly onChanged: () => void;
  readonly open?: OpenReplicaSocket;
}

/** Follows one host: connects, proves, hands the link to the replica, and comes back whenever it is lost. */
export function createFollower(deps: FollowDeps): Follower {
  const { target, replica, clock, schedule, random, open = createOpenReplicaSocket(deps.schedule) } = deps;
  let status: FollowStatus = { url: target.url, state: 'connecting', since: clock.now(), hostId: null, reason: null };
  let failures = 0;
  let isStopped = false;
  let introduces = false;
  let cancelWait: (() => void) | null = null;
  let cutOff: () => void = () => undefined;

  function turnTo(state: FollowStatus['state'], reason: string | null = null): void {
    const since = state === status.state ? status.since : clock.now();
    status = { ...status, state, since, reason };
    deps.onChanged();
  }

  function attempt(): void {
    cancelWait = null;
    if (status.state === 'connected') turnTo('connecting');
    cutOff = open(target, {
      failed: ({ reason, isLasting }) => wait(isLasting ? 'refused' : 'offline', `${reason}.`),
      opened: (link, certificate) => void greet(link, certificate),
    });
  }

  async function greet(link: SocketLink, certificate: Sha256Hex | null): Promise<void> {
    const shaken = await shakeHands(link, { ...deps, side: 'client', certificate, introduces });
    if (isStopped) return link.close(1000, 'stopped');
    if (!shaken.ok) {
      const isUnknown = shaken.error === 'notEnrolled' || link.closeCode() === REPLICA_CLOSE.notEnrolled;
      if (!isUnknown || introduces) return wait(...answerTo(shaken.error, link.closeCode()));
      introduces = true;
      return attempt();
    }
    const { key, clockOffMs } = shaken.value;
    const { hostId, name } = deps.hostOf(key);
    status = { ...status, hostId };
    if (replica.isQuarantined(hostId)) {
      link.close(REPLICA_CLOSE.quarantined, 'not listened to for now');
      return wait('refused', QUARANTINED);
    }
    const openedAt = clock.now();
    turnTo('connected');
    link.onClose(() => {
      // One that lets us in and drops us at once is not better than one that does not answer.
      if (clock.now() - openedAt > STEADY_MS) failures = 0;
      if (replica.isQuarantined(hostId)) return wait('refused', QUARANTINED);
      wait(...answerTo('closed', link.closeCode()));
    });
    replica.connect(shaken.value.link, { hostId, key, name, clockOffMs });
  }

  function wait(state: 'offline' | 'refused', reason: string): void {
    if (isStopped || cancelWait !== null) return;
    turnTo(state, reason);
    const waitMs = state === 'refused' ? seldomMs(random) : backOffMs(failures, random);
    failures += 1;
    cancelWait = schedule(waitMs, attempt);
  }

  attempt();
  return {
    status: () => status,
    tryNow() {
      if (cancelWait === null) return;
      cancelWait();
      failures = 0;
      attempt();
    },
    stop() {
      isStopped = true;
      cancelWait?.();
      cutOff();
    },
  };
}

const STEADY_MS = 10_000;
const QUARANTINED = 'It sent too much that is wrong, and is not listened to for a while.';

function answerTo(failure: HandshakeFailure, code: number | null): readonly ['offline' | 'refused', string] {
  if (failure !== 'closed') return WE_REFUSED[failure];
  switch (code) {
    case REPLICA_CLOSE.notEnrolled:
      return ['refused', 'It does not know this host, or has retired it; ask an administrator for a new invite.'];
    case REPLICA_CLOSE.otherWorkspace:
      return ['refused', 'The host there belongs to another workspace.'];
    case REPLICA_CLOSE.otherVersion:
      return ['refused', 'It speaks another version of the protocol; bring both to the same version.'];
    case REPLICA_CLOSE.sameHost:
      return ['refused', WE_REFUSED.sameHost[1]];
    case REPLICA_CLOSE.quarantined:
      return ['refused', 'It does not listen to this host for a while, because too much of what came was wrong.'];
    default:
      return ['offline', 'The connection was closed.'];
  }
}

const WE_REFUSED: Readonly<Record<Exclude<HandshakeFailure, 'closed'>, readonly ['offline' | 'refused', string]>> = {
  malformed: ['refused', 'What answers there is no Firebreak host.'],
  otherVersion: ['refused', 'It speaks another version of the protocol; bring both to the same version.'],
  otherWorkspace: ['refused', 'The host there belongs to another workspace.'],
  notEnrolled: ['refused', 'Whoever answers there could not prove to be a host of this workspace.'],
  sameHost: ['refused', 'A copy of this very host answers there; two machines must never share one data folder.'],
  late: ['offline', 'The host did not answer in time.'],
};
