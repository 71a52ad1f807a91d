import * as Y from 'yjs';
import { holds, isHeld, itemAt } from './held-items.ts';
import type { Added, DecodedUpdate } from './update-check.ts';

/** What taking one update in may cost, in items to be looked at: some tens of milliseconds. */
export const MOST_CONFLICT_STEPS = 1_000_000;

/** The items of one update that claim the place behind the same origin. */
interface Siblings {
  count: number;
  last: Y.Item;
  lastCost: number;
}

/**
 * How many items Yjs would look at to find the places of what is new in an update: for each new item those between its
 * origin and its right origin (YATA, Nicolaescu et al. 2016, section 3). Nearly always none or one. But many items for
 * one place cost their square, here and in everybody's page, and a few kilobytes can ask for hours of it.
 *
 * The result is an upper bound, and the counting ends with `most`, so that it costs no more than it allows.
 */
export function conflictSteps(
  doc: Y.Doc,
  { structs }: Pick<DecodedUpdate, 'structs'>,
  added: ReadonlyMap<number, Added>,
  most: number,
): number {
  const siblingsByOrigin = new Map<string, Siblings>();
  let steps = 0;
  for (const item of structs) {
    if (!(item instanceof Y.Item) || item.id.clock < (added.get(item.id.client)?.from ?? Infinity)) continue;
    const place = placeOf(item);
    const siblings = siblingsByOrigin.get(place);
    // What is put before the last one, again and again, finds its place as soon as that did.
    const isBeforeLast = siblings !== undefined && holds(siblings.last, item.rightOrigin);
    const count = siblings?.count ?? 0;
    const cost = isBeforeLast ? siblings.lastCost : count + stepsWithin(doc, item, count, most - steps);
    siblingsByOrigin.set(place, { count: count + 1, last: item, lastCost: cost });
    steps += cost;
    if (steps > most) return steps;
  }
  return steps;
}

function placeOf({ origin, parent, parentSub }: Y.Item): string {
  if (origin !== null) return `${String(origin.client)}:${String(origin.clock)}`;
  if (parent instanceof Y.ID) return `in ${String(parent.client)}:${String(parent.clock)} ${parentSub ?? ''}`;
  return `in ${typeof parent === 'string' ? parent : ''} ${parentSub ?? ''}`;
}

/** So many items of one update may claim a place of which is not known how much of the document lies before it. */
const FEW = 8;

/** Items in the document between where Yjs begins to look for this one's place and its right origin. */
function stepsWithin(doc: Y.Doc, item: Y.Item, siblings: number, most: number): number {
  const { origin, rightOrigin } = item;
  if (origin !== null) return isHeld(doc, origin) ? steps(behind(doc, origin), 'right', rightOrigin, most) : 0;
  if (rightOrigin === null) {
    const parent = parentOf(doc, item.parent);
    if (parent === null) return 0;
    if (item.parentSub === null) return steps(parent._start, 'right', null, most);
    return steps(parent._map.get(item.parentSub) ?? null, 'left', null, most);
  }
  if (isHeld(doc, rightOrigin)) return steps(itemAt(doc, rightOrigin)?.left ?? null, 'left', null, most);
  return siblings < FEW ? 0 : [...doc.store.clients.values()].reduce((sum, { length }) => sum + length, 0);
}

function steps(from: Y.Item | null, way: 'left' | 'right', until: Y.ID | null, most: number): number {
  let count = 0;
  for (let held = from; held !== null && count <= most && !holds(held, until); held = held[way]) count += 1;
  return count;
}

function behind(doc: Y.Doc, origin: Y.ID): Y.Item | null {
  const held = itemAt(doc, origin);
  if (held === null) return null;
  return origin.clock === held.id.clock + held.length - 1 ? held.right : held;
}

function parentOf(doc: Y.Doc, parent: Y.Item['parent']): Y.ContentType['type'] | null {
  if (typeof parent === 'string') return doc.share.get(parent) ?? null;
  if (!(parent instanceof Y.ID)) return null;
  const content = itemAt(doc, parent)?.content;
  return content instanceof Y.ContentType ? content.type : null;
}
