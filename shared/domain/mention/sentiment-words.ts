/** Signs that a text judges with, as the word of the lexicon that says the same. Signs with two readings are left out. */
export const wordBySign: ReadonlyMap<string, string> = new Map(
  Object.entries({
    happy: '😀😁😃😄😊🙂🤗😎🎉🥳',
    love: '😍😘🥰❤💕💖💗💚💙💛🧡💜',
    great: '👍👏🙌💯',
    sad: '😞😟😢😭💔😔☹🙁',
    angry: '😠😡🤬👿',
    horrible: '😱😨',
    disgusting: '🤮🤢',
    bad: '👎',
  }).flatMap(([word, signs]) => Array.from(signs, (sign) => [sign, word] as const)),
);
