import type { Sharing } from './host-context.ts';
import type { HttpDoor } from './http-door.ts';

export interface LoopbackSharing extends Sharing {
  /** Resolves when no port is open any more; `open` stays refused after that. */
  end(): Promise<void>;
}

/**
 * "Share this room": a door for browsers on this machine, which is not there until somebody asks for it. Acts follow
 * one another, so that two clicks never open two ports.
 */
export function createLoopbackSharing(createDoor: () => HttpDoor): LoopbackSharing {
  let shared: { readonly door: HttpDoor; readonly url: string } | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let ended = false;

  function inTurn<Value>(act: () => Promise<Value>): Promise<Value> {
    const done = last.then(act, act);
    last = done.catch(() => undefined);
    return done;
  }

  async function open(): Promise<string> {
    if (ended) throw new Error('The host is closing.');
    if (shared) return shared.url;
    const door = createDoor();
    try {
      const { url } = await door.listen({ port: 0, host: '127.0.0.1' });
      shared = { door, url };
      return url;
    } catch (cause) {
      await door.close();
      throw cause;
    }
  }

  async function close(): Promise<void> {
    const closing = shared;
    shared = null;
    await closing?.door.close();
  }

  return {
    url: () => shared?.url ?? null,
    open: () => inTurn(open),
    close: () => inTurn(close),
    end() {
      ended = true;
      return inTurn(close);
    },
  };
}
