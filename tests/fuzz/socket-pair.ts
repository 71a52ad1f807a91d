import type { SyncSocket } from '../../src-main/host/sync/sync-socket.ts';

/**
 * Both ends of a sync socket in one process. Nothing arrives by itself: what the host sends waits in `take`, and what
 * it is sent while it pauses waits in `pump`, as in a real transport.
 */
export function createSocketPair(readsSlowly = false) {
  let onMessage: (frame: Uint8Array | string) => void = () => undefined;
  let onClose: () => void = () => undefined;
  let unread: Uint8Array[] = [];
  let unreadBytes = 0;
  let held: (Uint8Array | string)[] = [];
  let paused = false;
  let ended = false;
  let toldHost = false;
  let closed: { readonly code: number; readonly reason: string } | null = null;

  const host: SyncSocket = {
    send(frame) {
      if (ended) return;
      unreadBytes += frame.length * (readsSlowly ? 40 : 1);
      if (!readsSlowly) unread.push(frame);
    },
    close(code, reason) {
      closed ??= { code, reason };
      ended = true;
    },
    onMessage: (handler) => (onMessage = handler),
    onClose: (handler) => (onClose = handler),
    bufferedBytes: () => unreadBytes,
    pause: () => (paused = true),
    resume: () => (paused = false),
  };

  return {
    host,
    send(frame: Uint8Array | string): void {
      if (ended) return;
      if (paused) held.push(frame);
      else onMessage(frame);
    },
    /** What had left before the host ended it, or paused: it may still come. */
    sendLate: (frame: Uint8Array | string): void => onMessage(frame),
    take(): readonly Uint8Array[] {
      const taken = unread;
      unread = [];
      unreadBytes = 0;
      return taken;
    },
    /** Hands over what the host would hear by now. */
    pump(): void {
      while (!paused && !ended && held.length > 0) onMessage(held.shift() ?? '');
      if (!ended || toldHost) return;
      toldHost = true;
      held = [];
      onClose();
    },
    end(): void {
      ended = true;
      this.pump();
    },
    isPaused: (): boolean => paused,
    isEnded: (): boolean => ended,
    /** How the host ended it; null while it has not. */
    closed: () => closed,
  };
}

export type SocketPair = ReturnType<typeof createSocketPair>;
