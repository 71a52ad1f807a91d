import { expect, test } from 'vitest';
import { BRIDGE_SYNC_URL, createBridgeSocket, documentOf } from '../../../../src-renderer/api/bridge-socket.ts';
import { createElectronTransport } from '../../../../src-renderer/api/electron-transport.ts';
import { isHostUnreachable } from '../../../../src-renderer/api/host-unreachable.ts';
import type { Transport } from '../../../../shared/protocol/wire.ts';
import { settle } from '../manual-schedule.ts';

function setUp(invoke: Transport['invoke'] = () => Promise.resolve({ ok: true, value: null })) {
  const calls: { endpoint: string; input: unknown }[] = [];
  const subscribed: { topic: string; params: unknown; push: (payload: unknown) => void }[] = [];
  let ended = 0;
  const bridge: Transport = {
    invoke(endpoint, input) {
      calls.push({ endpoint, input });
      return invoke(endpoint, input);
    },
    subscribe(topic, params, push) {
      subscribed.push({ topic, params, push });
      return () => void (ended += 1);
    },
  };
  const Socket = createBridgeSocket(bridge, () => `channel-${subscribed.length + 1}`);
  return { bridge, Socket, calls, subscribed, ended: () => ended };
}

async function opened() {
  const parts = setUp();
  const socket = new parts.Socket(`${BRIDGE_SYNC_URL}/room-0001/statement/s1?token=t`);
  const seen: unknown[] = [];
  socket.onopen = () => seen.push('open');
  socket.onmessage = (event: MessageEvent) => seen.push([...new Uint8Array(event.data as ArrayBuffer)]);
  socket.onclose = (event: CloseEvent) => seen.push([event.code, event.reason]);
  const push = parts.subscribed[0]?.push ?? (() => {});
  push({ kind: 'open' });
  await settle();
  return { ...parts, socket, seen, push };
}

test('the document is the whole path after the endpoint, without the token', () => {
  expect(documentOf('bridge:/yjs/workspace/notes?token=abc')).toBe('workspace/notes');
  expect(documentOf('bridge:/yjs/room-0001/statement/s1')).toBe('room-0001/statement/s1');
});

test('opening subscribes, sending invokes, pushes arrive as exact bytes', async () => {
  const { socket, seen, push, subscribed, calls } = await opened();
  expect(subscribed[0]).toMatchObject({
    topic: 'yjs',
    params: { document: 'room-0001/statement/s1', channel: 'channel-1' },
  });
  expect(socket.readyState).toBe(1);
  const large = new Uint8Array([9, 9, 1, 2, 3, 9]);
  push({ kind: 'data', bytes: large.subarray(2, 5) });
  await settle();
  const outgoing = new Uint8Array([7, 8]);
  socket.send(outgoing);
  outgoing[0] = 0;
  expect(calls).toEqual([{ endpoint: 'yjs.send', input: { channel: 'channel-1', bytes: new Uint8Array([7, 8]) } }]);
  expect(seen).toEqual(['open', [1, 2, 3]]);
});

test('handlers set after the constructor hear an open that came inside it', async () => {
  const bridge: Transport = {
    invoke: () => Promise.resolve({ ok: true, value: null }),
    subscribe(_topic, _params, push) {
      push({ kind: 'open' });
      return () => {};
    },
  };
  const socket = new (createBridgeSocket(bridge, () => 'c'))(`${BRIDGE_SYNC_URL}/workspace/notes`);
  let isOpen = false;
  socket.onopen = () => void (isOpen = true);
  await settle();
  expect(isOpen).toBe(true);
});

test('a close of the host carries its code, ends the subscription and is told once', async () => {
  const { socket, seen, push, ended } = await opened();
  push({ kind: 'close', code: 4404, reason: 'no such document' });
  push({ kind: 'close', code: 1000, reason: '' });
  push({ kind: 'data', bytes: new Uint8Array([1]) });
  await settle();
  socket.close();
  expect(seen).toEqual(['open', [4404, 'no such document']]);
  expect(ended()).toBe(1);
  socket.send(new Uint8Array([1]));
  expect(socket.readyState).toBe(3);
});

test('what is not a frame, a refused send and a broken bridge close it', async () => {
  const first = await opened();
  first.push({ kind: 'data', bytes: 'text' });
  await settle();
  expect(first.seen.at(-1)).toEqual([1003, 'not a frame']);

  for (const invoke of [() => Promise.resolve({ ok: false, error: {} }), () => Promise.reject(new Error('gone'))]) {
    const { Socket, subscribed } = setUp(invoke);
    const socket = new Socket(`${BRIDGE_SYNC_URL}/workspace/notes`);
    const codes: number[] = [];
    socket.onclose = (event: CloseEvent) => void codes.push(event.code);
    subscribed[0]?.push({ kind: 'open' });
    await settle();
    socket.send(new Uint8Array([1]));
    await settle();
    expect(codes).toHaveLength(1);
  }
});

test('the desktop transport is open from the start and tags a broken bridge', async () => {
  const { bridge, subscribed, ended } = setUp(() => Promise.reject(new Error('An object could not be cloned')));
  const transport = createElectronTransport(bridge);
  await transport.ready();
  expect(transport.connection).toEqual({ state: 'open' });
  const error: unknown = await transport.invoke('approve', {}).catch((reason: unknown) => reason);
  expect(isHostUnreachable(error) && error.outcome).toBe('unknown');
  const end = transport.subscribe('room', {}, () => {});
  expect(subscribed).toHaveLength(1);
  end();
  end();
  transport.close();
  expect(ended()).toBe(1);
});
