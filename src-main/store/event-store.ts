import { hash as digest } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import type { Instant, Sha256Hex } from '../../shared/base/ids.ts';
import { invariant } from '../../shared/base/invariant.ts';
import { canonicalJson } from '../../shared/base/canonical.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import {
  eventBytes,
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
// 1. `append` and `receive` return after their commit; a commit that fails leaves no trace, in memory neither.
// 2. Opening recomputes every hash and looks for every parent among the rows before, so a page that changed under us is
//    found even where SQLite's own check is content. Signatures are not verified again: `verify` does, and trusts
//    nothing.
// 3. `idx` has no gaps, so an index is also a count.

export interface EventStoreOptions {
  /**
   * Called after each commit of what was signed here, with the author's new head, before `append` returns: what keeps the
   * high-water mark. What others signed says nothing about where our keys stand.
   */
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
  readonly arrived_at: Instant | null;
}

type EventColumns = [
  idx: number,
  log: string,
  author: string,
  seq: number,
  hash: string,
  type: string,
  envelope: string,
  signature: string,
  body: string | null,
  salt: string | null,
];

/** An event that others signed, with what was hashed. */
interface Received {
  readonly event: SignedEvent;
  readonly envelope: UnsignedEnvelope;
  readonly hash: Sha256Hex;
  readonly unsignedText: string;
}

type Table = 'event' | 'adopted_event';

/** Opens the log that a migrated database holds. `db` must be this store's own connection, or of its own process. */
export function openEventStore(
  db: Database,
  logId: LogId,
  options: EventStoreOptions = {},
): Result<EventLog, DatabaseDamaged> {
  const columns = 'idx, log, author, seq, hash, envelope, signature, body, salt';
  const rowsOf = {
    event: `${columns}, arrived_at FROM event`,
    adopted_event: `${columns}, NULL AS arrived_at FROM adopted_event`,
  };
  const select = (table: Table) =>
    db.prepare<[number, number], EventRow>(`SELECT ${rowsOf[table]} WHERE idx BETWEEN ? AND ? ORDER BY idx`);
  const selectEvents = select('event');
  const selectAdopted = select('adopted_event');
  const insertEvent = db.prepare<[...EventColumns, arrivedAt: Instant | null]>(
    `INSERT INTO event (idx, log, author, seq, hash, type, envelope, signature, body, salt, arrived_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertAdopted = db.prepare<EventColumns>(
    `INSERT INTO adopted_event (idx, log, author, seq, hash, type, envelope, signature, body, salt)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const cursor = createLogCursor(logId);
  const adoptedHashes = new Set<Sha256Hex>();

  for (const row of selectEvents.iterate(0, END)) {
    const envelope = intactEnvelope(row);
    if (envelope === null || row.idx !== cursor.length) return err(damagedRow(db, 'event', row));
    if (!cursor.fits({ envelope, hash: row.hash })) return err(damagedRow(db, 'event', row));
    cursor.take(envelope, row.hash, row.arrived_at === null ? 'here' : 'elsewhere');
  }
  for (const row of selectAdopted.iterate(0, END)) {
    const envelope = intactEnvelope(row);
    if (envelope?.log !== 'workspace' || row.idx !== adoptedHashes.size)
      return err(damagedRow(db, 'adopted_event', row));
    cursor.raise(envelope.time);
    adoptedHashes.add(row.hash);
  }

  function insertFresh(fresh: FreshEvent, index: number): void {
    const { envelope, salt } = fresh.event;
    const { author, seq, type, signature } = envelope;
    const { hash, unsignedText: text, bodyText } = fresh;
    insertEvent.run(index, logId, author, seq, hash, type, text, signature, bodyText, salt, null);
  }

  const insertAll = db.transaction((fresh: readonly FreshEvent[]) => {
    for (const [offset, each] of fresh.entries()) insertFresh(each, cursor.length + offset);
  });

  const insertReceived = db.transaction((received: readonly Received[], arrivedAt: Instant) => {
    for (const [offset, each] of received.entries())
      insertEvent.run(...columnsOf(each, cursor.length + offset), arrivedAt);
  });

  const adoptAll = db.transaction((adopted: readonly Received[]) => {
    for (const [offset, each] of adopted.entries()) insertAdopted.run(...columnsOf(each, adoptedHashes.size + offset));
  });

  return ok({
    logId,
    get length() {
      return cursor.length;
    },
    heads: cursor.heads,
    tips: cursor.tips,
    find: cursor.find,

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
        insertFresh(only, cursor.length); // a lone statement is its own transaction, and a cheaper one
      else insertAll.immediate(fresh);

      const first = cursor.length;
      const stored = fresh.map(({ event, hash }, offset) => ({ ...event, index: first + offset, hash }));
      for (const { envelope, hash } of stored) cursor.take(envelope, hash, 'here');
      const last = stored.at(-1);
      invariant(last !== undefined, 'every draft became an event');
      const { author, seq } = last.envelope;
      options.onCommitted?.({ author, seq, hash: last.hash });
      return stored;
    },

    receive(events, arrivedAt) {
      invariant(arrivedAt > 0, 'nothing arrives at the beginning of time');
      const fresh = cursor.unheld(events.map(toReceived));
      if (fresh.length === 0) return [];
      insertReceived.immediate(fresh, arrivedAt);
      const first = cursor.length;
      for (const { envelope, hash } of fresh) cursor.take(envelope, hash, 'elsewhere');
      return fresh.map(({ event, hash }, offset) => ({
        envelope: event.envelope,
        body: event.body,
        salt: event.salt,
        index: first + offset,
        hash,
        arrivedAt,
      }));
    },

    lacking(tips, fromIndex, limit) {
      const { indexes, next } = cursor.lacked(tips, fromIndex, limit);
      const events = runsOf(indexes).flatMap(([from, to]) => selectEvents.all(from, to).map(toStoredEvent));
      return { events, next };
    },

    read: (fromIndex = 0) => selectEvents.all(fromIndex, END).map(toStoredEvent),

    adopt(events) {
      invariant(logId !== 'workspace', 'the workspace log adopts nothing');
      const news = new Map<Sha256Hex, Received>();
      for (const event of events) {
        if (isKnown(adoptedHashes, event)) continue;
        invariant(event.envelope.log === 'workspace', 'only workspace events are adopted');
        const received = toReceived(event);
        if (!adoptedHashes.has(received.hash)) news.set(received.hash, received);
      }
      if (news.size === 0) return;
      adoptAll.immediate([...news.values()]);
      for (const [hash, { envelope }] of news) {
        adoptedHashes.add(hash);
        cursor.raise(envelope.time);
      }
    },

    readWorkspace: () => (logId === 'workspace' ? selectEvents : selectAdopted).all(0, END).map(toStoredEvent),
  });
}

/** Above every index. */
const END = Number.MAX_SAFE_INTEGER;

/** An event of another log says its hash itself; one that is held under it need not be hashed to be passed over. */
function isKnown(hashes: ReadonlySet<Sha256Hex>, event: SignedEvent | StoredEvent): boolean {
  return 'hash' in event && hashes.has(event.hash);
}

function toReceived(event: SignedEvent): Received {
  const text = unsignedText(event.envelope);
  return { event, envelope: event.envelope, hash: digest('sha256', eventBytes(text)) as Sha256Hex, unsignedText: text };
}

function columnsOf({ event, hash, unsignedText: text }: Received, index: number): EventColumns {
  const { log, author, seq, type, signature } = event.envelope;
  const body = event.body === null ? null : canonicalJson(event.body);
  return [index, log, author, seq, hash, type, text, signature, body, event.salt];
}

/** The first and last number of every run without a gap. */
function runsOf(indexes: readonly number[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (const index of indexes) {
    const run = runs.at(-1);
    if (run?.[1] === index - 1) run[1] = index;
    else runs.push([index, index]);
  }
  return runs;
}

/**
 * The heads of a migrated database's own log, read without opening it as a log; of an author who forked, whose key signs
 * no more here, the end of a longest branch.
 */
export function headsIn(db: Database): readonly Head[] {
  return db.prepare<[], Head>('SELECT author, max(seq) AS seq, hash FROM event GROUP BY author ORDER BY author').all();
}

/** The row's envelope, if its columns, its body and its hash still agree. */
function intactEnvelope(row: EventRow): UnsignedEnvelope | null {
  if (digest('sha256', eventBytes(row.envelope)) !== row.hash) return null;
  const envelope = JSON.parse(row.envelope) as UnsignedEnvelope; // it is what was signed: its hash says so
  if (envelope.author !== row.author || envelope.seq !== row.seq || envelope.log !== row.log) return null;
  if (!/^[0-9a-f]{128}$/.test(row.signature)) return null;
  // No hash covers it; but one flipped bit makes a zero of the null of what was signed here.
  if (row.arrived_at !== null && row.arrived_at <= 0) return null;
  if (row.body === null || row.salt === null) return envelope;
  if (!Salt.safeParse(row.salt).success) return null; // a capital letter would give the same bytes
  const salted = Buffer.concat([Buffer.from(row.salt, 'hex'), Buffer.from(row.body)]);
  return digest('sha256', salted) === envelope.bodyHash ? envelope : null;
}

/** Rows were checked when the log was opened, or made by it: the local store is trusted until `verify` is asked for. */
function toStoredEvent(row: EventRow): StoredEvent {
  const envelope = { ...(JSON.parse(row.envelope) as UnsignedEnvelope), signature: row.signature };
  const body: unknown = row.body === null ? null : JSON.parse(row.body);
  const event = { envelope, body, salt: row.salt, index: row.idx, hash: row.hash } as StoredEvent;
  return row.arrived_at === null ? event : { ...event, arrivedAt: row.arrived_at };
}

function damagedRow(db: Database, table: Table, row: EventRow): DatabaseDamaged {
  return damaged(db.name, `Event ${String(row.idx)} of table ${table} is not what was signed, or does not follow.`);
}
