import { expect, test } from 'vitest';
import { ChannelId } from '../../../../../shared/base/ids.ts';
import { channelTabs } from '../../../../../src-renderer/features/statement/channel-tabs.ts';

const channels = [
  { channelId: ChannelId.parse('website'), name: 'Website', limit: null, via: { kind: 'hand' } },
  { channelId: ChannelId.parse('short'), name: 'Short', limit: 10, via: { kind: 'hand' } },
] as const;

test('the master stands first; a channel without words of its own is measured by the master', () => {
  const tabs = channelTabs({ master: 'Ten letters and more', variants: {} }, channels);
  expect(tabs.map(({ name, length, tooLong, ownWords }) => [name, length, tooLong, ownWords])).toEqual([
    ['Master', 20, false, true],
    ['Website', 20, false, false],
    ['Short', 20, true, false],
  ]);
});

test('own words count for themselves, up to and with the limit; empty ones are the master again', () => {
  const tab = (words: string) => channelTabs({ master: 'Ten letters and more', variants: { short: words } }, channels)[2]; // prettier-ignore
  expect(tab('0123456789')).toMatchObject({ length: 10, tooLong: false, ownWords: true });
  expect(tab('01234567890')).toMatchObject({ length: 11, tooLong: true, ownWords: true });
  expect(tab('')).toMatchObject({ length: 20, tooLong: true, ownWords: false });
});

test('a variant named like something of every object is not mistaken for one', () => {
  const odd = [{ ...channels[0], channelId: ChannelId.parse('constructor') }];
  expect(channelTabs({ master: 'Words', variants: {} }, odd)[1]).toMatchObject({ length: 5, ownWords: false });
});
