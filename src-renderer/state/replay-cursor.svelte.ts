import type { Instant } from '../../shared/base/ids.ts';
import { type Countdown, countdownAt } from '../../shared/domain/countdown/countdown.ts';
import type { Recorded } from '../../shared/domain/roster/actor.ts';
import type { AnyRoomEvent, RoomState } from '../../shared/domain/room/room.ts';
import { createReplayFold, type ReplayFold } from './replay-fold.ts';
import { endOfSecond, firstSecond, lastSecond, playOn, secondOf } from './replay-seconds.ts';

export const REPLAY_SPEEDS = [1, 2, 5, 10, 30, 60] as const;
export type ReplaySpeed = (typeof REPLAY_SPEEDS)[number];

/**
 * A room at any second of its past. The cursor stands on a whole second and shows everything that was recorded in it:
 * what the timeline dates 14:05:02 is there when the cursor reads 14:05:02.
 */
export class ReplayCursor {
  #fold = $state.raw<ReplayFold>(createReplayFold([]));
  /** The second that is shown, ms since 1970, whole seconds. */
  at = $state(0);
  playing = $state(false);
  speed = $state<ReplaySpeed>(1);
  /** When the words were last edited, ms since 1970, which may be after the last event; 0 while that is unknown. */
  editedAt = $state(0);
  /** The first and the last second, ms since 1970. */
  readonly from = $derived(firstSecond(this.#fold.events));
  readonly to = $derived(Math.max(lastSecond(this.#fold.events), secondOf(this.editedAt)));
  /** The instant whose past is shown: the end of the cursor's second. */
  readonly moment: Instant = $derived(endOfSecond(this.at));
  readonly count = $derived(this.#fold.countAt(this.moment));
  readonly state: RoomState = $derived(this.#fold.stateAfter(this.count));
  readonly countdown: Countdown | null = $derived(countdownAt(this.state, this.moment));
  readonly events: readonly Recorded<AnyRoomEvent>[] = $derived(this.#fold.events.slice(0, this.count));
  #owedMs = 0;

  /** Takes the log, and again when it has grown. The first time the cursor goes to the beginning. */
  load(events: readonly Recorded<AnyRoomEvent>[]): void {
    const isFirst = this.#fold.events.length === 0;
    this.#fold = createReplayFold(events);
    this.seek(isFirst ? this.from : this.at);
  }

  get voids(): ReplayFold['voids'] {
    return this.#fold.voids;
  }

  get all(): readonly Recorded<AnyRoomEvent>[] {
    return this.#fold.events;
  }

  /** Goes to the second that this instant lies in; not beyond the ends. */
  seek(at: number): void {
    this.at = Math.max(this.from, Math.min(secondOf(at), this.to));
    this.#owedMs = 0;
  }

  /** Begins again from the start when it stands at the end. */
  toggle(): void {
    if (!this.playing && this.at >= this.to) this.seek(this.from);
    this.playing = !this.playing;
  }

  /** Lets time pass: `passedMs` of the watcher's, times the speed, in whole seconds of the room's. */
  tick(passedMs: number): void {
    if (!this.playing) return;
    const { at, owedMs } = playOn({ at: this.at, owedMs: this.#owedMs }, passedMs, this.speed, this.to);
    this.at = at;
    this.#owedMs = owedMs;
    if (this.at >= this.to) this.playing = false;
  }
}
