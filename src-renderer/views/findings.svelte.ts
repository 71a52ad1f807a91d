import { untrack } from 'svelte';
import type { Draft } from '../../shared/domain/statement/draft.ts';
import type { Finding } from '../../shared/domain/statement/finding.ts';

/** Long enough that a fast writer's keys are not checked one by one, short enough to feel like at once. */
const QUIET_MS = 150;

/** The findings of a text that is being written, checked when the keys are quiet. To be made while a component starts. */
export function createFindings(
  draft: () => Draft | null,
  check: (draft: Draft) => readonly Finding[],
): { readonly list: readonly Finding[] } {
  let list = $state.raw<readonly Finding[]>([]);
  let checkedOnce = false;
  $effect(() => {
    const now = draft();
    if (now === null) {
      list = [];
      checkedOnce = false;
      return;
    }
    const run = (): void => {
      checkedOnce = true;
      list = untrack(() => check(now));
    };
    const handle = setTimeout(run, untrack(() => checkedOnce) ? QUIET_MS : 0);
    return () => clearTimeout(handle);
  });
  return {
    get list() {
      return list;
    },
  };
}
