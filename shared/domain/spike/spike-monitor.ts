/*
 * Keeps these (RULES.md has them with their tests):
 * 1. Causal: what is said of a moment depends on nothing that was observed after it.
 * 2. O(1) a mention; memory bounded by the mentions of the last hour and by three weeks of minutes.
 * 3. Everything runs on the mentions' own time, so that a history replayed gives what happened.
 */
import { instant, type Instant } from '../../base/ids.ts';
import { createStoryGrouper } from '../mention/near-copies.ts';
import { isNegative, type Mention } from '../mention/mention.ts';
import { createBaseline } from './baseline.ts';
import type { SpikeCalculation } from './calculation.ts';
import { normalBand } from './counts.ts';
import { explain } from './explain.ts';
import { createLearning } from './learning.ts';
import { calculationOf, createLooks, type Look, strongestOf } from './looks.ts';
import { createMinuteSeries } from './minute-series.ts';
import { createRecentIds } from './recent-ids.ts';
import { createRise } from './rise.ts';
import { DEFAULT_SENSITIVITY, type Sensitivity } from './sensitivity.ts';
import { BUCKET_MS, createSlidingWindow } from './sliding-window.ts';
import type { SeriesPoint, SpikeAssessment, SpikeMoment } from './spike-assessment.ts';
import {
  BAND_DEVIATIONS,
  LEARNING_MS,
  LEAST_AUTHORS,
  LEAST_MENTIONS,
  RARITY_TO_OPEN,
  WARM_UP_MS,
  WINDOWS_MS,
} from './spike-config.ts';
import { createSpikeMoments } from './spike-moments.ts';
import { createSpikeState } from './spike-state.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SHOWN_WINDOW_MS = 5 * MINUTE_MS;
/** A rise must not teach the baseline that it is judged by, so what a minute showed waits this long. */
const TEACHES_AFTER_MS = 15 * MINUTE_MS;
/** Nothing at all for longer than this says nothing about what is normal. */
const LONGEST_WALK_MS = 22 * 24 * HOUR_MS;
const STORIES_REMEMBERED = 2_000;

export type ObservedMention = Pick<
  Mention,
  'observedAt' | 'recordedAt' | 'author' | 'sentiment' | 'text' | 'id' | 'repostOf' | 'reach'
>;

export interface SpikeMonitorConfig {
  readonly sensitivity: Sensitivity;
  /** Whether some feed delivered at this moment. What nobody watched teaches nothing and is never calm. */
  readonly isCovered: (at: Instant) => boolean;
  /** Whether people said that a peak is to be expected then: it teaches nothing and wakes nobody. */
  readonly isExpected: (at: Instant) => boolean;
}

/** Watches the mentions of one watch query. The caller brings the time; nothing here reads a clock. */
export interface SpikeMonitor {
  /**
   * Takes a mention, oldest first as far as it can be; one that is late corrects what is drawn and still counts in
   * its windows. `history` is drawn and learned from, and what it opens is told without a sound.
   */
  observe(mention: ObservedMention, as: 'live' | 'history'): void;
  /** To be called every 10 s or less. */
  assess(now: Instant): SpikeAssessment;
  /** The last `minutes` minutes (at most three weeks) as far as they are known, oldest first; the running one included. */
  series(now: Instant, minutes: number): readonly SeriesPoint[];
  /** The same in steps of whole minutes, from one moment to another. */
  history(from: Instant, to: Instant, stepMs: number): readonly SeriesPoint[];
  /** What opened, escalated and resolved, on the time of the mentions; the latest 500. */
  moments(): readonly SpikeMoment[];
}

export function createSpikeMonitor(config: Partial<SpikeMonitorConfig> = {}): SpikeMonitor {
  const { sensitivity = DEFAULT_SENSITIVITY, isCovered = () => true, isExpected = () => false } = config;
  const threshold = RARITY_TO_OPEN[sensitivity];
  const baseline = createBaseline();
  const learning = createLearning(baseline);
  const window = createSlidingWindow(WINDOWS_MS);
  const looks = createLooks(baseline, window);
  const series = createMinuteSeries();
  const ids = createRecentIds();
  const stories = createStoryGrouper(STORIES_REMEMBERED);
  const rise = createRise();
  const state = createSpikeState();
  const moments = createSpikeMoments();
  /** What each minute showed, until it teaches. */
  const lessons: { readonly start: number; readonly rarity: number; readonly teaches: boolean }[] = [];
  /** Ends of buckets up to here are judged; -1 before the first mention or look. */
  let reached = -1;
  let began = -1;
  /** The last moment that people said to expect a peak at. */
  let expectedAt = -Infinity;
  let highestOfMinute = -Infinity;
  let latest: readonly Look[] = [];

  function begin(at: number): void {
    reached = Math.floor(at / BUCKET_MS) * BUCKET_MS;
    if (began < 0) began = at;
    window.moveTo(instant(at));
    openMinute(Math.floor(at / MINUTE_MS) * MINUTE_MS);
  }

  /** Judges the end of every bucket up to `to`, on the mentions' own time. */
  function advance(to: number): void {
    if (reached < 0 || to - reached > LONGEST_WALK_MS) return begin(to);
    while (reached + BUCKET_MS <= to) {
      const end = reached + BUCKET_MS;
      const endsMinute = end % MINUTE_MS === 0;
      if (endsMinute) looks.lookAside(instant(end));
      step(instant(end));
      teachPeaks(instant(end), endsMinute);
      reached = end;
      if (endsMinute) closeMinute(end - MINUTE_MS);
      window.moveTo(instant(end));
      if (endsMinute) openMinute(end);
    }
  }

  function openMinute(start: number): void {
    looks.openMinute(start);
    const { mean, wavering } = baseline.expect(MINUTE_MS, start + MINUTE_MS);
    const band = normalBand(mean, wavering, BAND_DEVIATIONS);
    series.open(start, { expected: mean, ...band }, isCovered(instant(start)));
  }

  function closeMinute(start: number): void {
    const at = instant(start);
    lessons.push({ start, rarity: highestOfMinute, teaches: isCovered(at) && !isExpected(at) });
    highestOfMinute = -Infinity;
    ids.forgetBefore(start - HOUR_MS, start);
    // In the first minutes there is nothing that a rise could be hidden from.
    const waits = start - began < HOUR_MS ? 0 : TEACHES_AFTER_MS;
    while ((lessons[0]?.start ?? Infinity) + waits <= start) {
      const lesson = lessons.shift();
      if (lesson?.teaches !== true || isStalled()) continue;
      const count = series.countAt(lesson.start);
      // Nothing opens yet, and a busy start is all there is to know: curbed, it would open as soon as it may.
      if (lesson.start - began < WARM_UP_MS) baseline.learn(instant(lesson.start), MINUTE_MS, count, 1);
      else learning.learn(instant(lesson.start), MINUTE_MS, count, rarityAround(lesson.rarity));
    }
  }

  /** As unusual as it was, or as what it was the beginning of. */
  function rarityAround(then: number): number {
    return Math.max(then, state.isOn() ? latestRarity() : -Infinity);
  }

  /** Not one mention in an hour in which at least fifteen were due, once in ten thousand: the feed, not the world. */
  function isStalled(): boolean {
    const hour = looks.expectations()[WINDOWS_MS.length - 1];
    if (hour === undefined || window.count(HOUR_MS) > 0) return false;
    return -Math.log1p(hour.mean * hour.wavering) / hour.wavering < Math.log(1e-4);
  }

  function latestRarity(): number {
    return latest.reduce((most, look) => Math.max(most, look.judgement.rarity), -Infinity);
  }

  function teachPeaks(at: Instant, endsMinute: boolean): void {
    if (!isCovered(at)) {
      state.skip(BUCKET_MS);
      return;
    }
    if (endsMinute) looks.noteAside(at - expectedAt, state.isOn());
    if (!isStalled()) looks.note(at - expectedAt);
  }

  /** Judges this moment and lets the hysteresis decide. */
  function step(at: Instant): void {
    latest = looks.look(at);
    const rarity = latestRarity();
    highestOfMinute = Math.max(highestOfMinute, rarity);
    if (isExpected(at)) expectedAt = Math.max(expectedAt, at);
    if (!isCovered(at)) return; // frozen: neither worse nor over, nobody knows
    rise.follow(at, rarity, state.isOn());
    const strongest = at - began < WARM_UP_MS ? undefined : strongestThatMayOpen(at);
    const change = state.step(
      {
        now: at,
        rarity,
        opensAt: strongest?.judgement.rarity ?? null,
        threshold,
        fiveMinutes: window.count(SHOWN_WINDOW_MS),
      },
      rise.since(),
    );
    if (change !== null) record(at, change, strongest ?? strongestOf(latest));
  }

  /** A window that still holds some of an expected peak says nothing that people did not say before. */
  function strongestThatMayOpen(at: Instant): Look | undefined {
    const rare = latest.filter((one) => {
      return one.judgement.rarity >= threshold && at - expectedAt > one.windowMs && looks.mayOpen(one);
    });
    return rare.length === 0 ? undefined : strongestOf(rare);
  }

  function record(at: Instant, change: SpikeMoment['change'], strongest: Look): void {
    const calculation = calculationOf(strongest, threshold);
    moments.record({
      at,
      change,
      isHistory: change !== 'resolve' && rise.live(reached, strongest.windowMs) < LEAST_MENTIONS,
      abnormalSince: state.abnormalSince(),
      calculation,
      explanation: explanationAt(at, change, strongest, calculation),
    });
  }

  function explanationAt(
    at: Instant,
    change: SpikeMoment['change'] | null,
    strongest: Look,
    calculation: SpikeCalculation,
  ) {
    const [sums, hour] = [window.counts(strongest.windowMs), window.counts(HOUR_MS)];
    const isOn = state.isOn() && !state.isLulled(at);
    return explain({
      change,
      isOn,
      since: isOn ? state.abnormalSince() : null,
      calculation,
      sums,
      hour,
      usualNegativeShare: looks.usualNegativeShare(),
      band: normalBand(calculation.expected, Math.max(calculation.wavering, 1e-6), BAND_DEVIATIONS),
      learnedMs: baseline.learnedMs(),
      isLearning: baseline.learnedMs() < LEARNING_MS,
      isExpected: at - expectedAt <= strongest.windowMs,
      hasData: isCovered(at),
      fewAuthors: sums.authors < LEAST_AUTHORS && sums.count >= LEAST_MENTIONS,
    });
  }

  function observe(mention: ObservedMention, as: 'live' | 'history'): void {
    // A source's clock that runs ahead moves nothing.
    const at = mention.observedAt < mention.recordedAt ? mention.observedAt : mention.recordedAt;
    if (!ids.isNew(mention.id, at)) return;
    advance(at);
    const sentiment = mention.sentiment === null ? 'unknown' : isNegative(mention) ? 'negative' : 'other';
    const { author, reach, repostOf } = mention;
    // Whole histories are replayed through here, and reading their texts would cost more than all the rest.
    const story = as === 'live' ? stories.place(mention) : repostOf;
    window.add({ at, author, story, isRepost: repostOf !== null, sentiment, reach });
    series.add(at, sentiment);
    // History came in whenever somebody imported it: what counts is when it was said.
    rise.note(at, as === 'live' ? mention.recordedAt : at, as);
  }

  function assess(at: Instant): SpikeAssessment {
    const now = instant(Math.max(at, reached));
    advance(now);
    step(now);
    const moment = moments.tell(now, state.isOn());
    const strongest = strongestOf(latest);
    const calculation = moment?.calculation ?? calculationOf(strongest, threshold);
    const shown = latest.find(({ windowMs, quantity }) => windowMs === SHOWN_WINDOW_MS && quantity === 'volume');
    const { observed, expected, wavering } = (shown ?? strongest).judgement;
    const five = window.counts(SHOWN_WINDOW_MS);
    return {
      at: now,
      windowMs: SHOWN_WINDOW_MS,
      observed,
      expected,
      ...normalBand(expected, wavering, BAND_DEVIATIONS),
      score: calculation.rarity,
      negativeShare: five.withSentiment === 0 ? null : five.negative / five.withSentiment,
      state: stateAt(now),
      change: moment?.change ?? null,
      isHistory: moment?.isHistory ?? false,
      abnormalSince: state.isOn() || moment?.change === 'resolve' ? state.abnormalSince() : null,
      calculation,
      explanation: moment?.explanation ?? explanationAt(now, null, strongest, calculation),
    };
  }

  function stateAt(now: Instant): SpikeAssessment['state'] {
    if (!isCovered(now)) return 'no-data';
    if (state.isOn() && !state.isLulled(now)) return 'spike';
    return baseline.learnedMs() < LEARNING_MS ? 'learning' : 'normal';
  }

  return {
    observe,
    assess,
    series(at, minutes) {
      const now = instant(Math.max(at, reached));
      advance(now);
      return series.last(now, minutes);
    },
    history: (from, to, stepMs) => series.steps(from, to, stepMs),
    moments: moments.all,
  };
}
