import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchRow } from '../report.ts';
import type { AppendTask, JoinReading, JoinTask, LastByteTask } from './join-client.ts';
import { atMost, createReadings, plainRow, turns, withClients, withFolder, withServer, type Round } from './rounds.ts';
import { documentNamed, SERVER_NAMES, type ServerKind } from './servers.ts';
import type { BenchSize } from './size.ts';
import { startWorker } from './worker.ts';

/** Server time to the last byte, in ms, by the number of edits. */
const LAST_BYTE_GOALS: Readonly<Record<number, number>> = { 10_000: 100, 100_000: 200, 1_000_000: 500 };

export interface FillTask {
  readonly folder: string;
  readonly seed: number;
  /** One document of each length. */
  readonly edits: readonly number[];
}

/** What the text of such a document is in the end. */
export interface Filled {
  readonly edits: number;
  readonly text: string;
}

export function documentOf(edits: number): string {
  return documentNamed(`join-${String(edits)}`);
}

/**
 * Joining a document with a long history: from the disk, in a server that has just started, and from memory, while
 * somebody else has it open who has just edited it. Each client is in a process of its own, as fresh as the other. Both
 * ends have met over another document before: what is compared is the disk with the memory, not the first call of a
 * function with the second.
 */
export async function benchJoin(round: Round, size: BenchSize): Promise<readonly BenchRow[]> {
  return withFolder(async (folder) => {
    const kinds = round.kinds.filter((kind) => kind !== 'relay');
    const readings = createReadings();
    const filled = await fill(folder, kinds, size);
    for (let run = 0; run < round.runs; run += 1) {
      for (const { edits, text } of filled) {
        for (const kind of turns(kinds, run)) {
          if (kind === 'ours' || edits <= size.peerJoinEdits) await readOne(folder, kind, edits, text);
        }
      }
    }
    return filled.flatMap(({ edits }) => rowsOf(edits));

    /** On a copy: who opens a document may put it away in another form. */
    async function readOne(full: string, kind: ServerKind, edits: number, text: string): Promise<void> {
      const document = documentOf(edits);
      const name = (what: string): string => `${kind} ${String(edits)} ${what}`;
      await withFolder(async (copy) => {
        cpSync(join(full, kind), copy, { recursive: true });
        await withServer(kind, copy, async ({ target }) =>
          withClients((first) =>
            withClients(async (second) => {
              const disk = await first.ask<JoinReading>('join', {
                target,
                document,
                number: 1,
                text,
              } satisfies JoinTask);
              await first.ask('append', { target, document, text: '.' } satisfies AppendTask);
              const task: JoinTask = { target, document, number: 2, text: `${text}.` };
              const memory = await second.ask<JoinReading>('join', task);
              readings.add(name('disk'), disk.ms);
              readings.add(name('memory'), memory.ms);
              readings.add(name('early'), Number(disk.early) + Number(memory.early));
              if (kind !== 'ours') return;
              // In a process without a document in it: nothing there shall hold up the reading.
              await withClients(async (third) => {
                const lastByte: LastByteTask = { target, document };
                readings.add(name('last byte, memory'), await third.ask<number>('lastByte', lastByte));
              });
            }),
          ),
        );
        if (kind !== 'ours') return;
        await withServer(kind, copy, async ({ target }) =>
          withClients(async (clients) => {
            const ms = await clients.ask<number>('lastByte', { target, document } satisfies LastByteTask);
            readings.add(name('last byte, disk'), ms);
          }),
        );
      });
    }

    function rowsOf(edits: number): readonly BenchRow[] {
      const what = `join, ${edits.toLocaleString('en')} edits`;
      const of = (kind: ServerKind, reading: string) => readings.of(`${kind} ${String(edits)} ${reading}`);
      const limit = LAST_BYTE_GOALS[edits];
      const lastByte = (reading: string): readonly BenchRow[] =>
        plainRow(`${what}, ${reading}`, of('ours', reading), 'ms').map((row) =>
          limit === undefined ? row : { ...row, goal: `<= ${String(limit)} ms`, met: row.value <= limit },
        );
      const [disk, memory] = [of('ours', 'disk') ?? 0, of('ours', 'memory') ?? 0];
      const early = readings.all(`ours ${String(edits)} early`).reduce((sum, one) => sum + one, 0);
      return [
        ...plainRow(`${what}, whole text, disk`, disk, 'ms').map((row) => {
          const ratio = disk / memory;
          return { ...row, against: 'from memory', ratio, goal: '<= 1.2', met: atMost(1.2)(ratio) };
        }),
        ...plainRow(`${what}, whole text, memory`, memory, 'ms'),
        ...plainRow(`${what}, synced before the whole text`, early, 'times').map((row) => ({ ...row, goal: '0', met: early === 0 })),
        ...lastByte('last byte, disk'),
        ...lastByte('last byte, memory'),
        ...kinds.filter((kind) => kind !== 'ours').flatMap((kind) => [
          ...plainRow(`${what}, whole text, disk, ${SERVER_NAMES[kind]}`, of(kind, 'disk'), 'ms'),
          ...plainRow(`${what}, whole text, memory, ${SERVER_NAMES[kind]}`, of(kind, 'memory'), 'ms'),
        ]),
      ]; // prettier-ignore
    }
  });
}

/** Each server's data in a folder of its own; nothing goes through sockets. */
async function fill(folder: string, kinds: readonly ServerKind[], size: BenchSize): Promise<readonly Filled[]> {
  const { seed, joinEdits, peerJoinEdits } = size;
  let filled: readonly Filled[] = [];
  for (const kind of kinds) {
    const edits = kind === 'ours' ? joinEdits : joinEdits.filter((count) => count <= peerJoinEdits);
    mkdirSync(join(folder, kind));
    const filler = startWorker(join(import.meta.dirname, 'fill.ts'));
    try {
      const task: FillTask = { folder: join(folder, kind), seed, edits };
      const said = await filler.ask<readonly Filled[] | null>(kind, task);
      filled = said ?? filled;
    } finally {
      await filler.kill();
    }
  }
  return filled;
}
