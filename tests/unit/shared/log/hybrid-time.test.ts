import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instant } from '../../../../shared/base/ids.ts';
import { compareTime, laterTime, nextTime, type HybridTime } from '../../../../shared/log/hybrid-time.ts';

test('it follows the wall clock where that moves forward', () => {
  expect(nextTime(instant(5), null)).toEqual({ wall: 5, counter: 0 });
  expect(nextTime(instant(9), { wall: instant(5), counter: 7 })).toEqual({ wall: 9, counter: 0 });
});

test('it counts where the wall clock stands still or runs back', () => {
  expect(nextTime(instant(5), { wall: instant(5), counter: 7 })).toEqual({ wall: 5, counter: 8 });
  expect(nextTime(instant(1), { wall: instant(5), counter: 0 })).toEqual({ wall: 5, counter: 1 });
});

test('whatever the clock reads, the next time is above the last and not below the clock', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { maxLength: 50 }), (readings) => {
      let last: HybridTime | null = null;
      for (const reading of readings) {
        const next = nextTime(instant(reading), last);
        if (last !== null) expect(compareTime(last, next)).toBeLessThan(0);
        expect(next.wall).toBeGreaterThanOrEqual(reading);
        last = next;
      }
    }),
    { seed: 7 },
  );
});

test('the later of two times wins, and none loses to any', () => {
  const [a, b] = [
    { wall: instant(5), counter: 0 },
    { wall: instant(5), counter: 1 },
  ];
  expect(laterTime(a, b)).toBe(b);
  expect(laterTime(b, null)).toBe(b);
  expect(laterTime(null, a)).toBe(a);
});
