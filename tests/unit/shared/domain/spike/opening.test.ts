import { expect, test } from 'vitest';
import { instant } from '../../../../../shared/base/ids.ts';
import type { Mention } from '../../../../../shared/domain/mention/mention.ts';
import { createSpikeMonitor } from '../../../../../shared/domain/spike/spike-monitor.ts';
import { mentionAt } from '../../../../support/mention-fixtures.ts';
import { burst, changes, CRISIS, DAY, HOUR, inOrder, MINUTE, run, START, taught, traffic } from './traffic.ts';

test('[SPK1] the first half of a stream fed alone gets the same assessments', { timeout: 60_000 }, () => {
  const mentions = inOrder(traffic(3, 2, START, START + 9 * HOUR), burst(START + 5 * HOUR, START + 6 * HOUR, 40));
  const half = START + 5.3 * HOUR;
  const whole = run(createSpikeMonitor(), mentions, START, START + 9 * HOUR);
  const first = run(
    createSpikeMonitor(),
    mentions.filter(({ observedAt }) => observedAt <= half),
    START,
    half,
  );
  expect(changes(first)).toContain('open');
  expect(whole.slice(0, first.length)).toEqual(first);
});

test('[SPK2] the same stream gives the same assessments, moments and series', { timeout: 60_000 }, () => {
  const mentions = inOrder(traffic(4, 1, START, START + 3 * HOUR), burst(START + 2 * HOUR, START + 2.2 * HOUR, 30));
  const [one, two] = [createSpikeMonitor(), createSpikeMonitor()];
  const end = START + 3 * HOUR;
  expect(run(one, mentions, START, end)).toEqual(run(two, mentions, START, end));
  expect(one.moments()).toEqual(two.moments());
  expect(one.moments()).not.toEqual([]);
  expect(one.series(instant(end), 60)).toEqual(two.series(instant(end), 60));
});

test('[SPK2] looking more often changes nothing but when it is told', { timeout: 60_000 }, () => {
  const mentions = inOrder(traffic(5, 1, START, START + 4 * HOUR), burst(START + 2 * HOUR, START + 2.5 * HOUR, 30));
  const [rarely, often] = [createSpikeMonitor(), createSpikeMonitor()];
  run(rarely, mentions, START, START + 4 * HOUR, 'live', 30 * MINUTE);
  run(often, mentions, START, START + 4 * HOUR, 'live', 10_000);
  const what = ({ moments }: ReturnType<typeof createSpikeMonitor>) => moments().map(({ change, at }) => [change, at]);
  expect(what(often)).toEqual(what(rarely));
  expect(often.series(instant(START + 4 * HOUR), 240)).toEqual(rarely.series(instant(START + 4 * HOUR), 240));
});

test(
  '[SPK3] T0 is when the mention that made it unusual reached us, not when the source saw it nor when it alarmed',
  { timeout: 60_000 },
  () => {
    const delayed = burst(CRISIS + MINUTE, CRISIS + 6 * MINUTE, 12).map((mention) => ({
      ...mention,
      recordedAt: instant(mention.observedAt + 4_000),
    }));
    const assessments = run(taught(), delayed, CRISIS, CRISIS + 10 * MINUTE);
    const unusual = assessments.find(({ score }) => score > 0);
    const opened = assessments.find(({ change }) => change === 'open');
    expect(delayed.map(({ recordedAt }) => recordedAt)).toContain(opened?.abnormalSince);
    expect(opened?.abnormalSince).toBeLessThan(opened?.at ?? 0);
    expect(Math.abs((opened?.abnormalSince ?? 0) - (unusual?.at ?? 0))).toBeLessThanOrEqual(10_000 + 4_000);
  },
);

test('[SPK3] what was unusual before and went by is not its T0', { timeout: 60_000 }, () => {
  const before = burst(CRISIS, CRISIS + MINUTE, 7, { author: '@one' });
  const after = burst(CRISIS + 90 * MINUTE, CRISIS + 95 * MINUTE, 30);
  const assessments = run(taught(), inOrder(before, after), CRISIS, CRISIS + 95 * MINUTE);
  expect(assessments.some(({ at, score }) => at < CRISIS + 2 * MINUTE && score > 0)).toBe(true);
  const opened = assessments.find(({ change }) => change === 'open');
  expect(opened?.abnormalSince).toBeGreaterThanOrEqual(CRISIS + 90 * MINUTE);
  expect(opened?.abnormalSince).toBeLessThanOrEqual(CRISIS + 91 * MINUTE);
});

test(
  '[SPK4] two loud authors raise nothing, three do, and rows without an author count one each',
  { timeout: 60_000 },
  () => {
    const from = CRISIS + 70 * MINUTE; // no window holds anybody else
    const by = (authors: number) =>
      burst(from, from + 5 * MINUTE, 40).map((mention, index) => ({ ...mention, author: `@${index % authors}` }));
    const seen = (mentions: Mention[]) => run(taught(), mentions, from, from + 5 * MINUTE);
    const two = seen(by(2));
    expect(changes(two)).toEqual([]);
    expect(two.at(-1)?.explanation.sentence).toContain('No alarm: one or two accounts wrote all of it.');
    expect(changes(seen(by(3)))).toEqual(['open']);
    expect(changes(seen(burst(from, from + 5 * MINUTE, 40, { author: null })))).toEqual(['open']);
  },
);

test('[SPK5] five mentions raise nothing, however unusual they are; the sixth does', { timeout: 60_000 }, () => {
  const opened = (count: number) => {
    const monitor = createSpikeMonitor();
    run(monitor, [mentionAt(START, { id: 'only' })], START, START + 4 * DAY, 'live', HOUR);
    const from = START + 4 * DAY;
    return run(monitor, burst(from, from + MINUTE, 6).slice(0, count), from, from + 2 * MINUTE);
  };
  const five = opened(5);
  expect(changes(five)).toEqual([]);
  expect(Math.max(...five.map(({ score }) => score))).toBeGreaterThan(1.4);
  expect(changes(opened(6))).toEqual(['open']);
});

test('[SPK6] a count that wavers about the threshold opens once', { timeout: 60_000 }, () => {
  const waves = Array.from({ length: 20 }, (_, wave) => {
    const from = CRISIS + wave * 12 * MINUTE;
    return burst(from, from + 4 * MINUTE, 6);
  });
  const assessments = run(taught(), inOrder(...waves), CRISIS, CRISIS + 4 * HOUR);
  const above = assessments.map(({ score, calculation }) => score >= calculation.threshold);
  expect(above.filter((one, index) => one && above[index - 1] === false).length).toBeGreaterThanOrEqual(2);
  expect(changes(assessments)).toEqual(['open']);
});

test(
  '[SPK7] the growth of its own first five minutes is no escalation, nor is twice as much later; three times is',
  { timeout: 60_000 },
  () => {
    const start = CRISIS + HOUR;
    const [from, until] = [start + 15 * MINUTE, start + 30 * MINUTE];
    const then = (perMinute: number) =>
      changes(run(taught(), inOrder(burst(start, from, 20), burst(from, until, perMinute)), start, until));
    expect(then(20)).toEqual(['open']);
    expect(then(40)).toEqual(['open']);
    expect(then(70)).toEqual(['open', 'escalate']);
  },
);

test(
  '[SPK7] after half an hour of lull it escalates when it is over the threshold again, before that it does not',
  { timeout: 60_000 },
  () => {
    const again = (afterMs: number) => {
      const second = CRISIS + 10 * MINUTE + afterMs;
      const mentions = inOrder(burst(CRISIS, CRISIS + 10 * MINUTE, 20), burst(second, second + 10 * MINUTE, 20));
      return run(taught(), mentions, CRISIS, second + 10 * MINUTE);
    };
    expect(changes(again(20 * MINUTE))).toEqual(['open']);
    const later = again(2.5 * HOUR);
    expect(changes(later)).toEqual(['open', 'escalate']);
    const [opened, escalated] = later.filter(({ change }) => change !== null);
    expect(escalated?.abnormalSince).toBe(opened?.abnormalSince);
  },
);

test(
  '[SPK8] it resolves after six hours of quiet, names its T0 until then, and is shown as normal after half an hour of lull',
  { timeout: 60_000 },
  () => {
    const mentions = burst(CRISIS, CRISIS + 10 * MINUTE, 30);
    const assessments = run(taught(), mentions, CRISIS, CRISIS + 8 * HOUR);
    expect(changes(assessments)).toEqual(['open', 'resolve']);
    const [opened, resolved] = assessments.filter(({ change }) => change !== null);
    expect(resolved?.abnormalSince).toBe(opened?.abnormalSince);
    // The window of an hour holds the burst for an hour more.
    expect((resolved?.at ?? 0) - CRISIS).toBeGreaterThanOrEqual(6 * HOUR + 10 * MINUTE);
    expect((resolved?.at ?? 0) - CRISIS).toBeLessThanOrEqual(7.3 * HOUR);
    expect(resolved?.explanation.sentence).toMatch(/^Back to normal: /);
    expect(assessments.at(-1)).toMatchObject({ state: 'normal', abnormalSince: null });

    const stateAt = (ms: number) => assessments.find(({ at }) => at === CRISIS + ms);
    expect(stateAt(30 * MINUTE)?.state).toBe('spike');
    expect(stateAt(2 * HOUR)).toMatchObject({ state: 'normal', abnormalSince: opened?.abnormalSince });
    expect(stateAt(2 * HOUR)?.explanation.sentence).toMatch(/ are normal at this hour\.$/);
    const calm = assessments.find(({ at, state }) => at > CRISIS + 10 * MINUTE && state === 'normal');
    const lastUnusual = assessments.findLast(({ at, score }) => at < (calm?.at ?? 0) && score > 0);
    expect((calm?.at ?? 0) - (lastUnusual?.at ?? 0)).toBeGreaterThanOrEqual(30 * MINUTE);
  },
);

test(
  '[SPK21] what begins again within six hours of its end is the same storm; after that it is another',
  { timeout: 60_000 },
  () => {
    const again = (afterMs: number) => {
      const monitor = taught();
      const first = burst(CRISIS, CRISIS + 10 * MINUTE, 30);
      const ended = run(monitor, first, CRISIS, CRISIS + 8 * HOUR).find(({ change }) => change === 'resolve');
      const second = (ended?.at ?? 0) + afterMs;
      const from = CRISIS + 8 * HOUR + 10_000;
      return { ended, seen: run(monitor, burst(second, second + 10 * MINUTE, 30), from, second + 10 * MINUTE) };
    };
    const soon = again(5 * HOUR);
    expect(changes(soon.seen)).toEqual(['escalate']);
    expect(soon.seen.at(-1)?.abnormalSince).toBe(soon.ended?.abnormalSince);
    const late = again(7 * HOUR);
    expect(changes(late.seen)).toEqual(['open']);
    expect(late.seen.at(-1)?.abnormalSince).toBeGreaterThanOrEqual((late.ended?.at ?? 0) + 7 * HOUR);
  },
);
