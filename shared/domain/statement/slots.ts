/** `[slot name]` in a text: still to be filled. Names have no brackets or line breaks in them. */
const SLOT = /\[([^[\]\n]{1,200})\]/g;

export interface Slot {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The slots that a text still has, in order, with their places as UTF-16 offsets. */
export function unfilledSlots(text: string): readonly Slot[] {
  return Array.from(text.matchAll(SLOT), (match) => ({
    name: match[1] ?? '',
    from: match.index,
    to: match.index + match[0].length,
  }));
}

/**
 * What was written where the template had a slot, as far as the words around it still stand. A reading aid for the
 * log, not evidence: the text itself is what was approved.
 */
export function slotValues(template: string, text: string): Record<string, string> {
  const values: Record<string, string> = {};
  let textAt = 0;
  let templateAt = 0;
  const slots = unfilledSlots(template);
  for (const [index, slot] of slots.entries()) {
    const before = lastWords(template.slice(templateAt, slot.from));
    const after = firstWords(template.slice(slot.to, slots[index + 1]?.from ?? template.length));
    const found = text.indexOf(before, textAt);
    if (found < 0) continue;
    const from = found + before.length;
    const end = after === '' ? text.length : text.indexOf(after, from);
    if (end < 0) continue;
    const value = text.slice(from, end);
    if (value !== '' && value.length <= 10_000 && unfilledSlots(value).length === 0) values[slot.name] = value;
    textAt = end;
    templateAt = slot.to;
  }
  return values;
}

function lastWords(literal: string): string {
  return literal.slice(-24);
}

function firstWords(literal: string): string {
  return literal.slice(0, 24);
}
