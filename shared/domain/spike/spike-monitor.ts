/*
 * Keeps these (RULES.md has them with their tests):
 * 1. Causal: what is said of a moment depends on nothing that was observed after it.
 * 2. O(1) a mention; memory bounded by the mentions of the last hour and by 24 hours of minutes.
 * 3. History teaches and is drawn, and never opens a spike.
 */
import { instant, type Instant } from '../../base/ids.ts';
import { storyText } from '../mention/amplification.ts';
import { isNegative, type Mention } from '../mention/mention.ts';
import { createBaseline, normalBand, scoreOf, type Expectation } from './baseline.ts';
import { explain } from './explain.ts';
import { createMinuteSeries } from './minute-series.ts';
import { createSlidingWindow, type SlidingWindow, type WindowCounts } from './sliding-window.ts';
import type { SeriesPoint, SpikeAssessment } from './spike-assessment.ts';
import {
  ABNORMAL_WEIGHT,
  BAND_DEVIATIONS,
  DEFAULT_SPIKE_CONFIG,
  LEARNING_MINUTES,
  WARM_UP_MINUTES,
  type SpikeConfig,
} from './spike-config.ts';
import { createSpikeState, type Sighting } from './spike-state.ts';

const MINUTE_MS = 60_000;
const WINDOWS_MS = [MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS] as const;
const SHOWN_WINDOW_MS = 5 * MINUTE_MS;
/** An id seen again within this time is the same mention with newer engagement, not another one. */
const IDS_KEPT_MINUTES = 60;
/** Nothing at all for longer than this says nothing about what is normal. */
const LONGEST_WALK_MS = 8 * 24 * 3_600_000;

/** A rise must not teach the baseline that it is judged by, so lessons wait as long as the longest window. */
const DELAY_MINUTES = 15;

/** A closed minute and the windows that ended with it; the minute's own comes first. */
interface Lesson {
  readonly start: Instant;
  readonly end: Instant;
  readonly counts: readonly { readonly windowMs: number; readonly count: number }[];
}

export type ObservedMention = Pick<
  Mention,
  'observedAt' | 'recordedAt' | 'author' | 'sentiment' | 'engagement' | 'text' | 'id' | 'repostOf'
>;

/** Watches the mentions of one watch query. The caller brings the time; nothing here reads a clock. */
export interface SpikeMonitor {
  /**
   * Takes a mention, oldest first as far as it can be. `history` is learned from only where it is newer than all
   * before it: after an import, make a new monitor and feed it from the store.
   */
  observe(mention: ObservedMention, as: 'live' | 'history'): void;
  /** To be called every 10 s or less; the only place where a spike opens, escalates or resolves. */
  assess(now: Instant): SpikeAssessment;
  /** The last `minutes` minutes (at most 24 h) as far as they are known, oldest first; the running one included. */
  series(now: Instant, minutes: number): readonly SeriesPoint[];
}

export function createSpikeMonitor(config: Partial<SpikeConfig> = {}): SpikeMonitor {
  const settings: SpikeConfig = { ...DEFAULT_SPIKE_CONFIG, ...config };
  const baseline = createBaseline();
  const window = createSlidingWindow();
  const series = createMinuteSeries();
  const ids = createRecentIds();
  const state = createSpikeState(settings);
  const lessons: Lesson[] = [];
  /** Everything before this is counted and learned; -1 before the first mention or look. */
  let reached = -1;

  function advance(to: Instant): void {
    if (reached < 0 || to - reached > LONGEST_WALK_MS) {
      reached = to;
      window.moveTo(to);
      openMinute(to);
      return;
    }
    while (to > reached) {
      const minuteStart = Math.floor(reached / MINUTE_MS) * MINUTE_MS;
      const minuteEnd = minuteStart + MINUTE_MS;
      if (to < minuteEnd) {
        reached = to;
        window.moveTo(to);
        return;
      }
      window.moveTo(instant(minuteEnd - 1));
      closeMinute(instant(minuteStart), instant(minuteEnd));
      reached = minuteEnd;
      window.moveTo(instant(minuteEnd));
      ids.forgetBefore(minuteEnd - IDS_KEPT_MINUTES * MINUTE_MS);
      openMinute(instant(minuteEnd));
    }
  }

  function openMinute(at: Instant): void {
    const start = Math.floor(at / MINUTE_MS) * MINUTE_MS;
    const expectation = baseline.expect(MINUTE_MS, MINUTE_MS, instant(start + MINUTE_MS));
    series.open(start, { expected: expectation.mean, ...normalBand(expectation, BAND_DEVIATIONS) });
  }

  /** Closes a minute: what it showed waits for a quarter of an hour before it may teach. */
  function closeMinute(start: Instant, end: Instant): void {
    const lastMoment = instant(end - 1);
    const lesson: Lesson = {
      start,
      end,
      counts: WINDOWS_MS.filter((windowMs) => end % windowMs === 0).map((windowMs) => ({
        windowMs,
        count: window.counts(windowMs, lastMoment).all,
      })),
    };
    if (baseline.learnedMinutes() < WARM_UP_MINUTES) {
      baseline.learnMinute(start, lesson.counts[0]?.count ?? 0, 1);
      return;
    }
    lessons.push(lesson);
    const delay = baseline.learnedMinutes() < LEARNING_MINUTES ? 0 : DELAY_MINUTES;
    for (let due = lessons.length - delay; due > 0; due -= 1) learn(lessons.shift());
  }

  function learn(lesson: Lesson | undefined): void {
    if (lesson === undefined) return;
    const { start, end, counts } = lesson;
    const weight = state.isOn() ? ABNORMAL_WEIGHT : 1;
    for (const { windowMs, count } of counts) {
      baseline.learnSpread(
        windowMs,
        end,
        curbed(count, baseline.expect(windowMs, windowMs, end), BAND_DEVIATIONS),
        weight,
      );
    }
    const count = counts[0]?.count ?? 0;
    baseline.learnMinute(start, curbed(count, baseline.expect(MINUTE_MS, MINUTE_MS, end), BAND_DEVIATIONS), weight);
  }

  function observe(mention: ObservedMention, as: 'live' | 'history'): void {
    // A source's clock that runs ahead must not drag the monitor into a future that nobody else is in.
    const at = instant(Math.min(mention.observedAt, mention.recordedAt));
    advance(at);
    if (!ids.isNew(mention.id, at)) return;
    const sentiment = mention.sentiment === null ? 'unknown' : isNegative(mention) ? 'negative' : 'other';
    window.add({
      at,
      recordedAt: mention.recordedAt,
      isLive: as === 'live',
      author: mention.author,
      story: mention.repostOf ?? storyText(mention.text),
      sentiment,
    });
    series.add(at, sentiment);
  }

  function look(now: Instant): Sighting & { readonly shown: WindowCounts; readonly shownExpectation: Expectation } {
    const views = WINDOWS_MS.map((windowMs) => {
      const counts = window.counts(windowMs, now);
      const expectation = baseline.expect(windowMs, counts.spanMs, now);
      return {
        windowMs,
        counts,
        expectation,
        score: scoreOf(counts.all, expectation),
        liveScore: scoreOf(counts.live, expectation),
      };
    });
    const strongest = views.reduce((best, view) => (view.score > best.score ? view : best));
    const shown = views.find((view) => view.windowMs === SHOWN_WINDOW_MS) ?? strongest;
    const isWarm = baseline.learnedMinutes() >= WARM_UP_MINUTES;
    return { now, views, strongest, isWarm, shown: shown.counts, shownExpectation: shown.expectation };
  }

  function assess(at: Instant): SpikeAssessment {
    const now = instant(Math.max(at, reached));
    advance(now);
    const sighting = look(now);
    const step = state.step(sighting, (view) => firstAbnormal(window, now, view.expectation.mean, view.counts));
    const { shown, shownExpectation, strongest } = sighting;
    const learnedMinutes = baseline.learnedMinutes();
    const calm: SpikeAssessment['state'] = learnedMinutes < LEARNING_MINUTES ? 'learning' : 'normal';
    const fiveMinutes = {
      observed: shown.all,
      expected: shownExpectation.mean,
      ...normalBand(shownExpectation, BAND_DEVIATIONS),
      negativeShare: shown.withSentiment === 0 ? null : shown.negative / shown.withSentiment,
    };
    const told: Pick<SpikeAssessment, 'state' | 'change'> = { state: step.isOn ? 'spike' : calm, change: step.change };
    return {
      at: now,
      windowMs: SHOWN_WINDOW_MS,
      ...fiveMinutes,
      score: strongest.score,
      ...told,
      abnormalSince: step.abnormalSince,
      explanation: explain({
        ...told,
        fiveMinutes,
        authors: strongest.counts.authors,
        stories: strongest.counts.stories,
        strongest: {
          minutes: strongest.windowMs / MINUTE_MS,
          observed: strongest.counts.all,
          expected: strongest.expectation.mean,
          score: strongest.score,
          dispersion: strongest.expectation.dispersion,
        },
        heldBack: step.heldBack,
        learnedMinutes,
      }),
    };
  }

  return {
    observe,
    assess,
    series(at, minutes) {
      const now = instant(Math.max(at, reached));
      advance(now);
      return series.last(now, minutes);
    },
  };
}

/** One freak window moves the baseline no more than one at the edge of the ordinary would. */
function curbed(count: number, expectation: Expectation, deviations: number): number {
  return Math.min(count, normalBand(expectation, deviations).upper);
}

/**
 * T0: where the rise begins that ends in this alarm, by a CUSUM (Page 1954) over the live buckets between the
 * expected rate and the rate of the alarming window; its reference value is the one for Poisson counts
 * (Lucas 1985, eq. 2). Gives `recordedAt` of the first live mention of that rise.
 */
function firstAbnormal(window: SlidingWindow, now: Instant, expected: number, counts: WindowCounts): Instant | null {
  const buckets = window.buckets(now);
  const share = 10_000 / counts.spanMs;
  const usual = Math.max(expected * share, 0.01);
  const unusual = Math.max(counts.live * share, usual * 1.5);
  const reference = (unusual - usual) / Math.log(unusual / usual);
  let sum = 0;
  let first: Instant | null = null;
  for (const bucket of buckets) {
    sum += bucket.live - reference;
    if (sum <= 0) {
      sum = 0;
      first = null;
    } else {
      first ??= bucket.firstLiveAt;
    }
  }
  return first ?? buckets.findLast((bucket) => bucket.firstLiveAt !== null)?.firstLiveAt ?? null;
}

function createRecentIds() {
  const seen = new Set<string>();
  const idsByMinute = new Map<number, string[]>();
  return {
    isNew(id: string, at: Instant): boolean {
      if (seen.has(id)) return false;
      seen.add(id);
      const minute = Math.floor(at / MINUTE_MS);
      const ids = idsByMinute.get(minute);
      if (ids === undefined) idsByMinute.set(minute, [id]);
      else ids.push(id);
      return true;
    },
    /** Minutes were added in about rising order, so only the front needs a look. */
    forgetBefore(at: number): void {
      for (const [minute, ids] of idsByMinute) {
        if ((minute + 1) * MINUTE_MS > at) break;
        for (const id of ids) seen.delete(id);
        idsByMinute.delete(minute);
      }
    },
  };
}
