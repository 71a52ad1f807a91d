import { expect, test } from 'vitest';
import * as Y from 'yjs';
import { conflictSteps } from '../../../../../src-main/host/sync/conflict-cost.ts';
import { decodeUpdate, fitOf } from '../../../../../src-main/host/sync/update-check.ts';
import { createRandom } from '../../../../support/random.ts';

function stepsOf(doc: Y.Doc, update: Uint8Array, most = 1_000_000): number {
  const decoded = decodeUpdate(update);
  if (decoded === null) throw new Error('not an update');
  const fit = fitOf(doc, decoded);
  if (fit.type !== 'Fits') throw new Error(fit.type);
  return conflictSteps(doc, decoded, fit.added, most);
}

/** What a client writes, apart from others, on top of what `doc` holds. */
function apart(doc: Y.Doc, clientId: number, write: (text: Y.Text, copy: Y.Doc) => void): Uint8Array {
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
  const before = Y.encodeStateVector(copy);
  copy.clientID = clientId;
  write(copy.getText('text'), copy);
  return Y.encodeStateAsUpdate(copy, before);
}

function longDoc(): Y.Doc {
  const doc = new Y.Doc();
  doc.clientID = 1;
  const random = createRandom(3);
  const text = doc.getText('text');
  for (let n = 0; n < 3000; n++) text.insert(Math.floor(random() * text.length), String(n % 10));
  return doc;
}

test('what people write costs next to nothing, wherever they write it', () => {
  const doc = longDoc();
  const random = createRandom(4);
  const scattered = apart(doc, 2, (text) => {
    for (let n = 0; n < 1000; n++) text.insert(Math.floor(random() * text.length), 'x');
  });
  expect(stepsOf(doc, scattered)).toBeLessThan(1000);
  const typed = apart(doc, 2, (text) => [...'typed at the end'].forEach((char) => text.insert(text.length, char)));
  expect(stepsOf(doc, typed)).toBe(0);
  const before = apart(doc, 2, (text) => {
    for (let n = 0; n < 1000; n++) text.insert(0, 'x');
  });
  expect(stepsOf(doc, before)).toBeLessThan(10);
});

test('an hour apart at the same places costs what lies between, and is far from too much', () => {
  const doc = longDoc();
  const updates = [2, 3, 4].map((clientId) =>
    apart(doc, clientId, (text, copy) => {
      for (let n = 0; n < 500; n++) text.insert(0, 'x');
      for (let n = 0; n < 500; n++) text.insert(text.length, 'x');
      for (let n = 0; n < 200; n++) copy.getMap('variants').set('x', new Y.Text(String(n)));
    }),
  );
  for (const update of updates) {
    expect(stepsOf(doc, update)).toBeLessThan(600_000);
    Y.applyUpdate(doc, update);
  }
});

test('many items for one place are counted as Yjs would walk them, and no further than asked', () => {
  const doc = new Y.Doc();
  const claims = (clientId: number, count: number): Uint8Array =>
    Y.mergeUpdates(
      Array.from({ length: count }, (_, n) => {
        const one = new Y.Doc();
        one.clientID = clientId + n;
        one.getText('text').insert(0, '.');
        return Y.encodeStateAsUpdate(one);
      }),
    );
  const first = claims(1000, 50);
  expect(stepsOf(doc, first)).toBe((50 * 49) / 2);
  Y.applyUpdate(doc, first);
  expect(stepsOf(doc, claims(2000, 50))).toBe((50 * 49) / 2 + 50 * 50);
  expect(stepsOf(doc, claims(2000, 50), 100)).toBeLessThan(300);
});
