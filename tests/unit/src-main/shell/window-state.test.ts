import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  keepWindowState,
  openingBounds,
  readWindowState,
  type WindowState,
} from '../../../../src-main/shell/window-state.ts';

const state: WindowState = { x: 100, y: 50, width: 1400, height: 900, maximized: false, hash: '#/watch' };
const laptop = { x: 0, y: 0, width: 1440, height: 900 };
const left = { x: -1920, y: 0, width: 1920, height: 1080 };

let folder = '';
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'firebreak-window-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('what is kept is read back', () => {
  const file = path.join(folder, 'window.json');
  keepWindowState(file, state);
  expect(readWindowState(file)).toEqual(state);
});

test.each([
  '',
  'null',
  '{"x":1}',
  JSON.stringify({ ...state, hash: '#/room/x"><script>' }),
  JSON.stringify({ ...state, width: -5 }),
])('a file that says %j is as good as none', (text) => {
  const file = path.join(folder, 'window.json');
  writeFileSync(file, text);
  expect(readWindowState(file)).toBeNull();
});

test('a folder that cannot be written disturbs nobody', () => {
  expect(() => keepWindowState(path.join(folder, 'missing/window.json'), state)).not.toThrow();
});

test('the window opens where it stood, on any screen that is there', () => {
  expect(openingBounds(state, [laptop])).toEqual({ x: 100, y: 50, width: 1400, height: 900 });
  expect(openingBounds({ ...state, x: -1800 }, [laptop, left])).toMatchObject({ x: -1800 });
});

test('on a screen that is gone, or out of reach, it opens in its usual size where the system puts it', () => {
  for (const lost of [
    { ...state, x: -1800 },
    { ...state, y: -30 },
    { ...state, x: 1400 },
    { ...state, y: 890 },
  ])
    expect(openingBounds(lost, [laptop])).toEqual({ width: 1366, height: 820 });
  expect(openingBounds(null, [laptop])).toEqual({ width: 1366, height: 820 });
  expect(openingBounds(state, [])).toEqual({ width: 1366, height: 820 });
});

test('it is never smaller than what the room needs', () => {
  expect(openingBounds({ ...state, width: 300, height: 200 }, [laptop])).toMatchObject({ width: 900, height: 600 });
});
