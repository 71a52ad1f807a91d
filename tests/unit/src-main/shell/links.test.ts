import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isOwnPage, pageHashOfLink, roomIdOfPage } from '../../../../src-main/shell/links.ts';

test('a link to a room or its replay becomes the address of that view', () => {
  expect(pageHashOfLink('firebreak://room/20261121-2315-9n8xf')).toBe('#/room/20261121-2315-9n8xf');
  expect(pageHashOfLink('firebreak://replay/20261121-2315-9n8xf')).toBe('#/replay/20261121-2315-9n8xf');
  expect(pageHashOfLink('firebreak://room/20261121-2315-9n8xf/')).toBe('#/room/20261121-2315-9n8xf');
});

test.each([
  'firebreak://approve/20261121-2315-9n8xf',
  'firebreak://room/20261121-2315-9n8xf?do=publish',
  'firebreak://room/20261121-2315-9n8xf#/settings',
  'firebreak://room/20261121-2315-9n8xf/publish',
  'firebreak://room/../../settings',
  'firebreak://room/%2e%2e/settings',
  'firebreak://somebody@room/20261121-2315-9n8xf',
  'firebreak://room:80/20261121-2315-9n8xf',
  'firebreak:room/20261121-2315-9n8xf',
  'firebreak://room/workspace',
  'firebreak://room/20261121-2315-9n8xf\n',
  ' firebreak://room/20261121-2315-9n8xf',
  'https://room/20261121-2315-9n8xf',
  'javascript:alert(1)',
  `firebreak://room/${'a'.repeat(100_000)}`,
  '',
])('%j is no link of ours', (link) => {
  expect(pageHashOfLink(link)).toBeNull();
});

test('whatever a link says, the page gets a view and a room id or nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (rest) => {
      const hash = pageHashOfLink(`firebreak://room/${rest}`);
      expect(hash === null || /^#\/room\/[a-z0-9-]{8,40}$/.test(hash)).toBe(true);
    }),
  );
});

test('only our own origin is our own page', () => {
  expect(isOwnPage('app://firebreak/')).toBe(true);
  expect(isOwnPage('app://firebreak/assets/index.js#/room/x')).toBe(true);
  expect(isOwnPage('app://firebreak')).toBe(true);
  for (const foreign of [
    'app://other/',
    'app://firebreak.example.org/',
    'app://firebreak@evil.example/',
    'app://somebody@firebreak/',
    'app://firebreak:80/',
    'https://firebreak/',
    'file:///index.html',
    'data:text/html,hello',
    'about:blank',
    '',
  ])
    expect(isOwnPage(foreign), foreign).toBe(false);
});

test('the room that is shown is read from the address of its room or replay', () => {
  expect(roomIdOfPage('app://firebreak/#/replay/20261121-2315-9n8xf')).toBe('20261121-2315-9n8xf');
  expect(roomIdOfPage('app://firebreak/#/watch')).toBeNull();
  expect(roomIdOfPage('app://firebreak/#/room/UPPER-CASE')).toBeNull();
});
