import * as Y from 'yjs';
import type { Draws } from './draws.ts';
import {
  anyOf,
  deepAny,
  type PlainContent,
  type PlainDeletes,
  type PlainId,
  type PlainSection,
  type PlainStruct,
  type PlainUpdate,
} from './write-update.ts';

/** What an attacker knows of a document: everybody's client ids and how far each has come. */
export interface Known {
  /** A client id of the sender's own, and its next clock as far as the sender knows. */
  readonly own: PlainId;
  /** Everybody's, the sender's too. */
  readonly ends: ReadonlyMap<number, number>;
}

/**
 * An update as Yjs would write it, drawn from what it may be made of. Most build on what is there, so that they come
 * far; each number in it may be another one than it should.
 */
export function drawUpdate(draws: Draws, known: Known): PlainUpdate {
  const sections: PlainSection[] = [];
  for (
    let count = draws.weighted([
      [8, 1],
      [2, 2],
      [1, 0],
    ]);
    count > 0;
    count--
  )
    sections.push(drawSection(draws, known));
  if (draws.chance(0.02) && sections[0] !== undefined) sections.push(sections[0]);
  const deletes: PlainDeletes[] = [];
  for (
    let count = draws.weighted([
      [6, 0],
      [3, 1],
      [1, 2],
    ]);
    count > 0;
    count--
  )
    deletes.push(drawDeletes(draws, known));
  return { sections, deletes };
}

function drawSection(draws: Draws, known: Known): PlainSection {
  const isOwn = draws.chance(0.8);
  const client = isOwn ? known.own.client : drawClient(draws, known);
  const end = isOwn ? known.own.clock : (known.ends.get(client) ?? 0);
  const clock = draws.weighted([
    [12, end],
    [1, Math.max(0, end - 1 - draws.below(4))],
    [1, end + 1],
    [1, draws.number()],
  ]);
  const structs = Array.from({ length: 1 + draws.below(3) }, () => drawStruct(draws, known, { client, clock }));
  return { client, clock, structs, ...(draws.chance(0.03) ? { saysCount: draws.number() } : {}) };
}

function drawStruct(draws: Draws, known: Known, self: PlainId): PlainStruct {
  const kind = draws.weighted<'item' | 'gc' | 'skip'>([
    [16, 'item'],
    [1, 'gc'],
    [1, 'skip'],
  ]);
  if (kind !== 'item') return { kind, length: draws.chance(0.8) ? 1 + draws.below(20) : draws.number() };
  const content = drawContent(draws);
  const place = draws.below(10);
  if (place < 4) return { kind, origin: drawId(draws, known, self), content };
  if (place < 5) return { kind, rightOrigin: drawId(draws, known, self), content };
  if (place < 7) {
    return { kind, origin: drawId(draws, known, self), rightOrigin: drawId(draws, known, self), content };
  }
  const parent = draws.chance(0.7)
    ? draws.pick(['text', 'variants', 'map', 'list', 'xml', ''])
    : drawId(draws, known, self);
  return { kind, parent, content, ...(draws.chance(0.3) ? { parentSub: draws.word() } : {}) };
}

function drawId(draws: Draws, known: Known, self: PlainId): PlainId {
  if (draws.chance(0.03)) return self;
  const client = drawClient(draws, known);
  const end = known.ends.get(client) ?? 0;
  return { client, clock: draws.chance(0.95) && end > 0 ? draws.below(end) : draws.number() };
}

function drawClient(draws: Draws, known: Known): number {
  const clients = [...known.ends.keys()];
  return clients.length > 0 && draws.chance(0.95) ? draws.pick(clients) : draws.number();
}

function drawDeletes(draws: Draws, known: Known): PlainDeletes {
  const client = drawClient(draws, known);
  const end = known.ends.get(client) ?? 0;
  const ranges = Array.from({ length: draws.below(4) }, () =>
    draws.chance(0.9)
      ? { clock: draws.below(end + 1), length: 1 + draws.below(4) }
      : { clock: draws.number(), length: draws.number() },
  );
  if (draws.chance(0.8)) ranges.sort((one, other) => one.clock - other.clock);
  return { client, ranges, ...(draws.chance(0.03) ? { saysCount: draws.number() } : {}) };
}

function drawContent(draws: Draws): PlainContent {
  switch (draws.below(9)) {
    case 0:
      return { type: 'deleted', length: draws.chance(0.8) ? 1 + draws.below(9) : draws.number() };
    case 1:
      return { type: 'json', texts: [draws.pick(JSONS)], ...(draws.chance(0.05) ? { saysCount: draws.number() } : {}) };
    case 2:
      return { type: 'binary', bytes: draws.bytes(draws.below(30)) };
    case 3:
      return { type: 'embed', json: draws.pick(JSONS) };
    case 4:
      return { type: 'format', key: draws.word(), json: draws.pick(JSONS) };
    case 5:
      return { type: 'type', ref: draws.below(draws.chance(0.9) ? 7 : 200), name: draws.word() };
    case 6:
      return {
        type: 'any',
        encoded: [draws.chance(0.9) ? anyOf(draws.pick([1, 'x', null, { a: [true] }])) : draws.bytes(5)],
      };
    case 7:
      return draws.chance(0.2) ? { type: 'doc', guid: draws.word() } : { type: 'string', text: 'kept' };
    default:
      return { type: 'string', text: draws.word() };
  }
}

const JSONS = ['null', '1', '"x"', '{"a":1}', '[]', 'undefined', '{', '', '{"__proto__":{"a":1}}', '1e999'];

/** Attacks with a name: each was, or could be, somebody's undoing. */
export const NAMED_ATTACKS: readonly (readonly [name: string, make: (draws: Draws, known: Known) => PlainUpdate])[] = [
  ['advances the clock of another client', (draws, known) => only(other(draws, known), [text('x')])],
  ['jumps ahead in its own', (_, { own }) => only({ ...own, clock: own.clock + 7 }, [text('later')])],
  [
    'says 2^31 structs',
    (_, { own }) => ({ sections: [{ ...own, structs: [text('x')], saysCount: 2 ** 31 }], deletes: [] }),
  ],
  [
    'says 2^53 structs',
    (_, { own }) => ({ sections: [{ ...own, structs: [text('x')], saysCount: 2 ** 53 - 1 }], deletes: [] }),
  ],
  ['deleted content of 2^53', (_, { own }) => only(own, [item({ type: 'deleted', length: 2 ** 53 - 1 })])],
  ['deleted content of 2^31', (_, { own }) => only(own, [item({ type: 'deleted', length: 2 ** 31 })])],
  ['garbage of 2^53', (_, { own }) => only(own, [{ kind: 'gc', length: 2 ** 53 - 1 }])],
  ['garbage of 2^32', (_, { own }) => only(own, [{ kind: 'gc', length: 2 ** 32 }])],
  ['garbage of no length', (_, { own }) => only(own, [{ kind: 'gc', length: 0 }])],
  ['skips 2^53', (_, { own }) => only(own, [{ kind: 'skip', length: 2 ** 53 - 1 }, text('x')])],
  ['skips nothing', (_, { own }) => only(own, [{ kind: 'skip', length: 0 }, text('x')])],
  ['skips, then words', (_, { own }) => only(own, [{ kind: 'skip', length: 3 }, text('behind')])],
  ['text of no length', (_, { own }) => only(own, [item({ type: 'string', text: '' })])],
  ['is its own origin', (_, { own }) => only(own, [{ kind: 'item', origin: own, content: words('loop') }])],
  ['is its own right origin', (_, { own }) => only(own, [{ kind: 'item', rightOrigin: own, content: words('loop') }])],
  ['is its own parent', (_, { own }) => only(own, [{ kind: 'item', parent: own, content: { type: 'type', ref: 1 } }])],
  [
    'builds on a later one of its own',
    (_, { own }) => only(own, [{ kind: 'item', origin: after(own, 1), content: words('a') }, text('b')]),
  ],
  [
    'two that are each other’s parents',
    (_, { own }) =>
      only(own, [
        { kind: 'item', parent: after(own, 1), content: { type: 'type', ref: 1 } },
        { kind: 'item', parent: own, content: { type: 'type', ref: 1 } },
      ]),
  ],
  [
    'origins in two parents',
    (draws, known) =>
      only(known.own, [
        { kind: 'item', parent: 'map', parentSub: 'key', content: words('in the map') },
        { kind: 'item', origin: known.own, rightOrigin: other(draws, known), content: words('between') },
      ]),
  ],
  [
    'a parent that is no type',
    (_, { own }) => only(own, [text('x'), { kind: 'item', parent: own, content: words('in x') }]),
  ],
  [
    'key of a text',
    (_, { own }) => only(own, [{ kind: 'item', parent: 'text', parentSub: 'key', content: words('as a map') }]),
  ],
  ['list item in a map', (_, { own }) => only(own, [{ kind: 'item', parent: 'variants', content: words('no key') }])],
  [
    'an element in the text',
    (_, { own }) => only(own, [{ kind: 'item', parent: 'text', content: { type: 'type', ref: 3, name: 'p' } }]),
  ],
  [
    'key __proto__',
    (_, { own }) =>
      only(own, [{ kind: 'item', parent: 'variants', parentSub: '__proto__', content: { type: 'type', ref: 2 } }]),
  ],
  ['shared type __proto__', (_, { own }) => only(own, [{ kind: 'item', parent: '__proto__', content: words('x') }])],
  [
    'JSON with __proto__',
    (_, { own }) => only(own, [item({ type: 'json', texts: ['{"__proto__":{"polluted":true}}'] })]),
  ],
  [
    'any with __proto__',
    (_, { own }) => only(own, [item({ type: 'any', encoded: [anyOf(JSON.parse('{"__proto__":{"polluted":true}}'))] })]),
  ],
  ['10,000 brackets of any', (_, { own }) => only(own, [item({ type: 'any', encoded: [deepAny(10_000)] })])],
  ['1,000 brackets of any', (_, { own }) => only(own, [item({ type: 'any', encoded: [deepAny(1000)] })])],
  [
    '10,000 brackets of JSON',
    (_, { own }) => only(own, [item({ type: 'json', texts: ['['.repeat(10_000) + ']'.repeat(10_000)] })]),
  ],
  [
    '10,000 brackets as an embed',
    (_, { own }) => only(own, [item({ type: 'embed', json: '['.repeat(10_000) + ']'.repeat(10_000) })]),
  ],
  [
    '10,000 brackets as a format',
    (_, { own }) => only(own, [item({ type: 'format', key: 'bold', json: '['.repeat(10_000) + ']'.repeat(10_000) })]),
  ],
  [
    'types within types, 1,000 deep',
    (_, { own }) =>
      only(
        own,
        Array.from({ length: 1000 }, (_one, depth): PlainStruct => ({
          kind: 'item',
          ...(depth === 0 ? { parent: 'map', parentSub: 'deep' } : { parent: after(own, depth - 1) }),
          content: { type: 'type', ref: 0 },
        })),
      ),
  ],
  ['an unknown type', (_, { own }) => only(own, [item({ type: 'type', ref: 99 })])],
  [
    'a subdocument',
    (_, { own }) => only(own, [{ kind: 'item', parent: 'map', parentSub: 'doc', content: { type: 'doc', guid: 'g' } }]),
  ],
  [
    '2^31 ranges of deletes',
    (draws, known) => ({
      sections: [],
      deletes: [{ client: other(draws, known).client, ranges: [], saysCount: 2 ** 31 }],
    }),
  ],
  [
    'deletes of the future',
    (draws, known) => deletes(other(draws, known).client, [{ clock: 2 ** 40, length: 2 ** 40 }]),
  ],
  ['a delete of 2^53', (draws, known) => deletes(other(draws, known).client, [{ clock: 0, length: 2 ** 53 - 1 }])],
  ['a delete of nothing', (draws, known) => deletes(other(draws, known).client, [{ clock: 0, length: 0 }])],
  [
    'deletes that overlap',
    (draws, known) =>
      deletes(
        other(draws, known).client,
        Array.from({ length: 2000 }, () => ({ clock: 0, length: 3 })),
      ),
  ],
  [
    '50 items at one place',
    (_, { own }) =>
      only(
        own,
        Array.from({ length: 50 }, () => text('.')),
      ),
  ],
  [
    '200 fresh client ids',
    (draws) => ({
      sections: Array.from({ length: 200 }, () => ({ client: draws.below(2 ** 32), clock: 0, structs: [text('f')] })),
      deletes: [],
    }),
  ],
  ['a client id of 2^53', (_, { own }) => only({ client: 2 ** 53 - 1, clock: own.clock }, [text('x')])],
  [
    'the client of the section twice',
    (_, { own }) => ({
      sections: [
        { ...own, structs: [text('ab')] },
        { ...own, structs: [text('cd')] },
      ],
      deletes: [],
    }),
  ],
  [
    'other words at a clock that is held',
    (draws, known) => only({ ...other(draws, known), clock: 0 }, [text('contradiction')]),
  ],
  ['half a surrogate pair', (_, { own }) => only(own, [item({ type: 'string', text: '\ud83d' })])],
];

/** Too large to be sent often. */
export function hugeUpdate({ own }: Known): PlainUpdate {
  return only(own, [item({ type: 'string', text: 'huge '.repeat(200_000) })]);
}

/** Real words in the other format, which this protocol does not speak. */
export function asV2(update: Uint8Array): Uint8Array {
  return Y.convertUpdateFormatV1ToV2(update);
}

function only(at: PlainId, structs: readonly PlainStruct[]): PlainUpdate {
  return { sections: [{ ...at, structs }], deletes: [] };
}

function deletes(client: number, ranges: PlainDeletes['ranges']): PlainUpdate {
  return { sections: [], deletes: [{ client, ranges }] };
}

function item(content: PlainContent): PlainStruct {
  return { kind: 'item', parent: 'text', content };
}

function text(words: string): PlainStruct {
  return item({ type: 'string', text: words });
}

function words(text: string): PlainContent {
  return { type: 'string', text };
}

function after({ client, clock }: PlainId, by: number): PlainId {
  return { client, clock: clock + by };
}

/** The next clock of somebody else, or of the sender while there is nobody else. */
function other(draws: Draws, { own, ends }: Known): PlainId {
  const others = [...ends].filter(([client]) => client !== own.client);
  if (others.length === 0) return own;
  const [client, clock] = draws.pick(others);
  return { client, clock };
}
