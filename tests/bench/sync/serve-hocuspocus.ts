import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { importFromPeers } from './peers.ts';

export const HOCUSPOCUS_FILE = 'hocuspocus.sqlite';

interface HocuspocusServer {
  listen(): Promise<unknown>;
  readonly httpServer: { address(): AddressInfo };
}

/** Hocuspocus as its documentation sets it up, with its SQLite extension and every default. */
export async function serveHocuspocus(folder: string): Promise<number> {
  const { Server } = (await importFromPeers('@hocuspocus/server')) as {
    Server: new (settings: object) => HocuspocusServer;
  };
  const { SQLite } = (await importFromPeers('@hocuspocus/extension-sqlite')) as {
    SQLite: new (settings: object) => object;
  };
  const extensions = [new SQLite({ database: join(folder, HOCUSPOCUS_FILE) })];
  const server = new Server({ address: '127.0.0.1', port: 0, quiet: true, extensions });
  await server.listen();
  return server.httpServer.address().port;
}
