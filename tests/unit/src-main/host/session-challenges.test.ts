import { expect, test } from 'vitest';
import { instant, type Sha256Hex } from '../../../../shared/base/ids.ts';
import { createSessionChallenges } from '../../../../src-main/host/session-challenges.ts';

function challenges() {
  let now = 1_750_000_000_000;
  const binding: { workspaceId: Sha256Hex | null; certificate: Sha256Hex | null } = {
    workspaceId: 'aa'.repeat(32) as Sha256Hex,
    certificate: null,
  };
  const asked = createSessionChallenges({ now: () => instant(now) }, () => binding);
  return { ...asked, binding, pass: (ms: number) => void (now += ms) };
}

test('a challenge is good once, for a minute, and only if it was asked', () => {
  const { issue, take, pass } = challenges();
  const [first, second] = [issue(), issue()];
  expect(first.nonce).toMatch(/^[0-9a-f]{64}$/);
  expect(second.nonce).not.toBe(first.nonce);
  pass(59_999);
  expect(take(first.nonce)).toEqual(first);
  expect(take(first.nonce)).toBeNull();
  pass(1);
  expect(take(second.nonce)).toBeNull();
  expect(take('00'.repeat(32))).toBeNull();
});

test('it is none any more for a host that has become another one', () => {
  const { issue, take, binding } = challenges();
  const before = issue();
  binding.certificate = 'bb'.repeat(32) as Sha256Hex;
  expect(take(before.nonce)).toBeNull();
  expect(issue()).toMatchObject({ workspaceId: 'aa'.repeat(32), certificate: 'bb'.repeat(32) });
});

test('however many are asked for, a bounded number is remembered, the newest', () => {
  const { issue, take } = challenges();
  const nonces = Array.from({ length: 8200 }, () => issue().nonce);
  expect(nonces.filter((nonce) => take(nonce) !== null)).toEqual(nonces.slice(-8192));
});
