import { expect, test } from 'vitest';
import * as Y from 'yjs';
import { unsentLength } from '../../../../src-renderer/state/unsent-words.ts';

const clocksOf = (doc: Y.Doc) => Y.decodeStateVector(Y.encodeStateVector(doc));

test('it counts what stands beyond what is held, not what was deleted again, in every text of the document', () => {
  const doc = new Y.Doc();
  const text = doc.getText('text');
  text.insert(0, 'Held by the host. ');
  const held = clocksOf(doc);
  expect(unsentLength(doc, held)).toBe(0);
  expect(unsentLength(doc, new Map())).toBe(18);
  text.insert(18, 'Here only.');
  text.delete(18, 5);
  expect(unsentLength(doc, held)).toBe(5);
  doc.getMap('variants').set('x', new Y.Text('short'));
  expect(unsentLength(doc, held)).toBe(10);
  text.delete(0, 4); // a deletion takes from what is held, and adds nothing
  expect(unsentLength(doc, held)).toBe(10);
});

test('half of a run may be held', () => {
  const doc = new Y.Doc();
  doc.getText('text').insert(0, '0123456789');
  expect(unsentLength(doc, new Map([[doc.clientID, 4]]))).toBe(6);
  expect(unsentLength(doc, new Map([[doc.clientID, 40]]))).toBe(0);
});
