import type { Text } from 'yjs';

/** Where each typist's characters begin; so many that nobody types as many in a test. */
const FIRST = 0x4e00;
const EACH = 5000;

/** Which typist wrote it, counted from 0. */
export function typistOf(character: string): number {
  return Math.floor((character.charCodeAt(0) - FIRST) / EACH);
}

/**
 * Somebody whose every character is another one, so that a text tells what was lost, what is there twice and whose it
 * was. `see` notes what stands on its screen; nothing of that may ever be lost.
 */
export function createUniqueTypist(number: number, text: Text, random: () => number) {
  const below = (limit: number): number => Math.floor(random() * limit);
  const typed: string[] = [];
  const deleted = new Set<string>();
  const seen = new Set<string>();
  const seenGone = new Set<string>();

  function see(): void {
    const shown = new Set(text.toString());
    for (const character of seen) if (!shown.has(character)) seenGone.add(character);
    for (const character of shown) if (typistOf(character) !== number) seen.add(character);
  }
  text.observe(see);

  return {
    typed,
    deleted,
    /** Characters of the others that it had on its screen. */
    seen,
    /** Of those, what others took away again. */
    seenGone,
    /** One edit: mostly a character, at its own place or anywhere; now and then one of its own is taken away. */
    edit(): void {
      if (typed.length >= EACH) throw new Error('typed more than it has characters');
      if (random() < 0.1) {
        const victim = typed[below(typed.length)];
        const at = victim === undefined ? -1 : text.toString().indexOf(victim);
        if (victim !== undefined && at >= 0) {
          deleted.add(victim);
          text.delete(at, 1);
          return;
        }
      }
      const character = String.fromCharCode(FIRST + number * EACH + typed.length);
      const last = typed.at(-1);
      const own = last === undefined ? -1 : text.toString().indexOf(last);
      typed.push(character);
      text.insert(own < 0 || random() < 0.3 ? below(text.length + 1) : own + 1, character);
    },
  };
}

export type UniqueTypist = ReturnType<typeof createUniqueTypist>;
