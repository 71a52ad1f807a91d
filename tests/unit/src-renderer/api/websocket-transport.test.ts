import { expect, test } from 'vitest';
import type { Connection, RefusedSubscription } from '../../../../src-renderer/api/connection.ts';
import { isHostUnreachable } from '../../../../src-renderer/api/host-unreachable.ts';
import { apiUrl, createWebSocketTransport, type ApiSocket } from '../../../../src-renderer/api/websocket-transport.ts';
import { ClientFrame } from '../../../../shared/protocol/wire.ts';
import { createManualSchedule } from '../manual-schedule.ts';

interface FakeSocket extends ApiSocket {
  readonly sent: ClientFrame[];
  open(): void;
  receive(frame: unknown): void;
  lose(code?: number): void;
}

function setUp() {
  const sockets: FakeSocket[] = [];
  const time = createManualSchedule();
  function openSocket(): FakeSocket {
    const socket: FakeSocket = {
      onopen: null,
      onmessage: null,
      onclose: null,
      onerror: null,
      sent: [],
      send: (text) => void socket.sent.push(ClientFrame.parse(JSON.parse(text))),
      close: () => {},
      open: () => socket.onopen?.(),
      receive: (frame) => socket.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) }),
      lose: (code = 1006) => socket.onclose?.({ code, reason: '' }),
    };
    sockets.push(socket);
    return socket;
  }
  const transport = createWebSocketTransport({
    url: 'ws://host/api',
    openSocket,
    schedule: time.schedule,
    random: () => 1,
    replyTimeoutMs: 30_000,
  });
  const states: Connection['state'][] = [];
  transport.onConnection(({ state }) => states.push(state));
  const latest = (): FakeSocket => sockets.at(-1) as FakeSocket;
  return { transport, sockets, latest, time, states };
}

test('the address follows the page', () => {
  expect(apiUrl({ protocol: 'http:', host: '127.0.0.1:4000' })).toBe('ws://127.0.0.1:4000/api');
  expect(apiUrl({ protocol: 'https:', host: 'room.example' })).toBe('wss://room.example/api');
});

test('an answer reaches the call that asked, whatever their order', async () => {
  const { transport, latest } = setUp();
  latest().open();
  const first = transport.invoke('a', 1);
  const second = transport.invoke('b', 2);
  const [one, two] = latest().sent;
  latest().receive({ kind: 'reply', id: two?.id, reply: { ok: true, value: 'second' } });
  latest().receive({ kind: 'reply', id: one?.id, reply: { ok: false, error: { code: 'no', message: 'No.' } } });
  expect(await second).toEqual({ ok: true, value: 'second' });
  expect(await first).toEqual({ ok: false, error: { code: 'no', message: 'No.' } });
});

test('without a connection a call is refused at once and never sent later', async () => {
  const { transport, latest, time } = setUp();
  const error: unknown = await transport.invoke('approve', {}).catch((reason: unknown) => reason);
  expect(isHostUnreachable(error) && error.outcome).toBe('not-sent');
  latest().open();
  await time.pass(60_000);
  expect(latest().sent).toEqual([]);
});

test('a connection that dies under a call says that the outcome is unknown', async () => {
  const { transport, latest } = setUp();
  latest().open();
  const call = transport.invoke('approve', {}).catch((reason: unknown) => reason);
  latest().lose();
  const error = await call;
  expect(isHostUnreachable(error) && error.outcome).toBe('unknown');
});

test('it comes back with growing pauses between 250 ms and 5 s, and starts anew after a success', async () => {
  const { sockets, latest, time, transport } = setUp();
  const pauses: number[] = [];
  for (let round = 0; round < 7; round++) {
    latest().lose();
    pauses.push(time.waiting[0] ?? 0);
    await time.pass(5_000);
  }
  expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000]);
  expect(sockets).toHaveLength(8);
  latest().open();
  latest().lose();
  expect(transport.connection).toEqual({ state: 'down', retryInMs: 250 });
});

test('subscriptions are asked for again on each connection and end for good', async () => {
  const { transport, latest, time } = setUp();
  const seen: unknown[] = [];
  const end = transport.subscribe('room', { roomId: 'r' }, (payload) => seen.push(payload));
  latest().open();
  const first = latest().sent[0];
  expect(first).toMatchObject({ kind: 'subscribe', topic: 'room', params: { roomId: 'r' } });
  latest().receive({ kind: 'payload', id: first?.id, payload: 1 });
  latest().lose();
  await time.pass(250);
  latest().open();
  const again = latest().sent[0];
  expect(again).toMatchObject({ kind: 'subscribe', topic: 'room' });
  expect(again?.id).not.toBe(first?.id);
  latest().receive({ kind: 'payload', id: first?.id, payload: 'stale' });
  latest().receive({ kind: 'payload', id: again?.id, payload: 2 });
  end();
  expect(latest().sent.at(-1)).toEqual({ kind: 'unsubscribe', id: again?.id });
  latest().receive({ kind: 'payload', id: again?.id, payload: 3 });
  expect(seen).toEqual([1, 2]);
  latest().lose();
  await time.pass(250);
  latest().open();
  expect(latest().sent).toEqual([]);
});

test('a subscription the host refuses is told and not asked for again', async () => {
  const { transport, latest, time } = setUp();
  const refused: RefusedSubscription[] = [];
  transport.onRefused((one) => refused.push(one));
  transport.subscribe('secrets', null, () => {});
  latest().open();
  latest().receive({ kind: 'refused', id: latest().sent[0]?.id, error: { code: 'forbidden', message: 'No.' } });
  expect(refused).toMatchObject([{ topic: 'secrets', error: { code: 'forbidden' } }]);
  latest().lose();
  await time.pass(250);
  latest().open();
  expect(latest().sent).toEqual([]);
});

test('a page without a session stops knocking until it is told to', () => {
  const { transport, latest, sockets, time, states } = setUp();
  latest().open();
  latest().lose(4401);
  expect(transport.connection).toEqual({ state: 'refused', code: 4401, reason: '' });
  expect(time.waiting).toEqual([]);
  transport.retry();
  expect(sockets).toHaveLength(2);
  expect(states).toEqual(['connecting', 'open', 'refused', 'connecting']);
});

test('a frame that does not fit, and a silence after a call, end the connection', async () => {
  for (const frame of ['{', '{"kind":"reply"}', JSON.stringify({ kind: 'payload', id: 'x' })]) {
    const { transport, latest } = setUp();
    latest().open();
    latest().receive(frame);
    expect(transport.connection.state).toBe('down');
  }
  const { transport, latest, time } = setUp();
  latest().open();
  const call = transport.invoke('approve', {}).catch((reason: unknown) => reason);
  await time.pass(30_000);
  expect(isHostUnreachable(await call)).toBe(true);
});

test('ready waits for the first connection, and close ends everything', async () => {
  const { transport, latest, sockets, time } = setUp();
  let ready = false;
  const waiting = transport.ready().then(() => (ready = true));
  expect(ready).toBe(false);
  latest().open();
  await waiting;
  expect(ready).toBe(true);
  transport.close();
  await time.pass(60_000);
  expect(sockets).toHaveLength(1);
});
