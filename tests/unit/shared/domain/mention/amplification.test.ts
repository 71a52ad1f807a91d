import { expect, test } from 'vitest';
import {
  mostEngagedStories,
  newestMentions,
  storiesOf,
  storyKey,
} from '../../../../../shared/domain/mention/amplification.ts';
import { mentionAt } from '../../../../support/mention-fixtures.ts';

const original = mentionAt(1, { id: 'a', text: 'The lid of my pot flew off this morning!', engagement: 10 });

test('copies and reposts are one story', () => {
  const mentions = [
    original,
    mentionAt(2, { id: 'b', text: 'RT @x: The lid of my pot flew off this morning! https://t.co/1' }),
    mentionAt(3, { id: 'c', text: 'the LID of my p\u200Bot flew off this morning', engagement: 90 }),
    mentionAt(4, { id: 'd', text: 'look at this', repostOf: 'a' }),
    mentionAt(5, { id: 'e', text: 'Something else entirely happened here today' }),
  ];
  expect(storiesOf(mentions)).toMatchObject([
    { mention: { id: 'a' }, count: 4, engagement: 90 },
    { mention: { id: 'e' }, count: 1, engagement: null },
  ]);
});

test('two short texts that are equal are two stories', () => {
  expect(storyKey(mentionAt(1, { id: 'a', text: 'disgusting' }))).not.toBe(
    storyKey(mentionAt(2, { id: 'b', text: 'disgusting' })),
  );
});

test('a copy cut short by its client is the same story', () => {
  const long = 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen';
  expect(storyKey(mentionAt(1, { text: long }))).toBe(storyKey(mentionAt(2, { text: `${long.slice(0, 70)}…` })));
});

test('newest and most engaged have one order on every screen', () => {
  const mentions = [mentionAt(5, { id: 'z' }), mentionAt(5, { id: 'a' }), mentionAt(9, { id: 'n' })];
  expect(newestMentions(mentions, 2).map(({ id }) => id)).toEqual(['n', 'a']);
  const engaged = [original, mentionAt(2, { id: 'q', text: 'five quite other words here', engagement: 50 })];
  expect(mostEngagedStories(engaged, 5).map(({ mention }) => mention.id)).toEqual(['q', 'a']);
});
