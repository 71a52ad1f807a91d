import type { IncomingMessage } from 'node:http';
import type { WebSocket } from 'ws';
import { startWireServer, type WireServer } from './wire-server.ts';

export const TOKEN = 'token-of-nobody-0123456789';

export interface StatusFields {
  readonly id: string;
  readonly content?: string;
  readonly [field: string]: unknown;
}

/** A status as the API shows it, with what a test is about in `fields`. */
export function status(fields: StatusFields): Readonly<Record<string, unknown>> {
  const { id } = fields;
  return {
    created_at: new Date().toISOString(),
    in_reply_to_id: null,
    sensitive: false,
    spoiler_text: '',
    visibility: 'public',
    language: 'en',
    uri: `https://elsewhere.example/users/somebody/statuses/${id}`,
    url: `https://elsewhere.example/@somebody/${id}`,
    replies_count: 0,
    reblogs_count: 0,
    favourites_count: 0,
    edited_at: null,
    content: `<p>text of ${id}</p>`,
    reblog: null,
    account: { id: '1', username: 'somebody', acct: 'somebody@elsewhere.example', followers_count: 37, bot: false },
    media_attachments: [],
    mentions: [],
    tags: [],
    ...fields,
  };
}

export interface MastodonServer extends WireServer {
  readonly url: string;
  /** What its public timeline holds, oldest first. */
  readonly statuses: Readonly<Record<string, unknown>>[];
  /** What each socket subscribed to, by its parameters. */
  readonly subscriptions: (readonly string[])[];
  /** Into the timeline, and to whoever listens. */
  publish(status: Readonly<Record<string, unknown>>): void;
  /** One event to whoever listens; the payload is a text, as on the real wire. */
  sendEvent(event: string, payload?: string): void;
  sendRaw(data: string | Uint8Array): void;
  /** What the timelines answer with, 200 unless a test says otherwise. */
  timelineStatus: number;
  healthStatus: number;
}

/**
 * Speaks the streaming API and the timelines as far as a feed asks them; wants `TOKEN`, as servers do since 4.2, and
 * sends nothing to a socket that has not subscribed.
 */
export async function startMastodon(options: { readonly port?: number } = {}): Promise<MastodonServer> {
  const statuses: Readonly<Record<string, unknown>>[] = [];
  const listeners = new WeakSet<WebSocket>();
  const subscriptions: string[][] = [];
  const answers = { timelineStatus: 200, healthStatus: 200 };
  const mayRead = (request: IncomingMessage): boolean => request.headers.authorization === `Bearer ${TOKEN}`;

  const server = await startWireServer({
    ...options,
    upgradeStatus: (url, request) => (url.pathname !== '/api/v1/streaming' ? 404 : mayRead(request) ? 101 : 401),
    onSocket(socket) {
      const mine: string[] = [];
      subscriptions.push(mine);
      socket.on('message', (data) => {
        const { type, stream, tag } = JSON.parse((data as Buffer).toString('utf8')) as Record<string, string>;
        if (type !== 'subscribe') return;
        mine.push(tag === undefined ? `${stream}` : `${stream} ${tag}`);
        listeners.add(socket);
      });
    },
    onRequest(url, request, response) {
      const json = (code: number, body: unknown): void =>
        void response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      if (url.pathname === '/api/v2/instance')
        return json(200, { configuration: { urls: { streaming: socketAddress() } } });
      if (url.pathname === '/api/v1/streaming/health')
        return void response.writeHead(answers.healthStatus, { 'content-type': 'text/plain' }).end('OK');
      if (!url.pathname.startsWith('/api/v1/timelines/')) return json(404, { error: 'Not found' });
      if (!mayRead(request)) return json(401, { error: 'The access token is invalid' });
      if (answers.timelineStatus !== 200) return json(answers.timelineStatus, { error: 'Throttled' });
      json(200, pageOf(statuses, url.searchParams));
    },
  });
  const socketAddress = (): string => `ws://127.0.0.1:${server.port}`;
  const sendRaw = (data: string | Uint8Array): void => {
    for (const socket of server.sockets()) if (listeners.has(socket)) socket.send(data);
  };
  const sendEvent = (event: string, payload?: string): void =>
    sendRaw(JSON.stringify({ stream: ['public'], event, payload }));

  return Object.assign(answers, server, {
    url: `http://127.0.0.1:${server.port}`,
    statuses,
    subscriptions,
    publish(published: Readonly<Record<string, unknown>>): void {
      statuses.push(published);
      sendEvent('update', JSON.stringify(published));
    },
    sendEvent,
    sendRaw,
  });
}

/** The newest of those between the two ids, newest first. */
function pageOf(
  statuses: readonly Readonly<Record<string, unknown>>[],
  query: URLSearchParams,
): readonly Readonly<Record<string, unknown>>[] {
  const limit = Math.min(40, Number(query.get('limit') ?? 20));
  const after = BigInt(query.get('since_id') ?? 0);
  const before = query.get('max_id');
  const idOf = (status: Readonly<Record<string, unknown>>): bigint => BigInt(String(status['id']));
  return statuses
    .filter((status) => idOf(status) > after && (before === null || idOf(status) < BigInt(before)))
    .toSorted((a, b) => Number(idOf(b) - idOf(a)))
    .slice(0, limit);
}
