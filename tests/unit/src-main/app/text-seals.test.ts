import { expect, test } from 'vitest';
import { DeviceId, instant, OperatorId, RoomId, Sha256Hex } from '../../../../shared/base/ids.ts';
import { MOST_BATCH_UPDATES } from '../../../../shared/log/text-batch.ts';
import { createTextSeals, type TextFiles } from '../../../../src-main/app/text-seals.ts';
import { createSignal } from '../../../../src-main/commands/signal.ts';
import { createFakeTime } from '../../../fuzz/fake-time.ts';
import { signerOf } from '../../../support/log-fixtures.ts';
import { createMemoryDocumentStore } from '../../../support/memory-document-store.ts';
import { createMemoryTextLog } from '../../../support/memory-text-log.ts';

const NOTES = 'workspace/notes';
const ROOM_NOTES = `${RoomId.parse('room-000001')}/notes`;

/** A host with one file, in which `type` is what its pages do. */
function aHost() {
  const time = createFakeTime();
  const store = createMemoryDocumentStore();
  const texts = createMemoryTextLog(store);
  const grown = createSignal<string>();
  const failures: unknown[] = [];
  const disk = { isFull: false };
  const files: TextFiles = {
    of: () => ({
      ...texts,
      seal(...about) {
        if (disk.isFull) throw new Error('no room');
        return texts.seal(...about);
      },
    }),
    all: () => [texts],
  };
  const start = () =>
    createTextSeals({
      files,
      grown,
      signers: { host: () => signerOf('host') },
      workspaceId: Sha256Hex.parse('a'.repeat(64)),
      schedule: time.schedule,
      work: {
        attempt(_, act) {
          try {
            act();
            return true;
          } catch (cause) {
            failures.push(cause);
            return false;
          }
        },
      },
    });
  function type(document: string, keys = 1): void {
    const update = { at: instant(1), operatorId: OperatorId.parse('ada'), deviceId: DeviceId.parse('browser:laptop') };
    const updates = Array.from({ length: keys }, () => ({ ...update, document, data: Uint8Array.of(0, 0) }));
    store.append({ updates, bindings: [] });
    grown.emit(document);
  }
  const signed = (document: string): number => texts.tips(document)[0]?.n ?? 0;
  return { time, start, type, signed, failures, disk };
}

test('what was typed is signed a while later, many keys together, although nobody asks for it', () => {
  const { time, start, type, signed } = aHost();
  start().start();
  type(NOTES);
  time.pass(9_000);
  type(NOTES);
  expect(signed(NOTES)).toBe(0);
  time.pass(1_000);
  expect(signed(NOTES)).toBe(1);
  type(NOTES);
  time.pass(10_000);
  expect(signed(NOTES)).toBe(2);
  expect(time.waiting()).toBe(0);
});

test('who asks has it signed at once', () => {
  const { start, type } = aHost();
  const seals = start();
  seals.start();
  type(NOTES);
  expect(seals.sealed(NOTES)?.tips(NOTES)).toHaveLength(1);
});

test('much of it is signed in turns, one text after the other', () => {
  const { time, start, type, signed } = aHost();
  start().start();
  type(NOTES, 9 * MOST_BATCH_UPDATES);
  type(ROOM_NOTES);
  time.pass(10_000);
  expect([signed(NOTES), signed(ROOM_NOTES)]).toEqual([4, 0]);
  time.pass(1_000);
  expect([signed(NOTES), signed(ROOM_NOTES)]).toEqual([9, 1]);
  expect(time.waiting()).toBe(0);
});

test('before it is started nothing is signed, and what an earlier process left is signed then', () => {
  const { time, start, type, signed } = aHost();
  type(NOTES);
  const seals = start();
  expect(seals.sealed(NOTES)?.tips(NOTES)).toEqual([]);
  time.pass(60_000);
  expect(signed(NOTES)).toBe(0);
  seals.start();
  time.pass(10_000);
  expect(signed(NOTES)).toBe(1);
});

test('what waits is signed when it stops, and nothing after that', () => {
  const { time, start, type, signed } = aHost();
  const seals = start();
  seals.start();
  type(NOTES);
  seals.stop();
  expect(signed(NOTES)).toBe(1);
  type(NOTES);
  expect(seals.sealed(NOTES)?.tips(NOTES)[0]?.n).toBe(1);
  expect(time.waiting()).toBe(0);
});

test('a disk that refuses is told of, and asked again', () => {
  const { time, start, type, signed, failures, disk } = aHost();
  start().start();
  disk.isFull = true;
  type(NOTES);
  time.pass(10_000);
  expect(failures).toHaveLength(1);
  disk.isFull = false;
  time.pass(10_000);
  expect(signed(NOTES)).toBe(1);
});
