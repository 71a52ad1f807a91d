import type { RoomId } from '../../shared/base/ids.ts';
import { FeedId, instant, type Instant, PeakId, WatchQueryId } from '../../shared/base/ids.ts';
import type {
  FeedView,
  MentionView,
  RatePoint,
  StormDetailView,
  StormPoint,
  StormSpanHours,
  StormView,
  WorkspaceView,
} from '../../shared/protocol/views.ts';
import type { WatchQuery } from '../../shared/domain/workspace/workspace.ts';
import { createRandom } from './random.ts';

// Storms that never were, for looking at the screen and measuring it: the same for the same seed and moment.

const MINUTE_MS = 60_000;
const NAMES = [
  'Tamarrow Kitchens', 'Steamwell', 'Tamarrow recall', 'Chief executive', 'Leith store', 'Pressure lids', 'Careers',
  'Competitor: Aldane', 'Delivery', 'Glasgow store', 'Gift cards', 'Halal certificate', 'Investors', 'Kettle range',
  'Opening hours', 'Returns', 'Sponsorship', 'Supplier audits', 'Union talks', 'Warranty',
] as const; // prettier-ignore
const CHANNELS = ['bluesky', 'mastodon', 'news', 'x', 'reddit'] as const;
const STEP_MS: Readonly<Record<StormSpanHours, number>> = {
  1: 60_000,
  6: 60_000,
  24: 300_000,
  168: 1_800_000,
  504: 3_600_000,
};

export const SPIKING = WatchQueryId.parse('q1');

export function pretendQueries(count: number): readonly WatchQuery[] {
  return Array.from({ length: count }, (_, index) => {
    const name = NAMES[index % NAMES.length] ?? 'Query';
    return { watchQueryId: WatchQueryId.parse(`q${index}`), name, query: `"${name}"`, sensitivity: 'weekly' };
  });
}

export function pretendStorm(query: WatchQuery, now: Instant, roomId: RoomId | null): StormView {
  const index = Number(query.watchQueryId.slice(1));
  const state = index === 1 ? 'spike' : index === 4 ? 'no-data' : index === 8 ? 'learning' : 'normal';
  const base = 4 + ((index * 7) % 23);
  const last = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  const series = Array.from({ length: 60 }, (_, back): RatePoint => {
    const at = instant(last - (59 - back) * MINUTE_MS);
    const wave = base * (1 + 0.2 * Math.sin((at / MINUTE_MS + index * 9) / 11));
    const surge = state === 'spike' && back > 44 ? 1 + (back - 44) * 0.9 : 1;
    const count = Math.round(wave * surge * (0.75 + 0.5 * noise(at + index)));
    // The running minute grows every second, so that every push changes every picture.
    const running = back === 59 ? (now % MINUTE_MS) / MINUTE_MS : 1;
    return {
      at,
      count: Math.round(count * running) + (back === 59 ? Math.floor(now / 1000) % 3 : 0),
      expected: base,
      lower: base * 0.5,
      upper: base * 1.6,
      negativeShare: 0.2 + 0.3 * noise(at),
      covered: !(state === 'no-data' && back > 51) && !(index === 6 && back > 20 && back < 29),
    };
  });
  const observed = series.slice(-6, -1).reduce((sum, { count }) => sum + count, 0) + (Math.floor(now / 1000) % 5);
  return {
    watchQueryId: query.watchQueryId,
    name: query.name,
    state,
    since: instant(last - 14 * MINUTE_MS),
    windowMs: 5 * MINUTE_MS,
    observed,
    expected: base * 5,
    lower: base * 3,
    upper: base * 8,
    negativeShare: state === 'no-data' ? null : 0.31,
    sentence:
      state === 'spike'
        ? `${query.name}: ${observed} mentions in 5 minutes where ${base * 5} (${base * 3} to ${base * 8}) are normal at this hour, since 14 minutes; that is seen about once in 40 days. A video of a lid coming off drives it: 61% are reposts of one story, and the negative share went from 12% to 58%.`
        : state === 'no-data'
          ? 'No feed has brought anything for 8 minutes. That is no data, not calm.'
          : `${query.name} is as it always is at this hour.`,
    facts: [
      { label: 'window', value: '5 min' },
      { label: 'score', value: '7.4 (alarm at 4.0)' },
      { label: 'different authors', value: '214' },
    ],
    series,
    roomId: state === 'spike' ? roomId : null,
    expectedPeak:
      index === 9
        ? {
            peakId: PeakId.parse('p1'),
            watchQueryId: query.watchQueryId,
            from: instant(last - 20 * MINUTE_MS),
            to: instant(last + 90 * MINUTE_MS),
            label: 'Glasgow store opening',
          }
        : null,
  };
}

export function pretendDetail(
  query: WatchQuery,
  hours: StormSpanHours,
  now: Instant,
  roomId: RoomId | null,
): StormDetailView {
  const storm = pretendStorm(query, now, roomId);
  const stepMs = STEP_MS[hours];
  const steps = (hours * 3_600_000) / stepMs;
  const last = Math.floor(now / stepMs) * stepMs;
  const perStep = storm.expected * (stepMs / storm.windowMs);
  const points = Array.from({ length: steps }, (_, index): StormPoint => {
    const at = instant(last - (steps - 1 - index) * stepMs);
    const daily = 0.7 + 0.6 * Math.max(0, Math.sin(((at / 3_600_000) % 24) * (Math.PI / 12) - 1.6));
    const expected = perStep * daily;
    const surge = storm.state === 'spike' && now - at < 15 * MINUTE_MS ? 6 : 1;
    const count = Math.round(expected * surge * (0.7 + 0.6 * noise(at)));
    const shares = [0.44, 0.24, 0.14, 0.12, 0.06];
    const parts = CHANNELS.map((channel, nth) => [channel, Math.floor(count * (shares[nth] ?? 0))] as const);
    const rest = count - parts.reduce((sum, [, part]) => sum + part, 0);
    const covered = !(index > steps * 0.62 && index < steps * 0.66);
    return {
      at,
      count: covered ? count : 0,
      expected,
      lower: expected * 0.55,
      upper: expected * 1.6,
      negativeShare: covered ? Math.min(1, (surge > 1 ? 0.55 : 0.15) + 0.1 * noise(at + 1)) : null,
      covered,
      byChannel: Object.fromEntries(parts.map(([name, part], nth) => [name, nth === 0 ? part + rest : part])),
      reach: covered ? Math.round(count * 900 * (0.5 + noise(at + 2))) : null,
    };
  });
  const mentions = pretendMentions(query, now, 30);
  return {
    storm,
    query,
    hours,
    stepMs,
    points,
    channels: CHANNELS,
    marks: [
      { at: instant(now - 0.4 * hours * 3_600_000), kind: 'publication', label: 'published on Website', roomId },
      ...(storm.state === 'spike'
        ? [
            { at: instant(now - 13 * MINUTE_MS), kind: 'alarm' as const, label: 'alarm', roomId },
            { at: instant(now - 9 * MINUTE_MS), kind: 'declared' as const, label: 'declared', roomId },
          ]
        : []),
    ],
    expectedPeaks: [
      {
        peakId: PeakId.parse('p2'),
        watchQueryId: query.watchQueryId,
        from: instant(now - 0.8 * hours * 3_600_000),
        to: instant(now - 0.68 * hours * 3_600_000),
        label: 'Results day',
      },
    ],
    feeds: pretendFeeds(now),
    driving: {
      mentions: 1412,
      authors: 903,
      repostShare: 0.61,
      negativeShare: 0.58,
      negativeShareBefore: 0.12,
      reach: 412_000,
      stories: mentions.slice(0, 4).map((mention, index) => ({
        mention,
        mentions: 612 - index * 150,
        authors: 540 - index * 140,
        engagement: index === 3 ? null : 12_400 - index * 3000,
      })),
      accounts: mentions.slice(4, 10).map((mention, index) => ({
        author: mention.author ?? 'somebody',
        channel: mention.channel,
        mentions: 9 - index,
        reach: index === 2 ? null : 240_000 / (index + 1) ** 3,
        engagement: index === 2 ? null : 900,
        isNew: index < 3,
        isInfluencer: index < 2,
        since: mention.observedAt,
      })),
      questions: mentions.slice(10, 14).map((mention, index) => ({
        mention: { ...mention, text: `Is it safe to use my ${query.name} cooker tonight?`, isQuestion: true },
        askers: 48 - index * 11,
      })),
      terms: ['lid', 'explode', 'burn', 'recall', 'steamwell', 'hospital'].map((term, index) => ({
        term,
        mentions: 210 - index * 30,
        expected: index === 4 ? 12 : 0.4,
      })),
    },
    newest: mentions,
    mostEngaged: mentions.toReversed(),
  };
}

const TEXTS = [
  'The lid of my pressure cooker came off and hit the ceiling. My kid was standing next to it an hour before.',
  'Third one this week. How is this still on the shelves?',
  'Has anybody heard from the company yet?',
  'RT: watch the whole video, the valve was never locked #steamwell',
  'Mine is fine and I love it, but I have stopped using it until they say something.',
] as const;

export function pretendMentions(query: WatchQuery, now: Instant, count: number): readonly MentionView[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `m${Math.floor(now / 5000) - index}`,
    watchQueryId: query.watchQueryId,
    channel: CHANNELS[index % CHANNELS.length] ?? 'other',
    language: 'en',
    author:
      index % 7 === 3 ? null : `@${['mara', 'jo.bell', 'kitchen_talk', 'rui', 'daily-pan'][index % 5] ?? 'a'}${index}`,
    text: TEXTS[index % TEXTS.length] ?? '',
    url: `https://example.org/post/${index}`,
    observedAt: instant(now - index * 7000),
    engagement: index % 4 === 1 ? null : index * 37,
    reach: index % 3 === 0 ? null : 1200 * index,
    negative: index % 5 < 2,
    isQuestion: index % 5 === 2,
    copies: index % 5 === 3 ? 41 : 1,
  }));
}

/** As the settings hold the feeds below. */
export function pretendFeedSettings(): WorkspaceView['feeds'] {
  const common = { watchQueryId: null, paused: false };
  return [
    {
      kind: 'bluesky',
      feedId: FeedId.parse('bluesky'),
      name: 'Bluesky',
      url: 'wss://jetstream2.us-east.bsky.network/subscribe',
      hasSecret: false,
      ...common,
    },
    {
      kind: 'rss',
      feedId: FeedId.parse('press'),
      name: 'Press',
      url: 'https://example.org/feed.xml',
      everyMinutes: 5,
      hasSecret: false,
      ...common,
    },
    {
      kind: 'webhook',
      feedId: FeedId.parse('monitoring-vendor'),
      name: 'Monitoring vendor',
      hasSecret: true,
      ...common,
    },
  ];
}

export function pretendFeeds(now: Instant): readonly FeedView[] {
  const feed = (id: string, more: Partial<FeedView>): FeedView => ({
    feedId: FeedId.parse(id),
    name: id,
    kind: 'bluesky',
    state: 'live',
    since: instant(now - 3_600_000),
    lastMentionAt: instant(now - 4000),
    received: 184_201,
    accepted: 1412,
    skipped: 0,
    shed: 0,
    perMinute: 2412,
    lagMs: 420,
    reconnects: 0,
    detail: null,
    address: null,
    ...more,
  });
  return [
    feed('bluesky', { name: 'Bluesky' }),
    feed('press', { name: 'Press', kind: 'rss', perMinute: 0.4, lagMs: 312_000, received: 204, accepted: 31 }),
    feed('monitoring-vendor', {
      name: 'Monitoring vendor',
      kind: 'webhook',
      state: 'silent',
      since: instant(now - 252_000),
      address: 'https://relay.example.org/feeds/monitoring-vendor',
      shed: 12,
      skipped: 3,
      reconnects: 2,
      lagMs: null,
    }),
  ];
}

/** Between 0 and 1, the same for the same moment. */
function noise(seed: number): number {
  return createRandom(Math.abs(Math.round(seed / 1000)) % 2 ** 31)();
}
