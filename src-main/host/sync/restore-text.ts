import { setImmediate } from 'node:timers/promises';
import { diffWordsWithSpace } from 'diff';
import * as Y from 'yjs';
import { TEXT_FIELD, VARIANTS_FIELD } from '../../../shared/protocol/document-names.ts';
import { textOf, type DocumentText } from './live-document.ts';

/** Finding the smallest change may take this long, in ms; then everything between the first and last difference is new. */
const DIFF_TIMEOUT_MS = 200;

/**
 * What a document read like, from the updates of its history up to then, in the order in which they were stored. Others
 * go first between them. One may build on what came before it and is later all the same, because two clocks differed:
 * it counts when that does, and nothing that follows can bring it back.
 */
export async function textOfPieces(pieces: readonly Uint8Array[]): Promise<DocumentText> {
  const doc = new Y.Doc();
  for (const [index, piece] of pieces.entries()) {
    Y.applyUpdate(doc, piece);
    doc.store.pendingStructs = doc.store.pendingDs = null; // Yjs would go through all of it again with every update
    if (index % AT_ONCE === AT_ONCE - 1 || piece.length > LARGE) await setImmediate();
  }
  const text = textOf(doc);
  doc.destroy();
  return text;
}

const AT_ONCE = 64;
const LARGE = 4096;

/**
 * The edits that make a document read as it read at an earlier moment, as one Yjs update under `clientId`; null when it
 * reads so already. They are ordinary edits: the history keeps everything, and a later restoring can undo them. Only
 * the words that differ are touched, so that cursors and what others type meanwhile stay where they are.
 */
export function restoringUpdate(state: Uint8Array, then: DocumentText, clientId: number): Uint8Array | null {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, state);
  doc.clientID = clientId;
  const before = Y.encodeStateVector(doc);
  let changed = false;
  doc.on('update', () => (changed = true));
  doc.transact(() => {
    rewrite(doc.getText(TEXT_FIELD), then.text);
    rewriteVariants(doc.getMap(VARIANTS_FIELD), then.variants);
  });
  const update = Y.encodeStateAsUpdate(doc, before);
  doc.destroy();
  return changed ? update : null;
}

function rewriteVariants(variants: Y.Map<unknown>, then: DocumentText['variants']): void {
  for (const channel of [...variants.keys()]) if (!Object.hasOwn(then, channel)) variants.delete(channel);
  for (const [channel, words] of Object.entries(then)) {
    const variant = variants.get(channel);
    if (variant instanceof Y.Text) rewrite(variant, words);
    else variants.set(channel, new Y.Text(words));
  }
}

function rewrite(text: Y.Text, words: string): void {
  let at = 0;
  for (const { added, removed, value } of changesBetween(text.toString(), words)) {
    if (removed) text.delete(at, value.length);
    else {
      if (added) text.insert(at, value);
      at += value.length;
    }
  }
}

interface Change {
  readonly added: boolean;
  readonly removed: boolean;
  readonly value: string;
}

function changesBetween(now: string, then: string): readonly Change[] {
  if (now === then) return [];
  const changes = diffWordsWithSpace(now, then, { timeout: DIFF_TIMEOUT_MS }) as readonly Change[] | undefined;
  return changes ?? middleChanged(now, then);
}

function middleChanged(now: string, then: string): readonly Change[] {
  const shorter = Math.min(now.length, then.length);
  let start = 0;
  while (start < shorter && now[start] === then[start]) start += 1;
  if (isInsidePair(now, start) || isInsidePair(then, start)) start -= 1;
  let end = 0;
  while (end < shorter - start && now[now.length - 1 - end] === then[then.length - 1 - end]) end += 1;
  if (isInsidePair(now, now.length - end) || isInsidePair(then, then.length - end)) end -= 1;
  return [
    { added: false, removed: false, value: now.slice(0, start) },
    { added: false, removed: true, value: now.slice(start, now.length - end) },
    { added: true, removed: false, value: then.slice(start, then.length - end) },
  ];
}

/** Yjs replaces both halves of a surrogate pair that is cut in two. */
function isInsidePair(text: string, at: number): boolean {
  return /^[\uD800-\uDBFF][\uDC00-\uDFFF]$/.test(text.slice(at - 1, at + 1));
}
