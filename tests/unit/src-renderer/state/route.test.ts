import { beforeAll, expect, test, vi } from 'vitest';
import { WatchQueryId } from '../../../../shared/base/ids.ts';

// The module looks at the page's address when it is read.
beforeAll(() => vi.stubGlobal('location', { hash: '' }));

test('a watch query has an address of its own, and reads back from it', async () => {
  const { hrefOf, parseRoute } = await import('../../../../src-renderer/state/route.svelte.ts');
  const route = { view: 'storm', watchQueryId: WatchQueryId.parse('steamwell-lids') } as const;
  expect(hrefOf(route)).toBe('#/storm/steamwell-lids');
  expect(parseRoute(hrefOf(route))).toEqual(route);
});

test('an address that names nothing readable is the watch', async () => {
  const { parseRoute } = await import('../../../../src-renderer/state/route.svelte.ts');
  for (const hash of ['', '#/storm', '#/storm/', '#/storm/../x', '#/storm/<b>', '#/room/workspace', '#/elsewhere'])
    expect(parseRoute(hash)).toEqual({ view: 'watch' });
});

test('an invite that the program was opened with reads back whole; what is no text is the watch', async () => {
  const { hrefOf, parseRoute } = await import('../../../../src-renderer/state/route.svelte.ts');
  const route = { view: 'join', link: 'firebreak://join#abc_-/?&' } as const;
  expect(parseRoute(hrefOf(route))).toEqual(route);
  for (const hash of ['#/join', '#/join/%E0%A4%A', `#/join/${'a'.repeat(5000)}`])
    expect(parseRoute(hash)).toEqual({ view: 'watch' });
});
