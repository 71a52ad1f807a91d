import { once } from 'node:events';
import WebSocket from 'ws';
import type {
  EndpointInput,
  EndpointName,
  EndpointOutputs,
  TopicName,
  TopicParams,
  TopicPayloads,
} from '../../shared/protocol/endpoints.ts';
import { HostFrame, type Reply } from '../../shared/protocol/wire.ts';

/** Swaps a token for a cookie as the page does; rejects when the host refuses. */
export async function signIn(url: string, token: string): Promise<string> {
  const answer = await fetch(`${url}/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  if (answer.status !== 200) throw new Error(`The host answered ${String(answer.status)}: ${await answer.text()}`);
  return answer.headers.get('set-cookie')?.split(';')[0] ?? '';
}

/** The host is gone, or cut the socket, before it answered. */
export class Disconnected extends Error {
  /** Whether the question had left: then it may have been done all the same. */
  readonly wasAsked: boolean;

  constructor(message: string, wasAsked: boolean) {
    super(message);
    this.wasAsked = wasAsked;
  }
}

export interface ApiClient {
  /** The reply, refusals included. Rejects with `Disconnected` when there is none. */
  ask<Name extends EndpointName>(endpoint: Name, input: EndpointInput<Name>): Promise<Reply>;
  /** The value of a reply that must be one. */
  get<Name extends EndpointName>(endpoint: Name, input: EndpointInput<Name>): Promise<EndpointOutputs[Name]>;
  /** The first payload, or the refusal; later payloads go to `push`. */
  follow<Name extends TopicName>(
    topic: Name,
    params: TopicParams<Name>,
    push?: (payload: TopicPayloads[Name]) => void,
  ): Promise<TopicPayloads[Name]>;
  /** The close code, once the socket is closed. */
  readonly closed: Promise<number>;
  close(): void;
}

/** A page without a screen: the API over the WebSocket, signed in with a token. */
export async function connectApi(url: string, token: string): Promise<ApiClient> {
  const cookie = await signIn(url, token);
  return openApi(url, { cookie, origin: url });
}

export async function openApi(url: string, headers: Record<string, string>): Promise<ApiClient> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/api`, { headers });
  const replies = new Map<number, { resolve: (reply: Reply) => void; reject: (cause: Error) => void }>();
  const pushes = new Map<number, { push: (payload: unknown) => void; refuse: (cause: Error) => void }>();
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  let lastId = 0;
  await once(socket, 'open');
  socket.on('error', () => undefined);
  socket.on('message', (data: Buffer) => {
    const frame = HostFrame.parse(JSON.parse(data.toString('utf8')));
    if (frame.kind === 'reply') {
      replies.get(frame.id)?.resolve(frame.reply);
      replies.delete(frame.id);
    } else if (frame.kind === 'payload') pushes.get(frame.id)?.push(frame.payload);
    else pushes.get(frame.id)?.refuse(new Error(`${frame.error.code}: ${frame.error.message}`));
  });
  void closed.then((code) => {
    for (const { reject } of replies.values()) reject(new Disconnected(`closed with ${String(code)}`, true));
    for (const { refuse } of pushes.values()) refuse(new Disconnected(`closed with ${String(code)}`, true));
    replies.clear();
  });

  function ask(endpoint: string, input: unknown): Promise<Reply> {
    const id = (lastId += 1);
    return new Promise((resolve, reject) => {
      if (socket.readyState !== WebSocket.OPEN) return reject(new Disconnected('closed already', false));
      replies.set(id, { resolve, reject });
      socket.send(JSON.stringify({ kind: 'invoke', id, endpoint, input }));
    });
  }

  return {
    ask,
    async get(endpoint, input) {
      const reply = await ask(endpoint, input);
      if (!reply.ok) throw new Error(`${endpoint} was refused: ${reply.error.code}: ${reply.error.message}`);
      return reply.value as never;
    },
    follow(topic, params, push = () => undefined) {
      const id = (lastId += 1);
      return new Promise((resolve, reject) => {
        pushes.set(id, {
          refuse: reject,
          push(payload) {
            resolve(payload as never);
            push(payload as never);
          },
        });
        socket.send(JSON.stringify({ kind: 'subscribe', id, topic, params }));
      });
    },
    closed,
    close: () => socket.close(),
  };
}
