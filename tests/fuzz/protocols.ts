import { startApiFuzz } from './api.ts';
import type { StartFuzz } from './journal.ts';
import { startLocalFuzz } from './local.ts';
import type { ProtocolName } from './report.ts';
import { startSyncFuzz } from './sync.ts';
import { startWebSocketFuzz } from './websocket.ts';

/** Every way in that takes bytes from outside. */
export const PROTOCOLS = {
  /** Co-editing: the y-websocket protocol, as the service hears it. */
  sync: startSyncFuzz,
  /** The same through a real server, and below it the WebSocket protocol itself. */
  websocket: startWebSocketFuzz,
  /** The page's socket at `/api`. */
  api: startApiFuzz,
  /** The commands' Unix socket or named pipe. */
  local: startLocalFuzz,
} as const satisfies Record<ProtocolName, StartFuzz>;
