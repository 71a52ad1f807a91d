import type { Transport } from '../../shared/protocol/wire.ts';
import type { Connection, ObservableTransport } from './connection.ts';
import { hostUnreachable } from './host-unreachable.ts';

declare global {
  interface Window {
    /** The two functions that the preload exposes; absent when a host serves the page. */
    readonly firebreak?: Transport;
  }
}

/** The same transport over the desktop's bridge: the host lives in the same program, so it is there from the start. */
export function createElectronTransport(bridge: Transport): ObservableTransport {
  const connection: Connection = { state: 'open' };
  const ends = new Set<() => void>();
  return {
    connection,
    onConnection(observe) {
      observe(connection);
      return () => {};
    },
    onRefused: () => () => {},
    async invoke(endpoint, input) {
      try {
        return await bridge.invoke(endpoint, input);
      } catch {
        // The channel broke under the call; whether main got it is not known.
        throw hostUnreachable(endpoint, 'unknown');
      }
    },
    subscribe(topic, params, push) {
      const end = bridge.subscribe(topic, params, push);
      ends.add(end);
      return () => {
        if (ends.delete(end)) end();
      };
    },
    ready: () => Promise.resolve(),
    retry() {},
    close() {
      for (const end of [...ends]) end();
      ends.clear();
    },
  };
}
