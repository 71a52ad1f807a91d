import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { FeedId, instant, WatchQueryId } from '../../shared/base/ids.ts';
import type { Mention } from '../../shared/domain/mention/mention.ts';
import { importFile } from '../../src-main/feeds/import-file.ts';
import { createMentionStore } from '../../src-main/store/mention-store.ts';
import { openDatabase } from '../../src-main/store/open-database.ts';
import { unwrap } from '../support/unwrap.ts';
import type { BenchRow } from './report.ts';

const RECORDS = 20_000;
const BATCH = 1000;

/** A whole file in, parsed and checked, against the same rows put bare into the same tables. */
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

  const imported = unwrap(openDatabase(join(folder, 'import.db'), { migrations: [], create: true }));
  const store = createMentionStore(imported);
  const mentions: Mention[] = [];
  const importStart = performance.now();
  unwrap(
    await importFile({
      file,
      feedId: FeedId.parse('bench'),
      watchQueryId: WatchQueryId.parse('bench'),
      clock: { now: () => instant(1_773_000_000_000) },
      onMentions: (batch) => {
        store.insert(batch);
        mentions.push(...batch);
      },
    }),
  );
  const importMs = performance.now() - importStart;

  const bareDb = unwrap(openDatabase(join(folder, 'bare.db'), { migrations: [], create: true }));
  createMentionStore(bareDb);
  const insert = bareDb.prepare(
    `INSERT INTO mention (watch_query_id, id, feed_id, author, text, url, occurred_at, observed_at, recorded_at,
      engagement, reach, repost_of, sentiment) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertBatch = bareDb.transaction((batch: readonly Mention[]) => {
    for (const m of batch)
      insert.run(
        m.watchQueryId,
        m.id,
        m.feedId,
        m.author,
        m.text,
        m.url,
        m.occurredAt,
        m.observedAt,
        m.recordedAt,
        m.engagement,
        m.reach,
        m.repostOf,
        m.sentiment,
      );
  });
  const bareStart = performance.now();
  for (let at = 0; at < mentions.length; at += BATCH) insertBatch.immediate(mentions.slice(at, at + BATCH));
  const bareMs = performance.now() - bareStart;
  imported.close();
  bareDb.close();
  rmSync(folder, { recursive: true });
  const ratio = bareMs / importMs;
  return [
    {
      what: `import of ${String(RECORDS)} mentions`,
      value: (RECORDS * 1000) / importMs,
      unit: 'rows/s',
      against: 'bare batched inserts',
      ratio,
      goal: '>= 0.4',
      met: ratio >= 0.4,
    },
  ];
}
