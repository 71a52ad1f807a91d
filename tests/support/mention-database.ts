import type { Database } from 'better-sqlite3';
import { createMentionStore, type MentionStore } from '../../src-main/store/mention-store.ts';
import { MENTION_MIGRATIONS } from '../../src-main/store/migrations/mentions.ts';
import { openDatabase } from '../../src-main/store/open-database.ts';
import { unwrap } from './unwrap.ts';

/** A mention store in a file of its own, made where it is missing. */
export function openMentionFile(file: string): { readonly db: Database; readonly store: MentionStore } {
  const db = unwrap(openDatabase(file, { migrations: MENTION_MIGRATIONS, create: true }));
  db.pragma('synchronous = NORMAL');
  return { db, store: createMentionStore(db) };
}
