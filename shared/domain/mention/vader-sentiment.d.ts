/** The parts of vader-sentiment 1.1.3 that we call; the package has no types of its own. */
declare module 'vader-sentiment' {
  interface TextAsWords {
    readonly words_and_emoticons: readonly string[];
    /** Whether some words, and not all, are written in capitals. */
    readonly is_cap_diff: boolean;
  }

  interface SentimentIntensityAnalyzer {
    /** Appends the valence of the word at `index` to `sentiments`, 0 for a word that judges nothing. */
    sentiment_valence(valence: 0, text: TextAsWords, word: string, index: number, sentiments: number[]): number[];
    /** Halves what stands before "but" and widens what follows it, in place. */
    but_check(words: readonly string[], sentiments: number[]): number[];
    /** `compound` is -1 to 1, with four decimals. */
    score_valence(sentiments: readonly number[], text: string): { readonly compound: number };
    polarity_scores(text: string): { readonly compound: number };
  }

  const vader: { readonly SentimentIntensityAnalyzer: SentimentIntensityAnalyzer };
  export default vader;
}
