import { expect, test } from 'vitest';
import { instant } from '../../../../../shared/base/ids.ts';
import { rarityWords } from '../../../../../shared/domain/spike/explain.ts';
import { burst, CRISIS, MINUTE, run, taught } from './traffic.ts';

test('[SPK16] the reasons are a sentence that can be read out, and facts with numbers', () => {
  const mentions = burst(CRISIS, CRISIS + 3 * MINUTE, 40).map((mention, index) => ({
    ...mention,
    repostOf: index % 2 === 0 && index > 0 ? 'burst-original' : null,
    reach: 100,
  }));
  const opened = run(taught(), mentions, CRISIS, CRISIS + 3 * MINUTE).find(({ change }) => change === 'open');
  expect(opened?.explanation.sentence).toMatch(
    /^\d+ mentions in (one minute|\d+ minutes|one hour) where ([\d.]+|almost none) (is|are) expected at this hour, from \d+ different authors\. (Rarer than once in a year|About once in \d+ days) for this watch query\. \d+% of the last hour is negative by our estimate, \d+% as a rule\.$/,
  );
  const facts = new Map(opened?.explanation.facts.map(({ label, value }) => [label, value]));
  const { observed = 0, expected = 0 } = opened?.calculation ?? {};
  expect(facts.get('Mentions in it')).toBe(String(observed));
  expect(Number(facts.get('Expected at this hour'))).toBeCloseTo(expected, 1);
  expect(facts.get('Normal range')).toMatch(/^\d+ to \d+$/);
  expect(observed).toBeGreaterThan(Number(facts.get('Normal range')?.split(' to ')[1]));
  expect(facts.get('Abnormal since')).toBe(
    `${new Date(opened?.abnormalSince ?? 0).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
  );
  expect(Number(facts.get('Different authors'))).toBe(observed);
  expect(facts.get('Reposts')).toMatch(/^[34]\d%$|^50%$/);
  expect(facts.get('Negative in the last hour (estimate)')).toMatch(/^\d+%$/);
  expect(facts.get('Negative as a rule (estimate)')).toMatch(/^(1\d|2\d)%$/);
  expect(facts.get('Learned from')).toMatch(/^(48 h|2 days)$/);
});

test('[SPK16] calm is said in the same words', () => {
  const assessment = taught().assess(instant(CRISIS + 10_000));
  expect(assessment.explanation.sentence).toMatch(
    /^\d+ (negative )?mentions? in (one minute|\d+ minutes|one hour)(; \d+ to \d+ are normal at this hour|, [\d.]+ expected)\.$/,
  );
  expect(new Map(assessment.explanation.facts.map(({ label, value }) => [label, value])).has('Abnormal since')).toBe(
    false,
  );
});

test.each([
  [-5, 'nothing unusual'],
  [-0.5, 'about once in 3 hours'],
  [0.4, 'about once a day'],
  [1.4, 'about once in 10 days'],
  [2.1, 'about once in 50 days'],
  [3.5, 'rarer than once in a year'],
  [300, 'rarer than once in a year'],
])('[SPK16] a rarity of %d decades of days reads "%s"', (rarity, words) => {
  expect(rarityWords(rarity)).toBe(words);
});
