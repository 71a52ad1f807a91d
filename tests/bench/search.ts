import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instant, WatchQueryId } from '../../shared/base/ids.ts';
import type { Mention } from '../../shared/domain/mention/mention.ts';
import { openMentions } from '../../src-main/app/mentions.ts';
import { postCorpus, wordAt } from '../support/mention-corpus.ts';
import { createRandom } from '../support/mention-fixtures.ts';
import { percentile, type BenchRow } from './report.ts';

const MENTIONS = 1_000_000;
const HOUR_MS = 3_600_000;
const DAYS = 21;
/** A whole hour, as pages ask for. */
const UNTIL = instant(1_772_002_800_000);
const BATCH = 2_000;
const SEARCHES = 400;
const NAMES = Array.from({ length: 20 }, (_, at) => `brandname${String.fromCharCode(97 + at)}`);
/** The worst for a chart: one watch query that everything is a mention of; beside it twenty that share it out. */
const BROAD = WatchQueryId.parse('broad');
const NARROW = NAMES.map((_, at) => WatchQueryId.parse(`narrow-${String(at)}`));

interface Readings {
  readonly searches: readonly number[];
  readonly laterPages: readonly number[];
  readonly openMs: number;
  readonly againMs: number;
  readonly walkedPerSecond: number;
  readonly peakBytes: number;
}

/** A file of a million mentions, and as many again for the twenty queries that share them. */
function fill(file: string, count: number): void {
  const { store, db } = openMentions({ mentionsFile: file }, () => undefined);
  let batch: Mention[] = [];
  let number = 0;
  for (const post of postCorpus({ count, seed: 1, until: UNTIL, days: DAYS, names: NAMES })) {
    const said = { ...post, sentiment: number % 3 === 0 ? null : ((number * 7) % 21) / 10 - 1 };
    batch.push({ ...said, watchQueryId: BROAD });
    const narrow = NARROW[number % NARROW.length];
    if (narrow !== undefined) batch.push({ ...said, watchQueryId: narrow });
    number += 1;
    if (batch.length < BATCH) continue;
    store.insert(batch);
    batch = [];
  }
  store.insert(batch);
  db.close();
}

/** What a host does with such a file, in a process of its own, so that its memory is the host's alone. */
function readings(file: string): Readings {
  const openedAt = performance.now();
  const { store, db } = openMentions({ mentionsFile: file }, () => undefined);
  const show = () => {
    for (const narrow of NARROW) store.newest(narrow, 30);
    store.newest(BROAD, 30);
    const hourAgo = instant(UNTIL - HOUR_MS);
    store.mostEngaged(BROAD, hourAgo, 10);
    const range = { watchQueryId: BROAD, to: UNTIL, reachCap: 1_000_000 };
    store.buckets({ ...range, from: instant(UNTIL - 24 * HOUR_MS), stepMs: HOUR_MS / 12 });
    store.buckets({ ...range, from: instant(UNTIL - DAYS * 24 * HOUR_MS), stepMs: HOUR_MS });
    const driving = store.mentionsBetween(BROAD, hourAgo, UNTIL, 5000);
    store.seenAuthors(BROAD, [...new Set(driving.flatMap(({ author }) => author ?? []))].slice(0, 200), hourAgo);
  };
  show();
  const openMs = performance.now() - openedAt;
  const againMs = took(show);

  const random = createRandom(7);
  const word = () => wordAt(Math.floor(Math.exp(random() * Math.log(60_000))) - 1);
  const texts = Array.from({ length: SEARCHES }, () => {
    const kind = random();
    return kind < 0.5 ? word() : kind < 0.75 ? `${word()} ${word()}` : kind < 0.9 ? `"${word()} ${word()}"` : '';
  });
  const asked = [null, BROAD, ...NARROW.slice(0, 2)];
  const searches: number[] = [];
  const laterPages: number[] = [];
  for (const [number, text] of texts.entries()) {
    const search = { text, watchQueryId: asked[number % asked.length] ?? null, limit: 50 };
    let last: Mention | undefined;
    searches.push(took(() => (last = store.search({ ...search, before: null }).at(-1))));
    if (last) laterPages.push(took(() => store.search({ ...search, before: last ?? null })));
  }
  let walked = 0;
  const walkMs = took(() => store.each(BROAD, instant(0), () => (walked += 1)));
  db.close();
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  return { searches, laterPages, openMs, againMs, walkedPerSecond: (walked * 1000) / walkMs, peakBytes };
}

function took(work: () => unknown): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

/** Search, the monitor's first view and memory over a million stored mentions. */
export function benchSearch(count = MENTIONS): readonly BenchRow[] {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-bench-'));
  const file = join(folder, 'mentions.db');
  try {
    const fillMs = took(() => fill(file, count));
    const said = execFileSync(process.execPath, [import.meta.filename, '--read', file], { encoding: 'utf8' });
    const { searches, laterPages, openMs, againMs, walkedPerSecond, peakBytes } = JSON.parse(said) as Readings;
    const plain = { against: null, ratio: null, goal: '', met: null };
    const p95 = percentile(searches, 0.95);
    return [
      { ...plain, what: `filling with ${String(count)} posts`, value: (count * 1000) / fillMs, unit: 'posts/s' },
      { ...plain, what: 'file', value: statSync(file).size / 1e6, unit: 'MB' },
      { ...plain, what: 'search, first page, median', value: percentile(searches, 0.5), unit: 'ms' },
      { ...plain, what: 'search, first page, p95', value: p95, unit: 'ms', goal: '<= 20 ms', met: p95 <= 20 },
      { ...plain, what: 'search, first page, slowest', value: percentile(searches, 1), unit: 'ms' },
      { ...plain, what: 'search, second page, p95', value: percentile(laterPages, 0.95), unit: 'ms' },
      { ...plain, what: 'opening the monitor', value: openMs, unit: 'ms', goal: '<= 1000 ms', met: openMs <= 1000 },
      { ...plain, what: 'the same view again', value: againMs, unit: 'ms' },
      { ...plain, what: 'walking through all, for the monitors', value: walkedPerSecond, unit: 'mentions/s' },
      {
        ...plain,
        what: 'memory of all that, at its peak',
        value: peakBytes / 1e6,
        unit: 'MB',
        goal: '< 400 MB',
        met: peakBytes < 400e6,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const [mode, file] = process.argv.slice(2);
  if (mode === '--read' && file !== undefined) process.stdout.write(JSON.stringify(readings(file)));
  else {
    const { table } = await import('./report.ts');
    process.stdout.write(`${table(benchSearch(mode === undefined ? undefined : Number(mode)))}\n`);
  }
}
