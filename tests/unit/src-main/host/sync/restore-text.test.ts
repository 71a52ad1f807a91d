import { expect, test } from 'vitest';
import * as Y from 'yjs';
import { restoringUpdate, textOfPieces } from '../../../../../src-main/host/sync/restore-text.ts';
import { createRandom } from '../../../../support/random.ts';

function docWith(text: string, variants: Readonly<Record<string, string>> = {}): Y.Doc {
  const doc = new Y.Doc();
  doc.getText('text').insert(0, text);
  for (const [channel, words] of Object.entries(variants)) doc.getMap('variants').set(channel, new Y.Text(words));
  return doc;
}

async function restored(doc: Y.Doc, text: string, variants: Readonly<Record<string, string>> = {}) {
  const update = restoringUpdate(Y.encodeStateAsUpdate(doc), { text, variants }, 77);
  if (update !== null) Y.applyUpdate(doc, update);
  return textOfPieces([Y.encodeStateAsUpdate(doc)]);
}

test('master and variants read as they read then: words, added and lost channels', async () => {
  const doc = docWith('All is lost.', { x: 'short and wrong', web: 'too much' });
  const then = { text: 'We know of the fire. All are safe.', variants: { x: 'short and right', press: 'A line.' } };
  expect(await restored(doc, then.text, then.variants)).toEqual(then);
});

test('a text that reads so already is left alone', () => {
  const doc = docWith('as it was', { x: 'short' });
  const state = Y.encodeStateAsUpdate(doc);
  expect(restoringUpdate(state, { text: 'as it was', variants: { x: 'short' } }, 77)).toBeNull();
});

test('only what differs is touched: a cursor in the rest stays, and what is typed meanwhile too', () => {
  const doc = docWith('The fire is out. Nobody was hurt.');
  const text = doc.getText('text');
  const cursor = Y.createRelativePositionFromTypeIndex(text, text.toString().indexOf('hurt'));
  const update = restoringUpdate(
    Y.encodeStateAsUpdate(doc),
    { text: 'The fire is not out. Nobody was hurt.', variants: {} },
    77,
  );
  text.insert(text.length, ' More soon.'); // before the restoring arrives
  if (update !== null) Y.applyUpdate(doc, update);
  expect(text.toString()).toBe('The fire is not out. Nobody was hurt. More soon.');
  const at = Y.createAbsolutePositionFromRelativePosition(cursor, doc)?.index ?? -1;
  expect(text.toString().slice(at, at + 4)).toBe('hurt');
});

test('any two texts, with whole and half emoji pairs at the edges', async () => {
  const seed = 20_261_122;
  const random = createRandom(seed);
  const pieces = ['a', 'b ', ' ', '\n', '😀', '😁', 'word ', '…'];
  const some = (): string =>
    Array.from({ length: Math.floor(random() * 30) }, () => pieces[Math.floor(random() * pieces.length)]).join('');
  for (let n = 0; n < 300; n++) {
    const [now, then] = [some(), some()];
    expect((await restored(docWith(now), then)).text, `seed ${String(seed)}, ${now} to ${then}`).toBe(then);
  }
});

test('texts so different that finding the smallest change takes too long are changed in the middle', async () => {
  const random = createRandom(5);
  const words = (): string => Array.from({ length: 20_000 }, () => String(Math.floor(random() * 1e6))).join(' ');
  const [now, then] = [`😀 start ${words()} end 😁`, `😀 start ${words()} end 😂`];
  expect((await restored(docWith(now), then)).text === then).toBe(true);
});

test('thousands of edits dated before what they build on are passed over, each at the same cost', async () => {
  const [doc, other] = [new Y.Doc(), new Y.Doc()];
  [doc.clientID, other.clientID] = [1, 2];
  other.getText('text').insert(0, 'of a later time. ');
  const base = Y.encodeStateAsUpdate(other);
  doc.getText('text').insert(0, 'Known. ');
  const known = Y.encodeStateAsUpdate(doc);
  Y.applyUpdate(doc, base);
  const pieces: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => void pieces.push(update));
  for (let n = 0; n < 8000; n++) doc.getText('text').insert(doc.getText('text').length, 'x');

  async function costOf(count: number): Promise<number> {
    const startedAt = process.cpuUsage();
    expect((await textOfPieces([known, ...pieces.slice(0, count)])).text).toBe('Known. ');
    const { user, system } = process.cpuUsage(startedAt);
    return user + system;
  }

  await costOf(500);
  const few = await costOf(1000);
  const many = await costOf(8000);
  // Eight times as many: 64 times as dear where Yjs goes through all of them with each.
  expect(many / few).toBeLessThan(24);
});
