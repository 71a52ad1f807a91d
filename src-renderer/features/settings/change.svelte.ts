import type { WorkspaceChange } from '../../../shared/protocol/endpoints.ts';
import type { WarRoom } from '../../state/war-room.svelte.ts';

/** One change of the organisation after the other, with what became of the last one. */
export class SettingsChange {
  readonly #war: WarRoom;
  busy = $state(false);
  fault = $state<string>();
  /** What was done, for the status line. */
  said = $state('');

  constructor(war: WarRoom) {
    this.#war = war;
  }

  /** Whether it was done. `done` is the sentence that says so. */
  async make(change: WorkspaceChange, done: string): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    const result = await this.#war.api.call('workspace.change', { change });
    this.busy = false;
    this.fault = result.ok ? undefined : result.error.message;
    this.said = result.ok ? done : '';
    return result.ok;
  }
}
