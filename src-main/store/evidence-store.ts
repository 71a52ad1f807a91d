import type { Database } from 'better-sqlite3';
import type { Sha256Hex } from '../../shared/base/ids.ts';
import type { Evidence, EvidenceStore } from '../commands/ports.ts';

/** Captured files of one room. The log names them by their digest, so a changed byte here is noticed there. */
export const EVIDENCE_SCHEMA = `
CREATE TABLE evidence (
  sha256 TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  mime TEXT NOT NULL,
  bytes BLOB NOT NULL
) STRICT;
`;

interface EvidenceRow {
  readonly sha256: Sha256Hex;
  readonly name: string;
  readonly mime: string;
  readonly bytes: Buffer;
}

export function createEvidenceStore(db: Database): EvidenceStore {
  const insert = db.prepare<[string, string, string, Uint8Array]>(
    'INSERT OR IGNORE INTO evidence (sha256, name, mime, bytes) VALUES (?, ?, ?, ?)',
  );
  const select = db.prepare<[string], EvidenceRow>('SELECT sha256, name, mime, bytes FROM evidence WHERE sha256 = ?');
  return {
    put: ({ sha256, name, mime, bytes }: Evidence) => void insert.run(sha256, name, mime, bytes),
    get: (sha256) => select.get(sha256) ?? null,
  };
}
