import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { callLocalHost } from '../../src-main/host/call-local-host.ts';
import { createLocalSocket } from '../../src-main/host/local-socket.ts';
import { createDraws, type Draws } from './draws.ts';
import { createFuzzApi, ENDPOINTS, ODD_ENDPOINTS } from './fuzz-api.ts';
import { damageText, drawJson, drawOddText } from './json-frames.ts';
import { EPOCH_FRAMES, type FuzzSession, type Journal } from './journal.ts';

/** How many connections may be under attack at once; the host takes 64. */
const MOST_OPEN = 20;

/** The socket for commands: lines in pieces of any size, over a real Unix socket or named pipe. */
export async function startLocalFuzz(journal: Journal): Promise<FuzzSession> {
  const dataDir = mkdtempSync(join(tmpdir(), 'firebreak-fuzz-'));
  const { api } = createFuzzApi();
  const local = createLocalSocket({ dataDir, api, log: pino({ level: 'silent' }) });
  const { path } = await local.listen();

  async function openSocket(): Promise<Socket> {
    const socket = connect(path);
    socket.on('error', () => undefined);
    socket.resume();
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
    return socket;
  }

  async function askHonestly(id: number): Promise<void> {
    const reply = await callLocalHost(dataDir, 'echo', { id });
    if (JSON.stringify(reply) !== JSON.stringify({ ok: true, value: { id } })) {
      throw new Error(`The honest command was answered ${JSON.stringify(reply)}.`);
    }
  }

  async function epoch(seed: number, frames: number): Promise<void> {
    journal.epoch(seed);
    const draws = createDraws(seed);
    const sockets: Socket[] = [];
    for (let sent = 1; sent <= frames; sent++) {
      const place = draws.below(MOST_OPEN);
      let socket = sockets[place];
      if (socket === undefined || socket.destroyed || socket.writableEnded || !socket.writable) {
        socket?.destroy();
        journal.count('connections');
        socket = sockets[place] = await openSocket();
      }
      const bytes = drawLine(draws);
      journal.note('line', bytes);
      if (draws.chance(0.02)) socket.end(bytes);
      else socket.write(bytes);
      if (draws.chance(0.002)) socket.destroy();
      // The host shares this process: let it read now and then.
      if (sent % 20 === 0) await journal.time(() => new Promise((resolve) => void setImmediate(resolve)));
      if (sent % 1000 === 0) await journal.time(() => askHonestly(sent));
    }
    const left = sockets.filter((socket) => !socket.destroyed).map((socket) => once(socket, 'close'));
    for (const socket of sockets) socket.destroy();
    await Promise.all(left);
    await journal.time(() => askHonestly(-1));
    if ('polluted' in {}) throw new Error('A prototype was written to.');
  }

  return {
    async run(seed, frames) {
      for (let done = 0; done < frames; done += EPOCH_FRAMES) {
        await epoch(seed + done / EPOCH_FRAMES, Math.min(EPOCH_FRAMES, frames - done));
      }
    },
    rest: () => askHonestly(0),
    async end() {
      await local.close();
      rmSync(dataDir, { recursive: true });
    },
  };
}

function drawLine(draws: Draws): Buffer {
  const request = JSON.stringify({
    id: draws.weighted([
      [9, draws.below(1000)],
      [1, draws.number()],
    ]),
    endpoint: draws.pick([...ENDPOINTS, ...ODD_ENDPOINTS]),
    input: drawJson(draws),
    ...(draws.chance(0.02) ? { [draws.word()]: 1 } : {}),
  });
  return draws.weighted<() => Buffer>([
    [14, () => Buffer.from(`${request}\n`)],
    [3, () => Buffer.from(request.slice(0, draws.below(request.length)))],
    [3, () => Buffer.from(`${request}\n${request}\n${request.slice(0, 5)}`)],
    [3, () => Buffer.from(`${damageText(draws, request)}\n`)],
    [1, () => Buffer.from(`${drawOddText(draws)}\n`)],
    [1, () => Buffer.from(draws.bytes(draws.below(80)))],
    [0.5, () => Buffer.from('\n')],
    [0.02, () => Buffer.alloc(9 * 1024 * 1024, 'x')],
  ])();
}
