import { expect, test } from 'vitest';
import { instant } from '../../../../shared/base/ids.ts';
import { localTimeText, readLocalTime } from '../../../../src-renderer/ui/local-time.ts';

test('what a time field holds reads back to the minute, whatever the zone', () => {
  const at = instant(Date.UTC(2026, 2, 29, 14, 5));
  expect(readLocalTime(localTimeText(at))).toBe(at);
});

test('what is no time is none', () => {
  expect(['', 'soon', '2026-99-01T00:00'].map(readLocalTime)).toEqual([null, null, null]);
});
