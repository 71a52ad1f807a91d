import type { SpikeAssessment } from '../../../../../shared/domain/spike/spike-assessment.ts';
import type { SpikeMonitor } from '../../../../../shared/domain/spike/spike-monitor.ts';
import { instant } from '../../../../../shared/base/ids.ts';
import type { Mention } from '../../../../../shared/domain/mention/mention.ts';
import { createRandom, mentionAt } from '../../../../support/mention-fixtures.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A Monday at 03:00 UTC. */
export const START = Date.UTC(2026, 0, 5, 3);

/**
 * Over-dispersed mentions: a rate per minute with day and night, quieter week-ends, and a wavering that lasts about
 * ten minutes with the given coefficient of variation.
 */
export function traffic(seed: number, perMinute: number, from: number, to: number, wavering = 0.3): Mention[] {
  const random = createRandom(seed);
  const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const mentions: Mention[] = [];
  let log = 0;
  for (let at = from; at < to; at += 10_000) {
    if (at % MINUTE === 0) log = log * 0.9 + gauss() * wavering * Math.sqrt(1 - 0.81);
    const daily = 1 + 0.8 * Math.sin(((at / HOUR - 8) / 24) * 2 * Math.PI);
    const weekly = [0, 6].includes(new Date(at).getUTCDay()) ? 0.6 : 1;
    const mean = (perMinute / 6) * daily * weekly * Math.exp(log - (wavering * wavering) / 2);
    for (let product = random(); product > Math.exp(-mean); product *= random()) {
      const seen = at + Math.floor(random() * 10_000);
      const author = `@a${Math.floor(random() * 5000)}`;
      mentions.push(
        mentionAt(seen, { id: `${seed}-${at}-${mentions.length}`, author, sentiment: random() < 0.2 ? -0.5 : 0.2 }),
      );
    }
  }
  return mentions.toSorted((a, b) => a.observedAt - b.observedAt);
}

/** `perMinute` mentions a minute at even distances, each by somebody else. */
export function burst(from: number, to: number, perMinute: number, fields: Partial<Mention> = {}): Mention[] {
  const step = MINUTE / perMinute;
  return Array.from({ length: Math.floor((to - from) / step) }, (_, index) => {
    const at = Math.round(from + (index + 0.5) * step);
    return mentionAt(at, { id: `burst-${at}`, author: `@b${at}`, sentiment: -0.6, ...fields });
  });
}

/** Feeds the mentions as they come and looks every 10 s, as a host does. */
export function run(
  monitor: SpikeMonitor,
  mentions: readonly Mention[],
  from: number,
  to: number,
  as: 'live' | 'history' = 'live',
  every = 10_000,
) {
  const assessments: SpikeAssessment[] = [];
  let next = 0;
  for (let now = from; now <= to; now += every) {
    for (let mention = mentions[next]; mention !== undefined && mention.recordedAt <= now; mention = mentions[next]) {
      monitor.observe(mention, as);
      next += 1;
    }
    assessments.push(monitor.assess(instant(now)));
  }
  return assessments;
}

export function teach(monitor: SpikeMonitor, mentions: readonly Mention[]): void {
  for (const mention of mentions) monitor.observe(mention, 'history');
}

export function changes(assessments: readonly SpikeAssessment[]): readonly SpikeAssessment['change'][] {
  return assessments.map(({ change }) => change).filter((change) => change !== null);
}
