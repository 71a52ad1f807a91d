import type { Instant, WatchQueryId } from '../../shared/base/ids.ts';
import { isNegative, type Mention } from '../../shared/domain/mention/mention.ts';
import { storyKey } from '../../shared/domain/mention/amplification.ts';
import type { WatchQuery } from '../../shared/domain/workspace/workspace.ts';
import type { RoomEvent } from '../../shared/domain/room/room.ts';
import type { SpikeAssessment } from '../../shared/domain/spike/spike-assessment.ts';
import { createSpikeMonitor, type SpikeMonitor } from '../../shared/domain/spike/spike-monitor.ts';
import { createViralMonitor, type ViralMonitor, type ViralPost } from '../../shared/domain/spike/viral.ts';
import type { MentionView, StormView } from '../../shared/protocol/views.ts';
import type { AlarmCause } from '../commands/war-room.ts';
import type { MentionStore } from '../store/mention-store.ts';

/** How far back the monitor learns from when the host starts. */
const LEARN_FROM_MS = 21 * 24 * 60 * 60_000;
const CHART_MINUTES = 60;
const LISTED = 30;
const MINUTE_MS = 60_000;

/** One watch query: its monitors, and what a page is shown of it. */
export interface StormWatch {
  readonly query: WatchQuery;
  observe(mentions: readonly Mention[], as: 'live' | 'history'): void;
  /** Judges the storm at this moment; with the alarm to raise, until `raised` says that it was. */
  assess(now: Instant): { readonly assessment: SpikeAssessment; readonly alarm: AlarmCause | null };
  /** The alarm that `assess` gave last is on the disk. */
  raised(): void;
  view(now: Instant, covered: (minute: Instant) => boolean, hasData: boolean): StormView;
  /** The minute that ended last before `now`, as a room records it. */
  sample(now: Instant, covered: boolean): RoomEvent;
  /** Begins anew from the store: after an import history is different. */
  relearn(now: Instant): void;
}

export function createStormWatch(
  query: WatchQuery,
  store: MentionStore,
  now: Instant,
  underWaySince: (now: Instant) => Instant | null,
): StormWatch {
  let monitor: SpikeMonitor = createSpikeMonitor();
  let viral: ViralMonitor = createViralMonitor();
  let latest: SpikeAssessment = monitor.assess(now);
  let viralPost: ViralPost | null = null;
  /** The monitor says "open" once, and the disk may be full at that moment. */
  let pending: AlarmCause | null = null;

  function relearn(at: Instant): void {
    const abnormalSince = underWaySince(at);
    monitor = createSpikeMonitor({ ongoing: abnormalSince === null ? null : { abnormalSince } });
    viral = createViralMonitor();
    store.each(query.watchQueryId, (at - LEARN_FROM_MS) as Instant, (mention) => {
      monitor.observe(mention, 'history');
      viral.observe(mention, 'history');
    });
    latest = monitor.assess(at);
  }

  function spikeFact(at: Instant): Extract<RoomEvent, { type: 'SpikeDetected' }> {
    const { windowMs, observed, expected, lower, upper, score, abnormalSince, explanation } = latest;
    return {
      type: 'SpikeDetected',
      watchQueryId: query.watchQueryId,
      windowMs,
      observed,
      expected,
      lower,
      upper,
      score,
      abnormalSince: abnormalSince ?? at,
      sentence: explanation.sentence.slice(0, 1000),
      facts: explanation.facts
        .slice(0, 20)
        .map(({ label, value }) => ({ label: label.slice(0, 200), value: value.slice(0, 500) })),
      history: monitor.series(at, CHART_MINUTES).map((point) => ({ ...point })),
    };
  }

  /** The alarm that this moment alone calls for. */
  function alarmAt(at: Instant): AlarmCause | null {
    if (latest.change === 'open' || latest.change === 'escalate') {
      const spike = spikeFact(at);
      const what = `Mentions of ${query.name} are spiking`;
      return { cause: 'spike', what, why: spike.sentence, t0: spike.abnormalSince, spike };
    }
    if (!viralPost) return null;
    const { sentence: why, abnormalSince: t0 } = viralPost;
    return { cause: 'viral', what: `A post about ${query.name} is going viral`, why, t0, spike: spikeFact(at) };
  }

  relearn(now);
  return {
    query,
    relearn,
    observe(mentions, as) {
      for (const mention of mentions) {
        monitor.observe(mention, as);
        viralPost = viral.observe(mention, as) ?? viralPost;
      }
    },
    assess(at) {
      latest = monitor.assess(at);
      const alarm = alarmAt(at);
      viralPost = null;
      // A newer alarm says more; T0 is that of the first one that nobody heard.
      if (alarm) pending = pending ? { ...alarm, t0: Math.min(pending.t0, alarm.t0) as Instant } : alarm;
      return { assessment: latest, alarm: pending };
    },
    raised() {
      pending = null;
    },
    view(at, covered, hasData) {
      const { windowMs, observed, expected, lower, upper, negativeShare, explanation, state } = latest;
      return {
        watchQueryId: query.watchQueryId,
        name: query.name,
        state: hasData ? state : 'no-data',
        windowMs,
        observed,
        expected,
        lower,
        upper,
        negativeShare,
        sentence: explanation.sentence,
        facts: explanation.facts,
        series: monitor.series(at, CHART_MINUTES).map((point) => ({ ...point, covered: covered(point.at) })),
        newest: mentionViews(store.newest(query.watchQueryId, LISTED)),
        mostEngaged: mentionViews(
          store.mostEngaged(query.watchQueryId, (at - CHART_MINUTES * MINUTE_MS) as Instant, 10),
        ),
      };
    },
    sample(at, covered) {
      const from = (Math.floor(at / MINUTE_MS) * MINUTE_MS - MINUTE_MS) as Instant;
      const point = monitor.series(at, 3).find((one) => one.at === from);
      const { count = 0, expected = 0, lower = 0, upper = 0, negativeShare = null } = point ?? {};
      const watchQueryId: WatchQueryId = query.watchQueryId;
      return { type: 'RateSampled', watchQueryId, from, count, expected, lower, upper, negativeShare, covered };
    },
  };
}

function mentionViews(mentions: readonly Mention[]): readonly MentionView[] {
  const copies = new Map<string, number>();
  for (const mention of mentions) {
    const key = storyKey(mention);
    copies.set(key, (copies.get(key) ?? 0) + 1);
  }
  return mentions.map((mention) => {
    const { id, author, text, url, observedAt, engagement, reach } = mention;
    const isQuestion = text.includes('?');
    return {
      id,
      author,
      text,
      url,
      observedAt,
      engagement,
      reach,
      negative: isNegative(mention),
      isQuestion,
      copies: copies.get(storyKey(mention)) ?? 1,
    };
  });
}
