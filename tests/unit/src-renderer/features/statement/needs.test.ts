import { expect, test } from 'vitest';
import type { Finding } from '../../../../../shared/domain/statement/finding.ts';
import { needsOf } from '../../../../../src-renderer/features/statement/needs.ts';

const TEMPLATE = 'At [place], [what happened].';
const missing: Finding = { check: 'six-parts', severity: 'info', message: 'No apology.', channelId: null, from: null, to: null, fix: null }; // prettier-ignore

test('slots of the template count as filled when they are gone; slots that people wrote count as open', () => {
  expect(needsOf({ master: TEMPLATE, variants: {} }, [], TEMPLATE)).toMatchObject({ slotsFilled: 0, slotsTotal: 2 });
  const written = { master: 'In Leith, [what happened]. [phone number]', variants: {} };
  expect(needsOf(written, [], TEMPLATE)).toMatchObject({ slotsFilled: 1, slotsTotal: 3 });
  expect(needsOf(written, [], null)).toMatchObject({ slotsFilled: 0, slotsTotal: 2 });
});

test('the parts are those the check did not miss in the master; an empty text has none', () => {
  const draft = { master: 'We are sorry.', variants: {} };
  const variant = { ...missing, channelId: 'short' };
  expect(needsOf(draft, [missing, missing, variant], null).partsPresent).toBe(4);
  expect(needsOf(draft, Array.from({ length: 9 }, () => missing), null).partsPresent).toBe(0); // prettier-ignore
  expect(needsOf({ master: ' \n', variants: {} }, [], null).partsPresent).toBe(0);
});
