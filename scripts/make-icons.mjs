// node scripts/make-icons.mjs
//
// Draws the program's icons into resources/icons/: the mark of the tab's icon, in the sizes that the systems ask for.
// The files are kept in the repository; run this again after changing the drawing.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, deflateSync } from 'node:zlib';

const icons = path.join(import.meta.dirname, '..', 'resources', 'icons');
const CALM = [0x4b, 0x55, 0x60];
const ALARM = [0xb3, 0x26, 0x1e];
const WHITE = [0xff, 0xff, 0xff];
/** Rectangles on a grid of 16: left, top, right, bottom. */
const LETTER = [
  [4, 3, 6, 13],
  [6, 3, 12, 5],
  [6, 7, 11, 9],
];
const MARK = [
  [7, 3, 9, 9],
  [7, 11, 9, 13],
];
/** Points tried along each side of a pixel, for soft edges. */
const SAMPLES = 4;

draw('tray-calm.png', 16, CALM, LETTER);
draw('tray-calm@2x.png', 32, CALM, LETTER);
draw('tray-alarm.png', 16, ALARM, MARK);
draw('tray-alarm@2x.png', 32, ALARM, MARK);
draw('alarm.png', 128, ALARM, MARK);
draw('firebreak.png', 256, CALM, LETTER);
draw('package/icon.png', 1024, CALM, LETTER);

function draw(name, size, ground, shape) {
  const rows = Buffer.alloc(size * (1 + size * 4));
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) rows.set(pixel(x, y, size, ground, shape), y * (1 + size * 4) + 1 + x * 4);
  }
  const file = path.join(icons, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, png(size, rows));
}

function pixel(x, y, size, ground, shape) {
  let inside = 0;
  let white = 0;
  for (let at = 0; at < SAMPLES * SAMPLES; at++) {
    const u = ((x + ((at % SAMPLES) + 0.5) / SAMPLES) / size) * 16;
    const v = ((y + (Math.floor(at / SAMPLES) + 0.5) / SAMPLES) / size) * 16;
    if (!inGround(u, v)) continue;
    inside++;
    if (shape.some(([left, top, right, bottom]) => u >= left && u < right && v >= top && v < bottom)) white++;
  }
  if (inside === 0) return [0, 0, 0, 0];
  const share = white / inside;
  const colour = ground.map((value, index) => Math.round(value * (1 - share) + WHITE[index] * share));
  return [...colour, Math.round((inside / (SAMPLES * SAMPLES)) * 255)];
}

/** A square of 16 with corners of radius 3. */
function inGround(u, v) {
  const dx = Math.max(3 - u, u - 13, 0);
  const dy = Math.max(3 - v, v - 13, 0);
  return dx * dx + dy * dy <= 9;
}

/** PNG (ISO/IEC 15948), 8 bits a channel with alpha, no filter. */
function png(size, rows) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
