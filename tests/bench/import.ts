import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FeedId, instant, WatchQueryId } from '../../shared/base/ids.ts';
import type { Mention } from '../../shared/domain/mention/mention.ts';
import { createIntake } from '../../src-main/app/intake.ts';
import { openMentions } from '../../src-main/app/mentions.ts';
import { importFile } from '../../src-main/feeds/file/import-file.ts';
import { unwrap } from '../support/unwrap.ts';
import { createBareInserts } from './bare-inserts.ts';
import type { BenchRow } from './report.ts';

const RECORDS = 20_000;
const BATCH = 1000;

/**
 * A whole file in, parsed, checked, its language and sentiment told, against the same rows put bare into the same tables
 * and the same word index. No two texts are the same, so that no memory of texts helps.
 */
export async function benchImport(): Promise<readonly BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-bench-'));
  const file = join(folder, 'mentions.ndjson');
  const records = Array.from({ length: RECORDS }, (_, number) => ({
    id: `m${String(number)}`,
    author: `@person${String(number % 977)}`,
    text: `Mention ${String(number)}: the lid of this thing is not what they promised, and nobody answers the phone.`,
    observedAt: new Date(1_772_000_000_000 + number * 50).toISOString(),
    engagement: number % 40,
  }));
  writeFileSync(file, records.map((record) => `${JSON.stringify(record)}\n`).join(''));

  const rehearsed = await importInto(folder, 'rehearsal.db', file, () => undefined);
  const bare = openMentions({ mentionsFile: join(folder, 'bare.db') }, () => undefined);
  const insertBatch = createBareInserts(bare.db, rehearsed.mentions);
  let bareMs = 0;
  let at = 0;
  // In turns, so that whatever else the machine does weighs on both alike.
  const { ms } = await importInto(folder, 'import.db', file, () => {
    const startedAt = performance.now();
    insertBatch(rehearsed.mentions.slice(at, (at += BATCH)));
    bareMs += performance.now() - startedAt;
  });
  const importMs = ms - bareMs;
  bare.db.close();
  rmSync(folder, { recursive: true });
  const ratio = bareMs / importMs;
  return [
    {
      what: `import of ${String(RECORDS)} mentions`,
      value: (RECORDS * 1000) / importMs,
      unit: 'rows/s',
      against: 'bare batched inserts',
      ratio,
      goal: '>= 0.3, >= 2000/s',
      met: ratio >= 0.3 && (RECORDS * 1000) / importMs >= 2000,
    },
  ];
}

async function importInto(folder: string, name: string, file: string, afterBatch: () => void) {
  const { store, db } = openMentions({ mentionsFile: join(folder, name) }, () => undefined);
  const mentions: Mention[] = [];
  const feedId = FeedId.parse('bench');
  const sink = createIntake({
    store,
    matcher: () => ({ match: () => [] }),
    boundTo: () => WatchQueryId.parse('bench'),
    onMentions: (_, added) => void mentions.push(...added),
    onFailure(cause) {
      throw cause;
    },
  }).sinkOf(feedId);
  const startedAt = performance.now();
  unwrap(
    await importFile({
      file,
      feedId,
      clock: { now: () => instant(1_773_000_000_000) },
      onPosts(batch) {
        sink(batch, 'history');
        afterBatch();
      },
    }),
  );
  const ms = performance.now() - startedAt;
  db.close();
  return { mentions, ms };
}

if (import.meta.main) {
  const { table } = await import('./report.ts');
  process.stdout.write(`${table(await benchImport())}\n`);
}
