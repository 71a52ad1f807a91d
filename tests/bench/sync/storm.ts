import { setTimeout as wait } from 'node:timers/promises';
import type { BenchRow } from '../report.ts';
import { allCut, createClients, settled } from './clients.ts';
import {
  atMost,
  below,
  comparedRow,
  createReadings,
  otherRows,
  plainRow,
  turns,
  withBoth,
  type Round,
} from './rounds.ts';
import { documentNamed, type Target } from './servers.ts';
import type { BenchSize } from './size.ts';

const FIRST_WORDS =
  'We are aware of the incident at our Leeds site and are working with the emergency services. '.repeat(6);
const SERVER_SEES_IT_MS = 500;
/** Who takes longer has failed, and counts as this. */
const LONGEST_MS = 60_000;

interface StormTask {
  readonly target: Target;
  readonly clients: number;
}

/** In the clients' process: ms from the first reconnecting client until everybody holds everything. */
export async function readStorm({ target, clients: count }: StormTask): Promise<number> {
  const clients = await (await createClients(target)).connectMany(documentNamed('storm'), count);
  clients[0]?.text.insert(0, FIRST_WORDS);
  await settled();
  if (clients.some(({ text }) => text.length !== FIRST_WORDS.length)) throw new Error('not everybody was there');
  for (const client of clients) client.disconnect();
  await allCut();
  await wait(SERVER_SEES_IT_MS);
  for (const [at, { text }] of clients.entries()) text.insert(Math.min(at * 2, text.length), '•');

  const whole = FIRST_WORDS.length + count;
  const done = Promise.withResolvers<number>();
  const startedAt = performance.now();
  const waiting = new Set(clients);
  for (const client of clients) {
    const look = (): void => {
      if (client.text.length !== whole) return;
      client.doc.off('afterTransaction', look);
      waiting.delete(client);
      if (waiting.size === 0) done.resolve(performance.now() - startedAt);
    };
    client.doc.on('afterTransaction', look);
    client.connect();
  }
  const ms = await Promise.race([done.promise, wait(LONGEST_MS).then(() => LONGEST_MS)]);
  const texts = new Set(clients.map(({ text }) => text.toString()));
  if (ms < LONGEST_MS && texts.size !== 1) throw new Error('the texts differ');
  return ms;
}

/** Everybody is cut off, edits once, and comes back at once. */
export async function benchStorm(round: Round, size: BenchSize): Promise<readonly BenchRow[]> {
  const readings = createReadings();
  for (let run = 0; run < round.runs; run += 1) {
    for (const kind of turns(round.kinds, run)) {
      await withBoth(kind, async ({ target }, worker) => {
        const task: StormTask = { target, clients: size.stormClients };
        readings.add(kind, await worker.ask<number>('storm', task));
      });
    }
  }
  const what = `${String(size.stormClients)} come back at once, until all hold all`;
  const ours = { what, unit: 'ms', value: readings.of('ours') };
  return [
    ...comparedRow({ ...ours, beside: 'relay', besideValue: readings.of('relay'), goal: '<= 1.2', holds: atMost(1.2) }),
    ...comparedRow({ ...ours, beside: 'hocuspocus', besideValue: readings.of('hocuspocus'), goal: '< 1', holds: below(1) }),
    ...plainRow(`${what}, slowest run`, Math.max(...readings.all('ours')), 'ms'),
    ...otherRows(round, what, 'ms', (kind) => readings.of(kind)),
  ]; // prettier-ignore
}
