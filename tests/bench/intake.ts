import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FeedId, instant, WatchQueryId, type Instant } from '../../shared/base/ids.ts';
import type { Mention, Post } from '../../shared/domain/mention/mention.ts';
import { postFromRecord } from '../../shared/domain/mention/mention-record.ts';
import { createSpikeMonitor } from '../../shared/domain/spike/spike-monitor.ts';
import { createMatcher } from '../../shared/domain/watch-query/matcher.ts';
import { createIntake } from '../../src-main/app/intake.ts';
import { openMentions } from '../../src-main/app/mentions.ts';
import type { MentionStore } from '../../src-main/store/mention-store.ts';
import { postCorpus } from '../support/mention-corpus.ts';
import { unwrap } from '../support/unwrap.ts';
import { createBareInserts } from './bare-inserts.ts';
import { percentile, type BenchRow } from './report.ts';

const ROUNDS = 24;
const BATCH = 500;
const UNTIL = instant(1_772_000_000_000);
const FEED = FeedId.parse('bench');
const NAMES = Array.from({ length: 20 }, (_, at) => `brandname${String.fromCharCode(97 + at)}`);
/** As people write them: a name, its misspelling, and what it is not. */
const QUERIES = NAMES.map((name, at) => ({
  watchQueryId: WatchQueryId.parse(`bench-${String(at)}`),
  query: `(${name} OR #${name} OR "${name} company") NOT (giveaway OR lang:ja)`,
}));

/** Offered in the long run, and how much of it may wait. */
const OFFERED_PER_SECOND = 2_500;
const WAITING_AT_MOST = 10_000;
const WANTED_PER_SECOND = 2_000;
const PAGE_EVERY_MS = 1_000;

interface Bench {
  readonly store: MentionStore;
  readonly sink: (posts: readonly Post[]) => number;
  /** What a page that shows every watch query is sent, once a second. */
  readonly show: (now: Instant) => void;
  readonly kept: Mention[];
  close(): void;
}

/** The way from a post to a judged storm as the host has it, on a file of its own. */
function openBench(folder: string, name: string): Bench {
  const { store, db } = openMentions({ mentionsFile: join(folder, name) }, () => undefined);
  const monitors = new Map(QUERIES.map(({ watchQueryId }) => [watchQueryId, createSpikeMonitor()]));
  const matcher = createMatcher(QUERIES);
  const kept: Mention[] = [];
  const intake = createIntake({
    store,
    matcher: () => matcher,
    boundTo: () => null,
    onMentions(watchQueryId, mentions, as) {
      for (const mention of mentions) monitors.get(watchQueryId)?.observe(mention, as);
      kept.push(...mentions);
    },
    onFailure(cause) {
      throw cause;
    },
  });
  const sink = intake.sinkOf(FEED);
  let offset = 0;
  return {
    store,
    kept,
    sink: (posts) => sink(posts, 'live', { offset: (offset += posts.length) }),
    show(now) {
      for (const [watchQueryId, monitor] of monitors) {
        monitor.assess(now);
        monitor.series(now, 60);
        store.newest(watchQueryId, 30);
        const from = instant(Math.floor(now / 300_000) * 300_000 - 86_400_000);
        store.buckets({ watchQueryId, from, to: now, stepMs: 300_000, reachCap: 1_000_000 });
      }
    },
    close: () => db.close(),
  };
}

/** Posts as a line of NDJSON each, and half an hour of them. */
function linesOf(count: number, seed: number): readonly string[] {
  return [...postCorpus({ count, seed, until: UNTIL, days: 1 / 48, names: NAMES })].map((post) => JSON.stringify(post));
}

function read(line: string): Post {
  return unwrap(postFromRecord(JSON.parse(line), { feedId: FEED, now: UNTIL }));
}

/** Read, match with 20 queries, tell language and sentiment, store, judge; against the bare rows, in turns. */
function ratioRow(folder: string): BenchRow {
  const lines = linesOf(ROUNDS * BATCH, 1);
  // Once before, for the rows that the floor is to be given, and to warm the code.
  const rehearsal = openBench(folder, 'rehearsal.db');
  rehearsal.sink(lines.map(read));
  rehearsal.close();
  const { db } = openMentions({ mentionsFile: join(folder, 'bare.db') }, () => undefined);
  const insertBare = createBareInserts(db, rehearsal.kept);
  const bench = openBench(folder, 'ours.db');
  let ourMs = 0;
  let bareMs = 0;
  for (let at = 0; at < lines.length; at += BATCH) {
    const startedAt = performance.now();
    bench.sink(lines.slice(at, at + BATCH).map(read));
    const middle = performance.now();
    insertBare(rehearsal.kept.slice(at, at + BATCH));
    ourMs += middle - startedAt;
    bareMs += performance.now() - middle;
  }
  const stored = bench.store.size().posts;
  if (stored !== lines.length || rehearsal.kept.length !== lines.length)
    throw new Error(`${String(stored)} of ${String(lines.length)} posts were stored`);
  bench.close();
  db.close();
  const ratio = bareMs / ourMs;
  return {
    what: 'read, match (20 queries), score, store, judge',
    value: (lines.length * 1000) / ourMs,
    unit: 'mentions/s',
    against: 'bare batched inserts',
    ratio,
    goal: '>= 0.3, >= 2000/s',
    met: ratio >= 0.3 && (lines.length * 1000) / ourMs >= WANTED_PER_SECOND,
  };
}

/** More than is wanted for some time, each hundredth post twice, with a page that is sent everything once a second. */
async function sustainedRows(folder: string, seconds: number): Promise<readonly BenchRow[]> {
  const bench = openBench(folder, 'sustained.db');
  const posts = postCorpus({ count: OFFERED_PER_SECOND * seconds, seed: 2, until: UNTIL, days: 1 / 48, names: NAMES });
  const startedAt = performance.now();
  const elapsed = () => performance.now() - startedAt;
  const batches: number[] = [];
  let waiting: Post[] = [];
  let offered = 0;
  let longest = 0;
  let added = 0;
  let shownAt = 0;
  let isOver = false;
  while (!isOver || waiting.length > 0) {
    const due = Math.min(OFFERED_PER_SECOND * seconds, Math.floor((elapsed() / 1000) * OFFERED_PER_SECOND));
    for (; offered < due && waiting.length < WAITING_AT_MOST; offered += 1) {
      const { value } = posts.next();
      if (!value) break;
      waiting.push(value);
      if (offered % 100 === 0) waiting.push(value);
    }
    isOver = elapsed() >= seconds * 1000;
    longest = Math.max(longest, waiting.length);
    const batch = waiting.slice(0, BATCH);
    waiting = waiting.slice(BATCH);
    if (batch.length > 0) {
      const before = performance.now();
      added += bench.sink(batch);
      batches.push(performance.now() - before);
    }
    if (elapsed() - shownAt >= PAGE_EVERY_MS) {
      shownAt = elapsed();
      bench.show(UNTIL);
    }
    await new Promise((resolve) => setTimeout(resolve, batch.length < BATCH ? 20 : 0));
  }
  const rate = (added * 1000) / elapsed();
  const lost = offered - bench.store.size().posts;
  const late = OFFERED_PER_SECOND * seconds - offered;
  bench.close();
  const plain = { against: null, ratio: null, goal: '', met: null };
  return [
    {
      ...plain,
      what: `sustained for ${String(seconds)} s, a page open`,
      value: rate,
      unit: 'mentions/s',
      goal: `>= ${String(WANTED_PER_SECOND)}/s`,
      met: rate >= WANTED_PER_SECOND,
    },
    { ...plain, what: 'lost or counted twice meanwhile', value: lost, unit: '', goal: '0', met: lost === 0 },
    {
      ...plain,
      what: 'waiting at most, of 10000',
      value: longest,
      unit: '',
      goal: 'none turned away',
      met: late <= 0 && longest < WAITING_AT_MOST,
    },
    { ...plain, what: `a batch of up to ${String(BATCH)}, p95`, value: percentile(batches, 0.95), unit: 'ms' },
  ];
}

/** `seconds` of the sustained part: 60 where the whole claim is to be shown. */
export async function benchIntake(seconds = 10): Promise<readonly BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-bench-'));
  try {
    return [ratioRow(folder), ...(await sustainedRows(folder, seconds))];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const { table } = await import('./report.ts');
  process.stdout.write(`${table(await benchIntake(Number(process.argv[2] ?? 10)))}\n`);
}
