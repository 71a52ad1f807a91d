/**
 * The door for commands that run beside a host: a Unix socket of mode 600 (a named pipe on Windows). One JSON object a
 * line, `{id, endpoint, input}`, answered by `{id, reply}`. Whoever may open the socket may open the data folder too,
 * so there is no token.
 */
import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { z } from 'zod';
import { parseJson } from '../../shared/base/json.ts';
import type { Reply } from '../../shared/protocol/wire.ts';
import type { Api, Caller } from '../commands/ports.ts';
import type { HostLog } from './host-log.ts';
import { localSocketPath, makeSocketFolder } from './local-socket-path.ts';
import { readLines } from './read-lines.ts';
import { HANDLER_BROKE, wireReply } from './wire-reply.ts';

export interface LocalSocket {
  /** Rejects with a sentence when another host answers there already. */
  listen(): Promise<{ readonly path: string }>;
  close(): Promise<void>;
}

export const LocalRequest = z.strictObject({
  id: z.int(),
  endpoint: z.string().max(64),
  input: z.unknown().optional(),
});

const LOCAL_CALLER: Caller = { sessionId: 'local', operatorId: null, door: 'local' };
const MOST_REQUEST_BYTES = 8 * 1024 * 1024;
const MOST_CONNECTIONS = 64;

export function createLocalSocket(deps: {
  readonly dataDir: string;
  readonly api: Api;
  readonly log: HostLog;
}): LocalSocket {
  const at = localSocketPath(deps.dataDir);
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    socket.on('error', () => socket.destroy());
    readLines(socket, MOST_REQUEST_BYTES, (line) => void answerLine(socket, line));
  });
  server.maxConnections = MOST_CONNECTIONS;

  async function answerLine(socket: Socket, line: string): Promise<void> {
    const request = parseRequest(line);
    if (!request) return void socket.destroy();
    const reply = await answer(request.endpoint, request.input);
    if (!socket.destroyed) socket.write(`${JSON.stringify({ id: request.id, reply: wireReply(reply) })}\n`);
  }

  async function answer(endpoint: string, input: unknown): Promise<Reply> {
    try {
      return await deps.api.invoke(LOCAL_CALLER, endpoint, input);
    } catch (cause) {
      deps.log.error({ err: cause, endpoint }, 'an endpoint threw');
      return HANDLER_BROKE;
    }
  }

  return {
    async listen() {
      makeSocketFolder(at);
      if (process.platform !== 'win32') {
        if (await somebodyAnswers(at.path)) throw new Error(`Another host is running on ${deps.dataDir}.`);
        rmSync(at.path, { force: true }); // left behind by a host that was killed
      }
      await listenPrivately(server, at.path);
      return { path: at.path };
    },
    async close() {
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}

/** The socket has its mode from the moment it exists: between `bind` and `chmod` anybody could connect. */
async function listenPrivately(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    const before = process.umask(0o177);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
    process.umask(before); // a path is bound before `listen` returns
  });
  if (process.platform !== 'win32') chmodSync(path, 0o600);
}

function somebodyAnswers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

function parseRequest(line: string): z.infer<typeof LocalRequest> | null {
  return LocalRequest.safeParse(parseJson(line)).data ?? null;
}
