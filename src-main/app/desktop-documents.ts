import type { OperatorId } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { YjsPush } from '../../shared/protocol/endpoints.ts';
import { SYNC_CLOSE, type WireError } from '../../shared/protocol/wire.ts';
import type { Caller, SyncPeer } from '../commands/ports.ts';
import { wireError } from '../commands/wire-errors.ts';
import type { SyncService } from '../host/sync/sync-service.ts';
import type { SyncSocket } from '../host/sync/sync-socket.ts';

interface Channel {
  readonly receive: (frame: Uint8Array) => void;
  readonly end: () => void;
}

/**
 * Yjs documents over a door's own two functions, for the desktop: it opens no port. The channel's name is the window's;
 * frames come by `yjs.send`, go out as pushes, and ending the subscription closes the socket.
 */
export function createDesktopDocuments(deps: {
  readonly sync: SyncService;
  peerOf(operatorId: OperatorId, document: string): SyncPeer | null;
}) {
  const channels = new Map<string, Channel>();
  const keyOf = (caller: Caller, channel: string) => `${caller.sessionId} ${channel}`;

  return {
    open(
      caller: Caller,
      params: { readonly document: string; readonly channel: string },
      push: (payload: YjsPush) => void,
    ): Result<() => void, WireError> {
      if (caller.door !== 'desktop') return err(desktopOnly);
      const key = keyOf(caller, params.channel);
      if (channels.has(key)) return err(wireError('ChannelTaken', 'This channel is open already.'));
      const peer = caller.operatorId && deps.peerOf(caller.operatorId, params.document);
      push({ kind: 'open' });
      if (!peer) {
        push({ kind: 'close', code: SYNC_CLOSE.badToken, reason: 'signed out' });
        return ok(() => undefined);
      }
      let onMessage: (frame: Uint8Array) => void = () => undefined;
      let onClose: () => void = () => undefined;
      let ended = false;
      function end(): void {
        if (ended) return;
        ended = true;
        channels.delete(key);
        onClose();
      }
      const socket: SyncSocket = {
        send: (bytes) => {
          if (!ended) push({ kind: 'data', bytes });
        },
        close(code, reason) {
          if (ended) return;
          push({ kind: 'close', code, reason });
          end();
        },
        onMessage: (handler) => (onMessage = handler),
        onClose: (handler) => (onClose = handler),
      };
      channels.set(key, { receive: (frame) => onMessage(frame), end });
      deps.sync.connect(socket, params.document, peer);
      return ok(end);
    },
    send(caller: Caller, { channel, bytes }: { readonly channel: string; readonly bytes: Uint8Array }) {
      if (caller.door !== 'desktop') return err(desktopOnly);
      channels.get(keyOf(caller, channel))?.receive(bytes);
      return ok({ done: true as const });
    },
  };
}

const desktopOnly = wireError('DesktopOnly', 'A browser opens a document by its own address.');
