import { expect, test } from 'vitest';
import { DeviceId, instant, OperatorId } from '../../../../../shared/base/ids.ts';
import { createDeletionWatch } from '../../../../../src-main/host/sync/deletion-watch.ts';

const limits = { withinMs: 10_000, units: 100, shareAtOnce: 0.3, share: 0.6, holdMs: 3000 };
const peerOf = (name: string) => ({
  operatorId: OperatorId.parse(name),
  deviceId: DeviceId.parse(`browser:${name}`),
  name,
  role: 'Communications',
  mayWrite: true,
});
const [anna, ben] = [peerOf('anna'), peerOf('ben')];

test('one deletion of most of a text is a mass deletion, told with the moment before it', () => {
  const watch = createDeletionWatch('workspace/notes', limits);
  expect(watch.deleted(anna, instant(5000), 400, 1000)).toEqual({
    document: 'workspace/notes',
    operatorId: 'anna',
    deviceId: 'browser:anna',
    at: 5000,
    deleted: 400,
    held: 1000,
    restoreAt: 4999,
  });
});

test('many small ones within the time count together, and are told once', () => {
  const watch = createDeletionWatch('workspace/notes', limits);
  const told = Array.from({ length: 10 }, (_, n) => watch.deleted(anna, instant(5000 + n * 100), 100, 1000 - n * 100));
  expect(told.map((deletion) => deletion?.deleted ?? null)).toEqual([
    ...[null, null, null, null, null],
    600,
    ...[null, null, null, null],
  ]);
  expect(told[5]).toMatchObject({ held: 1000, restoreAt: 4999, at: 5500 });
});

test('slots of a template that are filled in one after the other are no mass deletion', () => {
  const watch = createDeletionWatch('workspace/notes', limits);
  for (let n = 0; n < 9; n++) expect(watch.deleted(anna, instant(5000 + n * 500), 40, 900 - n * 20)).toBeNull();
});

test('little by little, by several people, or little at all, it is editing', () => {
  const watch = createDeletionWatch('workspace/notes', limits);
  for (let n = 0; n < 20; n++) expect(watch.deleted(anna, instant(n * 11_000), 200, 1000)).toBeNull();
  expect(watch.deleted(ben, instant(220_500), 200, 1000)).toBeNull();
  expect(watch.deleted(ben, instant(400_000), 99, 99)).toBeNull();
});

test('what was taken away elsewhere long before counts by itself, with its own time', () => {
  const watch = createDeletionWatch('workspace/notes', limits);
  expect(watch.deleted(anna, instant(100_000), 200, 1000)).toBeNull();
  expect(watch.deleted(anna, instant(20_000), 300, 800)).toMatchObject({ at: 20_000, deleted: 300, restoreAt: 19_999 });
});
