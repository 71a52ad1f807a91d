import type { WatchQueryId } from '../../../shared/base/ids.ts';
import type { WarRoomApi } from '../../../shared/protocol/create-war-room-api.ts';
import type { MentionView } from '../../../shared/protocol/views.ts';

const PAGE = 50;

/** A search over everything that is stored, a page at a time, newest first. */
export class MentionSearch {
  readonly #api: WarRoomApi;
  readonly #watchQueryId: WatchQueryId | null;
  /** Grows with every search, so that a slow answer to an older one is known for what it is. */
  #asked = 0;
  /** What the results below were found for; null before the first search. */
  words = $state<string | null>(null);
  found = $state.raw<readonly MentionView[]>([]);
  hasMore = $state(false);
  busy = $state(false);
  fault = $state<string>();

  constructor(api: WarRoomApi, watchQueryId: WatchQueryId | null) {
    this.#api = api;
    this.#watchQueryId = watchQueryId;
  }

  /** All of the words; "quoted phrases"; nothing is everything. */
  search(text: string): Promise<void> {
    return this.#ask(text.trim(), null);
  }

  more(): Promise<void> {
    const last = this.found.at(-1);
    return last && this.words !== null && !this.busy ? this.#ask(this.words, last) : Promise.resolve();
  }

  forget(): void {
    this.#asked += 1;
    this.words = null;
    this.found = [];
    this.hasMore = false;
    this.busy = false;
  }

  async #ask(text: string, last: MentionView | null): Promise<void> {
    const asked = ++this.#asked;
    this.busy = true;
    const result = await this.#api.call('mentions.search', {
      text,
      watchQueryId: this.#watchQueryId,
      before: last && { observedAt: last.observedAt, id: last.id },
      limit: PAGE,
    });
    if (asked !== this.#asked) return;
    this.busy = false;
    this.fault = result.ok ? undefined : result.error.message;
    if (!result.ok) return;
    this.words = text;
    this.found = last ? [...this.found, ...result.value.mentions] : result.value.mentions;
    this.hasMore = result.value.hasMore;
  }
}
