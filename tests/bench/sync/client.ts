// The clients of one server, all in this process: started by rounds.ts.
import { append, readJoin, readLastByte } from './join-client.ts';
import { readCrowd } from './memory.ts';
import { readLatency } from './latency.ts';
import { readLost, typeUntilCut } from './kill.ts';
import { readStorm } from './storm.ts';
import { readThroughput } from './throughput.ts';
import { answerTasks } from './worker.ts';

process.setMaxListeners(0); // each stock client listens for the end of the process

answerTasks({
  latency: readLatency,
  throughput: readThroughput,
  join: readJoin,
  append,
  lastByte: readLastByte,
  storm: readStorm,
  crowd: readCrowd,
  typeUntilCut,
  lost: readLost,
});
