import { expect, test } from 'vitest';
import { Chain } from '../../../../../shared/domain/playbook/chain.ts';
import { chainFromRoles } from '../../../../../shared/domain/playbook/default-chain.ts';
import { addStep, chainLack, moveStep, removeStep } from '../../../../../src-renderer/features/settings/chain-edit.ts';
import { channelForm, readChannel } from '../../../../../src-renderer/features/settings/channel-form.ts';
import { slugFrom } from '../../../../../src-renderer/features/settings/slug.ts';

const chain = chainFromRoles(['comms-lead', 'legal']);
const roles = (steps: typeof chain) => steps.map(({ role }) => role);

test('steps move, and stay where they are at the ends', () => {
  expect(roles(moveStep(chain, 1, -1))).toEqual(['legal', 'comms-lead']);
  expect(roles(moveStep(chain, 0, 1))).toEqual(['legal', 'comms-lead']);
  expect(roles(moveStep(chain, 0, -1))).toEqual(roles(chain));
  expect(roles(moveStep(chain, 1, 1))).toEqual(roles(chain));
});

test('the last step cannot be taken out', () => {
  expect(removeStep(removeStep(chain, 0), 0)).toHaveLength(1);
  expect(chainLack([])).toBe('Sign-off needs at least one step.');
});

test('an added step has words and an id of its own; there are at most eight', () => {
  let grown = [...chain];
  for (let n = 0; n < 10; n += 1) grown = addStep(grown, 'legal');
  expect(grown).toHaveLength(8);
  expect(Chain.safeParse(grown).success).toBe(true);
  expect(chainLack(grown)).toBeUndefined();
  expect(chainLack(grown.map((step, index) => (index === 2 ? { ...step, name: ' ' } : step)))).toBe(
    'Give step 3 a name.',
  );
});

test('a channel is read from its form, or the form says what is missing', () => {
  const form = { ...channelForm(null), name: ' Press room ', limit: '280' };
  expect(readChannel(form, ['press-room'])).toEqual({
    ok: true,
    value: { channelId: 'press-room-2', name: 'Press room', limit: 280, via: { kind: 'hand' } },
  });
  expect(readChannel({ ...form, name: '' }, []).ok).toBe(false);
  expect(readChannel({ ...form, limit: '1.5' }, []).ok).toBe(false);
  expect(readChannel({ ...form, via: 'webhook', url: 'javascript:alert(1)' }, []).ok).toBe(false);
  const hook = readChannel({ ...form, limit: '', via: 'webhook', url: 'https://example.org/hook' }, []);
  expect(hook).toMatchObject({ ok: true, value: { limit: null, via: { kind: 'webhook' } } });
  expect(hook.ok && channelForm(hook.value)).toMatchObject({ channelId: 'press-room', limit: '', via: 'webhook' });
});

test('an id comes from any name', () => {
  expect(slugFrom('Æther & Söhne', [], 'x')).toBe('ther-sohne');
  expect(slugFrom('日本', [], 'channel')).toBe('channel');
  expect(slugFrom('日本', ['channel', 'channel-2'], 'channel')).toBe('channel-3');
});
