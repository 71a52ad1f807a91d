import type { DeviceId, OperatorId } from '../../../shared/base/ids.ts';
import type { SyncPeer } from '../../commands/ports.ts';
import type { OpenDocument } from './open-documents.ts';
import type { SyncLimits, SyncSocket } from './sync-socket.ts';

/** Somebody's socket on one document. */
export interface Connection {
  readonly socket: SyncSocket;
  readonly peer: SyncPeer;
  readonly open: OpenDocument;
  closed: boolean;
  /** It broke the protocol: what it sent in the same turn is not looked at any more. */
  refused: boolean;
  /** It holds what everybody held at some moment, so edits since then are relayed to it. Before that they would not fit. */
  live: boolean;
  paused: boolean;
}

/** Every socket there is, by who is behind it and from where. */
export function createConnections(limits: Pick<SyncLimits, 'socketsPerOperator' | 'socketsPerDevice'>) {
  const byOperator = new Map<OperatorId, Set<Connection>>();
  const byDevice = new Map<DeviceId, Set<Connection>>();

  return {
    hasRoomFor({ operatorId, deviceId }: SyncPeer): boolean {
      return (
        (byOperator.get(operatorId)?.size ?? 0) < limits.socketsPerOperator &&
        (byDevice.get(deviceId)?.size ?? 0) < limits.socketsPerDevice
      );
    },
    add(connection: Connection): void {
      addTo(byOperator, connection.peer.operatorId, connection);
      addTo(byDevice, connection.peer.deviceId, connection);
    },
    remove(connection: Connection): void {
      removeFrom(byOperator, connection.peer.operatorId, connection);
      removeFrom(byDevice, connection.peer.deviceId, connection);
    },
    ofOperator: (operatorId: OperatorId): readonly Connection[] => [...(byOperator.get(operatorId) ?? [])],
    all: (): readonly Connection[] => [...byOperator.values()].flatMap((siblings) => [...siblings]),
  };
}

export type Connections = ReturnType<typeof createConnections>;

function addTo<Key>(groups: Map<Key, Set<Connection>>, key: Key, connection: Connection): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, new Set([connection]));
  else group.add(connection);
}

function removeFrom<Key>(groups: Map<Key, Set<Connection>>, key: Key, connection: Connection): void {
  const group = groups.get(key);
  group?.delete(connection);
  if (group?.size === 0) groups.delete(key);
}
