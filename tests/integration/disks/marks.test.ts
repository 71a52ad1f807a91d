import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openHighWater } from '../../../src-main/identity/high-water.ts';
import { ROOM, sampleRoom } from '../../support/log-fixtures.ts';

function folderOfTest(): string {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test.each(['outside', 'inside'] as const)(
  'marks that the disk refuses %s keep no host from starting or recording; they are all there when it takes them',
  (where) => {
    const folder = folderOfTest();
    const files = { inside: join(folder, 'keys', 'marks.txt'), outside: join(folder, 'config', 'marks.txt') };
    const blocked = files[where];
    const heads = sampleRoom(9)
      .room.read()
      .map(({ envelope, hash }) => ({
        author: envelope.author,
        seq: envelope.seq,
        hash,
      }));
    mkdirSync(`${blocked}.partial`, { recursive: true }); // in the way of what is written first
    const marks = openHighWater(files);
    for (const head of heads.slice(0, 4)) marks.raise(ROOM, head);
    const other = where === 'outside' ? files.inside : files.outside;
    for (const head of heads.slice(0, 4)) expect(readFileSync(other, 'utf8')).toContain(head.hash);
    expect(existsSync(blocked)).toBe(false);

    rmSync(`${blocked}.partial`, { recursive: true });
    for (const head of heads.slice(4)) marks.raise(ROOM, head);
    const expected = marks.marks(ROOM);
    marks.close();
    const alone = openHighWater({ inside: blocked, outside: join(folder, 'none', 'marks.txt') });
    expect(alone.marks(ROOM)).toEqual(expect.arrayContaining([...expected]));
    alone.close();
  },
);
