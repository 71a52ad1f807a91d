import { canonicalJson } from '../base/canonical.ts';

/** A JSON object as it was parsed, or one of our own that holds nothing but JSON values. */
export type JsonObject = { readonly [name: string]: unknown };

/** Whether `text` is the one canonical form (RFC 8785) of `value`, which was parsed from it. Never throws. */
export function isCanonicalFormOf(value: unknown, text: string): boolean {
  try {
    return canonicalJson(value) === text;
  } catch {
    return false; // parsed JSON can still hold a lone surrogate, which has no canonical form
  }
}
