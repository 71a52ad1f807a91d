import { z } from 'zod';
import type { Transport } from '../../shared/protocol/wire.ts';

/** The address y-websocket is given on the desktop; nothing listens there, the frames go over the bridge. */
export const BRIDGE_SYNC_URL = 'bridge:/yjs';

const Push = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('open') }),
  z.object({ kind: z.literal('data'), bytes: z.instanceof(Uint8Array) }),
  z.object({ kind: z.literal('close'), code: z.int(), reason: z.string() }),
]);

/** `ROOM/statement/ID` of `bridge:/yjs/ROOM/statement/ID?token=...`. */
export function documentOf(url: string): string {
  const path = url.slice(BRIDGE_SYNC_URL.length + 1);
  return path.split('?', 1)[0] ?? '';
}

/**
 * A look-alike of WebSocket over the desktop's two functions, for y-websocket's `WebSocketPolyfill`. It is a class
 * because that library calls it with `new`. `newChannel` gives each socket its own name.
 *
 * Opening is `subscribe('yjs', { document, channel })`, sending `invoke('yjs.send', { channel, bytes })`, closing ends
 * the subscription.
 */
export function createBridgeSocket(bridge: Transport, newChannel: () => string): typeof WebSocket {
  class BridgeSocket extends EventTarget {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSING = 2;
    static readonly CLOSED = 3;
    readonly CONNECTING = 0;
    readonly OPEN = 1;
    readonly CLOSING = 2;
    readonly CLOSED = 3;
    readonly url: string;
    readonly protocol = '';
    readonly extensions = '';
    readonly bufferedAmount = 0;
    binaryType = 'arraybuffer';
    readyState = 0;
    onopen: ((event: Event) => void) | null = null;
    onmessage: ((event: MessageEvent) => void) | null = null;
    onclose: ((event: CloseEvent) => void) | null = null;
    onerror: ((event: Event) => void) | null = null;
    readonly #channel = newChannel();
    readonly #end: () => void;

    constructor(url: string | URL) {
      super();
      this.url = String(url);
      this.#end = bridge.subscribe('yjs', { document: documentOf(this.url), channel: this.#channel }, (payload) => {
        // Never inside the constructor: who made the socket has not set its handlers yet.
        queueMicrotask(() => this.#take(payload));
      });
    }

    #take(payload: unknown): void {
      if (this.readyState === this.CLOSED) return;
      const push = Push.safeParse(payload);
      if (!push.success) {
        this.#finish(1003, 'not a frame');
      } else if (push.data.kind === 'open') {
        this.readyState = this.OPEN;
        this.onopen?.(new Event('open'));
      } else if (push.data.kind === 'data') {
        // A copy of exactly these bytes: what came over the bridge may be a window onto a larger buffer.
        this.onmessage?.(new MessageEvent('message', { data: push.data.bytes.slice().buffer }));
      } else {
        this.#finish(push.data.code, push.data.reason);
      }
    }

    #finish(code: number, reason: string): void {
      if (this.readyState === this.CLOSED) return;
      this.readyState = this.CLOSED;
      this.#end();
      // Node has no CloseEvent before 23; the fields are what is read.
      this.onclose?.(Object.assign(new Event('close'), { code, reason, wasClean: code === 1000 }));
    }

    send(data: Uint8Array | ArrayBuffer): void {
      if (this.readyState !== this.OPEN) return; // as a real socket does after it closed
      const bytes = data instanceof Uint8Array ? data.slice() : new Uint8Array(data.slice(0));
      bridge.invoke('yjs.send', { channel: this.#channel, bytes }).then(
        (reply) => {
          if (isRefusal(reply)) this.#finish(1011, 'not taken');
        },
        () => this.#finish(1006, 'the bridge broke'),
      );
    }

    close(code = 1000, reason = ''): void {
      this.#finish(code, reason);
    }
  }
  return BridgeSocket as unknown as typeof WebSocket;
}

function isRefusal(reply: unknown): boolean {
  return typeof reply === 'object' && reply !== null && 'ok' in reply && reply.ok === false;
}
