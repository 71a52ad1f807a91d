import { type EditorState, type Extension, type StateCommand } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import { Decoration, MatchDecorator, ViewPlugin, type DecorationSet, type ViewUpdate } from '@codemirror/view';

export interface SlotRange {
  readonly from: number;
  readonly to: number;
}

/** An unfilled slot: `[what we know]`, on one line. What has been written over has no brackets any more. */
const SLOT = /\[[^[\]\n]{1,120}\]/g;

export function slotsOf(text: string): SlotRange[] {
  return [...text.matchAll(SLOT)].map((match) => ({ from: match.index, to: match.index + match[0].length }));
}

/** The slot after `position`, or the one before it; round the ends. */
export function neighbourSlot(slots: readonly SlotRange[], position: SlotRange, step: 1 | -1): SlotRange | undefined {
  if (step === 1) return slots.find(({ from }) => from >= position.to && from > position.from) ?? slots[0];
  return slots.findLast(({ to }) => to <= position.from) ?? slots.at(-1);
}

/** Selects the next (1) or previous (-1) slot, so that typing replaces it; without slots the key does what it does. */
export function selectSlot(step: 1 | -1): StateCommand {
  return ({ state, dispatch }) => {
    const { from, to } = state.selection.main;
    const slot = neighbourSlot(slotsOf(textOf(state)), { from, to }, step);
    if (!slot) return false;
    dispatch(
      state.update({ selection: { anchor: slot.from, head: slot.to }, scrollIntoView: true, userEvent: 'select.slot' }),
    );
    return true;
  };
}

/** Joined by `\n` whatever the state's line separator, so that offsets are those of the document. */
function textOf(state: EditorState): string {
  return state.doc.sliceString(0, state.doc.length, '\n');
}

const decorator = new MatchDecorator({ regexp: SLOT, decoration: Decoration.mark({ class: 'cm-slot' }) });

/** Marks the unfilled slots that are on the screen. */
export function slotHighlight(): Extension {
  return ViewPlugin.fromClass(
    class {
      decorations: DecorationSet;
      constructor(view: EditorView) {
        this.decorations = decorator.createDeco(view);
      }
      update(update: ViewUpdate): void {
        this.decorations = decorator.updateDeco(update, this.decorations);
      }
    },
    { decorations: (plugin) => plugin.decorations },
  );
}
