import * as Y from 'yjs';
import { TEXT_FIELD, VARIANTS_FIELD } from '../../shared/protocol/document-names.ts';

/** One stored update of a document: when the host took it in (ms since 1970), and the Yjs update (V1). */
export interface TimedUpdate {
  readonly at: number;
  readonly data: Uint8Array;
}

export interface TextAtMoment {
  readonly text: string;
  /** By channel; empty for notes. */
  readonly variants: Readonly<Record<string, string>>;
}

export interface DocumentHistory {
  /** The words as they stood at that moment (ms since 1970), everything stored at that millisecond included. */
  textAt(at: number): TextAtMoment;
  /** When it changed, oldest first; one per update. */
  readonly times: readonly number[];
}

/**
 * The words of a document at any second, from its whole history.
 *
 * A Yjs document keeps deleted words in their places. So the history is played once, each run of characters is noted
 * with the update that brought it and the one that took it, and a moment is one walk over the runs: no checkpoints to
 * keep, nothing to replay, and seeking costs the same forwards and backwards.
 */
export function createDocumentHistory(updates: readonly TimedUpdate[]): DocumentHistory {
  const times = updates.map(({ at }) => at);
  const doc = new Y.Doc({ gc: false });
  const lives = recordLives(doc, updates);
  const text = runsOf(doc.getText(TEXT_FIELD)._start, lives);
  const variants = [...doc.getMap(VARIANTS_FIELD)._map].map(([channel, newest]) => ({
    channel,
    versions: versionsOf(newest, lives),
  }));
  doc.destroy();

  return {
    times,
    textAt(at) {
      const count = countUpTo(times, at);
      const shown: Record<string, string> = {};
      for (const { channel, versions } of variants) {
        const version = versions.find(({ born }) => born < count);
        if (version !== undefined && version.died >= count) shown[channel] = wordsAt(version.runs, count);
      }
      return { text: wordsAt(text, count), variants: shown };
    },
  };
}

/** Characters that came together and went together; `born` and `died` are indexes of updates. */
interface Run {
  readonly words: string;
  readonly born: number;
  readonly died: number;
}

/** From this clock on, until the next mark of the same client. */
interface Mark {
  readonly clock: number;
  readonly end: number;
  readonly update: number;
}

interface Lives {
  readonly births: ReadonlyMap<number, readonly Mark[]>;
  readonly deaths: ReadonlyMap<number, readonly Mark[]>;
}

function recordLives(doc: Y.Doc, updates: readonly TimedUpdate[]): Lives {
  const births = new Map<number, Mark[]>();
  const deaths = new Map<number, Mark[]>();
  let update = 0;
  doc.on('afterTransaction', ({ beforeState, afterState, deleteSet }) => {
    for (const [client, end] of afterState) {
      const clock = beforeState.get(client) ?? 0;
      if (clock < end) marksOf(births, client).push({ clock, end, update });
    }
    for (const [client, ranges] of deleteSet.clients) {
      for (const { clock, len } of ranges) marksOf(deaths, client).push({ clock, end: clock + len, update });
    }
  });
  for (const { data } of updates) {
    Y.applyUpdate(doc, data);
    update += 1;
  }
  // A character dies once, so the ranges lie apart; births come in order already.
  for (const marks of deaths.values()) marks.sort((a, b) => a.clock - b.clock);
  return { births, deaths };
}

function marksOf(marksByClient: Map<number, Mark[]>, client: number): Mark[] {
  const marks = marksByClient.get(client) ?? [];
  marksByClient.set(client, marks);
  return marks;
}

function runsOf(first: Y.Item | null, lives: Lives): readonly Run[] {
  const runs: Run[] = [];
  for (let item = first; item !== null; item = item.right) {
    if (!(item.content instanceof Y.ContentString)) continue;
    const { client, clock } = item.id;
    const end = clock + item.length;
    for (let from = clock; from < end;) {
      const birth = markAt(lives.births.get(client), from);
      const death = markAt(lives.deaths.get(client), from);
      const to = Math.min(end, birth.until, death.until);
      runs.push({ words: item.content.str.slice(from - clock, to - clock), born: birth.update, died: death.update });
      from = to;
    }
  }
  return runs;
}

/** Every text that a channel ever had, the newest first: the first that was born is the one that counts. */
function versionsOf(newest: Y.Item, lives: Lives) {
  const versions: { readonly born: number; readonly died: number; readonly runs: readonly Run[] }[] = [];
  for (let item: Y.Item | null = newest; item !== null; item = item.left) {
    const { client, clock } = item.id;
    const born = markAt(lives.births.get(client), clock).update;
    const isText = item.content instanceof Y.ContentType && item.content.type instanceof Y.Text;
    // What is no text hides the older ones, and shows nothing itself.
    const died = isText ? markAt(lives.deaths.get(client), clock).update : -1;
    const runs = item.content instanceof Y.ContentType ? runsOf(item.content.type._start, lives) : [];
    versions.push({ born, died, runs });
  }
  return versions;
}

/** The update that marked this clock, or never; and up to which clock that holds. */
function markAt(marks: readonly Mark[] = [], clock: number): { readonly update: number; readonly until: number } {
  const index = countWhere(marks.length, (n) => (marks[n]?.end ?? Infinity) <= clock);
  const mark = marks[index];
  if (mark === undefined) return { update: Infinity, until: Infinity };
  return clock < mark.clock ? { update: Infinity, until: mark.clock } : { update: mark.update, until: mark.end };
}

function wordsAt(runs: readonly Run[], count: number): string {
  let words = '';
  for (const run of runs) if (run.born < count && run.died >= count) words += run.words;
  return words;
}

function countUpTo(times: readonly number[], at: number): number {
  return countWhere(times.length, (n) => (times[n] ?? Infinity) <= at);
}

/** How many of the first numbers hold, where those that hold come first. */
function countWhere(length: number, holds: (n: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
