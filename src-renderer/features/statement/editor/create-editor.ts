import { defaultKeymap } from '@codemirror/commands';
import { lintKeymap } from '@codemirror/lint';
import { EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, highlightSpecialChars, keymap, placeholder } from '@codemirror/view';
import { yCollab, yUndoManagerKeymap } from 'y-codemirror.next';
import type { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { markerOf } from '../../../../shared/base/untrusted-text.ts';
import { editorTheme } from './editor-theme.ts';
import { findingLint, type EditorFinding } from './finding-lint.ts';
import { safeAwareness } from './remote-carets.ts';
import { selectSlot, slotHighlight } from './slots.ts';

export interface EditorOptions {
  readonly parent: HTMLElement;
  readonly label: string;
  readonly findings?: (text: string) => readonly EditorFinding[];
  /** Esc in the editor; without it Esc gives the focus back to the page. */
  readonly onLeave?: () => void;
}

export interface Editor {
  readonly view: EditorView;
  focus(): void;
  destroy(): void;
}

/** The live, shared text. With `readonly` it follows the others and takes no keys. */
export function createEditor(
  options: EditorOptions & { readonly text: Y.Text; readonly awareness: Awareness; readonly readonly?: boolean },
): Editor {
  const { text, awareness, findings, readonly = false } = options;
  const undoManager = new Y.UndoManager(text);
  const view = new EditorView({
    parent: options.parent,
    doc: text.toString(),
    extensions: [
      baseExtensions(options, readonly),
      // The undo of the shared text takes back one's own edits only; it must come before the default keys.
      keymap.of([
        { key: 'Tab', run: selectSlot(1), shift: selectSlot(-1) },
        ...yUndoManagerKeymap,
        ...lintKeymap,
        ...defaultKeymap,
      ]),
      placeholder('Write what is known. Tab goes to the next slot.'),
      findings ? findingLint(findings) : [],
      yCollab(text, safeAwareness(awareness), { undoManager }),
    ],
  });
  return {
    view,
    focus: () => view.focus(),
    destroy() {
      view.destroy();
      undoManager.destroy();
    },
  };
}

/** A text that is only shown, such as the replay's; `show` replaces what differs and keeps the scroll position. */
export function createReader(
  options: EditorOptions & { readonly text: string },
): Editor & { show(text: string): void } {
  const view = new EditorView({
    parent: options.parent,
    doc: options.text,
    extensions: [baseExtensions(options, true), options.findings ? findingLint(options.findings) : []],
  });
  return {
    view,
    focus: () => view.focus(),
    show(text) {
      const before = view.state.doc.sliceString(0, view.state.doc.length, '\n');
      const change = smallestChange(before, text);
      if (change) view.dispatch({ changes: change });
    },
    destroy: () => view.destroy(),
  };
}

/** The one stretch that differs: a scrubbed text must not be drawn anew from its first letter. */
export function smallestChange(
  before: string,
  after: string,
): { from: number; to: number; insert: string } | undefined {
  if (before === after) return undefined;
  const shorter = Math.min(before.length, after.length);
  let from = 0;
  while (from < shorter && before.charCodeAt(from) === after.charCodeAt(from)) from++;
  let tail = 0;
  while (tail < shorter - from && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  return { from, to: before.length - tail, insert: after.slice(from, after.length - tail) };
}

function baseExtensions(options: EditorOptions, readonly: boolean): Extension {
  return [
    EditorView.cspNonce.of(cspNonce()),
    // Offsets must be those of the Y.Text: a lone \r of another client is a character here, not a line's end.
    EditorState.lineSeparator.of('\n'),
    EditorView.clipboardInputFilter.of((pasted) => pasted.replace(/\r\n?/g, '\n')),
    EditorState.readOnly.of(readonly),
    EditorView.contentAttributes.of({
      'aria-label': options.label,
      'aria-multiline': 'true',
      ...(readonly && { 'aria-readonly': 'true' }),
      spellcheck: 'true',
      // Focusable anyway; said in words, because a text that scrolls must be seen to be reachable by keys.
      tabindex: '0',
    }),
    EditorView.lineWrapping,
    editorTheme,
    drawSelection(),
    slotHighlight(),
    highlightSpecialChars({
      addSpecialChars: /[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/,
      render(code) {
        const marker = document.createElement('span');
        marker.className = 'cm-specialChar';
        marker.textContent = markerOf(String.fromCodePoint(code));
        return marker;
      },
    }),
    keymap.of([
      {
        key: 'Escape',
        run(view) {
          if (options.onLeave) options.onLeave();
          else view.contentDOM.blur();
          return true;
        },
      },
    ]),
  ];
}

/** CodeMirror makes a <style> element, which the page's policy allows by this response's nonce only. */
export function cspNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
}
