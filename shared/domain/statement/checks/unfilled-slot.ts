import { unfilledSlots } from '../slots.ts';
import { type Note, noteAt } from './note.ts';

/** More than a person would ever read: a text of nothing but brackets must not cost the editor its breath. */
const ENOUGH = 250;

/** Every `[slot]` that nobody has filled, up to 250. `templateText`, if known, tells the template's own slots from later ones. */
export function checkUnfilledSlots(text: string, templateText = ''): readonly Note[] {
  const slots = unfilledSlots(text).slice(0, ENOUGH);
  return slots.map((slot) => {
    const asked = templateText.includes(`[${slot.name}]`) ? 'The template asks for it' : 'It stands in the text';
    return noteAt(slot, 'blocking', `"${slot.name}" is not filled in. ${asked}: write it, or take the sentence out.`);
  });
}
