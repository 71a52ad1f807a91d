import { join } from 'node:path';
import { startWorker } from './worker.ts';

export const SERVER_NAMES = {
  ours: 'ours',
  'y-websocket': 'y-websocket 1.5 + LevelDB',
  hocuspocus: 'Hocuspocus 4.7 + SQLite',
  relay: 'plain relay',
} as const;

/** Where y-websocket's server keeps its data, in the server's folder. */
export const LEVELDB_FOLDER = 'leveldb';

export type ServerKind = keyof typeof SERVER_NAMES;

/** A name as ours has them: the text of a statement. */
export function documentNamed(name: string): string {
  return `benchmark-room/statement/${name}`;
}

/** Where clients find a server, and in which way they speak to it. */
export interface Target {
  readonly kind: ServerKind;
  readonly port: number;
}

/** In bytes: of the whole process, and what of it JavaScript still uses, buffers included. */
export interface Memory {
  readonly rss: number;
  readonly used: number;
}

export interface Server {
  readonly target: Target;
  /** After a collection. */
  memory(): Promise<Memory>;
  kill(): Promise<void>;
}

/** A server in a process of its own, its data in `folder`. */
export async function startServer(kind: ServerKind, folder: string): Promise<Server> {
  const worker = startWorker(join(import.meta.dirname, 'serve.ts'), [], { YPERSISTENCE: join(folder, LEVELDB_FOLDER) });
  try {
    const port = await worker.ask<number>('listen', { kind, folder });
    return { target: { kind, port }, memory: () => worker.ask<Memory>('memory'), kill: () => worker.kill() };
  } catch (error) {
    await worker.kill();
    throw error;
  }
}
