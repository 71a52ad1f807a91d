import path from 'node:path';
import { expect, test } from 'vitest';
import { readLaunchArguments } from '../../../../src-main/shell/launch-arguments.ts';

const folder = path.resolve('/somewhere');

test('without arguments the platform decides and nothing begins by itself', () => {
  expect(readLaunchArguments([], folder)).toEqual({ dataDir: null, demo: false, demoSpeed: 4, link: null });
});

test('the data folder is meant from where the caller stood', () => {
  expect(readLaunchArguments(['--data', 'crisis'], folder).dataDir).toBe(path.join(folder, 'crisis'));
  expect(readLaunchArguments(['--data=../other'], folder).dataDir).toBe(path.resolve(folder, '../other'));
});

test('switches of the system and of Chromium are passed over', () => {
  const args = ['--no-sandbox', '--original-process-start-time=1', '--demo', '/some/file', 'firebreak://room/abcdefgh'];
  expect(readLaunchArguments(args, folder)).toMatchObject({
    dataDir: null,
    demo: true,
    link: 'firebreak://room/abcdefgh',
  });
});

test('a speed that is none is the usual one', () => {
  expect(readLaunchArguments(['--demo-speed', '60'], folder).demoSpeed).toBe(60);
  for (const speed of ['0', '61', 'fast', ''])
    expect(readLaunchArguments(['--demo-speed', speed], folder).demoSpeed).toBe(2);
});

test('of several links the first counts', () => {
  expect(readLaunchArguments(['firebreak://room/first-one', 'firebreak://room/second-one'], folder).link).toBe(
    'firebreak://room/first-one',
  );
});
