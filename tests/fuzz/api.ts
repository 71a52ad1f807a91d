import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import type { WebSocket } from 'ws';
import { DeviceId, OperatorId } from '../../shared/base/ids.ts';
import { HostFrame } from '../../shared/protocol/wire.ts';
import { serveApiSocket } from '../../src-main/host/api-socket.ts';
import { createDraws, type Draws } from './draws.ts';
import { turn } from './fake-time.ts';
import { createFuzzApi, ENDPOINTS, ODD_ENDPOINTS, TOPICS } from './fuzz-api.ts';
import { damageText, drawJson, drawOddText } from './json-frames.ts';
import { EPOCH_FRAMES, type FuzzSession, type Journal } from './journal.ts';

const SESSION = {
  sessionId: 'session',
  operatorId: OperatorId.parse('anna'),
  deviceId: DeviceId.parse('browser:anna'),
  proveBefore: null,
};
/** Of those that the host takes; see `api-socket.ts`. */
const CLOSE_CODES = [1003, 1013, 1011, 4401, 4408];
const CLOSE_GRACE_MS = 1000;

/** As much of a WebSocket as the host uses, without a network. */
function createPlainSocket(onText: (text: string) => void) {
  const events = new EventEmitter();
  const socket = Object.assign(events, {
    OPEN: 1,
    readyState: 1,
    send(text: string, done: () => void): void {
      onText(text);
      done();
    },
    ping: (): void => undefined,
    close(code: number): void {
      if (socket.readyState !== 1) return;
      socket.readyState = 2;
      closed = code;
    },
    terminate(): void {
      if (socket.readyState === 3) return;
      socket.readyState = 3;
      events.emit('close');
    },
  });
  let closed: number | null = null;
  return {
    socket: socket as unknown as WebSocket,
    send: (data: Buffer, isBinary: boolean): boolean => events.emit('message', data, isBinary),
    end: socket.terminate,
    closed: (): number | null => closed,
  };
}

/** The page's socket at `/api`: one honest page beside one that sends anything. */
export async function startApiFuzz(journal: Journal): Promise<FuzzSession> {
  const { api, subscriptions } = createFuzzApi();
  const log = pino({ level: 'silent' });
  let open = 0;

  function connect(onText: (text: string) => void) {
    const plain = createPlainSocket(onText);
    open += 1;
    serveApiSocket(plain.socket, {
      api,
      session: SESSION,
      sessionById: () => SESSION,
      log,
      onOperatorChanged: () => undefined,
      onClosed: () => (open -= 1),
    });
    return plain;
  }

  async function epoch(seed: number, frames: number): Promise<void> {
    journal.epoch(seed);
    const draws = createDraws(seed);
    const answers = new Set<number>();
    const honest = connect((text) => {
      const frame = HostFrame.parse(JSON.parse(text));
      if (frame.kind === 'reply' && frame.reply.ok) answers.add(frame.id);
    });
    const checkText = (text: string): void => void HostFrame.parse(JSON.parse(text));
    let hostile = connect(checkText);
    for (let sent = 1; sent <= frames; sent++) {
      if (hostile.closed() !== null || draws.chance(0.002)) {
        hostile.end();
        hostile = connect(checkText);
      }
      const { data, isBinary } = drawApiFrame(draws);
      journal.note('api frame', data);
      await journal.time(() => hostile.send(data, isBinary));
      const code = hostile.closed();
      if (code !== null) {
        journal.count(`closed: ${code}`);
        if (!CLOSE_CODES.includes(code)) throw new Error(`The host closed with ${code}.`);
      }
      if (draws.chance(0.05)) await journal.time(turn);
      if (sent % 100 === 0) {
        const asked = { kind: 'invoke', id: sent, endpoint: 'echo', input: { a: sent } };
        honest.send(Buffer.from(JSON.stringify(asked)), false);
        await journal.time(turn);
        if (!answers.delete(sent)) throw new Error('The honest page was not answered.');
      }
    }
    if (honest.closed() !== null) throw new Error('The honest page was turned away.');
    honest.end();
    hostile.end();
    await turn();
    if (open !== 0) throw new Error(`${open} sockets are left.`);
    if (subscriptions() !== 0) throw new Error(`${subscriptions()} subscriptions are left.`);
    if ('polluted' in {}) throw new Error('A prototype was written to.');
  }

  return {
    async run(seed, frames) {
      for (let done = 0; done < frames; done += EPOCH_FRAMES) {
        await epoch(seed + done / EPOCH_FRAMES, Math.min(EPOCH_FRAMES, frames - done));
      }
    },
    /** A socket that was closed is held on to for a moment, for those who do not answer. */
    rest: () => new Promise((resolve) => void setTimeout(resolve, CLOSE_GRACE_MS + 100)),
    end: async () => undefined,
  };
}

function drawApiFrame(draws: Draws): { readonly data: Buffer; readonly isBinary: boolean } {
  const isBinary = draws.chance(0.01);
  if (draws.chance(0.05)) return { data: Buffer.from(draws.bytes(draws.below(60))), isBinary };
  const frame = JSON.stringify(drawFrame(draws));
  const text = draws.weighted([
    [14, () => frame],
    [5, () => damageText(draws, frame)],
    [2, () => drawOddText(draws)],
  ])();
  return { data: Buffer.from(text), isBinary };
}

function drawFrame(draws: Draws): unknown {
  const id = draws.weighted([
    [8, draws.below(100)],
    [1, draws.number()],
    [1, -1],
  ]);
  const extra = draws.chance(0.03) ? { [draws.word()]: drawJson(draws) } : {};
  return draws.weighted<() => unknown>([
    [
      6,
      () => ({
        kind: 'invoke',
        id,
        endpoint: draws.pick([...ENDPOINTS, ...ODD_ENDPOINTS]),
        input: drawJson(draws),
        ...extra,
      }),
    ],
    [
      3,
      () => ({
        kind: 'subscribe',
        id,
        topic: draws.pick([...TOPICS, ...ODD_ENDPOINTS]),
        params: drawJson(draws),
        ...extra,
      }),
    ],
    [3, () => ({ kind: 'unsubscribe', id, ...extra })],
    [0.3, () => ({ kind: draws.word(), id })],
    [0.3, () => ({ kind: 'invoke', id: drawJson(draws), endpoint: drawJson(draws) })],
    [0.2, () => ({ kind: 'invoke', id, endpoint: 'x'.repeat(1 + draws.below(100)) })],
    [0.3, () => drawJson(draws)],
  ])();
}
