import { DeviceId, instant, OperatorId } from '../../../shared/base/ids.ts';
import { createDocumentStore } from '../../../src-main/store/document-store.ts';
import type { BenchRow } from '../report.ts';
import { createClients, settled } from './clients.ts';
import { createHistory } from './history.ts';
import {
  createReadings,
  median,
  plainRow,
  turns,
  withBoth,
  withClients,
  withFolder,
  withServer,
  type Round,
} from './rounds.ts';
import { documentNamed, SERVER_NAMES, type Target } from './servers.ts';
import { openOurs } from './ours-file.ts';
import type { BenchSize } from './size.ts';

const KILOBYTES_PER_CLIENT = 40;
const IDLE_READINGS = 5;
const IDLE_EDITS = 20;
const BATCH = 50;

interface CrowdTask {
  readonly target: Target;
  readonly document: string;
  readonly clients: number;
  /** How many are there already. */
  readonly firstNumber: number;
}

/** In the clients' process: so many more come, say who they are, and stay. The first of them writes a line. */
export async function readCrowd({ target, document, clients, firstNumber }: CrowdTask): Promise<void> {
  const [first] = await (await createClients(target)).connectMany(document, clients, firstNumber);
  first?.text.insert(0, 'A line that everybody has.');
  await settled();
}

/** What a client costs the server while it is connected, and what a document costs that nobody has open. */
export async function benchMemory(round: Round, size: BenchSize): Promise<readonly BenchRow[]> {
  const perClient = createReadings();
  const [few, many] = size.memoryClients;
  for (let run = 0; run < round.runs; run += 1) {
    for (const kind of turns(round.kinds, run)) {
      await withBoth(kind, async ({ target, memory }, worker) => {
        const document = documentNamed('crowd');
        await worker.ask('crowd', { target, document, clients: few, firstNumber: 0 } satisfies CrowdTask);
        const before = await memory();
        await worker.ask('crowd', { target, document, clients: many - few, firstNumber: few } satisfies CrowdTask);
        const after = await memory();
        perClient.add(kind, (after.rss - before.rss) / (many - few) / 1000);
        perClient.add(`${kind} used`, (after.used - before.used) / (many - few) / 1000);
      });
    }
  }
  const what = `memory per client, from ${String(few)} to ${String(many)}`;
  const ours = perClient.of('ours') ?? Number.POSITIVE_INFINITY;
  return [
    ...plainRow(what, ours, 'kB').map((row) => ({
      ...row,
      goal: `<= ${String(KILOBYTES_PER_CLIENT)} kB`,
      met: ours <= KILOBYTES_PER_CLIENT,
    })),
    ...round.kinds
      .filter((kind) => kind !== 'ours')
      .flatMap((kind) => plainRow(`${what}, ${SERVER_NAMES[kind]}`, perClient.of(kind), 'kB')),
    ...plainRow(`${what}, in use`, perClient.of('ours used'), 'kB'),
    ...(await benchIdleDocuments(size)),
  ];
}

async function benchIdleDocuments({ idleDocuments, seed }: BenchSize): Promise<readonly BenchRow[]> {
  return withFolder((emptyFolder) =>
    withFolder(async (fullFolder) => {
      fill(fullFolder, idleDocuments, seed);
      const empty: number[] = [];
      const full: number[] = [];
      for (let reading = 0; reading < IDLE_READINGS; reading += 1) {
        empty.push(await memoryOf(emptyFolder));
        full.push(await memoryOf(fullFolder));
      }
      const more = median(full) - median(empty);
      const noise = Math.max(spread(empty), spread(full));
      const [row] = plainRow(
        `memory per idle document on disk, ${String(idleDocuments)} of them`,
        more / idleDocuments,
        'bytes',
      );
      const goal = `0 (noise: ${(noise / idleDocuments).toFixed(0)} bytes)`;
      return row === undefined ? [] : [{ ...row, goal, met: more <= noise }];
    }),
  );
}

/** With one document open that two people write in, so that everything that is loaded late is loaded. */
async function memoryOf(folder: string): Promise<number> {
  return withServer('ours', folder, ({ target, memory }) =>
    withClients(async (clients) => {
      await clients.ask('crowd', {
        target,
        document: documentNamed('open'),
        clients: 2,
        firstNumber: 0,
      } satisfies CrowdTask);
      return (await memory()).rss;
    }),
  );
}

function spread(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

function fill(folder: string, documents: number, seed: number): void {
  const db = openOurs(folder);
  const store = createDocumentStore(db);
  const by = { at: instant(1), operatorId: OperatorId.parse('earlier'), deviceId: DeviceId.parse('token:earlier') };
  const history = createHistory(seed);
  const updates = Array.from({ length: IDLE_EDITS }, () => history.next().update);
  for (let first = 0; first < documents; first += BATCH) {
    const names = Array.from({ length: Math.min(BATCH, documents - first) }, (_, at) =>
      documentNamed(`idle-${String(first + at)}`),
    );
    const rows = names.flatMap((document) => updates.map((data) => ({ ...by, document, data })));
    store.append({ updates: rows, bindings: [] });
  }
  db.close();
}
