import { type FeedId, type Instant, instant, type RoomId } from '../../shared/base/ids.ts';
import type { Mention } from '../../shared/domain/mention/mention.ts';
import type { ExpectedPeak, WatchQuery } from '../../shared/domain/workspace/workspace.ts';
import type { RoomEvent } from '../../shared/domain/room/room.ts';
import type { SpikeAssessment } from '../../shared/domain/spike/spike-assessment.ts';
import { SOUND_WITHIN_MS } from '../../shared/domain/spike/spike-config.ts';
import type { SpikeMonitor } from '../../shared/domain/spike/spike-monitor.ts';
import type { ViralPost } from '../../shared/domain/spike/viral.ts';
import type { StormView } from '../../shared/protocol/views.ts';
import type { AlarmCause } from '../commands/war-room.ts';
import type { MentionStore } from '../store/mention-store.ts';
import {
  createStormLearning,
  LEARN_FROM_MS,
  type Monitors,
  newMonitors,
  type StormLearning,
} from './storm-learning.ts';

export const CHART_MINUTES = 60;
const MINUTE_MS = 60_000;

/** So many late mentions are a past of their own. */
const BACKLOG = 30;
const BACKLOG_QUIET_MS = 2_000;
/** Learning three weeks anew is seconds of work. */
const LEARN_AGAIN_MS = 10 * MINUTE_MS;
/** What would have rung longer ago than this is no business of anybody's now. */
const OLDEST_TOLD_MS = 24 * 60 * MINUTE_MS;

/** What is known of a storm beside its mentions. */
export interface StormSurroundings {
  readonly expectedPeak: ExpectedPeak | null;
  readonly roomId: RoomId | null;
}

export interface StormDeps {
  readonly store: Pick<MentionStore, 'pages'>;
  now(): Instant;
  /** Whether some feed delivered then: a gap is never calm. */
  isCovered(at: Instant): boolean;
  /** The peak that people expect then. */
  expectedPeakAt(at: Instant): ExpectedPeak | null;
  /** Mentions of these came in as history whatever their times are. */
  isImport(feedId: FeedId): boolean;
  /** A room was opened for this storm around then, so that nobody has to be called for it again. */
  hasRoom(around: Instant): boolean;
}

/** Why the past is learned: nothing that an import shows calls anybody. */
type LearningCause = 'start' | 'import' | 'backlog';

export type SpikeFact = Extract<RoomEvent, { type: 'SpikeDetected' }>;

/** One watch query: its monitors, and what a page is shown of it. */
export interface StormWatch {
  readonly query: WatchQuery;
  observe(mentions: readonly Mention[], as: 'live' | 'history'): void;
  /** Judges the storm at this moment; gives the alarm to raise, until `raised` says that it was. */
  assess(now: Instant): AlarmCause | null;
  /** The alarm that `assess` gave last is on the disk. */
  raised(): void;
  /** The very same object as long as nothing in it has changed. */
  view(now: Instant, about: StormSurroundings): StormView;
  /** Whether it is a spike now. */
  isAbnormal(): boolean;
  /** The minute that ended last before `now`, as a room records it. */
  sample(now: Instant): RoomEvent;
  /** What was expected when, and what came. */
  history: SpikeMonitor['history'];
  /** Begins anew from the store: after an import history is different. The old monitor watches until it is done. */
  relearn(now: Instant): void;
  isLearning(): boolean;
  /** A piece of that work. */
  learnMore(isTimeUp: () => boolean): void;
}

export function createStormWatch(query: WatchQuery, deps: StormDeps, now: Instant): StormWatch {
  const { watchQueryId, name, sensitivity } = query;
  const { isCovered, expectedPeakAt } = deps;
  const config = { sensitivity, isCovered, isExpected: (then: Instant) => expectedPeakAt(then) !== null };
  /** A cold one watches until the first learning is done. */
  let monitors = newMonitors(config);
  let learning: { readonly of: StormLearning; readonly why: LearningCause; readonly since: Instant } | null = null;
  let latest: SpikeAssessment = monitors.spike.assess(now);
  /** History that came late: the monitor draws it, and has to learn anew to know it. */
  let backlog: { count: number; since: Instant; lastAt: Instant } | null = null;
  let learnedAt: Instant | null = null;
  let hasLearnedBacklog = false;
  let viralPost: ViralPost | null = null;
  /** The monitor says "open" once, and the disk may be full at that moment. */
  let pending: AlarmCause | null = null;
  let since = now;
  /** Grows with every mention, so that a chart is drawn anew only when there is something new on it. */
  let observed = 0;
  let shown: { readonly key: string; readonly view: StormView } | null = null;
  let chart: { readonly key: string; readonly series: StormView['series'] } | null = null;

  /** From the store, on the mentions' own time: what is on now is on again, and what was told is not told again. */
  function relearn(at: Instant, why: LearningCause): void {
    const pages = deps.store.pages(watchQueryId, instant(at - LEARN_FROM_MS));
    const since = why === 'backlog' ? (backlog?.since ?? at) : at;
    backlog = null;
    learning = { of: createStormLearning(pages, config, at, deps.isImport), why, since };
  }

  function learned(known: Monitors, why: LearningCause, from: Instant, at: Instant): void {
    learning = null;
    learnedAt = at;
    monitors = known;
    latest = monitors.spike.assess(at);
    since = at;
    observed += 1;
    // What came while it learned is news; of what was before it only tells what nobody was told.
    pending ??= alarmAt(at) ?? (why === 'import' ? null : alarmOfPast(why, from, at));
  }

  /**
   * What the past calls for. A crash between a mention and its alarm must not swallow the alarm; and what a backlog
   * shows is told without a sound when it would have rung long ago. What rang has its room.
   */
  function alarmOfPast(why: LearningCause, from: Instant, at: Instant): AlarmCause | null {
    const moment = monitors.spike.moments().findLast(({ change }) => change === 'open' || change === 'escalate');
    if (!moment || deps.hasRoom(moment.at)) return null;
    const isRinging = latest.state === 'spike' && !moment.isHistory && at - moment.at < SOUND_WITHIN_MS;
    if (isRinging) return spikeAlarm(at, moment, false);
    const isNews = why === 'backlog' ? moment.at >= from : !moment.isHistory;
    return isNews && at - moment.at < OLDEST_TOLD_MS ? spikeAlarm(at, moment, true) : null;
  }

  function spikeFact(
    at: Instant,
    told: Pick<SpikeAssessment, 'abnormalSince' | 'calculation' | 'explanation'>,
  ): SpikeFact {
    const { windowMs, lower, upper } = latest;
    const { abnormalSince, calculation, explanation } = told;
    return {
      type: 'SpikeDetected',
      watchQueryId,
      windowMs,
      observed: latest.observed,
      expected: latest.expected,
      lower,
      upper,
      score: calculation.rarity,
      abnormalSince: abnormalSince ?? at,
      sentence: explanation.sentence.slice(0, 1000),
      calculation,
      facts: explanation.facts
        .slice(0, 20)
        .map(({ label, value }) => ({ label: label.slice(0, 200), value: value.slice(0, 500) })),
      history: monitors.spike.series(at, CHART_MINUTES).map(({ covered: _, ...point }) => point),
    };
  }

  function spikeAlarm(at: Instant, told: Parameters<typeof spikeFact>[1], isHistory: boolean): AlarmCause {
    const spike = spikeFact(at, told);
    const what = `Mentions of ${name} ${isHistory ? 'were' : 'are'} spiking`;
    return { cause: 'spike', what, why: spike.sentence, t0: spike.abnormalSince, spike, isHistory };
  }

  /** The alarm that this moment alone calls for. */
  function alarmAt(at: Instant): AlarmCause | null {
    const { change, isHistory } = latest;
    // Late history shows in a monitor as a rise of now; what it was, learning it tells.
    if ((change === 'open' || change === 'escalate') && !isHistory) return spikeAlarm(at, latest, false);
    if (!viralPost || expectedPeakAt(at)) return null;
    const { sentence: why, abnormalSince: t0 } = viralPost;
    return { cause: 'viral', what: `A post about ${name} is going viral`, why, t0, spike: spikeFact(at, latest) };
  }

  function seriesAt(at: Instant): StormView['series'] {
    const points = monitors.spike.series(at, CHART_MINUTES);
    return points.map((point) => ({ ...point, covered: point.count > 0 || isCovered(point.at) }));
  }

  function noteBacklog(mentions: readonly Mention[]): void {
    const oldest = mentions.reduce((first, { observedAt }) => Math.min(first, observedAt), Number.POSITIVE_INFINITY);
    const at = deps.now();
    const { count = 0, since: before = at } = backlog ?? {};
    backlog = { count: count + mentions.length, since: instant(Math.min(before, oldest)), lastAt: at };
  }

  /** A single late mention is only drawn; a pile of them, once it has all come, is learned. */
  function learnBacklog(at: Instant): void {
    if (!backlog || learning || backlog.count < BACKLOG || at - backlog.lastAt < BACKLOG_QUIET_MS) return;
    if (hasLearnedBacklog && learnedAt !== null && at - learnedAt < LEARN_AGAIN_MS) return;
    hasLearnedBacklog = true;
    relearn(at, 'backlog');
  }

  relearn(now, 'start');

  return {
    query,
    history: (from, to, stepMs) => monitors.spike.history(from, to, stepMs),
    relearn: (at) => relearn(at, 'import'),
    isLearning: () => learning !== null,
    learnMore(isTimeUp) {
      if (!learning) return;
      const { of, why, since: from } = learning;
      const known = of.goOn(isTimeUp);
      if (known) learned(known, why, from, deps.now());
    },
    observe(mentions, as) {
      observed += mentions.length;
      learning?.of.observe(mentions, as);
      if (as === 'history') noteBacklog(mentions);
      for (const mention of mentions) {
        monitors.spike.observe(mention, as);
        viralPost = monitors.viral.observe(mention, as) ?? viralPost;
      }
    },
    assess(at) {
      learnBacklog(at);
      const before = latest.state;
      latest = monitors.spike.assess(at);
      if (latest.state !== before) since = at;
      const alarm = alarmAt(at);
      viralPost = null;
      // A newer alarm says more; T0 is that of the first one that nobody heard.
      if (alarm) pending = pending ? { ...alarm, t0: Math.min(pending.t0, alarm.t0) as Instant } : alarm;
      return pending;
    },
    raised() {
      pending = null;
    },
    view(at, { expectedPeak, roomId }) {
      const { windowMs, lower, upper, negativeShare, explanation, state } = latest;
      const minute = Math.floor(at / MINUTE_MS);
      const lastCovered = isCovered(at);
      const chartKey = `${String(observed)} ${String(minute)} ${String(lastCovered)}`;
      if (chart?.key !== chartKey) chart = { key: chartKey, series: seriesAt(at) };
      const told = [state, since, windowMs, latest.observed, latest.expected, lower, upper, negativeShare, roomId];
      const key = JSON.stringify([chartKey, told, explanation.sentence, explanation.facts, expectedPeak]);
      if (shown?.key === key) return shown.view;
      const view: StormView = {
        watchQueryId,
        name,
        state,
        since: state === 'spike' ? (latest.abnormalSince ?? since) : since,
        windowMs,
        observed: latest.observed,
        expected: latest.expected,
        lower,
        upper,
        negativeShare,
        sentence: explanation.sentence,
        facts: explanation.facts,
        series: chart.series,
        roomId,
        expectedPeak,
      };
      shown = { key, view };
      return view;
    },
    isAbnormal: () => latest.state === 'spike',
    sample(at) {
      const from = (Math.floor(at / MINUTE_MS) * MINUTE_MS - MINUTE_MS) as Instant;
      const point = monitors.spike.series(at, 3).find((one) => one.at === from);
      const { count = 0, expected = 0, lower = 0, upper = 0, negativeShare = null } = point ?? {};
      const covered = count > 0 || isCovered(from);
      return { type: 'RateSampled', watchQueryId, from, count, expected, lower, upper, negativeShare, covered };
    },
  };
}
