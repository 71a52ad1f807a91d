import { expect, test, vi } from 'vitest';
import { DeviceId, instant, OperatorId } from '../../../../shared/base/ids.ts';
import { err, ok } from '../../../../shared/base/result.ts';
import { createTexts } from '../../../../src-main/app/texts.ts';
import type { SyncService } from '../../../../src-main/host/sync/sync-service.ts';
import { createMemoryDocumentStore } from '../../../support/memory-document-store.ts';

const ana = OperatorId.parse('ana');
const NAME = 'room-0001/statement/holding-1';

function textsOver(store = createMemoryDocumentStore()) {
  const history = vi.spyOn(store, 'history');
  const insertText = vi.fn<SyncService['insertText']>(() => ok(instant(1)));
  const texts = createTexts({ insertText } as Partial<SyncService> as SyncService, (document) =>
    document === NAME ? { store } : null,
  );
  return { texts, store, history, insertText };
}

const update = {
  document: NAME,
  at: instant(1),
  operatorId: ana,
  deviceId: DeviceId.parse('token:ana'),
  data: new Uint8Array([0, 0]),
};

test('a document without a history is given its first words; one that is not there is left alone', () => {
  const { texts, insertText } = textsOver();
  texts.begin(NAME, 'We know of it.', ana);
  texts.begin('room-0001/statement/other', 'We know of it.', ana);
  expect(insertText.mock.calls).toEqual([[NAME, 'We know of it.', ana]]);
});

test('a text that has a history, be it in a segment or after it, is not begun again, nor is its history read', () => {
  const after = textsOver();
  after.store.append({ updates: [update], bindings: [] });
  const within = textsOver();
  within.store.append({ updates: [update], bindings: [] });
  within.store.putSegment(NAME, {
    number: 0,
    first: 1,
    through: 1,
    at: instant(1),
    stateVector: new Uint8Array([0]),
    historyBytes: 2,
    data: update.data,
  });
  for (const { texts, history, insertText } of [after, within]) {
    texts.begin(NAME, 'We know of it.', ana);
    expect([insertText.mock.calls, history.mock.calls]).toEqual([[], []]);
  }
});

test('a disk that does not take the first words is said to whoever began them', () => {
  const { texts, insertText } = textsOver();
  const cause = new Error('disk full');
  insertText.mockReturnValue(err({ type: 'StorageFailed', cause }));
  expect(() => texts.begin(NAME, 'We know of it.', ana)).toThrow(cause);
});
