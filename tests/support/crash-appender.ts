import { writeSync } from 'node:fs';
import { openRoom } from './log-database.ts';
import { contextAt, signerOf } from './log-fixtures.ts';

// Run as a process of its own, to be killed: appends without end, and says so only after each append has returned.
const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: crash-appender FILE');
const { log } = openRoom(file);
for (let turn = log.length; ; turn += 1) {
  const drafts = [
    { type: 'NoteTaken', body: { turn } },
    { type: 'NoteTaken', body: { turn, more: true } },
  ];
  const author = signerOf(turn % 3 === 0 ? 'anna' : 'bea');
  const stored = log.append(author, drafts.slice(0, 1 + (turn % 2)), contextAt(turn));
  writeSync(1, stored.map((event) => `${event.hash}\n`).join(''));
}
