import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { estimateSentiment } from '../../../../../shared/domain/mention/sentiment.ts';
import { SHARED_DATA } from '../../../../support/shared-data.ts';

const rated = join(SHARED_DATA, 'vader', 'tweets_GroundTruth.txt');

test('no word of judgement is no evidence', () => {
  expect(estimateSentiment('The lid is on the table.')).toBeNull();
  expect(estimateSentiment('טקסט')).toBeNull();
  expect(estimateSentiment('')).toBeNull();
});

test('harm and praise have their signs, negation turns them round, intensity widens them', () => {
  const bad = estimateSentiment('this is bad') ?? 0;
  expect(bad).toBeLessThan(-0.05);
  expect(estimateSentiment('this is really bad')).toBeLessThan(bad);
  expect(estimateSentiment('this is not bad')).toBeGreaterThan(0);
  expect(estimateSentiment('I love it')).toBeGreaterThan(0.5);
  expect(estimateSentiment("I don't love it")).toBeLessThan(0);
  expect(estimateSentiment('soooo goood')).toBeGreaterThan(0.05);
});

test('it stays within -1 and 1', () => {
  expect(estimateSentiment('TERRIBLE!!! '.repeat(1000))).toBeGreaterThanOrEqual(-1);
  expect(estimateSentiment('love '.repeat(4000))).toBeLessThanOrEqual(1);
});

test('it agrees with human ratings of 4,200 posts', (context) => {
  context.skip(!existsSync(rated), 'the data set ../shared/data/vader is not beside the repository');
  const rows = readFileSync(rated, 'utf8')
    .split('\n')
    .filter((row) => row !== '')
    .map((row) => row.split('\t'));
  const estimates = rows.map((row) => estimateSentiment(row[2] ?? ''));
  const r = pearson(
    estimates.map((estimate) => estimate ?? 0),
    rows.map((row) => Number(row[1])),
  );
  const silent = estimates.filter((estimate) => estimate === null).length;
  console.info(`sentiment: Pearson r = ${r.toFixed(3)} on ${rows.length} rated posts, ${silent} without evidence as 0`);
  expect(r).toBeGreaterThan(0.75);
});

function pearson(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const sum = (of: (x: number, y: number) => number) =>
    xs.reduce((total, x, at) => total + of(x - mx, (ys[at] ?? 0) - my), 0);
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
}
