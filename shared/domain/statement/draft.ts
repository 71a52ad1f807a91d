import { canonicalJson } from '../../base/canonical.ts';
import { sha256Hex } from '../../base/digest.ts';
import type { Sha256Hex } from '../../base/ids.ts';
import { withUnixLineEnds } from './revision.ts';

/** The words as they are being written: the Yjs document of a statement, read at one moment. */
export interface Draft {
  readonly master: string;
  /** Texts that differ from the master, by channel id; empty ones are left out. */
  readonly variants: Readonly<Record<string, string>>;
}

/** The draft as a revision would hold it. */
export function normalDraft(draft: Draft): Draft {
  const variants = Object.entries(draft.variants).flatMap(([channelId, text]) =>
    text === '' ? [] : [[channelId, asRevisionText(text)] as const],
  );
  return { master: asRevisionText(draft.master), variants: Object.fromEntries(variants) };
}

/** LF line ends; half an emoji, which has no bytes to be hashed, is shown as the replacement character it would become. */
function asRevisionText(text: string): string {
  return withUnixLineEnds(text).toWellFormed();
}

/** What two sides compare to know that they look at the same words. */
export function draftHash(draft: Draft): Sha256Hex {
  const { master, variants } = normalDraft(draft);
  return sha256Hex(canonicalJson({ master, variants }));
}
