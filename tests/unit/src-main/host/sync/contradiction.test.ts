import { describe, expect, test } from 'vitest';
import * as Y from 'yjs';
import { contradicts } from '../../../../../src-main/host/sync/contradiction.ts';
import { decodeUpdate } from '../../../../../src-main/host/sync/update-check.ts';

function written(change: (doc: Y.Doc) => void, clientId = 5): Y.Doc {
  const doc = new Y.Doc({ gc: false });
  doc.clientID = clientId;
  change(doc);
  return doc;
}

function isContradicted(held: Y.Doc, by: Y.Doc): boolean {
  const decoded = decodeUpdate(Y.encodeStateAsUpdate(by));
  if (decoded === null) throw new Error('not an update');
  return contradicts(held, decoded);
}

const contents: readonly (readonly [string, (doc: Y.Doc) => void, (doc: Y.Doc) => void])[] = [
  ['a text', (doc) => doc.getText('text').insert(0, 'words'), (doc) => doc.getText('text').insert(0, 'worms')],
  ['another root', (doc) => doc.getText('text').insert(0, 'words'), (doc) => doc.getText('other').insert(0, 'words')],
  ['an entry', (doc) => doc.getMap('m').set('a', 1), (doc) => doc.getMap('m').set('a', 2)],
  ['a key', (doc) => doc.getMap('m').set('a', 1), (doc) => doc.getMap('m').set('b', 1)],
  [
    'an array',
    (doc) => doc.getArray('l').insert(0, [1, 'two', { n: 3 }]),
    (doc) => doc.getArray('l').insert(0, [1, 'two', { n: 4 }]),
  ],
  ['a type', (doc) => doc.getMap('m').set('a', new Y.Text()), (doc) => doc.getMap('m').set('a', new Y.Map())],
  [
    'bytes',
    (doc) => doc.getMap('m').set('a', Uint8Array.of(1, 2)),
    (doc) => doc.getMap('m').set('a', Uint8Array.of(1, 3)),
  ],
  [
    'an embed',
    (doc) => doc.getText('text').insertEmbed(0, { a: 1 }),
    (doc) => doc.getText('text').insertEmbed(0, { a: 2 }),
  ],
  [
    'a format',
    (doc) => doc.getText('text').insert(0, 'x', { bold: true }),
    (doc) => doc.getText('text').insert(0, 'x', { bold: 1 }),
  ],
];

describe.each(contents)('%s', (_name, one, other) => {
  test('repeated is no contradiction', () => {
    expect(isContradicted(written(one), written(one))).toBe(false);
  });
  test('said otherwise is one', () => {
    expect(isContradicted(written(one), written(other))).toBe(true);
  });
});

test('another origin is one', () => {
  const first = written((doc) => doc.getText('text').insert(0, 'ab'));
  const appended = written((doc) => {
    doc.getText('text').insert(0, 'ab');
    doc.getText('text').insert(2, 'c');
  });
  const prepended = written((doc) => {
    doc.getText('text').insert(0, 'ab');
    doc.getText('text').insert(0, 'c');
  });
  expect(isContradicted(appended, prepended)).toBe(true);
  expect(isContradicted(appended, first)).toBe(false);
});

test('split otherwise, merged otherwise or deleted since is none', () => {
  const typed = written((doc) => [...'typed'].forEach((char, n) => doc.getText('text').insert(n, char)));
  const pasted = written((doc) => doc.getText('text').insert(0, 'typed'));
  const split = written((doc) => doc.getText('text').insert(0, 'typed'));
  const other = written((doc) => {
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(split));
    doc.getText('text').insert(2, 'XX');
  }, 6);
  const deleted = written((doc) => {
    doc.getText('text').insert(0, 'typed');
    doc.getText('text').delete(1, 3);
  });
  for (const held of [typed, pasted, split, other, deleted]) {
    for (const by of [typed, pasted, split, other, deleted]) expect(isContradicted(held, by)).toBe(false);
  }
});
