import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite, { type Database } from 'better-sqlite3';
import { afterAll, expect, test } from 'vitest';
import { instant, type Sha256Hex } from '../../../shared/base/ids.ts';
import { authorsBehind } from '../../../shared/log/behind.ts';
import { verifyChain } from '../../../shared/log/chain.ts';
import type { Head } from '../../../shared/log/envelope.ts';
import { verifyEd25519 } from '../../../src-main/identity/ed25519.ts';
import { openEventStore } from '../../../src-main/store/event-store.ts';
import { createEvidenceStore } from '../../../src-main/store/evidence-store.ts';
import { createDocumentStore } from '../../../src-main/store/document-store.ts';
import { LOG_FILE_MIGRATIONS } from '../../../src-main/store/migrations/log-file.ts';
import { openDatabase } from '../../../src-main/store/open-database.ts';
import { ROOM, sampleRoom } from '../../support/log-fixtures.ts';
import { createRandom } from '../../support/random.ts';
import { createWriter, DOCUMENTS, openRoomOnDisk } from '../../support/room-on-disk.ts';
import { quickFolder } from '../../support/quick-folder.ts';
import { unwrap } from '../../support/unwrap.ts';

// A disk that loses a page, puts another one in its place, or forgets a bit: of every page of a room's file in turn.

const PAGE_BYTES = 4096;
const folder = quickFolder();
const file = join(folder, 'room.db');
afterAll(() => rmSync(folder, { recursive: true }));

const PICTURES = [20_000, 300].map((length) => {
  const bytes = Buffer.alloc(length, `a picture of ${String(length)} bytes, `);
  return { sha256: sha256(bytes), name: 'proof.png', mime: 'image/png', bytes };
});

function sha256(bytes: Uint8Array): Sha256Hex {
  return createHash('sha256').update(bytes).digest('hex') as Sha256Hex;
}

/** A room with everything in it that a room's file can hold, and pages that hold nothing any more. */
function makeRoom(): { readonly sound: Buffer; readonly earlier: Buffer } {
  const room = unwrap(openRoomOnDisk(file, true));
  room.log.adopt(sampleRoom().workspaceEvents);
  const writer = createWriter(room);
  let earlier: Buffer = Buffer.alloc(0);
  for (let turn = 0; turn < 48; turn += 1) {
    if (turn === 46) earlier = room.db.serialize();
    writer.commit(turn);
  }
  const history = room.documents.history(DOCUMENTS[0]);
  const half = history.length / 2;
  for (const [number, part] of [history.slice(0, half), history.slice(half)].entries())
    room.documents.putSegment(DOCUMENTS[0], {
      number,
      first: 1 + number * half,
      through: (1 + number) * half,
      at: instant(2_000),
      stateVector: Buffer.from([1, 2, 3]),
      historyBytes: 1,
      data: Buffer.concat(part.map(({ data }) => data)),
    });
  const evidence = createEvidenceStore(room.db);
  for (const picture of PICTURES) evidence.put(picture);
  evidence.put({ sha256: sha256(Buffer.from('gone')), name: 'x', mime: 'x', bytes: Buffer.alloc(30_000, 'gone') });
  room.db.prepare('DELETE FROM evidence WHERE name = ?').run('x');
  room.db.close();
  return { sound: readFileSync(file), earlier };
}

/** What every page is of: a table and the kind of page, or `free`. */
function kindsOfPages(pages: number): readonly string[] {
  const db = new Sqlite(file, { readonly: true });
  const kinds = Array.from({ length: pages }, () => 'free');
  const rows = db
    .prepare<[], { pageno: number; name: string; pagetype: string }>('SELECT pageno, name, pagetype FROM dbstat')
    .all();
  for (const { pageno, name, pagetype } of rows) kinds[pageno - 1] = `${name} ${pagetype}`;
  db.close();
  return kinds;
}

/** Each of these is asked by itself: what cannot be read is found out, and the rest is still there. */
function readRoom(db: Database, log: { read(): unknown; readWorkspace(): unknown }) {
  const documents = createDocumentStore(db);
  const evidence = createEvidenceStore(db);
  return {
    log: () => [log.read(), log.readWorkspace()],
    texts: () =>
      DOCUMENTS.map((name) => [
        documents.history(name),
        documents.outline(name),
        [0, 1].map((n) => documents.segment(name, n)),
      ]),
    evidence: () => PICTURES.map((picture) => evidence.get(picture.sha256)),
  };
}

type Content = Readonly<Record<keyof ReturnType<typeof readRoom>, string>> & { readonly marks: readonly Head[] };
type Outcome =
  | 'refused by the check of the file'
  | 'refused by the hashes of the rows'
  | 'refused when it was read'
  | 'found by verify'
  | 'found by the high-water mark'
  | 'found by the digest in the log'
  | 'nothing changed'
  | 'a text changed unseen'
  | 'THE LOG CHANGED UNSEEN';

/** Opens the file as a host does and says who found out; `sound` is what it held before. */
function outcome(sound: Content | null): Outcome | Content {
  const opened = openDatabase(file, { migrations: LOG_FILE_MIGRATIONS, create: false });
  if (!opened.ok) return 'refused by the check of the file';
  const db = opened.value;
  try {
    const log = openEventStore(db, ROOM);
    if (!log.ok) return 'refused by the hashes of the rows';
    const read = readRoom(db, log.value);
    const marks = log.value.heads();
    const content = { log: asText(read.log()), texts: asText(read.texts()), evidence: asText(read.evidence()), marks };
    if (sound === null) return content;
    if (content.log !== sound.log) {
      if (authorsBehind(marks, sound.marks).length > 0) return 'found by the high-water mark';
      const { ok } = verifyChain({ log: ROOM, events: log.value.read(), verifier: verifyEd25519 });
      return ok ? 'THE LOG CHANGED UNSEEN' : 'found by verify';
    }
    if (content.texts !== sound.texts) return 'a text changed unseen';
    if (content.evidence === sound.evidence) return 'nothing changed';
    // The log names what was captured by its digest: what is missing, or not that, shows there.
    const isBroken = read.evidence().some((one) => one === null || sha256(one.bytes) !== one.sha256);
    return isBroken ? 'found by the digest in the log' : 'nothing changed';
  } catch (cause) {
    if (cause instanceof Sqlite.SqliteError && cause.code.startsWith('SQLITE_CORRUPT'))
      return 'refused when it was read';
    throw cause;
  } finally {
    db.close();
  }
}

function asText(value: unknown): string {
  return JSON.stringify(value);
}

test('a page that was overwritten is found, or held nothing that matters: the log never changes unseen', () => {
  const { sound, earlier } = makeRoom();
  const content = outcome(null);
  if (typeof content === 'string') throw new Error(content);
  const kinds = kindsOfPages(sound.length / PAGE_BYTES);
  const seed = 4_096;
  const random = createRandom(seed);
  const pageOf = (number: number) => sound.subarray(number * PAGE_BYTES, (number + 1) * PAGE_BYTES);

  const damages: Readonly<Record<string, (page: Buffer, number: number) => Buffer>> = {
    zeros: () => Buffer.alloc(PAGE_BYTES),
    'another page': (_, number) => pageOf((number + 1 + Math.floor(random() * (kinds.length - 1))) % kinds.length),
    'a page of its kind': (page, number) => {
      const others = kinds.flatMap((kind, other) => (kind === kinds[number] && other !== number ? [other] : []));
      return pageOf(others[Math.floor(random() * others.length)] ?? number) ?? page;
    },
    // A write that the disk said it had done.
    'itself as it was earlier': (_, number) => earlier.subarray(number * PAGE_BYTES, (number + 1) * PAGE_BYTES),
    'one bit': oneBit,
    'another bit': oneBit,
    'a third bit': oneBit,
  };
  function oneBit(page: Buffer): Buffer {
    const at = Math.floor(random() * PAGE_BYTES);
    const changed = Buffer.from(page);
    changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(random() * 8));
    return changed;
  }

  const found = new Map<Outcome, number>();
  const unseen = new Set<string>();
  for (const [number, kind] of kinds.entries())
    for (const [name, damage] of Object.entries(damages)) {
      for (const suffix of ['-wal', '-shm']) rmSync(file + suffix, { force: true });
      writeFileSync(file, sound);
      const page = damage(pageOf(number), number);
      const descriptor = openSync(file, 'r+');
      writeSync(descriptor, page, 0, page.length, number * PAGE_BYTES);
      closeSync(descriptor);
      const because = `seed ${String(seed)}: ${name} in page ${String(number + 1)} (${kind})`;
      const result = outcome(content);
      if (typeof result !== 'string') throw new Error(because);
      expect(result, because).not.toBe('THE LOG CHANGED UNSEEN');
      if (result === 'a text changed unseen') unseen.add(`${kind}, ${name}`);
      found.set(result, (found.get(result) ?? 0) + 1);
    }
  console.info(`${String(kinds.length)} pages:`, Object.fromEntries(found), [...unseen].sort());
  // Rows of texts carry no hash of their own yet: of them alone a change may pass unseen.
  expect([...unseen].filter((what) => !/^yjs_(?:update|segment|client) /.test(what))).toEqual([]);
  expect(found.get('refused by the check of the file')).toBeGreaterThan(50);
  expect(found.get('refused by the hashes of the rows')).toBeGreaterThan(20);
});
