import { expect, test } from 'vitest';
import { fitted, isWhole, panned, zoomed } from '../../../../src-renderer/ui/time-window.ts';

const bounds = { from: 1000, to: 2000 };

test('looking closer keeps the moment under the pointer where it is', () => {
  const closer = zoomed(bounds, bounds, { factor: 0.5, anchor: 1200, leastMs: 10 });
  expect(closer).toEqual({ from: 1100, to: 1600 });
  expect((1200 - closer.from) / (closer.to - closer.from)).toBeCloseTo(0.2);
});

test('nobody looks closer than the least, nor beyond the ends', () => {
  const closest = zoomed({ from: 1100, to: 1120 }, bounds, { factor: 0.01, anchor: 1110, leastMs: 15 });
  expect(closest.to - closest.from).toBe(15);
  expect(zoomed({ from: 1100, to: 1600 }, bounds, { factor: 100, anchor: 1200, leastMs: 10 })).toEqual(bounds);
  expect(isWhole(bounds, bounds)).toBe(true);
});

test('moving stops at the ends and keeps the width', () => {
  expect(panned({ from: 1100, to: 1300 }, bounds, 0.5)).toEqual({ from: 1200, to: 1400 });
  expect(panned({ from: 1100, to: 1300 }, bounds, -5)).toEqual({ from: 1000, to: 1200 });
  expect(panned({ from: 1100, to: 1300 }, bounds, 50)).toEqual({ from: 1800, to: 2000 });
});

test('a window that is wider than everything is everything', () => {
  expect(fitted({ from: 0, to: 9000 }, bounds, 10)).toEqual(bounds);
});
