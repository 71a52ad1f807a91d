import type { FeedId, Instant, OperatorId, PublicKeyHex, RoomId, Sha256Hex, WatchQueryId } from '../base/ids.ts';
import type { Severity } from '../domain/incident/incident.ts';
import type { Channel, Playbook } from '../domain/playbook/playbook.ts';
import type { Recorded } from '../domain/roster/actor.ts';
import type { FeedKind, FeedSettings } from '../domain/feed/feed-settings.ts';
import type { DrivingAccount } from '../domain/mention/driving.ts';
import type { NewTerm } from '../domain/mention/terms.ts';
import type { Sensitivity } from '../domain/spike/sensitivity.ts';
import type { EnrolledHost, ExpectedPeak, Operator, WatchQuery } from '../domain/workspace/workspace.ts';
import type { LogId } from '../log/envelope.ts';
import type { AnyRoomEvent } from '../domain/room/room.ts';
import type { Template } from '../domain/statement/template.ts';

// What the host shows a page. Outputs are built by the host from parsed state, so they are typed, not parsed again.

export type DoorKind = 'desktop' | 'browser' | 'local';

/** Another host of the workspace, as this one sees it. */
export interface ReplicaPeerView {
  readonly hostId: PublicKeyHex;
  readonly name: string;
  /** Where it is followed; null for one that follows us. */
  readonly url: string | null;
  /** `refused`: it answered and did not let us in, or is not who it should be; `reason` says why and what to do. */
  readonly state: 'connected' | 'connecting' | 'offline' | 'refused';
  readonly since: Instant;
  /** Events that it is known to hold and we do not, and the other way round. */
  readonly behind: number;
  readonly ahead: number;
  /** Of a long first join: how much is here and folded, of how much there is. */
  readonly progress: { readonly done: number; readonly of: number } | null;
  /** Its clock minus ours, where that is more than a few seconds. */
  readonly clockOffMs: number | null;
  readonly reason: string | null;
}

/** How this host stands among the others of its workspace. */
export interface ReplicaView {
  /** This host itself; null before there is a workspace. */
  readonly self: { readonly hostId: PublicKeyHex; readonly name: string } | null;
  /** Those that this host follows, and those that follow it. */
  readonly peers: readonly ReplicaPeerView[];
  /** Every host that was ever enrolled. */
  readonly hosts: readonly (EnrolledHost & { readonly retired: boolean })[];
  /** Authors of whom two different events with one number are held. */
  readonly forks: readonly {
    readonly log: LogId;
    readonly author: PublicKeyHex;
    readonly name: string;
    readonly seq: number;
  }[];
  /** Hosts that sent so much that was bad that they are not listened to for now. */
  readonly quarantined: readonly { readonly hostId: PublicKeyHex; readonly until: Instant; readonly bad: number }[];
  /** Batches of words that could not be taken into their text; kept, and shown as what they are. */
  readonly refusedTexts: readonly { readonly document: string; readonly author: PublicKeyHex; readonly why: string }[];
}

/** Who the page speaks for. Pushed on `session`, so a changed role shows at once. */
export interface SessionView {
  readonly door: DoorKind;
  /**
   * `founding`: nobody has set anything up in this data folder yet. `joining`: it follows another host, from where the
   * workspace is still to come. `damaged`: see the host's notices.
   */
  readonly stage: 'founding' | 'joining' | 'ready' | 'damaged';
  readonly operator: Operator | null;
  readonly demo: boolean;
  readonly version: string;
  readonly now: Instant;
}

export interface WorkspaceView {
  /** Hash of the genesis event: what `verify --trust` is given. */
  readonly fingerprint: Sha256Hex;
  readonly organisation: string;
  readonly demo: boolean;
  readonly operators: readonly Operator[];
  readonly watchQueries: readonly WatchQuery[];
  readonly feeds: readonly (FeedSettings & { readonly hasSecret: boolean })[];
  readonly channels: readonly Channel[];
  readonly playbooks: readonly Playbook[];
  readonly templates: readonly Template[];
}

export interface RoomSummary {
  readonly id: RoomId;
  readonly title: string;
  readonly phase: 'alarm' | 'watching' | 'open' | 'stood-down' | 'mistaken';
  readonly severity: Severity | null;
  /** Milliseconds since 1970, null while nothing has begun. */
  readonly t0: Instant | null;
  readonly deadline: Instant | null;
  /** Whether an alarm is ringing and nobody has answered it. */
  readonly ringing: boolean;
  readonly demo: boolean;
  readonly lastEventAt: Instant;
}

/**
 * A room's log, as it is and as it grows: these events take the place of all from place `from` on, because what arrives
 * late from elsewhere may land before what is shown already.
 */
export interface RoomFeed {
  readonly from: number;
  readonly events: readonly Recorded<AnyRoomEvent>[];
}

export interface RatePoint {
  readonly at: Instant;
  readonly count: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  readonly negativeShare: number | null;
  /** False when no feed delivered in that minute. */
  readonly covered: boolean;
}

/** One step of a storm's history, for the large view. */
export interface StormPoint extends RatePoint {
  /** By channel; the sum is `count`. */
  readonly byChannel: Readonly<Record<string, number>>;
  /** Followers of the different authors together, capped per author; null when no author's is known. */
  readonly reach: number | null;
}

export interface MentionView {
  readonly id: string;
  readonly watchQueryId: WatchQueryId;
  readonly channel: string;
  readonly language: string | null;
  readonly author: string | null;
  readonly text: string;
  readonly url: string | null;
  readonly observedAt: Instant;
  readonly engagement: number | null;
  readonly reach: number | null;
  readonly negative: boolean;
  readonly isQuestion: boolean;
  /** How often the same words came, this one included. */
  readonly copies: number;
}

/** One watch query as a small multiple: everything that a glance needs, and nothing that only a look needs. */
export interface StormView {
  readonly watchQueryId: WatchQueryId;
  readonly name: string;
  readonly state: 'learning' | 'normal' | 'spike' | 'no-data';
  /** Since when that is so. */
  readonly since: Instant;
  /** Mentions in the last `windowMs`, against what is normal for this hour. */
  readonly windowMs: number;
  readonly observed: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  readonly negativeShare: number | null;
  readonly sentence: string;
  readonly facts: readonly { readonly label: string; readonly value: string }[];
  /** The last hour, one point a minute, oldest first. */
  readonly series: readonly RatePoint[];
  /** The room of this storm's alarm, while there is one that is not over. */
  readonly roomId: RoomId | null;
  /** A peak that people expect is on: nothing alarms until it ends. */
  readonly expectedPeak: ExpectedPeak | null;
}

export type StormSpanHours = 1 | 6 | 24 | 168 | 504;

/** One watch query looked at closely, over the last `hours`. */
export interface StormDetailView {
  readonly storm: StormView;
  readonly query: WatchQuery;
  readonly hours: StormSpanHours;
  readonly stepMs: number;
  /** Oldest first, one a step; what no feed covered is there with `covered: false`. */
  readonly points: readonly StormPoint[];
  /** Largest first: the order in which they are stacked. */
  readonly channels: readonly string[];
  readonly marks: readonly {
    readonly at: Instant;
    readonly kind: 'alarm' | 'publication' | 'declared' | 'stood-down';
    readonly label: string;
    readonly roomId: RoomId | null;
  }[];
  readonly expectedPeaks: readonly ExpectedPeak[];
  /** The feeds that may bring mentions of this query. */
  readonly feeds: readonly FeedView[];
  /** Of the last hour, or of the span where that is shorter. */
  readonly driving: DrivingView;
  readonly newest: readonly MentionView[];
  readonly mostEngaged: readonly MentionView[];
}

/** Who and what drives it. */
export interface DrivingView {
  readonly mentions: number;
  readonly authors: number;
  readonly repostShare: number | null;
  readonly negativeShare: number | null;
  /** The same share over the day before; null when nobody knows. */
  readonly negativeShareBefore: number | null;
  readonly reach: number | null;
  readonly stories: readonly {
    readonly mention: MentionView;
    readonly mentions: number;
    readonly authors: number;
    readonly engagement: number | null;
  }[];
  readonly accounts: readonly DrivingAccount[];
  readonly questions: readonly { readonly mention: MentionView; readonly askers: number }[];
  readonly terms: readonly NewTerm[];
}

export interface FeedView {
  readonly feedId: FeedId;
  readonly name: string;
  readonly kind: FeedKind | 'demo' | 'replay' | 'entry';
  /**
   * `connecting` until it delivers or is refused; `silent`: connected, and quiet for longer than it ever should be;
   * `paused` by a person; `history` and `ended` for files that were read.
   */
  readonly state: 'connecting' | 'live' | 'silent' | 'failed' | 'paused' | 'ended' | 'history';
  readonly since: Instant;
  readonly lastMentionAt: Instant | null;
  /** Posts read from the source, before any watch query was asked. */
  readonly received: number;
  /** Those that became new mentions. */
  readonly accepted: number;
  /** Malformed ones, left out. */
  readonly skipped: number;
  /** Thrown away because they came faster than they could be taken. Never silently. */
  readonly shed: number;
  /** Posts read in the last whole minute; null until there is one. */
  readonly perMinute: number | null;
  /** How long after the source saw it a post reached us, as a median of the latest ones; null when unknown. */
  readonly lagMs: number | null;
  /** How often the connection had to be made anew. */
  readonly reconnects: number;
  readonly detail: string | null;
  /** The address to give to whoever sends; webhooks only. */
  readonly address: string | null;
}

/** What a watch query would find among the stored mentions. */
export interface WatchPreview {
  /** Where in the text the mistake is, counted in UTF-16 units from 0, and what it is; null when it reads well. */
  readonly problem: { readonly at: number; readonly message: string } | null;
  readonly matched: number;
  readonly looked: number;
  /** Matches a day over the last days, oldest first. */
  readonly perDay: readonly { readonly day: Instant; readonly matched: number }[];
  readonly examples: readonly MentionView[];
}

/** What a sensitivity would have done over the last two weeks. */
export interface DialPreview {
  readonly sensitivity: Sensitivity;
  readonly days: number;
  readonly alarms: readonly { readonly at: Instant; readonly sentence: string }[];
}

export interface WatchView {
  readonly at: Instant;
  readonly storms: readonly StormView[];
  readonly feeds: readonly FeedView[];
}

/** What the host has to say about itself: banners that stay until they are no longer true. */
export interface HostView {
  readonly notices: readonly {
    readonly id: string;
    readonly kind: 'info' | 'warning' | 'alarm';
    readonly what: string;
    readonly kept: string;
    readonly next: string;
  }[];
  readonly demo: {
    readonly speed: number;
    readonly positionMs: number;
    readonly lengthMs: number;
    readonly ended: boolean;
  } | null;
  /** Where the room is shared, when it is. Null on a desktop that keeps to itself. */
  readonly sharedAt: string | null;
  readonly dataFolder: string;
  /** Where this machine's keys rest: wrapped by the system's keychain, or in files that only this account may read. */
  readonly keyProtection: 'keychain' | 'file';
}

/** One edit of a document with its time, for the replay. `data` is a Yjs update (V1) in base64. */
export interface HistoryUpdate {
  readonly at: Instant;
  readonly operatorId: OperatorId;
  readonly data: string;
}

/** One person took most of a text away at once. Lengths in Yjs units: UTF-16 units of text. */
export interface MassDeletionNotice {
  readonly id: string;
  readonly operatorId: OperatorId;
  readonly at: Instant;
  readonly deleted: number;
  /** How much there was before. */
  readonly held: number;
  /** The last moment before it: what to restore. */
  readonly restoreAt: Instant;
}

/** The whole list, oldest first; what is restored is not in it any more. */
export interface DocumentNotices {
  readonly massDeletions: readonly MassDeletionNotice[];
}
