import { beforeAll, expect, test, vi } from 'vitest';
import { instant } from '../../../../shared/base/ids.ts';
import { err, ok } from '../../../../shared/base/result.ts';
import type { WarRoomApi } from '../../../../shared/protocol/create-war-room-api.ts';
import { restoredWords } from '../../../../src-renderer/state/restored-words.ts';
import { TextRestore } from '../../../../src-renderer/state/text-restore.svelte.ts';

// Nothing compiles runes here: a rune is the value that it holds.
beforeAll(() =>
  vi.stubGlobal(
    '$state',
    Object.assign(<Value>(value: Value) => value, { raw: <Value>(value: Value) => value }),
  ),
);

/** A host where each restore happens at a later time, and changes something unless `same` is asked for. */
function pretendHost() {
  const asked: number[] = [];
  const world = { refusal: '', same: -1 };
  const api: Pick<WarRoomApi, 'call'> = {
    call: (_endpoint, input) => {
      const { at } = input as { at: number };
      asked.push(at);
      if (world.refusal) return Promise.resolve(err({ code: 'MayNotWrite', message: world.refusal }));
      return Promise.resolve(ok({ changed: at !== world.same, before: instant(1_000 * asked.length) } as never));
    },
  };
  return { asked, world, restore: new TextRestore(api as WarRoomApi) };
}

test('an undo brings back the moment before, and the undo of an undo what was brought back', async () => {
  const { restore, asked } = pretendHost();
  expect(await restore.bringBack('workspace/notes', instant(77))).toBe(true);
  expect(restore.last).toEqual({ to: 77, before: 1_000, changed: true, isUndo: false });
  await restore.undo('workspace/notes');
  expect(restore.last).toEqual({ to: 1_000, before: 2_000, changed: true, isUndo: true });
  await restore.undo('workspace/notes');
  expect(restore.last).toMatchObject({ to: 2_000, isUndo: false });
  expect(asked).toEqual([77, 1_000, 2_000]);
});

test('a refusal is a sentence, and where nothing changed there is nothing to undo', async () => {
  const { restore, world, asked } = pretendHost();
  world.refusal = 'Not you.';
  expect(await restore.bringBack('workspace/notes', instant(5))).toBe(false);
  expect([restore.fault, restore.last, restore.busy]).toEqual(['Not you.', null, false]);
  world.refusal = '';
  world.same = 6;
  await restore.bringBack('workspace/notes', instant(6));
  expect(restore.fault).toBeUndefined();
  expect(restore.last && restoredWords(restore.last).undo).toBeUndefined();
  expect(await restore.undo('workspace/notes')).toBe(false);
  expect(asked).toEqual([5, 6]);
});

test('one act at a time: a second press while the first is under way does nothing', async () => {
  const { restore, asked } = pretendHost();
  const both = [restore.bringBack('workspace/notes', instant(5)), restore.bringBack('workspace/notes', instant(6))];
  expect(await Promise.all(both)).toEqual([true, false]);
  expect(asked).toEqual([5]);
});

test('what was done is said with its second', () => {
  const at = instant(Date.UTC(2026, 10, 22, 14, 2, 31));
  const last = { to: at, before: at, changed: true, isUndo: false };
  expect(restoredWords(last, 'UTC')).toEqual({
    happened: 'The text reads as at 14:02:31 again, for everybody.',
    undo: 'Undo',
  });
  expect(restoredWords({ ...last, isUndo: true }, 'UTC').undo).toBe('Bring it back again');
});
