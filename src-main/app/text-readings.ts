import { detectLanguage } from '../../shared/domain/mention/language.ts';
import { estimateSentiment } from '../../shared/domain/mention/sentiment.ts';

/** What a text says by itself. */
export interface TextReadings {
  languageOf(text: string): string | null;
  sentimentOf(text: string, language: string | null): number | null;
}

interface Reading {
  language?: string | null;
  /** Of the text taken as one of this language. */
  judged?: { readonly as: string | null; readonly sentiment: number | null };
}

/** Nobody repeats an article word for word so often that its memory would be well spent. */
const LONGEST_REMEMBERED = 600;

/**
 * In a storm most posts repeat others word for word, and a text read once needs no reading again. What nobody said again
 * for the last `remembered` different texts is forgotten before twice as many have come.
 */
export function createTextReadings(
  remembered = 5_000,
  read: { readonly language: typeof detectLanguage; readonly sentiment: typeof estimateSentiment } = {
    language: detectLanguage,
    sentiment: estimateSentiment,
  },
): TextReadings {
  let recent = new Map<string, Reading>();
  let older = new Map<string, Reading>();

  function readingOf(text: string): Reading {
    const known = recent.get(text);
    if (known !== undefined) return known;
    const reading = older.get(text) ?? {};
    if (text.length > LONGEST_REMEMBERED) return reading;
    if (recent.size >= remembered) {
      older = recent;
      recent = new Map();
    }
    recent.set(text, reading);
    return reading;
  }

  return {
    languageOf(text) {
      const reading = readingOf(text);
      if (reading.language === undefined) reading.language = read.language(text);
      return reading.language;
    },
    sentimentOf(text, language) {
      const reading = readingOf(text);
      if (reading.judged === undefined || reading.judged.as !== language)
        reading.judged = { as: language, sentiment: read.sentiment(text, language) };
      return reading.judged.sentiment;
    },
  };
}
