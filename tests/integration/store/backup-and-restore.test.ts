import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { instant } from '../../../shared/base/ids.ts';
import type { Head } from '../../../shared/log/envelope.ts';
import { openHighWater } from '../../../src-main/identity/high-water.ts';
import { keepDailyBackup, listBackups } from '../../../src-main/store/backup.ts';
import { restoreDatabase } from '../../../src-main/store/restore.ts';
import { openRoom, takeNotes } from '../../support/log-database.ts';
import { contextAt, ROOM, signerOf } from '../../support/log-fixtures.ts';
import { unwrap } from '../../support/unwrap.ts';

const DAY = 86_400_000;
let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-'));
  file = join(folder, 'room.db');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('one backup a day, made while the log is written, the newest seven kept', async () => {
  const { db, log } = openRoom(file);
  takeNotes(log, 50);
  for (let day = 0; day < 9; day += 1) {
    const made = keepDailyBackup(db, instant(1_700_000_000_000 + day * DAY));
    takeNotes(log, 3);
    expect(basename(unwrap(await made) ?? '')).toMatch(/^room-2023-11-\d\d\.db$/);
    expect(unwrap(await keepDailyBackup(db, instant(1_700_000_000_000 + day * DAY)))).toBeNull();
  }
  const kept = listBackups(file).map((backup) => basename(backup));
  expect(kept).toHaveLength(7);
  expect(kept[0]).toBe('room-2023-11-22.db');
  expect(kept[6]).toBe('room-2023-11-16.db');
  expect(readdirSync(join(folder, 'backups'))).toHaveLength(7);
  db.close();
});

test('restoring puts the newest good backup in place, keeps the damaged file aside, and names who would fork', async () => {
  const marks = new Map<string, Head>();
  const outside = join(folder, 'config', 'marks.txt');
  const highWater = openHighWater({ inside: join(folder, 'keys', 'marks.txt'), outside });
  const onCommitted = (head: Head) => {
    highWater.raise(ROOM, head);
    marks.set(head.author, head);
  };
  const { db, log } = openRoom(file, { onCommitted });
  takeNotes(log, 10);
  await keepDailyBackup(db, instant(1_700_000_000_000));
  await keepDailyBackup(db, instant(1_700_000_000_000 + DAY));
  log.append(signerOf('anna'), [{ type: 'NoteTaken', body: { after: 'the backup' } }], contextAt(9_000_000));
  expect(highWater.marks(ROOM)).toEqual([...marks.values()]);
  db.close();
  highWater.close();

  const newest = listBackups(file)[0] ?? '';
  writeFileSync(newest, readFileSync(newest).subarray(0, 5_000));
  const damagedBytes = readFileSync(file).fill(0, 0, 200);
  writeFileSync(file, damagedBytes);
  writeFileSync(`${file}-wal`, 'left over');

  const again = openHighWater({ inside: join(folder, 'keys', 'marks.txt'), outside });
  const restored = unwrap(restoreDatabase(file, again.marks(ROOM), instant(1_700_100_000_000)));
  again.close();
  expect(basename(restored.from)).toBe('room-2023-11-14.db');
  expect(restored.keptAside).toBe(join(folder, 'room.damaged-20231116T020000Z.db'));
  expect(readFileSync(restored.keptAside ?? '').equals(damagedBytes)).toBe(true);
  expect(restored.behind.map((each) => each.author)).toEqual([signerOf('anna').publicKey]);
  expect(restored.behind[0]).toMatchObject({ head: { seq: 5 }, mark: { seq: 6 } });

  const reopened = openRoom(file);
  expect(reopened.log.length).toBe(10);
  reopened.db.close();
});

test('without a good backup nothing is changed', () => {
  const { db } = openRoom(file);
  db.close();
  writeFileSync(file, 'garbage');
  const before = createHash('sha256').update(readFileSync(file)).digest('hex');
  expect(restoreDatabase(file, [], instant(0))).toEqual({
    ok: false,
    error: { type: 'NoGoodBackup', file, tried: [] },
  });
  expect(createHash('sha256').update(readFileSync(file)).digest('hex')).toBe(before);
  expect(readdirSync(dirname(file))).toEqual(['room.db']);
});
