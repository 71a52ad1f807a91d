import canonicalize from 'canonicalize';
import { invariant } from './invariant.ts';

/** The one JSON text of a value (RFC 8785): the same value gives the same bytes everywhere, so it can be hashed. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  invariant(text !== undefined, 'only JSON values have a canonical form');
  return text;
}
