import { type Instant, instant } from '../../shared/base/ids.ts';
import type { Mention } from '../../shared/domain/mention/mention.ts';

/** A look in between, where nothing was said for long: an hour of nothing is a few milliseconds of work. */
const LOOK_EVERY_MS = 60 * 60_000;

/** A mention to observe, or a moment to look at: the past of a watch query, oldest first, in steps that are short. */
export type ReplayStep = { readonly mention: Mention } | { readonly look: Instant };

/** The steps of these stored mentions, up to now. */
export function* replaySteps(pages: Iterable<readonly Mention[]>, until: Instant): Generator<ReplayStep, void> {
  let reached: number | null = null;
  for (const page of pages)
    for (const mention of page) {
      reached ??= mention.observedAt;
      while (reached + LOOK_EVERY_MS < mention.observedAt) {
        reached += LOOK_EVERY_MS;
        yield { look: instant(reached) };
      }
      reached = Math.max(reached, mention.observedAt);
      yield { mention };
    }
  if (reached !== null)
    for (reached += LOOK_EVERY_MS; reached < until; reached += LOOK_EVERY_MS) yield { look: instant(reached) };
  yield { look: until };
}
