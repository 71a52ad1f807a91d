// Beside a fuzz that may never come back: says which frame it hangs on, and ends its process.
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { readJournal } from './journal.ts';

/** Much longer than a frame may take, because the machine may be busy and a check has no frames. In ms. */
const HANG_MS = 60_000;

const shared = workerData as SharedArrayBuffer;
let seen = '';
setInterval(() => {
  const now = readJournal(shared);
  if (now === seen) {
    writeSync(2, `No frame for ${HANG_MS / 1000} s after ${now}\n`);
    process.kill(process.pid, 'SIGKILL');
  }
  seen = now;
}, HANG_MS);
