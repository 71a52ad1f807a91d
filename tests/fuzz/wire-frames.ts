import { randomBytes } from 'node:crypto';
import type { Draws } from './draws.ts';

/** A WebSocket handshake (RFC 6455, section 4.1), now and then with something wrong in it. */
export function handshake(draws: Draws, path: string): Buffer {
  const lines = [
    `GET ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
  ];
  if (draws.chance(0.15)) {
    const at = draws.below(lines.length);
    lines[at] = draws.pick(['', 'Sec-WebSocket-Version: 99', 'Sec-WebSocket-Key: x', `X: ${'y'.repeat(500)}`, 'GET']);
  }
  if (draws.chance(0.1)) lines.push('Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=99');
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}

/** WebSocket frames (RFC 6455, section 5.2) that carry `payload`, and break the rules in any of its fields. */
export function wireFrames(draws: Draws, payload: Uint8Array): Buffer {
  return draws.weighted<() => Buffer>([
    [4, () => wireFrame(draws, { payload, opcode: 2 })],
    [2, () => wireFrame(draws, { payload, opcode: draws.below(16) })],
    [2, () => wireFrame(draws, { payload, opcode: 2, reserved: 1 + draws.below(7) })],
    [2, () => wireFrame(draws, { payload, opcode: 2, masked: false })],
    [2, () => wireFrame(draws, { payload: Buffer.from([0xff, 0xc0, 0x80]), opcode: 1 })],
    [2, () => fragments(draws, payload)],
    [2, () => wireFrame(draws, { payload, opcode: 2, says: draws.pick([126, 65_536, 2 ** 24, 2 ** 32, 2 ** 53]) })],
    [1, () => wireFrame(draws, { payload: payload.slice(0, 1), opcode: 8 })],
    [1, () => wireFrame(draws, { payload: Buffer.from([0, draws.below(256)]), opcode: 8 })],
    [1, () => wireFrame(draws, { payload: Buffer.alloc(130), opcode: 9 })],
    [1, () => wireFrame(draws, { payload, opcode: 2 }).subarray(0, draws.below(20))],
    [1, () => Buffer.from(draws.bytes(draws.below(80)))],
  ])();
}

interface WireFrame {
  readonly payload: Uint8Array;
  readonly opcode: number;
  readonly isLast?: boolean;
  readonly reserved?: number;
  readonly masked?: boolean;
  /** The length it says, where that is not the one it has. */
  readonly says?: number;
}

function wireFrame(draws: Draws, frame: WireFrame): Buffer {
  const { payload, opcode, isLast = true, reserved = 0, masked = true, says = payload.length } = frame;
  const head = Buffer.alloc(10);
  head[0] = (isLast ? 0x80 : 0) | (reserved << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (says < 126 ? says : says < 65_536 ? 126 : 127);
  if (says >= 65_536) head.writeBigUInt64BE(BigInt(says), 2);
  else if (says >= 126) head.writeUInt16BE(says, 2);
  const headLength = says < 126 ? 2 : says < 65_536 ? 4 : 10;
  const mask = Buffer.from(draws.bytes(masked ? 4 : 0));
  const body = Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
  return Buffer.concat([head.subarray(0, headLength), mask, body]);
}

/** In pieces of one byte, with a ping among them, and perhaps without an end. */
function fragments(draws: Draws, payload: Uint8Array): Buffer {
  const pieces = [...payload.slice(0, 40)].map((byte, index) =>
    wireFrame(draws, { payload: Uint8Array.of(byte), opcode: index === 0 ? 2 : 0, isLast: false }),
  );
  pieces.splice(draws.below(pieces.length + 1), 0, wireFrame(draws, { payload: new Uint8Array(), opcode: 9 }));
  if (draws.chance(0.7)) pieces.push(wireFrame(draws, { payload: new Uint8Array(), opcode: 0 }));
  return Buffer.concat(pieces);
}
