import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { SHARED_DATA } from './shared-data.ts';

const FOLDER = join(SHARED_DATA, 'crisislex');

export type Crisis = '2013_Glasgow_helicopter_crash' | '2013_LA_airport_shootings' | '2013_Spain_train_crash';

/** About 1,000 real texts a crisis, oldest first (CrisisLexT26; Olteanu and others 2014); none where the data is not. */
export function crisisTweets(crisis: Crisis): readonly string[] {
  const file = join(FOLDER, `${crisis}-tweets_labeled.csv`);
  if (!existsSync(file)) return [];
  const rows: string[][] = parse(readFileSync(file, 'utf8'), { from_line: 2, relax_column_count: true });
  return rows.map(([, text = '']) => text);
}

/** Texts of real Bluesky frames, with the language their author's client named. */
export function blueskyPosts(): readonly { readonly text: string; readonly language: string | null }[] {
  const file = join(SHARED_DATA, 'bluesky', 'expected_v1.jsonl');
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const frame = JSON.parse(line) as { commit?: { record?: { text?: unknown; langs?: unknown } } };
      const { text, langs } = frame.commit?.record ?? {};
      if (typeof text !== 'string' || text === '') return [];
      const [language] = Array.isArray(langs) ? (langs as unknown[]) : [];
      return [{ text, language: typeof language === 'string' ? language : null }];
    });
}
