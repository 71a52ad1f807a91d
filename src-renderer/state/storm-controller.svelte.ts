import type { WatchQueryId } from '../../shared/base/ids.ts';
import type { WarRoomApi } from '../../shared/protocol/create-war-room-api.ts';
import type { StormDetailView, StormSpanHours } from '../../shared/protocol/views.ts';

/** One watch query looked at closely, as the host pushes it. */
export class StormController {
  readonly watchQueryId: WatchQueryId;
  readonly hours: StormSpanHours;
  readonly #stop: () => void;
  /** Null until the first payload has come. */
  detail = $state.raw<StormDetailView | null>(null);

  constructor(api: WarRoomApi, watchQueryId: WatchQueryId, hours: StormSpanHours) {
    this.watchQueryId = watchQueryId;
    this.hours = hours;
    this.#stop = api.follow('storm', { watchQueryId, hours }, (detail) => (this.detail = detail));
  }

  destroy(): void {
    this.#stop();
  }
}
