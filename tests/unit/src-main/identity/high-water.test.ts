import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { authorsBehind } from '../../../../shared/log/behind.ts';
import type { Head } from '../../../../shared/log/envelope.ts';
import { openHighWater, outsideHighWaterFile, type HighWater } from '../../../../src-main/identity/high-water.ts';
import { ROOM, signerOf } from '../../../support/log-fixtures.ts';

let folder = '';
let files = { inside: '', outside: '' };
const open: HighWater[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-'));
  files = { inside: join(folder, 'data', 'keys', 'high-water.txt'), outside: join(folder, 'config', 'high-water.txt') };
});
afterEach(() => {
  for (const each of open.splice(0)) each.close();
  rmSync(folder, { recursive: true });
});

function openMarks(at = files): HighWater {
  const highWater = openHighWater(at);
  open.push(highWater);
  return highWater;
}

function headAt(name: string, seq: number): Head {
  return { author: signerOf(name).publicKey, seq, hash: seq.toString(16).padStart(64, '0') } as Head;
}

test('a mark is readable by another start before anything was closed or synced', () => {
  const first = openMarks();
  first.raise(ROOM, headAt('anna', 1));
  first.raise(ROOM, headAt('anna', 2));
  first.raise('workspace', headAt('anna', 7));
  first.raise(ROOM, headAt('anna', 1));
  const again = openMarks();
  expect(again.marks(ROOM)).toEqual([headAt('anna', 2)]);
  expect(again.marks('workspace')).toEqual([headAt('anna', 7)]);
  expect(again.standing).toBe('known');
});

test('the higher of the two files counts, so taking the folder back does not take the marks back', () => {
  const first = openMarks();
  first.raise(ROOM, headAt('anna', 1));
  const old = readFileSync(files.inside, 'utf8');
  first.raise(ROOM, headAt('anna', 5));
  first.close();
  open.splice(0);
  writeFileSync(files.inside, old);
  expect(openMarks().marks(ROOM)).toEqual([headAt('anna', 5)]);
});

test('a torn last line and lines that are not ours are passed over', () => {
  const first = openMarks();
  first.raise(ROOM, headAt('anna', 3));
  appendFileSync(files.inside, `nonsense\n${ROOM} ${signerOf('anna').publicKey} 99 00ff`);
  expect(openMarks().marks(ROOM)).toEqual([headAt('anna', 3)]);
});

test('a new folder is fresh, a copied one says so until new keys are settled', () => {
  const first = openMarks();
  expect(first.standing).toBe('fresh');
  first.raise(ROOM, headAt('anna', 3));
  cpSync(join(folder, 'data'), join(folder, 'copy'), { recursive: true });
  const at = { inside: join(folder, 'copy', 'keys', 'high-water.txt'), outside: join(folder, 'config', 'other.txt') };
  const copy = openMarks(at);
  expect(copy.standing).toBe('copied');
  copy.raise(ROOM, headAt('bea', 1));
  expect(openMarks(at).standing).toBe('copied');
  const settled = openMarks(at);
  settled.settle();
  expect(openMarks(at).standing).toBe('known');
  expect(openMarks(at).marks(ROOM)).toEqual([headAt('anna', 3), headAt('bea', 1)]);
});

test('the outside file differs for every folder', () => {
  expect(outsideHighWaterFile(folder, '/somewhere')).not.toBe(outsideHighWaterFile(tmpdir(), '/somewhere'));
  expect(outsideHighWaterFile(folder, folder).startsWith(folder)).toBe(true);
});

test('authors are behind when their head is lower, missing, or another event of the same number', () => {
  const other = { ...headAt('anna', 2), hash: 'f'.repeat(64) } as Head;
  expect(authorsBehind([headAt('anna', 2)], [headAt('anna', 2)])).toEqual([]);
  expect(authorsBehind([headAt('anna', 3)], [headAt('anna', 2)])).toEqual([]);
  expect(authorsBehind([headAt('anna', 1)], [headAt('anna', 2)])).toHaveLength(1);
  expect(authorsBehind([other], [headAt('anna', 2)])).toHaveLength(1);
  expect(authorsBehind([], [headAt('anna', 2)])).toEqual([
    { author: signerOf('anna').publicKey, mark: headAt('anna', 2), head: null },
  ]);
});
