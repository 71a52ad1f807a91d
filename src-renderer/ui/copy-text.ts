/** Puts this on the clipboard, and returns what to say of it. `it` is what whoever has to copy it by hand selects. */
export async function copyText(text: string, done: string, it = 'it'): Promise<string> {
  try {
    await navigator.clipboard.writeText(text);
    return done;
  } catch {
    return `This page may not copy here. Select ${it} and copy it with the keyboard.`;
  }
}
