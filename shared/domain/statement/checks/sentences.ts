/** Ends of sentences and lines; the dot of "2 p.m. today" is none. Looks at each character once. */
const END = /(?<![ap]\.m)[.!?](?=\s|$)|\n/gi;

/** The sentences of a text, in order, without their end marks. Works for plain prose; a heading is a sentence. */
export function sentencesOf(text: string): readonly string[] {
  return text.split(END).filter((sentence) => sentence.trim() !== '');
}
