import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import { instant, OperatorId, PeakId, RoomId, type Instant } from '../../shared/base/ids.ts';
import type { EndpointName, EndpointOutputs, TopicName, TopicPayloads } from '../../shared/protocol/endpoints.ts';
import type { StormSpanHours, WorkspaceView } from '../../shared/protocol/views.ts';
import { ClientFrame, type HostFrame } from '../../shared/protocol/wire.ts';
import {
  pretendDetail,
  pretendFeeds,
  pretendFeedSettings,
  pretendMentions,
  pretendQueries,
  pretendStorm,
  SPIKING,
} from './pretend-storms.ts';

const ROOM = RoomId.parse('pretend-room');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
};

export interface PretendHostOptions {
  /** A built page. */
  readonly rendererRoot: string;
  readonly queries: number;
  /** How often everything is pushed anew. */
  readonly everyMs?: number;
}

export interface PretendHost {
  readonly url: string;
  /** What the pages asked for, in order. */
  readonly asked: readonly { readonly endpoint: string; readonly input: unknown }[];
  close(): Promise<void>;
}

/** A host that makes everything up and writes nothing down: for looking at the page, and for measuring it alone. */
export async function servePretendHost(options: PretendHostOptions): Promise<PretendHost> {
  const { rendererRoot, everyMs = 1000 } = options;
  const queries = pretendQueries(options.queries);
  const asked: { endpoint: string; input: unknown }[] = [];
  const now = (): Instant => instant(Date.now());

  const topics: { readonly [Topic in TopicName]?: (params: Record<string, unknown>) => TopicPayloads[Topic] } = {
    session: () => ({ door: 'browser', stage: 'ready', operator, demo: false, version: 'pretend', now: now() }),
    workspace: () => ({
      fingerprint: '0'.repeat(64) as WorkspaceView['fingerprint'],
      organisation: 'Tamarrow Kitchens',
      demo: false,
      operators: [operator],
      watchQueries: queries,
      feeds: pretendFeedSettings(),
      channels: [],
      playbooks: [],
      templates: [],
    }),
    rooms: () => [
      {
        id: ROOM,
        title: 'Steamwell lids',
        phase: 'open',
        severity: 'sev2',
        t0: instant(now() - 13 * 60_000),
        deadline: instant(now() + 167_000),
        ringing: false,
        demo: false,
        lastEventAt: instant(now() - 60_000),
      },
    ],
    host: () => ({ notices: [], demo: null, sharedAt: null, dataFolder: '/data', keyProtection: 'file' }),
    watch: () => ({
      at: now(),
      storms: queries.map((query) => pretendStorm(query, now(), query.watchQueryId === SPIKING ? ROOM : null)),
      feeds: pretendFeeds(now()),
    }),
    storm: ({ watchQueryId, hours }) => {
      const query = queries.find((one) => one.watchQueryId === watchQueryId) ?? queries[0];
      if (!query) throw new Error('no query');
      return pretendDetail(query, hours as StormSpanHours, now(), query.watchQueryId === SPIKING ? ROOM : null);
    },
    room: () => ({ from: 0, events: [] }),
  };

  const answers: { readonly [Name in EndpointName]?: (input: Record<string, unknown>) => EndpointOutputs[Name] } = {
    'time.now': () => ({ now: now() }),
    'mentions.search': ({ before }) => {
      const query = queries[1] ?? queries[0];
      return {
        mentions: query ? pretendMentions(query, instant(now() - (before ? 1e6 : 0)), 50) : [],
        hasMore: !before,
      };
    },
    'watch.preview': ({ query }) => {
      const text = String(query);
      const at = text.indexOf('(');
      const problem = at >= 0 && !text.includes(')') ? { at, message: 'This bracket is never closed.' } : null;
      const first = queries[1] ?? queries[0];
      return {
        problem,
        matched: problem ? 0 : 1318,
        looked: 48_211,
        perDay: Array.from({ length: 14 }, (_, day) => ({
          day: instant(now() - (13 - day) * 86_400_000),
          matched: 60 + ((day * 37) % 90),
        })),
        examples: first ? pretendMentions(first, now(), 4) : [],
      };
    },
    'watch.dial': ({ sensitivity }) => ({
      sensitivity: sensitivity as 'weekly',
      days: 14,
      alarms: [2, 6, 11].map((day) => ({
        at: instant(now() - day * 86_400_000),
        sentence: '92 mentions in 15 minutes where 31 are normal.',
      })),
    }),
    'storm.expect': () => ({ peakId: PeakId.parse('p9') }),
    'storm.unexpect': () => ({ done: true }),
    'feed.setSecret': () => ({ secret: 'fbw_7GkqvT3m9ZrXw2LdYb5sHc8NaQeUo1PfJi4RtVy6' }),
    'workspace.change': () => ({ done: true }),
    'alarm.raise': () => ({ roomId: ROOM }),
    'mention.enter': () => ({ id: 'm1', isNew: true }),
    'mention.pin': () => ({ events: [], statementId: null, publicationId: null }),
  };

  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    if (path === '/session') {
      response.setHeader('Content-Type', 'application/json').end('{"signedIn":true}');
      return;
    }
    const file = join(rendererRoot, normalize(path === '/' ? 'index.html' : path).replace(/^(\.\.[/\\])+/, ''));
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
      return;
    }
    response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(response);
  });
  const sockets = new WebSocketServer({ server, path: '/api' });
  sockets.on('connection', (socket) => speak(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  function speak(socket: WebSocket): void {
    const followed = new Map<number, { topic: TopicName; params: Record<string, unknown> }>();
    const send = (frame: HostFrame): void => socket.send(JSON.stringify(frame));
    const push = (id: number, topic: TopicName, params: Record<string, unknown>): void => {
      const payload = topics[topic]?.(params);
      if (payload !== undefined) send({ kind: 'payload', id, payload });
    };
    socket.on('message', (data) => {
      const frame = ClientFrame.parse(JSON.parse(String(data)));
      if (frame.kind === 'unsubscribe') return void followed.delete(frame.id);
      const input = (frame.kind === 'subscribe' ? frame.params : frame.input) as Record<string, unknown>;
      if (frame.kind === 'subscribe') {
        followed.set(frame.id, { topic: frame.topic as TopicName, params: input });
        return push(frame.id, frame.topic as TopicName, input);
      }
      asked.push({ endpoint: frame.endpoint, input });
      const value = answers[frame.endpoint as EndpointName]?.(input);
      const error = { code: 'NotPretended', message: `This host does not pretend ${frame.endpoint}.` };
      return send({
        kind: 'reply',
        id: frame.id,
        reply: value === undefined ? { ok: false, error } : { ok: true, value },
      });
    });
    const timer = setInterval(() => {
      for (const [id, { topic, params }] of followed) {
        if (topic === 'watch' || (topic === 'storm' && Math.floor(Date.now() / 1000) % 5 === 0))
          push(id, topic, params);
      }
    }, everyMs);
    socket.on('close', () => clearInterval(timer));
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked,
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections(); // a browser keeps some open for what may come
      await closed;
    },
  };
}

const operator = {
  operatorId: OperatorId.parse('ines'),
  name: 'Inês Okafor',
  roles: ['administrator', 'incident-commander', 'social-lead'],
  deputyId: null,
} as unknown as WorkspaceView['operators'][number];
