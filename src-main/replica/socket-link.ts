import type { RawData, WebSocket } from 'ws';
import { REPLICA_CLOSE } from '../../shared/protocol/replica-frames.ts';
import type { ReplicaLink, Schedule } from '../commands/ports.ts';

/** `ws` counts bytes, and a character takes up to three of them; nearly everything that is sent is ASCII. */
export const MOST_FRAME_BYTES = 16 * 1024 * 1024;

/** A reader that has left much unread would get the reason only after it, and hold the memory until then. */
const MOST_UNREAD_BEFORE_CLOSING = 1024 * 1024;
/** So long the other side has to close too; then the line is cut. */
const CLOSE_GRACE_MS = 1_000;

export interface SocketLink extends ReplicaLink {
  /** With which code the other side closed; null while it did not. */
  closeCode(): number | null;
}

/** The frames of a WebSocket as a link. What comes before anybody listens is kept; a binary frame ends it. */
export function createSocketLink(socket: WebSocket, schedule: Schedule): SocketLink {
  let handler: ((text: string) => void) | null = null;
  let closeCode: number | null = null;
  let cancelCut: (() => void) | null = null;
  const early: string[] = [];

  function cutSoon(): void {
    cancelCut ??= schedule(CLOSE_GRACE_MS, () => socket.terminate());
  }

  function close(code: number, reason: string): void {
    if (socket.readyState === socket.CLOSED) return;
    if (socket.bufferedAmount > MOST_UNREAD_BEFORE_CLOSING) return socket.terminate();
    socket.close(code, reason);
    cutSoon();
  }

  socket.binaryType = 'nodebuffer';
  // Every error is followed by a close, but of an oversized frame ws would go on reading what was announced.
  socket.on('error', cutSoon);
  socket.on('close', (code) => {
    closeCode = code;
    cancelCut?.();
  });
  socket.on('message', (data: RawData, isBinary) => {
    if (socket.readyState !== socket.OPEN) return;
    if (isBinary) return close(REPLICA_CLOSE.malformed, 'frames are text');
    const text = (data as Buffer).toString('utf8');
    if (handler === null) early.push(text);
    else handler(text);
  });
  return {
    send: (text) => void (socket.readyState === socket.OPEN && socket.send(text)),
    close,
    bufferedBytes: () => socket.bufferedAmount,
    onMessage(next) {
      handler = next;
      for (const text of early.splice(0)) next(text);
    },
    onClose(act) {
      if (socket.readyState === socket.CLOSED) act();
      else socket.on('close', () => act());
    },
    closeCode: () => closeCode,
  };
}

/** Half-open lines are found by asking: the network may never say that the other side is gone. */
export function watchHeartbeat(socket: WebSocket, schedule: Schedule, everyMs: number): void {
  let wasHeard = true;
  let cancel: () => void = () => undefined;
  const heard = (): void => void (wasHeard = true);

  function beat(): void {
    if (!wasHeard) return socket.terminate();
    wasHeard = false;
    if (socket.readyState === socket.OPEN) socket.ping();
    cancel = schedule(everyMs, beat);
  }

  for (const sign of ['pong', 'ping', 'message']) socket.on(sign, heard);
  socket.on('close', () => cancel());
  cancel = schedule(everyMs, beat);
}
