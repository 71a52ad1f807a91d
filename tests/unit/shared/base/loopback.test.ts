import { expect, test } from 'vitest';
import { isLoopbackName } from '../../../../shared/base/loopback.ts';

const nameIn = (url: string): string => new URL(url).hostname;

test.each(['http://127.0.0.1:4100', 'http://localhost/', 'http://[::1]:1', 'http://127.1', 'http://0x7f.0.0.2'])(
  '%s leads to this machine',
  (url) => {
    expect(isLoopbackName(nameIn(url))).toBe(true);
  },
);

test.each([
  'http://10.0.0.1',
  'http://localhost.evil.test',
  'http://127.0.0.1.evil.test',
  'http://[::2]',
  'http://0.0.0.0',
])('%s does not', (url) => {
  expect(isLoopbackName(nameIn(url))).toBe(false);
});
