import type { Instant, PublicKeyHex } from '../../shared/base/ids.ts';
import type { TextBatch } from '../../shared/log/text-batch.ts';
import { REPLICA_CLOSE } from '../../shared/protocol/replica-frames.ts';
import type { Clock, ReplicaLink, ReplicaLocal, Schedule } from '../commands/ports.ts';
import { createAdmission } from './admission.ts';
import { createConduct, type Quarantined } from './conduct.ts';
import { createEventCheck } from './event-check.ts';
import { DEFAULT_REPLICA_LIMITS, type ReplicaLimits } from './limits.ts';
import { createSayAgain } from './say-again.ts';
import { createSession, type Peer, type Session, type SessionCounts } from './session.ts';
import { createTextIntake } from './text-intake.ts';
import type { BatchVerifier } from './verify-pool.ts';

/** Details are numbers and public keys; never a text, a token or an address with its query. */
export interface ReplicaLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface PeerStatus extends Peer, SessionCounts {
  readonly since: Instant;
  /** What it sent that was wrong, ever; and what waits here for something that is missing. */
  readonly bad: number;
  readonly waiting: number;
}

export interface ReplicaStatus {
  readonly peers: readonly PeerStatus[];
  readonly quarantined: readonly Quarantined[];
}

/** This host among the others: whoever is connected holds, after a while, what we hold, and the other way round. */
export interface Replica {
  /** Takes over a link whose peer has proved who it is. False, and closed, when it is not listened to for now. */
  connect(link: ReplicaLink, peer: Peer): boolean;
  isQuarantined(hostId: PublicKeyHex): boolean;
  /** Ends every session of a host: its key was retired, or it is to come back under new rules. */
  disconnect(hostId: PublicKeyHex, code: number, reason: string): void;
  status(): ReplicaStatus;
  onChanged(listener: () => void): () => void;
  close(): void;
}

export interface ReplicaDeps {
  readonly local: ReplicaLocal;
  readonly clock: Clock;
  readonly schedule: Schedule;
  /** Runs it when the event loop comes round again; without it, the schedule does, with a millisecond more. */
  readonly soon?: (act: () => void) => void;
  readonly verify: BatchVerifier;
  readonly verifyText: (batch: TextBatch) => Promise<boolean>;
  readonly log: ReplicaLog;
  readonly limits?: Partial<ReplicaLimits>;
}

const CHANGED_MS = 200;

export function createReplica(deps: ReplicaDeps): Replica {
  const { local, clock, schedule, log } = deps;
  const limits = { ...DEFAULT_REPLICA_LIMITS, ...deps.limits };
  const soon = deps.soon ?? ((act) => void schedule(0, act));
  const conduct = createConduct({ clock, limits });
  const sessions = new Set<Session>();
  const listeners = new Set<() => void>();
  let isClosed = false;
  let isRechecking = false;

  const pause = (): Promise<void> => new Promise((resolve) => void soon(resolve));
  const changed = createSayAgain({
    clock,
    schedule,
    everyMs: CHANGED_MS,
    say: () => listeners.forEach((tell) => tell()),
  });
  const recheckTexts = createSayAgain({
    clock,
    schedule,
    everyMs: limits.startOverMs,
    say: () => void texts.recheck().catch(diskRefused),
  });

  const admission = createAdmission({
    local,
    limits,
    pause,
    charge,
    events: createEventCheck(deps.verify),
    onTaken: (sender, logId, head, previous) => of(sender).forEach((one) => one.noteEvent(logId, head, previous)),
    onDropped: (sender, logId) => of(sender).forEach((one) => one.dropped({ log: logId })),
  });
  const texts = createTextIntake({
    local,
    limits,
    charge,
    verifyText: deps.verifyText,
    onTaken: (sender, document, head, previous) => of(sender).forEach((one) => one.noteText(document, head, previous)),
    onDropped: (sender, document) => of(sender).forEach((one) => one.dropped({ document })),
  });

  function of(hostId: PublicKeyHex): readonly Session[] {
    return [...sessions].filter(({ peer }) => peer.hostId === hostId);
  }

  function charge(hostId: PublicKeyHex, count: number): void {
    if (!conduct.charge(hostId, count)) return;
    admission.forget(hostId);
    texts.forget(hostId);
    const open = of(hostId);
    if (open.length > 0) log.warn({ hostId, bad: conduct.bad(hostId) }, 'a host sent too much that is wrong');
    for (const session of open) session.close(REPLICA_CLOSE.quarantined, 'too much of what was sent is wrong');
    changed.ask('status');
  }

  /** What cannot be kept must not be acknowledged: everybody comes back later and says again what they hold. */
  function diskRefused(cause: unknown): void {
    if (isClosed) return;
    log.warn({ err: cause }, 'what came from another host could not be kept, or what it lacks could not be read');
    for (const session of [...sessions]) session.close(REPLICA_CLOSE.tryAgain, 'the disk refused');
  }

  function recheck(): void {
    if (isRechecking || admission.waitingInAll === 0) return;
    isRechecking = true;
    soon(() => {
      isRechecking = false;
      if (!isClosed) void admission.recheck().catch(diskRefused);
    });
  }

  const stopListening = local.onGrown((grown) => {
    for (const session of sessions) session.grown(grown);
    if ('log' in grown) {
      recheck();
      if (texts.waitingInAll > 0) recheckTexts.ask('texts');
    }
    if (sessions.size > 0) changed.ask('status');
  });

  return {
    connect(link, peer) {
      if (isClosed || conduct.isQuarantined(peer.hostId)) {
        link.close(isClosed ? REPLICA_CLOSE.tryAgain : REPLICA_CLOSE.quarantined, 'not listened to for now');
        return false;
      }
      let session: Session | null = null;
      let isOver = false;
      session = createSession({
        local,
        link,
        peer,
        clock,
        schedule,
        soon,
        admission,
        texts,
        limits,
        charge: (count) => charge(peer.hostId, count),
        onDiskRefused: diskRefused,
        onChanged: () => changed.ask('status'),
        onClosed() {
          isOver = true;
          if (session !== null) sessions.delete(session);
          changed.ask('status');
        },
      });
      if (isOver) return false;
      sessions.add(session);
      changed.ask('status');
      return true;
    },
    isQuarantined: (hostId) => conduct.isQuarantined(hostId),
    disconnect(hostId, code, reason) {
      for (const session of of(hostId)) session.close(code, reason);
    },
    status: () => ({
      peers: [...sessions].map(({ peer, since, counts }) => ({
        ...peer,
        since,
        ...counts(),
        bad: conduct.bad(peer.hostId),
        waiting: admission.waiting(peer.hostId) + texts.waiting(peer.hostId),
      })),
      quarantined: conduct.quarantined(),
    }),
    onChanged(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      stopListening();
      changed.stop();
      recheckTexts.stop();
      listeners.clear();
      for (const session of [...sessions]) session.close(REPLICA_CLOSE.tryAgain, 'this host is closing');
    },
  };
}
