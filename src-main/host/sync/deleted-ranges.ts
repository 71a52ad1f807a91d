import * as Y from 'yjs';
import { heldBetween } from './held-items.ts';
import type { DecodedUpdate } from './update-check.ts';

/** Clocks from `clock` on, `len` of them. */
export interface Range {
  readonly clock: number;
  readonly len: number;
}

/** What is deleted, by client id; in each client ascending and apart, once `sorted` has been over it. */
export type DeletedRanges = ReadonlyMap<number, readonly Range[]>;

/** The deletions of an update that the document does not hold yet, and how many units in use they take away. */
export function newDeletions(doc: Y.Doc, ds: DecodedUpdate['ds']): { ranges: DeletedRanges; units: number } {
  const ranges = new Map<number, Range[]>();
  let units = 0;
  for (const [client, deleted] of ds.clients) {
    const found: Range[] = [];
    const held = Y.getState(doc.store, client);
    for (const { clock, len } of deleted) {
      const end = clock + len;
      for (const { struct, from, until } of heldBetween(doc, client, clock, end)) {
        if (struct.deleted) continue;
        found.push({ clock: from, len: until - from });
        if (struct instanceof Y.Item && struct.countable) units += until - from;
      }
      // What the same update brings and takes away again.
      if (end > held) found.push({ clock: Math.max(clock, held), len: end - Math.max(clock, held) });
    }
    if (found.length > 0) ranges.set(client, found);
  }
  return { ranges, units };
}

/** Whether `ranges` cover just what `ds` covers. Both are ascending and apart. */
export function isAllOf(ranges: DeletedRanges, ds: DecodedUpdate['ds']): boolean {
  return unitsOf(ranges) === unitsOf(ds.clients);
}

function unitsOf(ranges: DeletedRanges): number {
  let units = 0;
  for (const ofClient of ranges.values()) for (const { len } of ofClient) units += len;
  return units;
}

/** Ranges that come bit by bit; those that touch are joined when they are read. */
export function createDeletions() {
  const ranges = new Map<number, Range[]>();
  return {
    add(more: DeletedRanges): void {
      for (const [client, added] of more) {
        const known = ranges.get(client);
        if (known === undefined) ranges.set(client, [...added]);
        else known.push(...added);
      }
    },
    sorted(): DeletedRanges {
      for (const [client, known] of ranges) ranges.set(client, joined(known));
      return ranges;
    },
  };
}

export type Deletions = ReturnType<typeof createDeletions>;

function joined(ranges: readonly Range[]): Range[] {
  const ascending = [...ranges].sort((a, b) => a.clock - b.clock);
  const apart: Range[] = [];
  for (const range of ascending) {
    const last = apart.at(-1);
    const end = last === undefined ? -1 : last.clock + last.len;
    if (last === undefined || range.clock > end) apart.push(range);
    else apart[apart.length - 1] = { clock: last.clock, len: Math.max(end, range.clock + range.len) - last.clock };
  }
  return apart;
}
