import { EditorView } from '@codemirror/view';

/** Added underlined, removed struck through, beside their colours: never by colour alone. */
export const diffTheme = EditorView.theme({
  '.cm-changedLine, .cm-insertedLine': { backgroundColor: 'var(--done-surface)' },
  '.cm-changedText, .cm-insertedLine .cm-changedText': {
    background: 'none',
    color: 'var(--done-text)',
    textDecoration: 'underline',
    textUnderlineOffset: '3px',
  },
  '.cm-deletedChunk': { backgroundColor: 'var(--alarm-surface)', color: 'var(--alarm-text)' },
  '.cm-deletedChunk .cm-deletedText, .cm-deletedText': {
    background: 'none',
    color: 'var(--alarm-text)',
    textDecoration: 'line-through',
  },
  '.cm-collapsedLines': {
    background: 'var(--surface-sunken)',
    color: 'var(--text-muted)',
    padding: 'var(--space-1) var(--space-3)',
  },
});
