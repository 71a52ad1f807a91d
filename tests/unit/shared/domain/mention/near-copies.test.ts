import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createStoryGrouper } from '../../../../../shared/domain/mention/near-copies.ts';
import { wordsSaid } from '../../../../../shared/domain/mention/words.ts';
import { crisisTweets } from '../../../../support/crisis-tweets.ts';

/** Which texts, by their place in the list, are one story. */
function groups(texts: readonly string[]): readonly (readonly number[])[] {
  const grouper = createStoryGrouper();
  const byKey = Map.groupBy(texts.keys(), (at) =>
    grouper.place({ id: String(at), text: texts[at] ?? '', repostOf: null }),
  );
  return [...byKey.values()];
}

const STORY = 'Reports of several people trapped after helicopter crashes into the roof of a pub in Glasgow';

test.each([
  `RT @news: ${STORY}`,
  `BREAKING: ${STORY} https://t.co/1`,
  `Oh no, my thoughts are with them. “@news: ${STORY}”`,
  `${STORY} - stay away from there everybody please`,
  `${STORY.slice(0, 70)}… http://t.c`,
  `@a @b ${STORY.toUpperCase()}!!!`,
  STORY.replace('several', 'many'),
])('%j is a copy', (copy) => {
  expect(groups([STORY, copy])).toEqual([[0, 1]]);
});

test.each([
  'Helicopter crashes into the roof of a pub',
  'There was a helicopter over my house in Glasgow tonight and several people were looking at it',
  'Reports of several other things',
])('%j is a story of its own', (other) => {
  expect(groups([other, STORY]).length).toBe(other.startsWith('Helicopter') ? 1 : 2);
});

test('scripts without spaces have copies too', () => {
  const told = '今日は東京駅で火事がありましたが怪我人はいません';
  expect(groups([told, `速報：${told}`, '昨日は大阪で祭りがありました'])).toEqual([[0, 1], [2]]);
});

test('small changes in a row do not join two stories: the first text is what is compared', () => {
  const words = Array.from({ length: 40 }, (_, at) => `word${at}`);
  const drifting = Array.from({ length: 15 }, (_, step) => words.slice(step * 2, step * 2 + 12).join(' '));
  expect(groups(drifting).length).toBeGreaterThan(3);
});

test('a repost goes with its original, and reposts of one that never came go together', () => {
  const grouper = createStoryGrouper();
  expect(grouper.place({ id: 'a', text: STORY, repostOf: null })).toBe('a');
  expect(grouper.place({ id: 'b', text: 'so sad', repostOf: 'a' })).toBe('a');
  expect(grouper.place({ id: 'c', text: 'so sad', repostOf: 'b' })).toBe('a');
  expect(grouper.place({ id: 'd', text: 'look', repostOf: 'unseen' })).toBe('unseen');
  expect(grouper.place({ id: 'e', text: 'here', repostOf: 'unseen' })).toBe('unseen');
});

test('what nobody tells any more is forgotten, and what is told on is not', () => {
  const grouper = createStoryGrouper(100);
  const text = (at: number) => `the ${at} of ${at * 7} and ${at * 13} or ${at * 17} with ${at * 19}`;
  for (let at = 1; at < 1000; at += 1) {
    grouper.place({ id: String(at), text: text(at), repostOf: null });
    if (at % 40 === 0)
      expect(grouper.place({ id: `again-${at}`, text: `So: ${STORY}`, repostOf: null })).toBe('again-40');
  }
  expect(grouper.place({ id: 'late', text: text(950), repostOf: null })).toBe('950');
  expect(grouper.place({ id: 'later', text: text(5), repostOf: null })).toBe('later');
});

test('any texts are placed, the same ones always the same', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { maxLength: 10 }), (texts) => {
      expect(groups(texts)).toEqual(groups(texts));
      expect(
        groups(texts)
          .flat()
          .sort((a, b) => a - b),
      ).toEqual([...texts.keys()]);
    }),
    { seed: 11, numRuns: 300 },
  );
});

test('hashtags are words; names, addresses, repost marks and a word cut short are not', () => {
  expect(wordsSaid('RT @a_b: Don’t miss #Acme via @c https://t.co/x www.acme.com me@acme.org Müller cu…')).toEqual([
    'dont',
    'miss',
    'acme',
    'me',
    'acme',
    'org',
    'muller',
  ]);
});

test('real crises: what a person would call one story is one', (context) => {
  const texts = crisisTweets('2013_Glasgow_helicopter_crash');
  context.skip(texts.length === 0, 'the data set ../shared/data/crisislex is not beside the repository');
  const stories = groups(texts);
  const storyWith = (part: string) => stories.filter((story) => story.some((at) => texts[at]?.includes(part)));
  const taxis = texts.flatMap((text, at) => (text.includes('@glasgow_taxis: Anyone') ? [at] : []));
  expect(taxis.length).toBeGreaterThan(20);
  expect(storyWith('@glasgow_taxis: Anyone').length).toBe(1);
  expect(storyWith('the blood donor centre in Glasgow is open from 9.30am').length).toBe(1);
  expect(storyWith('RIP To Our Fort Riley Soldiers').length).toBe(1);
  expect(storyWith('The names of four more people who died').length).toBe(1);
  // And most are stories of their own: of 1,100 texts a person groups a quarter away.
  expect(stories.length).toBeGreaterThan(750);
  expect(stories.length).toBeLessThan(880);
});
