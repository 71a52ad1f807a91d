import * as Y from 'yjs';
import { TEXT_FIELD, VARIANTS_FIELD } from '../../shared/protocol/document-names.ts';

/** One stored update of a document: when a host took it in (ms since 1970), and the Yjs update (V1). */
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
  /** The words as they stood at that moment (ms since 1970), everything of that millisecond included. */
  textAt(at: number): TextAtMoment;
  /** When it changed, oldest first; one per update. */
  readonly times: readonly number[];
}

/**
 * The words of a document at any second, from its whole history.
 *
 * A Yjs document keeps deleted words in their places. So the history is played once, each run of characters is noted
 * with when it came and when it went, and a moment is one walk over the runs: no checkpoints to keep, nothing to replay,
 * and seeking costs the same forwards and backwards.
 *
 * The updates come in the order in which the host stored them: each after what it builds on, but not by their times,
 * for what was written at another host comes late, with the times of its clock. A character is there from its own time
 * on, yet not before what it stands next to; and it is gone from the earliest time at which anybody took it away.
 */
export function createDocumentHistory(updates: readonly TimedUpdate[]): DocumentHistory {
  const times = updates.map(({ at }) => at).sort((a, b) => a - b);
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
      const shown: Record<string, string> = {};
      for (const { channel, versions } of variants) {
        const version = versions.find(({ born }) => born <= at);
        if (version !== undefined && version.died > at) shown[channel] = wordsAt(version.runs, at);
      }
      return { text: wordsAt(text, at), variants: shown };
    },
  };
}

/** Characters that came together and went together, and when. */
interface Run {
  readonly words: string;
  readonly born: number;
  readonly died: number;
}

/** From this clock up to `end`, in one client: they came, or went, at that moment. */
interface Mark {
  readonly clock: number;
  readonly end: number;
  readonly at: number;
}

interface Lives {
  readonly births: ReadonlyMap<number, readonly Mark[]>;
  readonly deaths: ReadonlyMap<number, readonly Mark[]>;
}

function recordLives(doc: Y.Doc, updates: readonly TimedUpdate[]): Lives {
  const births = new Map<number, Mark[]>();
  const taken = new Map<number, Mark[]>();
  for (const { at, data } of updates) {
    const { structs, ds } = Y.decodeUpdate(data);
    noteBirths(births, structs, at);
    for (const [client, ranges] of ds.clients) {
      for (const { clock, len } of ranges) marksOf(taken, client).push({ clock, end: clock + len, at });
    }
    Y.applyUpdate(doc, data);
  }
  const deaths = new Map([...taken].map(([client, marks]) => [client, earliestOf(marks)] as const));
  return { births, deaths };
}

/** One update may hold what several clients wrote, and what one of them wrote may stand next to another's. */
function noteBirths(births: Map<number, Mark[]>, structs: readonly (Y.Item | Y.GC | Y.Skip)[], at: number): void {
  let waiting: readonly (Y.Item | Y.GC | Y.Skip)[] = structs;
  for (let before = Infinity; waiting.length > 0 && waiting.length < before;) {
    before = waiting.length;
    const held = new Set<number>();
    waiting = waiting.filter((struct) => {
      const { client } = struct.id;
      if (!held.has(client) && (struct instanceof Y.Skip || noteBirth(births, struct, at))) return false;
      held.add(client); // what a client wrote comes in its order
      return true;
    });
  }
}

/** False while something that it stands next to is not noted. What is held already stays as it is. */
function noteBirth(births: Map<number, Mark[]>, struct: Y.Item | Y.GC, at: number): boolean {
  const { client, clock } = struct.id;
  const marks = marksOf(births, client);
  const last = marks.at(-1);
  const from = Math.max(clock, last?.end ?? 0);
  const end = clock + struct.length;
  if (from >= end) return true;
  const needed = struct instanceof Y.Item ? [struct.origin, struct.rightOrigin, parentIdOf(struct)] : [];
  const others = needed.map((id) => (id === null || id.client === client ? 0 : bornAt(births, id)));
  const born = Math.max(at, last?.at ?? 0, ...others);
  if (born === Infinity) return false;
  if (last?.at === born) marks[marks.length - 1] = { ...last, end };
  else marks.push({ clock: from, end, at: born });
  return true;
}

function parentIdOf({ parent }: Y.Item): Y.ID | null {
  return parent instanceof Y.ID ? parent : null;
}

function bornAt(births: ReadonlyMap<number, readonly Mark[]>, { client, clock }: Y.ID): number {
  return markAt(births.get(client), clock).at;
}

/** Apart and in order, where they overlap the earliest: two may have taken away the same words, each in its place. */
function earliestOf(marks: readonly Mark[]): readonly Mark[] {
  const inOrder = [...marks].sort((a, b) => a.clock - b.clock || a.at - b.at);
  if (inOrder.every(({ clock }, index) => index === 0 || clock >= (inOrder[index - 1]?.end ?? 0))) return inOrder;
  const edges = [...new Set(marks.flatMap(({ clock, end }) => [clock, end]))].sort((a, b) => a - b);
  const apart: Mark[] = [];
  let open: Mark[] = [];
  let next = 0;
  for (const [index, clock] of edges.slice(0, -1).entries()) {
    const end = edges[index + 1] ?? clock;
    for (let mark = inOrder[next]; mark?.clock === clock; mark = inOrder[(next += 1)]) open.push(mark);
    open = open.filter((mark) => mark.end > clock);
    if (open.length > 0) apart.push({ clock, end, at: Math.min(...open.map(({ at }) => at)) });
  }
  return apart;
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
      runs.push({ words: item.content.str.slice(from - clock, to - clock), born: birth.at, died: death.at });
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
    const born = markAt(lives.births.get(client), clock).at;
    const isText = item.content instanceof Y.ContentType && item.content.type instanceof Y.Text;
    // What is no text hides the older ones, and shows nothing itself.
    const died = isText ? markAt(lives.deaths.get(client), clock).at : -1;
    const runs = item.content instanceof Y.ContentType ? runsOf(item.content.type._start, lives) : [];
    versions.push({ born, died, runs });
  }
  return versions;
}

/** When this clock was marked, or never; and up to which clock that holds. */
function markAt(marks: readonly Mark[] = [], clock: number): { readonly at: number; readonly until: number } {
  const index = countWhere(marks.length, (n) => (marks[n]?.end ?? Infinity) <= clock);
  const mark = marks[index];
  if (mark === undefined) return { at: Infinity, until: Infinity };
  return clock < mark.clock ? { at: Infinity, until: mark.clock } : { at: mark.at, until: mark.end };
}

function wordsAt(runs: readonly Run[], at: number): string {
  let words = '';
  for (const run of runs) if (run.born <= at && run.died > at) words += run.words;
  return words;
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
