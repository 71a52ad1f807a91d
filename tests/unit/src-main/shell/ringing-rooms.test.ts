import { expect, test } from 'vitest';
import { err, ok } from '../../../../shared/base/result.ts';
import { followRingingRooms } from '../../../../src-main/shell/ringing-rooms.ts';
import type { Api } from '../../../../src-main/commands/ports.ts';

/** A host whose two topics the test speaks for. */
function fakeHost() {
  const pushes = new Map<string, (payload: unknown) => void>();
  const api: Api = {
    invoke: () => Promise.reject(new Error('nothing is asked here')),
    subscribe(_caller, topic, _params, push) {
      if (topic === 'rooms' && !open) return err({ code: 'NotFounded', message: '' });
      pushes.set(topic, push);
      return ok(() => pushes.delete(topic));
    },
  };
  let open = true;
  return { api, pushes, refuseRooms: (refuse: boolean) => (open = !refuse) };
}

const room = (id: string, ringing: boolean) => ({ id, title: `Room ${id}`, ringing });

test('every change of what rings is told once', () => {
  const { api, pushes } = fakeHost();
  const told: string[][] = [];
  followRingingRooms(api, (ringing) => told.push(ringing.map(({ id }) => id)));
  pushes.get('session')?.({ stage: 'ready' });
  pushes.get('rooms')?.([room('one', true), room('two', false)]);
  pushes.get('rooms')?.([room('one', true), room('two', false)]);
  pushes.get('rooms')?.([room('one', true), room('two', true)]);
  pushes.get('rooms')?.([room('one', false), room('two', true)]);
  expect(told).toEqual([['one'], ['one', 'two'], ['two']]);
});

test('it begins when the first run is over, ends when the demo is left, and begins anew', () => {
  const { api, pushes, refuseRooms } = fakeHost();
  const told: number[] = [];
  const stop = followRingingRooms(api, (ringing) => told.push(ringing.length));
  pushes.get('session')?.({ stage: 'founding' });
  expect(pushes.has('rooms')).toBe(false);
  refuseRooms(true);
  pushes.get('session')?.({ stage: 'ready' });
  expect(pushes.has('rooms')).toBe(false);
  refuseRooms(false);
  pushes.get('session')?.({ stage: 'ready' });
  pushes.get('rooms')?.([room('one', true)]);
  pushes.get('session')?.({ stage: 'founding' });
  expect(told).toEqual([1, 0]);
  pushes.get('session')?.({ stage: 'ready' });
  pushes.get('rooms')?.([room('one', true)]);
  stop();
  expect(told).toEqual([1, 0, 1, 0]);
  expect(pushes.size).toBe(0);
});
