import { diffLines, diffWordsWithSpace } from 'diff';

export interface DiffPart {
  readonly kind: 'same' | 'added' | 'removed';
  readonly text: string;
}

/**
 * What changed between two texts, word by word. Two long texts with nothing in common would hold the page for
 * seconds, so beyond `timeoutMs` whole lines are compared, and beyond that the text counts as replaced.
 */
export function wordDiff(before: string, after: string, timeoutMs = 150): DiffPart[] {
  if (before === after) return before === '' ? [] : [{ kind: 'same', text: before }];
  const changes =
    diffWordsWithSpace(before, after, { timeout: timeoutMs }) ?? diffLines(before, after, { timeout: timeoutMs });
  if (!changes) {
    return [
      { kind: 'removed', text: before },
      { kind: 'added', text: after },
    ];
  }
  return changes.map(({ value, added, removed }) => ({
    kind: added ? 'added' : removed ? 'removed' : 'same',
    text: value,
  }));
}

const CONTEXT = 80;

/** What a reader has seen before need not be read again: of long stretches that stayed only the ends are left. */
export function excerpt(parts: readonly DiffPart[]): DiffPart[] {
  return parts.map(({ kind, text }, index) => {
    if (kind !== 'same') return { kind, text };
    const head = index === 0 ? '' : text.slice(0, text.indexOf(' ', CONTEXT) + 1);
    const tail = index === parts.length - 1 ? '' : text.slice(text.lastIndexOf(' ', text.length - CONTEXT));
    const isLong = text.length > head.length + tail.length + CONTEXT;
    return { kind, text: isLong ? `${head}…${tail}` : text };
  });
}

/** How many words were added and removed, for the line above a difference. */
export function diffSize(parts: readonly DiffPart[]): { added: number; removed: number } {
  function words(kind: DiffPart['kind']): number {
    return parts
      .filter((part) => part.kind === kind)
      .reduce((sum, part) => sum + (part.text.match(/\S+/g)?.length ?? 0), 0);
  }
  return { added: words('added'), removed: words('removed') };
}
