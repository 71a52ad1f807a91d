// Both exist in Node, Electron and browsers alike, but neither the DOM's nor Node's types may be loaded in shared/.
declare const TextEncoder: new () => { encode(text: string): Uint8Array };
declare const TextDecoder: new (
  label: 'utf-8',
  options: { readonly fatal: boolean; readonly ignoreBOM: true },
) => { decode(bytes: Uint8Array): string };

const encoder = new TextEncoder();
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

/** The text's UTF-8 bytes. A lone surrogate becomes U+FFFD: hash only text that came out of `canonicalJson`. */
export function utf8Bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text, with a byte order mark kept as a character; null if the bytes are not UTF-8. */
export function utf8Text(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

/** The same of bytes that are read for people, or by a parser that judges them: what is not UTF-8 becomes U+FFFD. */
export function lenientUtf8Text(bytes: Uint8Array): string {
  return lenient.decode(bytes);
}
