import { getContext, setContext, untrack } from 'svelte';
import type { Instant, OperatorId, RoomId } from '../../shared/base/ids.ts';
import type { Countdown } from '../../shared/domain/countdown/countdown.ts';
import type { Act } from '../../shared/domain/roster/roles.ts';
import { mayDo } from '../../shared/domain/roster/roles.ts';
import type { WarRoomApi } from '../../shared/protocol/create-war-room-api.ts';
import type {
  HostView,
  ReplicaView,
  RoomSummary,
  SessionView,
  WatchView,
  WorkspaceView,
} from '../../shared/protocol/views.ts';
import type { DocumentConnection } from './document-connection.svelte.ts';
import { RoomController } from './room-controller.svelte.ts';

/** The host's time as the page estimates it, whatever the page's own clock says. */
export interface PageClock {
  now(): Instant;
  destroy(): void;
}

/** Opens a Yjs document of the host by whatever door the page came through. */
export type OpenDocument = (options: {
  readonly document: string;
  readonly workspaceId: string;
  readonly readonly: boolean;
}) => DocumentConnection;

export type Connection = 'connecting' | 'connected' | 'lost' | 'signed-out';

/** Everything the page knows of its host. One per page, in the context. */
export class WarRoom {
  readonly api: WarRoomApi;
  readonly openDocument: OpenDocument;
  readonly #clock: PageClock;
  readonly #stops: (() => void)[] = [];
  session = $state.raw<SessionView | null>(null);
  workspace = $state.raw<WorkspaceView | null>(null);
  rooms = $state.raw<readonly RoomSummary[]>([]);
  watch = $state.raw<WatchView | null>(null);
  host = $state.raw<HostView | null>(null);
  /** How this host stands among the others of its workspace. */
  replica = $state.raw<ReplicaView | null>(null);
  room = $state.raw<RoomController | null>(null);
  connection = $state<Connection>('connecting');
  /** The host's time, ten times a second: for clocks only, because everything that reads it runs as often. */
  now = $state<Instant>(0 as Instant);
  /** The host's time in whole seconds, for everything else that goes by the time. */
  readonly second = $derived((Math.floor(this.now / 1000) * 1000) as Instant);

  /** Since when, by the host's time, it cannot be reached. Null while it can. */
  lostSince = $state<Instant | null>(null);

  constructor(api: WarRoomApi, clock: PageClock, openDocument: OpenDocument) {
    this.api = api;
    this.openDocument = openDocument;
    this.#clock = clock;
    this.now = clock.now();
    this.#stops.push(
      api.follow('session', {}, (session) => {
        const before = this.session;
        this.session = session;
        if (session.stage === before?.stage) return;
        // While it joins, there is nothing to follow yet but how far the joining is.
        if (session.stage !== 'damaged') this.#forgetWorkspace();
        if (session.stage === 'ready') this.#followWorkspace();
        if (session.stage === 'ready' || session.stage === 'joining') this.#followReplica();
      }),
      api.follow('host', {}, (host) => (this.host = host)),
    );
    const timer = setInterval(() => (this.now = this.#clock.now()), 100);
    this.#stops.push(() => clearInterval(timer));
  }

  readonly #workspaceStops: (() => void)[] = [];

  #followWorkspace(): void {
    this.#workspaceStops.push(
      this.api.follow('workspace', {}, (workspace) => (this.workspace = workspace)),
      this.api.follow('rooms', {}, (rooms) => (this.rooms = rooms)),
      this.api.follow('watch', {}, (watch) => (this.watch = watch)),
    );
  }

  #followReplica(): void {
    this.#workspaceStops.push(this.api.follow('replica', {}, (replica) => (this.replica = replica)));
  }

  #forgetWorkspace(): void {
    for (const stop of this.#workspaceStops.splice(0)) stop();
    this.leaveRoom();
    this.workspace = null;
    this.rooms = [];
    this.watch = null;
    this.replica = null;
  }

  /** What a clock shows of this countdown: exact to the tenth of a second while it runs. */
  remainingMs(countdown: Countdown): number {
    return countdown.phase === 'running' ? countdown.deadline - this.now : countdown.remainingMs;
  }

  may(act: Act): boolean {
    return mayDo(this.session?.operator?.roles ?? [], act);
  }

  nameOf(operatorId: OperatorId | string | null): string {
    if (operatorId === null) return 'the host';
    return this.workspace?.operators.find((one) => one.operatorId === operatorId)?.name ?? operatorId;
  }

  /** Keeps the moment when the line was lost, for as long as it is lost. */
  connectionChanged(to: Connection): void {
    // Trying again is not yet being there: until it is, the strip stays.
    if (to === 'connecting' && this.connection === 'lost') return;
    this.connection = to;
    this.lostSince = to === 'lost' ? (this.lostSince ?? this.#clock.now()) : null;
  }

  /** `present`: this window takes part, and the log says so. A replay only reads. */
  enterRoom(roomId: RoomId, present = true): void {
    // Views call this from an effect, which must not run again because of what it has just set.
    const before = untrack(() => this.room);
    if (before?.roomId === roomId && before.present === present) return;
    before?.destroy();
    this.room = new RoomController(this.api, roomId, present);
  }

  leaveRoom(): void {
    untrack(() => this.room)?.destroy();
    this.room = null;
  }

  destroy(): void {
    this.#forgetWorkspace();
    for (const stop of this.#stops.splice(0)) stop();
    this.#clock.destroy();
  }
}

const KEY = Symbol('war room');

export function provideWarRoom(warRoom: WarRoom): void {
  setContext(KEY, warRoom);
}

export function getWarRoom(): WarRoom {
  return getContext<WarRoom>(KEY);
}
