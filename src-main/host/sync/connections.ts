import type { DeviceId, OperatorId } from '../../../shared/base/ids.ts';
import type { Clock, Schedule, SyncPeer } from '../../commands/ports.ts';
import type { OpenDocument } from './open-documents.ts';
import { createPace, type Cost } from './pace.ts';
import { CLOSE, type SyncLimits, type SyncSocket } from './sync-socket.ts';

/** Somebody's socket on one document. */
export interface Connection {
  readonly socket: SyncSocket;
  readonly peer: SyncPeer;
  readonly open: OpenDocument;
  closed: boolean;
  /** It broke the protocol: what it sent in the same turn is not looked at any more. */
  refused: boolean;
  /** It has answered the host's own question, so it keeps back nothing that what it sends builds on. */
  answered: boolean;
  /** It holds what everybody held at some moment, so edits since then are relayed to it. Before that they would not fit. */
  live: boolean;
  paused: boolean;
}

export interface ConnectionsDeps {
  readonly limits: SyncLimits;
  readonly clock: Clock;
  readonly schedule: Schedule;
  /** It is closed, whoever closed it; told once. */
  readonly onGone: (connection: Connection) => void;
}

/** Every socket there is: who is behind it and from where, what it is sent, and how fast it is listened to. */
export function createConnections({ limits, clock, schedule, onGone }: ConnectionsDeps) {
  const byOperator = new Map<OperatorId, Set<Connection>>();
  const byDevice = new Map<DeviceId, Set<Connection>>();
  const pace = createPace(clock, limits.pace);
  const heldBack = new Set<OperatorId>();

  function hasRoomFor({ operatorId, deviceId }: SyncPeer): boolean {
    return (
      (byOperator.get(operatorId)?.size ?? 0) < limits.socketsPerOperator &&
      (byDevice.get(deviceId)?.size ?? 0) < limits.socketsPerDevice
    );
  }

  function add(socket: SyncSocket, peer: SyncPeer, open: OpenDocument): Connection {
    const connection = {
      socket,
      peer,
      open,
      closed: false,
      refused: false,
      answered: false,
      live: false,
      paused: false,
    };
    addTo(byOperator, peer.operatorId, connection);
    addTo(byDevice, peer.deviceId, connection);
    return connection;
  }

  function gone(connection: Connection): void {
    const { operatorId, deviceId } = connection.peer;
    connection.closed = true;
    if (!removeFrom(byOperator, operatorId, connection)) return;
    removeFrom(byDevice, deviceId, connection);
    if (!byOperator.has(operatorId)) pace.forget(operatorId);
    onGone(connection);
  }

  /** Ends it at once for us, whenever the transport gets round to it. */
  function close(connection: Connection, code: number, reason: string): void {
    if (connection.closed) return;
    connection.closed = true;
    if (connection.paused) connection.socket.resume?.(); // or its answer to our closing would never be read
    connection.socket.close(code, reason);
    gone(connection);
  }

  /** False when there is nobody any more to send to. */
  function send(connection: Connection, frame: Uint8Array): boolean {
    if (connection.closed) return false;
    if ((connection.socket.bufferedBytes?.() ?? 0) > limits.bufferedBytes) {
      close(connection, CLOSE.tryAgain, 'reading too slowly');
      return false;
    }
    connection.socket.send(frame);
    return true;
  }

  function ofOperator(operatorId: OperatorId): readonly Connection[] {
    return [...(byOperator.get(operatorId) ?? [])];
  }

  /** For `waitMs` nothing is read from this person's sockets; what they send waits on their side. */
  function listenAfter(operatorId: OperatorId, waitMs: number): void {
    if (waitMs <= 0) return;
    for (const connection of ofOperator(operatorId)) {
      if (!connection.paused) connection.socket.pause?.();
      connection.paused = true;
    }
    if (heldBack.has(operatorId)) return;
    heldBack.add(operatorId);
    schedule(waitMs, () => {
      heldBack.delete(operatorId);
      const stillMs = pace.waitMs(operatorId);
      if (stillMs > 0) return listenAfter(operatorId, stillMs);
      for (const connection of ofOperator(operatorId)) {
        connection.paused = false;
        connection.socket.resume?.();
      }
    });
  }

  return {
    hasRoomFor,
    add,
    gone,
    close,
    /** As `close`, for breaking the protocol: nothing else that it sent counts. */
    refuse(connection: Connection, code: number, reason: string): void {
      connection.refused = true;
      close(connection, code, reason);
    },
    send,
    /** What somebody did costs the host so much; whoever costs too much is not listened to for a while. */
    charge({ operatorId }: SyncPeer, cost: Cost): void {
      listenAfter(operatorId, pace.charge(operatorId, cost));
    },
    holdBack({ operatorId }: SyncPeer, holdMs: number): void {
      listenAfter(operatorId, pace.hold(operatorId, holdMs));
    },
    /** Whoever is held back cannot come round it by another socket. */
    asPaced({ operatorId }: SyncPeer): void {
      listenAfter(operatorId, pace.waitMs(operatorId));
    },
    ofOperator,
    all: (): readonly Connection[] => [...byOperator.values()].flatMap((siblings) => [...siblings]),
  };
}

export type Connections = ReturnType<typeof createConnections>;

function addTo<Key>(groups: Map<Key, Set<Connection>>, key: Key, connection: Connection): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, new Set([connection]));
  else group.add(connection);
}

function removeFrom<Key>(groups: Map<Key, Set<Connection>>, key: Key, connection: Connection): boolean {
  const group = groups.get(key);
  const wasThere = group?.delete(connection) ?? false;
  if (group?.size === 0) groups.delete(key);
  return wasThere;
}
