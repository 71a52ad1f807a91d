import { connect } from 'node:net';
import { z } from 'zod';
import { parseJson } from '../../shared/base/json.ts';
import { Reply } from '../../shared/protocol/wire.ts';
import { localSocketPath, mayTrust } from './local-socket-path.ts';
import { readLines } from './read-lines.ts';

const LocalAnswer = z.strictObject({ id: z.int(), reply: Reply });

/** Near the longest string that the JavaScript engine can hold. */
const MOST_ANSWER_BYTES = 480 * 1024 * 1024;

const HOST_LEFT: Reply = {
  ok: false,
  error: {
    code: 'HostLeft',
    message: 'The host stopped before it answered. Look whether it was done, then try again.',
  },
};

/** Asks the host that runs on this data folder. Null when none does, also when a killed one left its socket behind. */
export function callLocalHost(dataDir: string, endpoint: string, input: unknown): Promise<Reply | null> {
  const at = localSocketPath(dataDir);
  if (!mayTrust(at)) return Promise.resolve(null);

  return new Promise((resolve) => {
    const socket = connect(at.path);
    let connected = false;
    socket.once('connect', () => {
      connected = true;
      socket.write(`${JSON.stringify({ id: 1, endpoint, input })}\n`);
    });
    readLines(socket, MOST_ANSWER_BYTES, (line) => {
      resolve(parseAnswer(line));
      socket.destroy();
    });
    // After an answer these two change nothing: a promise is settled once.
    socket.on('error', () => socket.destroy());
    socket.once('close', () => resolve(connected ? HOST_LEFT : null));
  });
}

function parseAnswer(line: string): Reply {
  return LocalAnswer.safeParse(parseJson(line)).data?.reply ?? HOST_LEFT;
}
