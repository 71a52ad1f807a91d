import { expect, test } from 'vitest';
import { instant } from '../../../../shared/base/ids.ts';
import { feedHealth, feedNumbers, lagWords } from '../../../../src-renderer/state/feed-words.ts';
import { pretendFeeds } from '../../../support/pretend-storms.ts';

const now = instant(1_700_000_000_000);
const live = pretendFeeds(now)[0];
if (!live) throw new Error('no feed');

test('a feed that works says nothing but its numbers', () => {
  expect(feedHealth(live, now)).toEqual([]);
  expect(feedNumbers({ ...live, lastMentionAt: null })).toBe(
    '2,412 posts a minute, 1,412 mentions of 184,201 read, less than a second behind, no mention yet',
  );
});

test('a silent feed is no data and never calm, and what was thrown away is counted', () => {
  const said = feedHealth({ ...live, state: 'silent', since: instant(now - 252_000), shed: 1, skipped: 3 }, now);
  expect(said.join(' ')).toContain('nothing has come for 4:12. That is no data, not calm.');
  expect(said.join(' ')).toContain('1 post was thrown away');
  expect(said.join(' ')).toContain('3 malformed records were left out');
});

test('a delay that nobody knows is unknown, and a long one is in minutes', () => {
  expect([null, 420, 312_000].map(lagWords)).toEqual(['unknown', '0.4 s', '5:12']);
});
