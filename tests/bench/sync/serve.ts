// One server of the benchmark, in this process: started by servers.ts.
import { setTimeout as wait } from 'node:timers/promises';
import type { Memory, ServerKind } from './servers.ts';
import { answerTasks } from './worker.ts';

/** Imported when it is wanted: no server carries another one in its memory, nor a second Yjs. */
const SERVE: Readonly<Record<ServerKind, (folder: string) => Promise<number>>> = {
  ours: async (folder) => (await import('./serve-ours.ts')).serveOurs(folder),
  'y-websocket': async () => (await import('./serve-y-websocket.ts')).serveYWebsocket(),
  hocuspocus: async (folder) => (await import('./serve-hocuspocus.ts')).serveHocuspocus(folder),
  relay: async () => (await import('./serve-relay.ts')).serveRelay(),
};

answerTasks({
  listen: ({ kind, folder }: { kind: ServerKind; folder: string }) => SERVE[kind](folder),
  async memory(): Promise<Memory> {
    for (let time = 0; time < 3; time += 1) {
      globalThis.gc?.();
      await wait(100);
    }
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rss, used: heapUsed + external };
  },
});
