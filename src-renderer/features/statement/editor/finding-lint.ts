import { linter, type Diagnostic } from '@codemirror/lint';
import type { Extension } from '@codemirror/state';

/** What a check says about a stretch of the text; offsets are UTF-16 units with `\n` line ends. */
export interface EditorFinding {
  readonly from: number;
  readonly to: number;
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  /** Puts `insert` in place of the stretch. */
  readonly fix?: { readonly name: string; readonly insert: string };
}

/** Beyond these the text is drawn without marks: nobody reads a thousand underlines, and drawing them takes long. */
const MOST_FINDINGS = 200;

/** Runs the checks `delayMs` after the last key; they run over the whole text each time. */
export function findingLint(findings: (text: string) => readonly EditorFinding[], delayMs = 300): Extension {
  return linter(
    (view) => {
      const length = view.state.doc.length;
      return findings(view.state.doc.sliceString(0, length, '\n'))
        .slice(0, MOST_FINDINGS)
        .map(({ from, to, severity, message, fix }): Diagnostic => ({
          from: Math.min(from, length),
          to: Math.min(Math.max(from, to), length),
          severity,
          message,
          ...(fix && {
            actions: [
              {
                name: fix.name,
                apply: (target, start, end) =>
                  target.dispatch({ changes: { from: start, to: end, insert: fix.insert }, userEvent: 'input.fix' }),
              },
            ],
          }),
        }));
    },
    { delay: delayMs },
  );
}
