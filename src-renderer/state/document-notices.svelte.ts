import type { WarRoomApi } from '../../shared/protocol/create-war-room-api.ts';
import type { MassDeletionNotice } from '../../shared/protocol/views.ts';

/** What was dismissed in this tab, for as long as the tab lives: going out of a room and back shows nothing again. */
// eslint-disable-next-line svelte/prefer-svelte-reactivity -- read when a list comes in, never drawn
const dismissed = new Set<string>();

/** What happened to one document's text, as the host tells everybody who has it open. `destroy` ends it. */
export class DocumentNotices {
  readonly #stop: () => void;
  /** Oldest first, without what was dismissed in this tab. */
  massDeletions = $state.raw<readonly MassDeletionNotice[]>([]);

  constructor(api: WarRoomApi, document: string) {
    this.#stop = api.follow('document.notices', { document }, ({ massDeletions }) => {
      this.massDeletions = massDeletions.filter(({ id }) => !dismissed.has(id));
    });
  }

  dismiss(id: string): void {
    dismissed.add(id);
    this.massDeletions = this.massDeletions.filter((one) => one.id !== id);
  }

  destroy(): void {
    this.#stop();
  }
}
