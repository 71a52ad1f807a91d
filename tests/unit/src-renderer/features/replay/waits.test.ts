import { expect, test } from 'vitest';
import { foldRoom } from '../../../../../shared/domain/room/room.ts';
import { momentsOf, stopFrom } from '../../../../../src-renderer/features/replay/moments.ts';
import { breachOf, waitsOf } from '../../../../../src-renderer/features/replay/waits.ts';
import {
  approved,
  at,
  by,
  clearedRoom,
  confirmed,
  cora,
  lea,
  publishingRoom,
  ringingRoom,
  second,
  SECOND,
  sentBack,
  sol,
  submitted,
  submittedRoom,
  type Story,
  wim,
} from '../../../../support/given.ts';

function waits(story: Story) {
  const { voids } = foldRoom(story.events);
  return waitsOf(story.events, (hash) => voids.has(hash as never));
}

test('an alarm waits for an answer, each step for its own, a publication for its end', () => {
  const story = publishingRoom().and(by(sol, confirmed(at(4, 30)), at(4, 40)));
  expect(waits(story)).toEqual([
    { from: at(1), to: at(1, 20), on: 'an answer to the alarm' },
    { from: at(3), to: at(3, 20), on: 'Communications' },
    { from: at(3, 20), to: at(3, 40), on: 'Legal' },
    { from: at(3, 40), to: at(4), on: 'Spokesperson' },
    { from: at(4, 10), to: at(4, 40), on: 'the publication on website' },
  ]);
});

test('a revision that is sent back waits for nobody until the next one is submitted', () => {
  const story = submittedRoom().and(
    by(cora, approved('comms'), at(3, 20)),
    by(lea, sentBack('legal'), at(3, 50)),
    by(wim, submitted(2, SECOND), at(5)),
    by(cora, approved('comms', second), at(5, 10)),
  );
  expect(waits(story).slice(2)).toEqual([
    { from: at(3, 20), to: at(3, 50), on: 'Legal' },
    { from: at(5), to: at(5, 10), on: 'Communications' },
  ]);
});

test('a wait that never ended goes to the last event', () => {
  const story = ringingRoom().and(by({ kind: 'host' }, { type: 'OperatorJoined', operatorId: sol.operatorId }, at(2)));
  expect(waits(story)).toEqual([{ from: at(1), to: at(2), on: 'an answer to the alarm' }]);
  expect(waitsOf([], () => false)).toEqual([]);
});

test('the breach goes from the deadline to the first publication, else to the end', () => {
  expect(breachOf(at(5), at(4), at(9))).toBeNull();
  expect(breachOf(at(5), at(6), at(9))).toEqual({ from: at(5), to: at(6) });
  expect(breachOf(at(5), null, at(9))).toEqual({ from: at(5), to: at(9) });
  expect(breachOf(at(5), null, at(4))).toBeNull();
});

test('the arrows stop at every decision that counts, and leave the second that is shown', () => {
  const { events } = clearedRoom();
  const moments = momentsOf(events, () => false);
  expect(moments.map(({ label }) => label)).toEqual([
    'alarm', 'acknowledged', 'declared', 'text begun', 'revision 1', 'approved 1', 'approved 1', 'approved 1',
  ]); // prettier-ignore
  expect(stopFrom(moments, at(1), true)?.at).toBe(at(1, 20));
  expect(stopFrom(moments, at(1, 20), false)?.at).toBe(at(1));
  expect(stopFrom(moments, at(4), true)).toBeUndefined();
  expect(stopFrom(moments, at(1), false)).toBeUndefined();
  expect(momentsOf(events, () => true)).toEqual([]);
});
