import { expect, test } from 'vitest';
import * as Y from 'yjs';
import { createDocumentHistory, type TimedUpdate } from '../../../../src-renderer/state/document-history.ts';

/** A linear congruential generator: seeded, for places and letters only. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below); // its high bits; the low ones have short periods
  };
}

function recordWhile(edit: (doc: Y.Doc, tick: () => void) => void): TimedUpdate[] {
  const doc = new Y.Doc();
  doc.clientID = 1;
  const updates: TimedUpdate[] = [];
  let at = 1000;
  doc.on('update', (data: Uint8Array) => void updates.push({ at, data }));
  edit(doc, () => (at += 1000));
  return updates;
}

test('an empty history is empty at any moment', () => {
  const history = createDocumentHistory([]);
  expect(history.times).toEqual([]);
  expect(history.textAt(0)).toEqual({ text: '', variants: {} });
});

test('a moment includes what was stored in it, and nothing later', () => {
  const updates = recordWhile((doc, tick) => {
    doc.getText('text').insert(0, 'one');
    tick();
    doc.getText('text').insert(3, ' two');
    tick();
    doc.getText('text').delete(0, 4);
  });
  const history = createDocumentHistory(updates);
  expect(history.times).toEqual([1000, 2000, 3000]);
  expect([999, 1000, 1999, 2000, 3000, 1e12].map((at) => history.textAt(at).text)).toEqual([
    '',
    'one',
    'one',
    'one two',
    'two',
    'two',
  ]);
});

test('variants come, change, are replaced and go', () => {
  const updates = recordWhile((doc, tick) => {
    const variants = doc.getMap<Y.Text>('variants');
    variants.set('x', new Y.Text('short'));
    tick();
    variants.get('x')?.insert(5, 'er');
    variants.get('x')?.delete(0, 1);
    tick();
    variants.set('x', new Y.Text('anew'));
    tick();
    variants.delete('x');
  });
  const history = createDocumentHistory(updates);
  expect([1000, 2000, 3000, 4000].map((at) => history.textAt(at).variants)).toEqual([
    { x: 'short' },
    { x: 'horter' },
    { x: 'anew' },
    {},
  ]);
});

test('something embedded in the text does not shift its words', () => {
  const updates = recordWhile((doc, tick) => {
    doc.getText('text').insert(0, 'ab');
    tick();
    doc.getText('text').insertEmbed(1, { image: 'none' });
    tick();
    doc.getText('text').insert(3, 'c');
  });
  expect(createDocumentHistory(updates).textAt(3000).text).toBe('abc');
});

test('every moment of a long random history is what the updates up to it make', () => {
  const seed = 7;
  const random = createRandom(seed);
  const texts: string[] = [];
  const updates = recordWhile((doc, tick) => {
    const text = doc.getText('text');
    for (let n = 0; n < 2000; n++) {
      if (text.length > 20 && random(8) === 0) text.delete(random(text.length - 8), 1 + random(8));
      else text.insert(random(text.length + 1), String.fromCharCode(97 + random(26)));
      texts.push(text.toString());
      tick();
    }
  });
  const history = createDocumentHistory(updates);
  texts.forEach((text, n) => expect(history.textAt(1000 * (n + 1)).text, `seed ${seed}`).toBe(text));
});

test('50,000 updates are opened once and sought at any second within a frame', () => {
  const random = createRandom(11);
  const updates = recordWhile((doc, tick) => {
    const text = doc.getText('text');
    let place = 0; // people type where they are, and now and then go elsewhere
    for (let n = 0; n < 50_000; n++) {
      if (random(50) === 0) place = random(text.length + 1);
      if (place > 0 && random(8) === 0) text.delete(--place, 1);
      else text.insert(place++, 'x');
      tick();
    }
  });
  const history = createDocumentHistory(updates);
  const durations: number[] = [];
  for (let n = 0; n < 200; n++) {
    const at = 1000 * (1 + random(50_000));
    const before = performance.now();
    history.textAt(at);
    durations.push(performance.now() - before);
  }
  durations.sort((a, b) => a - b);
  // The goal is 16 ms at the 95th percentile on a quiet machine; other tests may be running beside this one.
  expect(durations[189]).toBeLessThan(50);
});

/** Two who write apart, each update with the time of its writer's clock, in the order in which a host stored them. */
function writers() {
  const docs = [1, 2].map((clientId) => {
    const doc = new Y.Doc();
    doc.clientID = clientId;
    return doc;
  });
  const stored: TimedUpdate[] = [];
  let at = 0;
  for (const doc of docs) {
    doc.on('update', (data: Uint8Array, origin) => void (origin === 'other' || stored.push({ at, data })));
  }
  const [one, two] = docs;
  if (!one || !two) throw new Error('two writers');
  return {
    one,
    two,
    stored,
    as(time: number, edit: () => void): void {
      at = time;
      edit();
    },
    meet(): void {
      Y.applyUpdate(one, Y.encodeStateAsUpdate(two), 'other');
      Y.applyUpdate(two, Y.encodeStateAsUpdate(one), 'other');
    },
  };
}

test('what came late stands where its own time says', () => {
  const { one, two, stored, as, meet } = writers();
  as(1000, () => one.getText('text').insert(0, 'start'));
  meet();
  as(5000, () => one.getText('text').insert(5, ' here'));
  as(2000, () => two.getText('text').insert(0, 'there '));
  as(3000, () => two.getText('text').delete(0, 6));
  const history = createDocumentHistory(stored);
  expect(history.times).toEqual([1000, 2000, 3000, 5000]);
  expect([1999, 2000, 2999, 3000, 5000].map((at) => history.textAt(at).text)).toEqual([
    'start',
    'there start',
    'there start',
    'start',
    'start here',
  ]);
});

test('what two took away is gone from the earlier of both times, each part by itself', () => {
  const { one, two, stored, as, meet } = writers();
  as(1000, () => one.getText('text').insert(0, 'abcdef'));
  meet();
  as(5000, () => one.getText('text').delete(0, 4));
  as(3000, () => two.getText('text').delete(2, 4));
  const history = createDocumentHistory(stored);
  expect([2999, 3000, 4999, 5000].map((at) => history.textAt(at).text)).toEqual(['abcdef', 'ab', 'ab', '']);
});

test('what a slow clock dates before the words it stands next to comes with them', () => {
  const { one, two, stored, as, meet } = writers();
  as(9000, () => one.getText('text').insert(0, 'now'));
  meet();
  as(1000, () => two.getText('text').insert(3, ' and then'));
  as(2000, () => two.getText('text').delete(0, 1));
  const history = createDocumentHistory(stored);
  expect([1000, 2000, 8999, 9000].map((at) => history.textAt(at).text)).toEqual(['', '', '', 'ow and then']);
});

test('one update of two clients, the first of which stands next to the second, is read whole', () => {
  const { one, two, stored, as, meet } = writers();
  as(1000, () => one.getText('text').insert(0, 'one'));
  meet();
  as(2000, () => two.getText('text').insert(3, ' two'));
  const together = { at: 4000, data: Y.mergeUpdates(stored.map(({ data }) => data)) };
  const history = createDocumentHistory([together]);
  expect([3999, 4000].map((at) => history.textAt(at).text)).toEqual(['', 'one two']);
});
