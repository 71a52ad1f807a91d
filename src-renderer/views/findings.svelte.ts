import { untrack } from 'svelte';
import type { Draft } from '../../shared/domain/statement/draft.ts';
import type { Finding } from '../../shared/domain/statement/finding.ts';

/** Long enough that a fast writer's keys are not checked one by one, short enough to feel like at once. */
const QUIET_MS = 300;

/** A text and what the checks say of it: both of the same moment. */
export interface Checked {
  readonly draft: Draft | null;
  readonly list: readonly Finding[];
}

const NOTHING: Checked = { draft: null, list: [] };

/** The findings of a text that is being written, checked when the keys are quiet. To be made while a component starts. */
export function createFindings(draft: () => Draft | null, check: (draft: Draft) => readonly Finding[]): Checked {
  let checked = $state.raw<Checked>(NOTHING);
  let checkedOnce = false;
  $effect(() => {
    const now = draft();
    if (now === null) {
      checked = NOTHING;
      checkedOnce = false;
      return;
    }
    const run = (): void => {
      checkedOnce = true;
      checked = { draft: now, list: untrack(() => check(now)) };
    };
    const handle = setTimeout(run, untrack(() => checkedOnce) ? QUIET_MS : 0);
    return () => clearTimeout(handle);
  });
  return {
    get draft() {
      return checked.draft;
    },
    get list() {
      return checked.list;
    },
  };
}
