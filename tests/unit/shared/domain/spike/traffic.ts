import type { SpikeAssessment, SpikeChange } from '../../../../../shared/domain/spike/spike-assessment.ts';
import {
  createSpikeMonitor,
  type SpikeMonitor,
  type SpikeMonitorConfig,
} from '../../../../../shared/domain/spike/spike-monitor.ts';
import { instant } from '../../../../../shared/base/ids.ts';
import type { Mention } from '../../../../../shared/domain/mention/mention.ts';
import { createRandom, mentionAt } from '../../../../support/mention-fixtures.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** A Monday at 03:00 UTC. */
export const START = Date.UTC(2026, 0, 5, 3);
/** Where a `taught` monitor stands. */
export const CRISIS = START + 2 * DAY;

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
  return inOrder(mentions);
}

/** `perMinute` mentions a minute at even distances, each by somebody else. */
export function burst(from: number, to: number, perMinute: number, fields: Partial<Mention> = {}): Mention[] {
  const step = MINUTE / perMinute;
  return Array.from({ length: Math.floor((to - from) / step) }, (_, index) => {
    const at = Math.round(from + (index + 0.5) * step);
    return mentionAt(at, { id: `burst-${at}`, author: `@b${at}`, sentiment: -0.6, ...fields });
  });
}

export function inOrder(...streams: readonly (readonly Mention[])[]): Mention[] {
  return streams.flat().toSorted((a, b) => a.observedAt - b.observedAt);
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

const ordinary = traffic(3, 0.5, START, CRISIS);

/** A monitor that knows two ordinary days of half a mention a minute and stands at their end. */
export function taught(config: Partial<SpikeMonitorConfig> = {}): SpikeMonitor {
  const monitor = createSpikeMonitor(config);
  teach(monitor, ordinary);
  monitor.assess(instant(CRISIS));
  return monitor;
}

export function changes(assessments: readonly SpikeAssessment[]): readonly SpikeChange[] {
  return assessments.map(({ change }) => change).filter((change) => change !== null);
}

/** What a monitor alone would have done, on the mentions' own time. */
export function changesOf(monitor: SpikeMonitor): readonly SpikeChange[] {
  return monitor.moments().map(({ change }) => change);
}
