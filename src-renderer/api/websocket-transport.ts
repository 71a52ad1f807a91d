// Invariants
// 1. An invoke is sent at most once. It is never queued for a later connection: a command that is carried out minutes
//    after the press is worse than one that failed.
// 2. A subscription outlives connections: it is asked for again, with a new id, on each.
// 3. Whatever the host sends is parsed; a frame that does not fit ends the connection, never the page.
import { parseJson } from '../../shared/base/json.ts';
import { HostFrame, type ClientFrame } from '../../shared/protocol/wire.ts';
import {
  backOffMs,
  pageSchedule,
  type Connection,
  type ObservableTransport,
  type RefusedSubscription,
  type Schedule,
} from './connection.ts';
import { hostUnreachable } from './host-unreachable.ts';
import { createObservers } from './observers.ts';

/** What is used of a WebSocket. */
export interface ApiSocket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number; reason: string }) => void) | null;
  onerror: (() => void) | null;
  send(text: string): void;
  close(code?: number): void;
}

export interface WebSocketTransportOptions {
  /** `ws(s)://HOST/api`. */
  readonly url: string;
  readonly openSocket?: (url: string) => ApiSocket;
  readonly schedule?: Schedule;
  /** Between 0 and 1. */
  readonly random?: () => number;
  /** An answer that takes longer means the connection is dead, whatever the socket says (a laptop that slept). */
  readonly replyTimeoutMs?: number;
}

interface Call {
  readonly endpoint: string;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly cancelTimeout: () => void;
}

interface Subscription {
  readonly topic: string;
  readonly params: unknown;
  readonly push: (payload: unknown) => void;
}

/** The API's address on the host that served this page. */
export function apiUrl(location: { readonly protocol: string; readonly host: string }): string {
  return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api`;
}

/** `invoke` and `subscribe` over the WebSocket of a host; it connects at once and keeps coming back. */
export function createWebSocketTransport(options: WebSocketTransportOptions): ObservableTransport {
  const { url, schedule = pageSchedule, random = Math.random, replyTimeoutMs = 30_000 } = options;
  const openSocket = options.openSocket ?? ((address) => new WebSocket(address) as unknown as ApiSocket);
  const calls = new Map<number, Call>();
  const subscriptions = new Map<number, Subscription>();
  const connections = createObservers<Connection>();
  const refusals = createObservers<RefusedSubscription>();
  let connection: Connection = { state: 'connecting' };
  let socket: ApiSocket | undefined;
  let nextId = 1;
  let attempt = 0;
  let closed = false;
  let cancelRetry: (() => void) | undefined;

  function change(next: Connection): void {
    connection = next;
    connections.tell(next);
  }

  function connect(): void {
    if (closed || socket) return;
    cancelRetry?.();
    change({ state: 'connecting' });
    const opening = openSocket(url);
    socket = opening;
    opening.onopen = () => {
      if (socket !== opening) return;
      attempt = 0;
      const wanted = [...subscriptions.values()];
      subscriptions.clear();
      for (const subscription of wanted) ask(subscription, opening);
      change({ state: 'open' });
    };
    opening.onmessage = (event) => {
      if (socket === opening) receive(event.data);
    };
    opening.onclose = (event) => lose(opening, event.code, event.reason);
    opening.onerror = () => {}; // a close follows and says more
  }

  function lose(lost: ApiSocket, code: number, reason: string): void {
    if (socket !== lost) return;
    socket = undefined;
    for (const [id, call] of [...calls]) {
      calls.delete(id);
      call.cancelTimeout();
      call.reject(hostUnreachable(call.endpoint, 'unknown'));
    }
    if (closed) return;
    if (code === 4401 || code === 4403) {
      change({ state: 'refused', code, reason });
      return;
    }
    const retryInMs = backOffMs(attempt, random());
    attempt += 1;
    cancelRetry = schedule(connect, retryInMs);
    change({ state: 'down', retryInMs });
  }

  /** Gives a socket up without waiting for its closing handshake, which a dead peer never answers. */
  function drop(code: number): void {
    const dropped = socket;
    if (!dropped) return;
    lose(dropped, 1006, '');
    dropped.close(code);
  }

  function receive(data: unknown): void {
    const frame = parseFrame(data);
    if (!frame) {
      drop(4002);
      return;
    }
    if (frame.kind === 'reply') {
      const call = calls.get(frame.id);
      calls.delete(frame.id);
      call?.cancelTimeout();
      call?.resolve(frame.reply);
      return;
    }
    const subscription = subscriptions.get(frame.id);
    if (!subscription) return; // ended while the frame was under way
    if (frame.kind === 'payload') subscription.push(frame.payload);
    else {
      subscriptions.delete(frame.id);
      refusals.tell({ topic: subscription.topic, params: subscription.params, error: frame.error });
    }
  }

  function send(frame: ClientFrame, over: ApiSocket): void {
    over.send(JSON.stringify(frame));
  }

  function ask(subscription: Subscription, over: ApiSocket | undefined): void {
    const id = nextId++;
    subscriptions.set(id, subscription);
    if (over) send({ kind: 'subscribe', id, topic: subscription.topic, params: subscription.params }, over);
  }

  connect();
  return {
    get connection() {
      return connection;
    },
    onConnection(observe) {
      observe(connection);
      return connections.add(observe);
    },
    onRefused: (observe) => refusals.add(observe),
    invoke(endpoint, input) {
      const over = socket;
      if (!over || connection.state !== 'open') return Promise.reject(hostUnreachable(endpoint, 'not-sent'));
      return new Promise((resolve, reject) => {
        const id = nextId++;
        const cancelTimeout = schedule(() => drop(4000), replyTimeoutMs);
        calls.set(id, { endpoint, resolve, reject, cancelTimeout });
        send({ kind: 'invoke', id, endpoint, input }, over);
      });
    },
    subscribe(topic, params, push) {
      const subscription: Subscription = { topic, params, push };
      ask(subscription, connection.state === 'open' ? socket : undefined);
      return () => {
        // The id changes with each connection; the subscription is found by itself.
        for (const [id, known] of subscriptions) {
          if (known !== subscription) continue;
          subscriptions.delete(id);
          if (socket && connection.state === 'open') send({ kind: 'unsubscribe', id }, socket);
        }
      };
    },
    ready() {
      return new Promise((resolve) => {
        if (connection.state === 'open') {
          resolve();
          return;
        }
        const end = connections.add((next) => {
          if (next.state !== 'open') return;
          end();
          resolve();
        });
      });
    },
    retry() {
      if (socket || closed) return;
      attempt = 0;
      connect();
    },
    close() {
      closed = true;
      cancelRetry?.();
      const closing = socket;
      if (closing) lose(closing, 1000, '');
      closing?.close(1000);
    },
  };
}

function parseFrame(data: unknown): HostFrame | undefined {
  return typeof data === 'string' ? HostFrame.safeParse(parseJson(data)).data : undefined;
}
