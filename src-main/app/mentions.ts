import Sqlite, { type Database } from 'better-sqlite3';
import { createMentionStore, type MentionStore } from '../store/mention-store.ts';
import { openDatabase, type OpenRefusal } from '../store/open-database.ts';
import type { DataPaths } from './data-folder.ts';

/**
 * The mention store of a data folder. Mentions are data, not evidence: where the file cannot be used it is left
 * untouched and said so, and the host works with a store in memory, because an incident cannot wait for it.
 */
export function openMentions(
  { mentionsFile }: DataPaths,
  onRefused: (refusal: OpenRefusal) => void,
): { readonly store: MentionStore; readonly db: Database } {
  const opened = openDatabase(mentionsFile, { migrations: [], create: true, skipCheck: false });
  if (!opened.ok) onRefused(opened.error);
  const db = opened.ok ? opened.value : new Sqlite(':memory:');
  return { store: createMentionStore(db), db };
}
