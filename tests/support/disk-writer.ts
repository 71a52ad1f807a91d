import { readFileSync, writeSync } from 'node:fs';
import { createWriter, openRoomOnDisk } from './room-on-disk.ts';
import { unwrap } from './unwrap.ts';
import { walFrames } from './wal-file.ts';

// Run as a process of its own, to be killed: commits without end, and after each commit has returned says what there is
// now and where in the write-ahead log the commit ends.
const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: disk-writer FILE');
const writer = createWriter(unwrap(openRoomOnDisk(file, true)));
for (let turn = 0; ; turn += 1) {
  writer.commit(turn);
  const wal = readFileSync(`${file}-wal`);
  const ends = walFrames(wal).findLast(({ isCommit }) => isCommit)?.ends ?? 0;
  writeSync(1, `${JSON.stringify({ run: wal.readUInt32BE(12), ends, sizes: writer.sizes() })}\n`);
}
