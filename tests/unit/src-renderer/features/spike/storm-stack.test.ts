import { expect, test } from 'vitest';
import { instant } from '../../../../../shared/base/ids.ts';
import { channelColours, REST } from '../../../../../src-renderer/features/spike/channel-colours.ts';
import { stackOf, stackSummary } from '../../../../../src-renderer/features/spike/storm-stack.ts';
import { pretendDetail, pretendQueries, SPIKING } from '../../../../support/pretend-storms.ts';

const now = instant(1_700_000_000_000);
const query = pretendQueries(2).find(({ watchQueryId }) => watchQueryId === SPIKING);
if (!query) throw new Error('no query');
const detail = pretendDetail(query, 6, now, null);

test('the layers of a step add up to its count, and a step nobody covered has none', () => {
  const { points, layers } = stackOf(detail);
  expect(layers.map(({ name }) => name)).toEqual(detail.channels);
  for (const point of points) {
    if (point.count !== null) expect(point.parts.reduce((sum, part) => sum + part, 0)).toBe(point.count);
  }
  expect(points.filter(({ count }) => count === null)).toHaveLength(detail.points.filter((one) => !one.covered).length);
});

test('what is beyond the largest channels is one layer, and nothing of it is lost', () => {
  const channels = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const byChannel = Object.fromEntries(channels.map((name, index) => [name, 10 - index]));
  const [first] = detail.points;
  if (!first) throw new Error('no point');
  const { layers, points } = stackOf({ channels, points: [{ ...first, covered: true, count: 49, byChannel }] });
  expect(layers.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd', 'e', REST]);
  expect(points[0]?.parts).toEqual([10, 9, 8, 7, 6, 9]);
});

test('a known channel keeps its colour, and no two of one chart have the same', () => {
  const sets = [
    ['bluesky', 'x'],
    ['reddit', 'bluesky', 'facebook', 'tiktok', 'x', 'forum'],
    ['forum', 'news', 'mastodon'],
  ];
  for (const names of sets) {
    const colours = channelColours(names);
    expect(new Set(Object.values(colours)).size).toBe(names.length);
    if (names.includes('bluesky')) expect(colours['bluesky']).toBe('channel-1');
  }
});

test('the chart is said in words, gaps included', () => {
  const said = stackSummary(stackOf(detail), detail.stepMs);
  expect(said).toMatch(/^[\d,]+ mentions: bluesky [\d,]+, /);
  expect(said).toContain('No data from');
  expect(stackSummary({ layers: [], points: [] }, 60_000)).toBe('No mentions have been counted in this time.');
});
