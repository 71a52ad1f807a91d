import { expect, test } from 'vitest';
import { instant, OperatorId } from '../../../../../shared/base/ids.ts';
import { createPace } from '../../../../../src-main/host/sync/pace.ts';

const anna = OperatorId.parse('anna');
const ben = OperatorId.parse('ben');
const limits = {
  burstFrames: 10,
  framesPerSecond: 10,
  burstBytes: 1000,
  bytesPerSecond: 1000,
  burstParts: 100,
  partsPerSecond: 100,
};

function setUp() {
  let now = 1_000_000;
  const pace = createPace({ now: () => instant(now) }, limits);
  return { pace, pass: (ms: number) => (now += ms) };
}

test('within the burst nobody waits, beyond it until the account is even', () => {
  const { pace, pass } = setUp();
  for (let n = 0; n < 10; n++) expect(pace.charge(anna, { frames: 1, bytes: 1, parts: 1 })).toBe(0);
  expect(pace.charge(anna, { frames: 1, bytes: 1, parts: 1 })).toBe(100);
  expect(pace.waitMs(ben)).toBe(0);
  pass(100);
  expect(pace.waitMs(anna)).toBe(0);
  expect(pace.charge(anna, { frames: 5, bytes: 0, parts: 0 })).toBe(500);
});

test('bytes and parts count by themselves, and nobody waits longer than twenty seconds at once', () => {
  const { pace } = setUp();
  expect(pace.charge(anna, { frames: 1, bytes: 1500, parts: 0 })).toBe(500);
  expect(pace.charge(ben, { frames: 1, bytes: 0, parts: 1_000_000 })).toBe(20_000);
});

test('who was quiet has no more than one burst', () => {
  const { pace, pass } = setUp();
  pace.charge(anna, { frames: 1, bytes: 0, parts: 0 });
  pass(3_600_000);
  expect(pace.charge(anna, { frames: 10, bytes: 0, parts: 0 })).toBe(0);
  expect(pace.charge(anna, { frames: 1, bytes: 0, parts: 0 })).toBe(100);
});

test('a hold is twice as long each further time within a minute, and is not forgotten by leaving', () => {
  const { pace, pass } = setUp();
  expect(pace.hold(anna, 3000)).toBe(3000);
  pace.forget(anna);
  expect(pace.waitMs(anna)).toBe(3000);
  pass(3000);
  expect(pace.waitMs(anna)).toBe(0);
  expect(pace.hold(anna, 3000)).toBe(6000);
  pass(120_000);
  expect(pace.hold(anna, 3000)).toBe(3000);
});

test('debts are kept for who leaves, and an even account is not', () => {
  const { pace, pass } = setUp();
  pace.charge(anna, { frames: 20, bytes: 0, parts: 0 });
  pace.forget(anna);
  expect(pace.waitMs(anna)).toBe(1000);
  pass(10_000);
  pace.forget(anna);
  expect(pace.waitMs(anna)).toBe(0);
});

test('a clock that stands or is set back gives nothing away', () => {
  const { pace, pass } = setUp();
  pace.charge(anna, { frames: 15, bytes: 0, parts: 0 });
  pass(-60_000);
  expect(pace.waitMs(anna)).toBe(500);
});
