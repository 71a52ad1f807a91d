import * as Y from 'yjs';
import { TEXT_FIELD, VARIANTS_FIELD } from '../../shared/protocol/document-names.ts';
import type { Draws } from './draws.ts';

/** One edit as our own pages make them: typing, deleting a little, a mark, a variant of a channel. */
export function editAsPage(draws: Draws, doc: Y.Doc): void {
  const text = doc.getText(TEXT_FIELD);
  const variants = doc.getMap(VARIANTS_FIELD);
  const at = draws.below(text.length + 1);
  draws.weighted<() => void>([
    [12, () => text.insert(at, draws.pick(['a', 'b', ' ', 'word ', 'ü', '🚒']))],
    [4, () => text.delete(at, Math.min(text.length - at, 1 + draws.below(3)))],
    [1, () => editVariant(draws, variants)],
  ])();
}

function editVariant(draws: Draws, variants: Y.Map<unknown>): void {
  const channel = draws.pick(['web', 'press', 'staff']);
  const variant = variants.get(channel);
  if (variant instanceof Y.Text) variant.insert(draws.below(variant.length + 1), draws.pick(['x', 'y ']));
  else variants.set(channel, new Y.Text('words'));
}

/** One edit of any kind that Yjs knows, ours or not. */
export function editAnyhow(draws: Draws, doc: Y.Doc): void {
  draws.pick(EDITS)(draws, doc);
}

const EDITS: readonly ((draws: Draws, doc: Y.Doc) => void)[] = [
  editAsPage,
  editAsPage,
  (draws, doc) => {
    const text = doc.getText(TEXT_FIELD);
    const at = draws.below(text.length + 1);
    text.format(at, Math.min(5, text.length - at), draws.chance(0.5) ? { bold: true } : { bold: null });
  },
  (draws, doc) => doc.getText(TEXT_FIELD).insertEmbed(0, { image: draws.word() }),
  (draws, doc) => {
    const text = doc.getText(TEXT_FIELD);
    text.delete(0, Math.min(text.length, draws.below(12)));
  },
  (draws, doc) => void doc.getMap(VARIANTS_FIELD).set(draws.word(), draws.below(100)),
  (draws, doc) => void doc.getMap(VARIANTS_FIELD).delete(draws.word()),
  (draws, doc) => void doc.getMap(VARIANTS_FIELD).set('web', new Y.Text(draws.word())),
  (draws, doc) => void doc.getMap('map').set(draws.word(), nested(draws, 3)),
  (draws, doc) => doc.getArray('list').insert(0, [nested(draws, 2), draws.word(), draws.unit(), null, true]),
  (draws, doc) => {
    const list = doc.getArray('list');
    if (list.length > 0) list.delete(draws.below(list.length), 1);
  },
  (draws, doc) => doc.getArray('list').push([draws.bytes(draws.below(30)), { any: [1n, undefined, draws.word()] }]),
  (draws, doc) => {
    const element = new Y.XmlElement('p');
    doc.getXmlFragment('xml').insert(0, [element, new Y.XmlText(draws.word())]);
    element.setAttribute('class', draws.word());
    element.insert(0, [new Y.XmlText('inside')]);
  },
  (draws, doc) => {
    const xml = doc.getXmlFragment('xml');
    if (xml.length > 0) xml.delete(draws.below(xml.length), 1);
  },
  (draws, doc) => {
    // A subdocument, which no client of ours makes.
    if (draws.chance(0.2)) doc.getMap('map').set('doc', new Y.Doc({ guid: 'subdocument' }));
  },
  (draws, doc) => {
    doc.transact(() => {
      for (let times = draws.below(8); times > 0; times--) editAsPage(draws, doc);
    });
  },
];

type Nested = Y.Text | Y.Array<Nested> | Y.Map<Nested>;

function nested(draws: Draws, depth: number): Nested {
  if (depth === 0) return new Y.Text(draws.word());
  if (draws.chance(0.5)) return Y.Array.from([nested(draws, depth - 1)]);
  return new Y.Map([[draws.word(), nested(draws, depth - 1)]]);
}
