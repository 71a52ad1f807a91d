import { expect, test } from 'vitest';
import { WatchQueryId } from '../../../../../shared/base/ids.ts';
import type { RoomEvent } from '../../../../../shared/domain/room/room.ts';
import { alarmWords } from '../../../../../src-renderer/features/alarm/alarm-words.ts';
import { alarmRaised, at, by, given, host, ines, ringingRoom, type Story, T0 } from '../../../../support/given.ts';

type Spike = Extract<RoomEvent, { readonly type: 'SpikeDetected' }>;
const spike = { type: 'SpikeDetected' as const, watchQueryId: WatchQueryId.parse('brand'), windowMs: 300_000, expected: 10, lower: 5, upper: 15, score: 9, abnormalSince: T0, facts: [], history: [] } satisfies Partial<Spike>; // prettier-ignore
const early = by(host, { ...spike, observed: 40, sentence: 'Forty came.' }, at(1, 5));
const late = by(host, { ...spike, observed: 120, sentence: 'A hundred and twenty came.' }, at(2));

function words(story: Story) {
  const { alarm } = story.state;
  if (alarm.phase === 'none') throw new Error('no alarm');
  return alarmWords(alarm, story.events);
}

test('the count and the sentence are both of the newest spike', () => {
  expect(words(ringingRoom().and(early, late))).toEqual({
    count: '120 mentions in 5 min. Normal is 10 (5 to 15), 12 times as many.',
    why: 'A hundred and twenty came.',
  });
});

test('an alarm of a person has no count, and a viral post keeps its own reason', () => {
  const person = given(by(ines, alarmRaised({ cause: 'person', why: 'A call from the store.' }), at(1)));
  expect(words(person)).toEqual({ count: null, why: 'A call from the store.' });
  const viral = given(by(host, alarmRaised({ cause: 'viral', why: 'One post is everywhere.' }), at(1)));
  expect(words(viral.and(late)).why).toBe('One post is everywhere.');
});
