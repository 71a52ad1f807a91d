import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SHARED_DATA } from './shared-data.ts';

/** 4,200 English posts with the mean of 20 people's ratings (Hutto & Gilbert 2014); lies beside the repository or not. */
export const RATED_POSTS = join(SHARED_DATA, 'vader', 'tweets_GroundTruth.txt');

/** `rating` is -4 (extremely negative) to 4. */
export interface RatedPost {
  readonly text: string;
  readonly rating: number;
}

export function ratedPosts(): readonly RatedPost[] {
  return readFileSync(RATED_POSTS, 'utf8')
    .split('\n')
    .filter((row) => row !== '')
    .map((row) => row.split('\t'))
    .map(([, rating, text]) => ({ text: text ?? '', rating: Number(rating) }));
}

/** Pearson's r. */
export function correlation(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(xs), mean(ys)];
  const sum = (of: (x: number, y: number) => number) =>
    xs.reduce((total, x, at) => total + of(x - meanX, (ys[at] ?? 0) - meanY), 0);
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
}
