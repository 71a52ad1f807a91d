import { expect, test } from 'vitest';
import { restoreChanges } from '../../../../../src-renderer/features/replay/restore-changes.ts';

test('only texts that would read otherwise are shown, and one that is not there reads as an empty one', () => {
  const now = { text: 'We know.', variants: { x: 'Short.', web: 'Same.' } };
  expect(restoreChanges(now, now)).toEqual([]);
  expect(restoreChanges(now, { text: 'We knew.', variants: { web: 'Same.', sky: '', blog: 'Long.' } })).toEqual([
    { channelId: null, before: 'We know.', after: 'We knew.' },
    { channelId: 'blog', before: '', after: 'Long.' },
    { channelId: 'x', before: 'Short.', after: '' },
  ]);
});
