import { DOCUMENT_DEVICES_SCHEMA, DOCUMENT_SCHEMA } from '../document-store.ts';
import { EVIDENCE_SCHEMA } from '../evidence-store.ts';
import { TEXT_BATCH_SCHEMA } from '../text-log.ts';

/**
 * `event` is the file's own log; `idx` counts from 0 in the order the log took the events in. `envelope` is the
 * canonical text that was hashed and signed, so that nothing has to be made again to check or to export it.
 * `adopted_event` holds, in a room's file, the workspace events it needs to be judged alone.
 *
 * There is no second index, so that an append touches one page. `idx` alone refuses a writer that has not seen the last
 * append, and opening a log follows every author's chain, so no number is ever used twice.
 */
export const EVENT_SCHEMA = ['event', 'adopted_event']
  .map(
    (table) => `
CREATE TABLE ${table} (
  idx INTEGER PRIMARY KEY,
  log TEXT NOT NULL,
  author TEXT NOT NULL,
  seq INTEGER NOT NULL CHECK (seq > 0),
  hash TEXT NOT NULL,
  type TEXT NOT NULL,
  envelope TEXT NOT NULL,
  signature TEXT NOT NULL,
  body TEXT,
  salt TEXT,
  CHECK ((body IS NULL) = (salt IS NULL))
) STRICT;
`,
  )
  .join('');

/**
 * When an event came in from another host, in ms since 1970; null for what was signed here. No hash covers it, and nothing
 * is judged by it.
 */
const EVENT_ARRIVAL_SCHEMA = `
ALTER TABLE event ADD COLUMN arrived_at INTEGER;
`;

/** Of `workspace.db` and every `rooms/<id>.db`, forward only: number n in this list leads from schema n to n + 1. */
export const LOG_FILE_MIGRATIONS: readonly string[] = [
  EVENT_SCHEMA + DOCUMENT_SCHEMA + EVIDENCE_SCHEMA,
  DOCUMENT_DEVICES_SCHEMA,
  EVENT_ARRIVAL_SCHEMA + TEXT_BATCH_SCHEMA,
];
