import { expect, test } from 'vitest';
import { createViralMonitor } from '../../../../../shared/domain/spike/viral.ts';
import { mentionAt } from '../../../../support/mention-fixtures.ts';
import { MINUTE, START } from './traffic.ts';

test('[VIR1] a post that gains fast goes viral once, with T0 at its first sighting', () => {
  const monitor = createViralMonitor();
  const seen = [0, 20, 90, 260, 900, 5000].map((engagement, index) =>
    monitor.observe(mentionAt(START + index * MINUTE, { id: 'post', engagement }), 'live'),
  );
  expect(seen.filter((viral) => viral !== null)).toMatchObject([
    { mentionId: 'post', abnormalSince: START, engagement: 260, gain: 260 },
  ]);
});

test('[VIR1] a post that gains as much over hours does not', () => {
  const monitor = createViralMonitor();
  const seen = Array.from({ length: 60 }, (_, index) =>
    monitor.observe(mentionAt(START + index * 5 * MINUTE, { id: 'post', engagement: index * 50 }), 'live'),
  );
  expect(seen.every((viral) => viral === null)).toBe(true);
});

test('[VIR2] a post that is popular when first seen has no velocity yet', () => {
  const monitor = createViralMonitor();
  expect(monitor.observe(mentionAt(START, { id: 'post', engagement: 90_000 }), 'live')).toBeNull();
  expect(monitor.observe(mentionAt(START + MINUTE, { id: 'post', engagement: 90_010 }), 'live')).toBeNull();
});

test('[VIR3] two hundred reposts make it viral, the same repost twice counts once', () => {
  const monitor = createViralMonitor();
  monitor.observe(mentionAt(START, { id: 'post' }), 'live');
  const repost = (index: number) =>
    monitor.observe(mentionAt(START + index * 1000, { id: `r${index}`, repostOf: 'post' }), 'live');
  const first = Array.from({ length: 199 }, (_, index) => repost(index + 1));
  const again = Array.from({ length: 199 }, (_, index) => repost(index + 1));
  expect([...first, ...again].every((viral) => viral === null)).toBe(true);
  expect(repost(200)).toMatchObject({ mentionId: 'post', gain: 200, abnormalSince: START });
});
