import { hash as digest } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import type { Sha256Hex } from '../../shared/base/ids.ts';
import { invariant } from '../../shared/base/invariant.ts';
import { canonicalJson } from '../../shared/base/canonical.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import {
  eventBytes,
  eventHash,
  Salt,
  unsignedText,
  type Head,
  type LogId,
  type SignedEvent,
  type StoredEvent,
  type UnsignedEnvelope,
} from '../../shared/log/envelope.ts';
import type { EventLog } from '../../shared/log/event-log.ts';
import { createLogCursor, type PlacedEvent } from '../../shared/log/log-cursor.ts';
import { signEvent, type FreshEvent } from '../../shared/log/signing.ts';
import { damaged, type DatabaseDamaged } from './database-check.ts';

// An event log on SQLite.
// 1. `append` returns after its commit; a commit that fails leaves no trace, in memory neither.
// 2. Opening recomputes every hash and follows every author's chain, so a page that changed under us is found even
//    where SQLite's own check is content. Signatures are not verified again: `verify` does, and trusts nothing.
// 3. `idx` has no gaps, so an index is also a count.

export interface EventStoreOptions {
  /** Called after each commit with the author's new head, before `append` returns: what keeps the high-water mark. */
  readonly onCommitted?: (head: Head) => void;
}

interface EventRow {
  readonly idx: number;
  readonly log: string;
  readonly author: string;
  readonly seq: number;
  readonly hash: Sha256Hex;
  readonly envelope: string;
  readonly signature: string;
  readonly body: string | null;
  readonly salt: string | null;
}

type Table = 'event' | 'adopted_event';

/** Opens the log that a migrated database holds. `db` must be this store's own connection, or of its own process. */
export function openEventStore(
  db: Database,
  logId: LogId,
  options: EventStoreOptions = {},
): Result<EventLog, DatabaseDamaged> {
  const select = (table: Table) =>
    db.prepare<[number], EventRow>(
      `SELECT idx, log, author, seq, hash, envelope, signature, body, salt FROM ${table} WHERE idx >= ? ORDER BY idx`,
    );
  const insert = (table: Table) =>
    db.prepare<[number, string, string, number, string, string, string, string, string | null, string | null]>(
      `INSERT INTO ${table} (idx, log, author, seq, hash, type, envelope, signature, body, salt)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  const selectEvents = select('event');
  const selectAdopted = select('adopted_event');
  const insertEvent = insert('event');
  const insertAdopted = insert('adopted_event');

  const cursor = createLogCursor(logId);
  const adoptedHashes = new Set<Sha256Hex>();
  let length = 0;

  for (const row of selectEvents.iterate(0)) {
    const envelope = intactEnvelope(row);
    if (envelope === null || row.idx !== length || envelope.log !== logId) return err(damagedRow(db, 'event', row));
    const place = cursor.place(envelope.author, envelope.time.wall, []);
    if (place.seq !== envelope.seq || place.previous !== envelope.previous) return err(damagedRow(db, 'event', row));
    cursor.take(envelope, row.hash);
    length += 1;
  }
  for (const row of selectAdopted.iterate(0)) {
    const envelope = intactEnvelope(row);
    if (envelope?.log !== 'workspace' || row.idx !== adoptedHashes.size)
      return err(damagedRow(db, 'adopted_event', row));
    cursor.raise(envelope.time);
    adoptedHashes.add(row.hash);
  }

  function insertFresh(fresh: FreshEvent, index: number): void {
    const { envelope, salt } = fresh.event;
    const { author, seq, type, signature } = envelope;
    insertEvent.run(index, logId, author, seq, fresh.hash, type, fresh.unsignedText, signature, fresh.bodyText, salt);
  }

  const insertAll = db.transaction((fresh: readonly FreshEvent[]) => {
    for (const [offset, each] of fresh.entries()) insertFresh(each, length + offset);
  });

  const adoptAll = db.transaction((events: readonly (readonly [SignedEvent, Sha256Hex])[]) => {
    for (const [offset, [event, hash]] of events.entries()) {
      const { author, seq, type, signature } = event.envelope;
      const body = event.body === null ? null : canonicalJson(event.body);
      const index = adoptedHashes.size + offset;
      const text = unsignedText(event.envelope);
      insertAdopted.run(index, 'workspace', author, seq, hash, type, text, signature, body, event.salt);
    }
  });

  return ok({
    logId,
    get length() {
      return length;
    },
    heads: () => cursor.heads(),

    append(signer, drafts, context) {
      const fresh: FreshEvent[] = [];
      let after: PlacedEvent | undefined;
      for (const { type, body } of drafts) {
        const place = cursor.place(signer.publicKey, context.now, context.workspaceHeads, after);
        const signed = signEvent(signer, { ...place, type }, body, context.salt());
        fresh.push(signed);
        after = { envelope: signed.event.envelope, hash: signed.hash };
      }
      const [only] = fresh;
      if (only === undefined) return [];
      if (fresh.length === 1)
        insertFresh(only, length); // a lone statement is its own transaction, and a cheaper one
      else insertAll.immediate(fresh);

      const stored = fresh.map(({ event, hash }, offset) => ({ ...event, index: length + offset, hash }));
      for (const { envelope, hash } of stored) cursor.take(envelope, hash);
      length += stored.length;
      const last = stored.at(-1);
      invariant(last !== undefined, 'every draft became an event');
      const { author, seq } = last.envelope;
      options.onCommitted?.({ author, seq, hash: last.hash });
      return stored;
    },

    read: (fromIndex = 0) => selectEvents.all(fromIndex).map(toStoredEvent),

    adopt(events) {
      invariant(logId !== 'workspace', 'the workspace log adopts nothing');
      const news = new Map<Sha256Hex, SignedEvent>();
      for (const event of events) {
        const hash = eventHash(event.envelope);
        invariant(event.envelope.log === 'workspace', 'only workspace events are adopted');
        if (!adoptedHashes.has(hash)) news.set(hash, event);
      }
      if (news.size === 0) return;
      adoptAll.immediate([...news].map(([hash, event]) => [event, hash] as const));
      for (const [hash, event] of news) {
        adoptedHashes.add(hash);
        cursor.raise(event.envelope.time);
      }
    },

    readWorkspace: () => (logId === 'workspace' ? selectEvents : selectAdopted).all(0).map(toStoredEvent),
  });
}

/** The heads of a migrated database's own log, read without opening it as a log. */
export function headsIn(db: Database): readonly Head[] {
  return db.prepare<[], Head>('SELECT author, max(seq) AS seq, hash FROM event GROUP BY author ORDER BY author').all();
}

/** The row's envelope, if its columns, its body and its hash still agree. */
function intactEnvelope(row: EventRow): UnsignedEnvelope | null {
  if (digest('sha256', eventBytes(row.envelope)) !== row.hash) return null;
  const envelope = JSON.parse(row.envelope) as UnsignedEnvelope; // it is what was signed: its hash says so
  if (envelope.author !== row.author || envelope.seq !== row.seq || envelope.log !== row.log) return null;
  if (!/^[0-9a-f]{128}$/.test(row.signature)) return null;
  if (row.body === null || row.salt === null) return envelope;
  if (!Salt.safeParse(row.salt).success) return null; // a capital letter would give the same bytes
  const salted = Buffer.concat([Buffer.from(row.salt, 'hex'), Buffer.from(row.body)]);
  return digest('sha256', salted) === envelope.bodyHash ? envelope : null;
}

/** Rows were checked when the log was opened, or made by it: the local store is trusted until `verify` is asked for. */
function toStoredEvent(row: EventRow): StoredEvent {
  const envelope = { ...(JSON.parse(row.envelope) as UnsignedEnvelope), signature: row.signature };
  const body: unknown = row.body === null ? null : JSON.parse(row.body);
  return { envelope, body, salt: row.salt, index: row.idx, hash: row.hash } as StoredEvent;
}

function damagedRow(db: Database, table: Table, row: EventRow): DatabaseDamaged {
  return damaged(db.name, `Event ${String(row.idx)} of table ${table} is not what was signed, or does not follow.`);
}
