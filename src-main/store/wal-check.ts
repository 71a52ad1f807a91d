import { existsSync, readFileSync } from 'node:fs';

// SQLite reads a write-ahead log up to the first frame that is not sound, and takes what follows for something that was
// never finished. So a damaged header or frame would silently take commits away that were acknowledged. A crash leaves
// less behind than damage does, because SQLite waits for the disk twice (https://sqlite.org/fileformat2.html, section 4):
//
// 1. The header is synced before the first frame is written: behind frames there is a sound header, or it was damaged.
// 2. A commit is synced before the next one is written: a crash may tear the last commit of the log's present run, and
//    nothing of that run comes behind that one. A frame that does shows that the commit before it was on the disk.
//
// What cannot be told from a torn commit is damage to the last one, and a log that was cut or is gone: there the
// high-water marks know that more was signed.

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** Its last bit says whether the checksums are over big-endian words. */
const MAGIC = 0x377f0682;

type Sum = readonly [number, number];

/** What is wrong with the write-ahead log beside a database, in a sentence; null when a crash alone can leave one like it. */
export function walDamage(databaseFile: string): string | null {
  const file = `${databaseFile}-wal`;
  if (!existsSync(file)) return null;
  const wal = readFileSync(file);
  if (wal.length <= HEADER_BYTES) return null;
  const pageBytes = wal.readUInt32BE(8);
  const isBigEndian = (wal.readUInt32BE(0) & 1) === 1;
  const headerSum = checksum(wal.subarray(0, 24), [0, 0], isBigEndian);
  if ((wal.readUInt32BE(0) & ~1) !== MAGIC || !isSumAt(wal, 24, headerSum))
    return 'The header of its write-ahead log is damaged.';

  const step = FRAME_HEADER_BYTES + pageBytes;
  const salts = wal.subarray(16, 24);
  let sum = headerSum;
  let isSoundSoFar = true;
  let wasCommitted = false;
  for (let start = HEADER_BYTES; start + step <= wal.length; start += step) {
    const isOfThisRun = wal.subarray(start + 8, start + 16).equals(salts);
    if (isSoundSoFar && isOfThisRun) {
      sum = checksum(wal.subarray(start, start + 8), sum, isBigEndian);
      sum = checksum(wal.subarray(start + FRAME_HEADER_BYTES, start + step), sum, isBigEndian);
      if (isSumAt(wal, start + 16, sum)) continue;
    }
    isSoundSoFar = false;
    if (!isOfThisRun) continue;
    if (wasCommitted) return 'Its write-ahead log is damaged in the middle: commits that follow could not be read.';
    wasCommitted = wal.readUInt32BE(start + 4) !== 0;
  }
  return null;
}

/** SQLite's own: over pairs of words, each added to the sum of both before it. */
function checksum(bytes: Buffer, from: Sum, isBigEndian: boolean): Sum {
  let [one, other] = from;
  for (let at = 0; at < bytes.length; at += 8) {
    one = (one + (isBigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)) + other) >>> 0;
    other = (other + (isBigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)) + one) >>> 0;
  }
  return [one, other];
}

function isSumAt(bytes: Buffer, at: number, [one, other]: Sum): boolean {
  return bytes.readUInt32BE(at) === one && bytes.readUInt32BE(at + 4) === other;
}
