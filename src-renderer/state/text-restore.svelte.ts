import type { Instant } from '../../shared/base/ids.ts';
import type { WarRoomApi } from '../../shared/protocol/create-war-room-api.ts';

/** The text as it was at `to` stands there again. */
export interface BroughtBack {
  readonly to: Instant;
  /** The last moment before it: bringing that back undoes this. */
  readonly before: Instant;
  /** False where the text read like that already. */
  readonly changed: boolean;
  /** It took an earlier one back. */
  readonly isUndo: boolean;
}

/** Brings a document's text back to how it read at a moment, and takes that back again. One act at a time. */
export class TextRestore {
  readonly #api: WarRoomApi;
  busy = $state(false);
  fault = $state<string>();
  /** The last that was brought back here; null before the first, and after one that was refused. */
  last = $state.raw<BroughtBack | null>(null);

  constructor(api: WarRoomApi) {
    this.#api = api;
  }

  bringBack(document: string, to: Instant): Promise<boolean> {
    return this.#restore(document, to, false);
  }

  /** Takes the last one back; an undo of an undo brings it back again. */
  async undo(document: string): Promise<boolean> {
    const { last } = this;
    return last?.changed === true && this.#restore(document, last.before, !last.isUndo);
  }

  forget(): void {
    this.last = null;
    this.fault = undefined;
  }

  async #restore(document: string, to: Instant, isUndo: boolean): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    const result = await this.#api.call('document.restore', { document, at: to });
    this.busy = false;
    this.fault = result.ok ? undefined : result.error.message;
    this.last = result.ok ? { to, isUndo, ...result.value } : null;
    return result.ok;
  }
}
