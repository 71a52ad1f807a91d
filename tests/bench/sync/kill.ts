import { setTimeout as wait } from 'node:timers/promises';
import * as Y from 'yjs';
import type { BenchRow } from '../report.ts';
import { createClients, settled, allCut } from './clients.ts';
import { createReadings, otherRows, plainRow, withClients, withFolder, withServer, type Round } from './rounds.ts';
import { documentNamed, startServer, type Target } from './servers.ts';
import type { BenchSize } from './size.ts';
import { createTypist } from './typing.ts';

const TYPISTS = 3;
const EVERY_MS = 15;
const BETWEEN_MS = 200;

interface KillTask {
  readonly target: Target;
  readonly seed: number;
}

/** How far the observer had seen each typist, by client id. */
type Seen = readonly (readonly [clientId: number, clock: number])[];

/** In the clients' process: three type, one watches, until the server is gone. What arrived to the last byte counts. */
export async function typeUntilCut({ target, seed }: KillTask): Promise<Seen> {
  const clients = await (await createClients(target)).connectMany(documentNamed('killed'), TYPISTS + 1);
  const [observer, ...others] = clients.toReversed();
  if (observer === undefined) throw new Error('nobody observes');
  const typists = others.map((client, at) => createTypist(client, seed + at));
  let turn = 0;
  const typing = setInterval(() => typists[(turn += 1) % TYPISTS]?.type(), EVERY_MS);
  await allCut();
  clearInterval(typing);
  const seen = typists.map(({ clientId }) => [clientId, Y.getState(observer.doc.store, clientId)] as const);
  for (const client of clients) client.destroy(); // before the server is back: nobody brings anything again
  return seen;
}

interface LostTask {
  readonly target: Target;
  readonly seen: Seen;
}

/** In the clients' process: how many of those keystrokes the server that came back does not have. */
export async function readLost({ target, seen }: LostTask): Promise<number> {
  const [client] = await (await createClients(target)).connectMany(documentNamed('killed'), 1, 100);
  await settled(1000); // y-websocket 1.5 says `synced` before it has read its disk
  if (client === undefined) throw new Error('nobody looks');
  const { store } = client.doc;
  return seen.reduce((lost, [clientId, clock]) => lost + Math.max(0, clock - Y.getState(store, clientId)), 0);
}

/** SIGKILL while three type: edits that another client had seen, and that are gone. */
export async function benchKill(round: Round, size: BenchSize): Promise<readonly BenchRow[]> {
  const kinds = round.kinds.filter((kind) => kind !== 'relay');
  const readings = createReadings();
  for (let run = 0; run < round.runs; run += 1) {
    for (const kind of kinds) {
      await withFolder((folder) =>
        withClients(async (clients) => {
          const { target, kill } = await startServer(kind, folder);
          const typed = clients.ask<Seen>('typeUntilCut', { target, seed: size.seed + run } satisfies KillTask);
          await wait(size.killAfterMs + run * BETWEEN_MS);
          await kill();
          const seen = await typed;
          const lost = await withServer(kind, folder, (again) =>
            clients.ask<number>('lost', { target: again.target, seen } satisfies LostTask),
          );
          readings.add(`${kind} lost`, lost);
          readings.add(
            `${kind} seen`,
            seen.reduce((sum, [, clock]) => sum + clock, 0),
          );
        }),
      );
    }
  }
  const sum = (name: string) => readings.all(name).reduce((all, one) => all + one, 0);
  const what = `SIGKILL while typing, ${String(round.runs)} times: seen edits lost`;
  return [
    ...plainRow(what, sum('ours lost'), `of ${String(sum('ours seen'))}`).map((row) => ({ ...row, goal: '0', met: row.value === 0 })),
    ...otherRows({ ...round, kinds }, what, 'edits', (kind) => sum(`${kind} lost`)),
  ]; // prettier-ignore
}
