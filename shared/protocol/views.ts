import type { FeedId, Instant, OperatorId, RoomId, Sha256Hex, WatchQueryId } from '../base/ids.ts';
import type { Severity } from '../domain/incident/incident.ts';
import type { Channel, Playbook } from '../domain/playbook/playbook.ts';
import type { Recorded } from '../domain/roster/actor.ts';
import type { Operator, WatchQuery } from '../domain/workspace/workspace.ts';
import type { AnyRoomEvent } from '../domain/room/room.ts';
import type { Template } from '../domain/statement/template.ts';

// What the host shows a page. Outputs are built by the host from parsed state, so they are typed, not parsed again.

export type DoorKind = 'desktop' | 'browser' | 'local';

/** Who the page speaks for. Pushed on `session`, so a changed role shows at once. */
export interface SessionView {
  readonly door: DoorKind;
  /** `founding`: nobody has set anything up in this data folder yet. `damaged`: see the host's notices. */
  readonly stage: 'founding' | 'ready' | 'damaged';
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

/** A room's log, as it is and as it grows. `reset` means: forget what you had, the log was read anew. */
export interface RoomFeed {
  readonly reset: boolean;
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

export interface MentionView {
  readonly id: string;
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

export interface StormView {
  readonly watchQueryId: WatchQueryId;
  readonly name: string;
  readonly state: 'learning' | 'normal' | 'spike' | 'no-data';
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
  readonly newest: readonly MentionView[];
  readonly mostEngaged: readonly MentionView[];
}

export interface FeedView {
  readonly feedId: FeedId;
  readonly name: string;
  readonly state: 'live' | 'silent' | 'failed' | 'ended' | 'history';
  readonly since: Instant;
  readonly lastMentionAt: Instant | null;
  readonly accepted: number;
  readonly skipped: number;
  readonly detail: string | null;
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
}

/** One edit of a document with its time, for the replay. `data` is a Yjs update (V1) in base64. */
export interface HistoryUpdate {
  readonly at: Instant;
  readonly operatorId: OperatorId;
  readonly data: string;
}
