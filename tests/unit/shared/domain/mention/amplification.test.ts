import { expect, test } from 'vitest';
import {
  authorsOf,
  copiesById,
  mentionsByStory,
  storiesOf,
} from '../../../../../shared/domain/mention/amplification.ts';
import { mentionAt } from '../../../../support/mention-fixtures.ts';

const original = mentionAt(1, { id: 'a', text: 'The lid of my pot flew off this morning!', engagement: 10 });
const mentions = [
  original,
  mentionAt(2, { id: 'b', author: 'x', text: 'RT @x: The lid of my pot flew off this morning! https://t.co/1' }),
  mentionAt(3, { id: 'c', author: 'x', text: 'the LID of my p\u200Bot flew off this morning', engagement: 90 }),
  mentionAt(4, { id: 'd', author: 'y', text: 'look at this', repostOf: 'a' }),
  mentionAt(5, { id: 'e', text: 'Something else entirely happened here today' }),
];

test('copies and reposts are one story, told by its first mention, whatever order they come in', () => {
  for (const order of [mentions, mentions.toReversed()]) {
    expect(storiesOf(mentionsByStory(order))).toMatchObject([
      { mention: { id: 'a' }, count: 4, authors: 3, engagement: 90 },
      { mention: { id: 'e' }, count: 1, authors: 1, engagement: null },
    ]);
  }
  expect([...copiesById(mentions)]).toEqual([
    ['a', 4],
    ['b', 4],
    ['c', 4],
    ['d', 4],
    ['e', 1],
  ]);
});

test('two short texts that are equal are two stories', () => {
  const short = [mentionAt(1, { id: 'a', text: 'disgusting' }), mentionAt(2, { id: 'b', text: 'disgusting' })];
  expect(mentionsByStory(short).size).toBe(2);
});

test('authors are told apart by channel, and a mention without one is its own', () => {
  const of = (author: string | null, channel: string) => mentionAt(1, { author, channel });
  expect(authorsOf([of('a', 'x'), of('a', 'x'), of('a', 'bluesky'), of(null, 'x'), of(null, 'x')])).toBe(4);
});
