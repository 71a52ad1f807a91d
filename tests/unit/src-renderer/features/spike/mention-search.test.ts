import { beforeAll, expect, test, vi } from 'vitest';
import { instant } from '../../../../../shared/base/ids.ts';
import { ok } from '../../../../../shared/base/result.ts';
import type { WarRoomApi } from '../../../../../shared/protocol/create-war-room-api.ts';
import type { EndpointInput, EndpointOutputs } from '../../../../../shared/protocol/endpoints.ts';
import { MentionSearch } from '../../../../../src-renderer/features/spike/mention-search.svelte.ts';
import { pretendMentions, pretendQueries } from '../../../../support/pretend-storms.ts';

// Nothing compiles runes here: a rune is the value that it holds.
beforeAll(() =>
  vi.stubGlobal(
    '$state',
    Object.assign(<Value>(value: Value) => value, { raw: <Value>(value: Value) => value }),
  ),
);

const [query] = pretendQueries(1);
if (!query) throw new Error('no query');
const all = pretendMentions(query, instant(1_700_000_000_000), 75);

/** A host that answers when it is told to, in whatever order. */
function slowHost() {
  const waiting: {
    input: EndpointInput<'mentions.search'>;
    answer: (page: EndpointOutputs['mentions.search']) => void;
  }[] = [];
  const call = (_endpoint: string, input: EndpointInput<'mentions.search'>) =>
    new Promise((resolve) => waiting.push({ input, answer: (page) => resolve(ok(page)) }));
  return { api: { call } as unknown as WarRoomApi, waiting };
}

test('the next page begins after the last mention of the one before', async () => {
  const { api, waiting } = slowHost();
  const search = new MentionSearch(api, query.watchQueryId);
  const first = search.search(' lid ');
  waiting[0]?.answer({ mentions: all.slice(0, 50), hasMore: true });
  await first;
  expect([search.words, search.found.length, search.hasMore]).toEqual(['lid', 50, true]);
  const more = search.more();
  expect(waiting[1]?.input.before).toEqual({ observedAt: all[49]?.observedAt, id: all[49]?.id });
  waiting[1]?.answer({ mentions: all.slice(50), hasMore: false });
  await more;
  expect([search.found.length, search.hasMore]).toEqual([75, false]);
});

test('a slow answer to older words is thrown away', async () => {
  const { api, waiting } = slowHost();
  const search = new MentionSearch(api, null);
  const older = search.search('li');
  const newer = search.search('lid');
  waiting[1]?.answer({ mentions: all.slice(0, 2), hasMore: false });
  await newer;
  waiting[0]?.answer({ mentions: all, hasMore: true });
  await older;
  expect([search.words, search.found.length, search.hasMore]).toEqual(['lid', 2, false]);
});
