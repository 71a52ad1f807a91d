import { createEncoder, toUint8Array, writeUint8, writeVarString, writeVarUint, type Encoder } from 'lib0/encoding';
import { invariant } from '../../../shared/base/invariant.ts';
import { createRandom } from '../../support/random.ts';

const AUTHORS = 10;
const DELETES = 0.12;
const LETTERS = 'etaoin shrdlucm';
/** Client ids as Yjs draws them, 32 bits wide: small ones would make every update shorter than it is in life. */
const FIRST_CLIENT_ID = 2_147_480_000;
export const CLIENT_IDS: readonly number[] = Array.from({ length: AUTHORS }, (_, author) => FIRST_CLIENT_ID + author);

// A character is one number: whose it is, its clock, its letter and whether it is deleted.
const DELETED = 1;
const LETTER_BITS = 4;
const CLOCK_BITS = 20;
const BLOCK = 2048;

interface Block {
  characters: number[];
  /** How many of them are not deleted. */
  visible: number;
}

/**
 * The history of a text that ten authors typed: single characters at uniformly random places, each by a random author;
 * 12 % of the edits delete one instead. Every call of `next` gives one edit as its author's client would send it: one
 * Yjs update, format V1. The same seed gives the same history, and a shorter one is the beginning of a longer one.
 *
 * A Y.Text would take minutes for a million of them: it walks to each place. So the sequence is kept here, in blocks,
 * and the updates are written by hand: a character's neighbours on both sides, deleted ones too, are its origins.
 */
export function createHistory(seed: number) {
  const random = createRandom(seed);
  const clocks = CLIENT_IDS.map(() => 0);
  const blocks: Block[] = [{ characters: [], visible: 0 }];
  let visible = 0;

  function next(): { readonly update: Uint8Array; readonly author: number } {
    const author = Math.floor(random() * AUTHORS);
    const update =
      visible > 0 && random() < DELETES
        ? erase(Math.floor(random() * visible))
        : insert(Math.floor(random() * (visible + 1)), author);
    return { update, author };
  }

  /** Behind as many visible characters. */
  function insert(index: number, author: number): Uint8Array {
    const clock = clocks[author] ?? 0;
    clocks[author] = clock + 1;
    invariant(clock < 2 ** CLOCK_BITS, 'a clock fits into its bits');
    const letter = Math.floor(random() * LETTERS.length);
    const { at, block, offset } = index === 0 ? { at: 0, block: blockAt(0), offset: 0 } : after(index - 1);
    const left = offset > 0 ? block.characters[offset - 1] : undefined;
    const right = block.characters[offset] ?? blocks[at + 1]?.characters[0];
    block.characters.splice(offset, 0, ((author * 2 ** CLOCK_BITS + clock) << (LETTER_BITS + 1)) | (letter << 1));
    block.visible += 1;
    visible += 1;
    if (block.characters.length > BLOCK) split(at);
    return insertion({ author, clock, letter, left, right });
  }

  function erase(index: number): Uint8Array {
    const { block, offset } = after(index);
    const character = block.characters[offset - 1] ?? 0;
    block.characters[offset - 1] = character | DELETED;
    block.visible -= 1;
    visible -= 1;
    return deletion(character);
  }

  /** The place right behind the visible character of this index. */
  function after(index: number): { readonly at: number; readonly block: Block; readonly offset: number } {
    let at = 0;
    let block = blockAt(0);
    let left = index;
    while (left >= block.visible) {
      left -= block.visible;
      block = blockAt((at += 1));
    }
    let offset = 0;
    for (; left >= 0; offset += 1) if (((block.characters[offset] ?? 0) & DELETED) === 0) left -= 1;
    return { at, block, offset };
  }

  function blockAt(at: number): Block {
    const block = blocks[at];
    invariant(block, 'the index is one of a visible character');
    return block;
  }

  function split(at: number): void {
    const block = blockAt(at);
    const characters = block.characters.splice(BLOCK / 2);
    const moved = characters.filter((character) => (character & DELETED) === 0).length;
    block.visible -= moved;
    blocks.splice(at + 1, 0, { characters, visible: moved });
  }

  return {
    next,
    /** The clock that each client id has reached. */
    stateVector: (): ReadonlyMap<number, number> =>
      new Map(CLIENT_IDS.map((clientId, author) => [clientId, clocks[author] ?? 0])),
    text: (): string =>
      blocks
        .flatMap(({ characters }) => characters.filter((character) => (character & DELETED) === 0))
        .map((character) => LETTERS[letterOf(character)] ?? '')
        .join(''),
  };
}

interface Insertion {
  readonly author: number;
  readonly clock: number;
  readonly letter: number;
  readonly left: number | undefined;
  readonly right: number | undefined;
}

/** One struct, no deletions. The info byte says which origins there are, and that the content is a string (4). */
function insertion({ author, clock, letter, left, right }: Insertion): Uint8Array {
  const encoder = createEncoder();
  writeVarUint(encoder, 1);
  writeVarUint(encoder, 1);
  writeVarUint(encoder, FIRST_CLIENT_ID + author);
  writeVarUint(encoder, clock);
  writeUint8(encoder, 4 | (left === undefined ? 0 : 0x80) | (right === undefined ? 0 : 0x40));
  if (left !== undefined) writeId(encoder, left);
  if (right !== undefined) writeId(encoder, right);
  if (left === undefined && right === undefined) {
    writeVarUint(encoder, 1); // the parent by the name of a field of the document
    writeVarString(encoder, 'text');
  }
  writeVarString(encoder, LETTERS[letter] ?? '');
  writeVarUint(encoder, 0);
  return toUint8Array(encoder);
}

/** No struct, one deleted range of one. */
function deletion(character: number): Uint8Array {
  const encoder = createEncoder();
  writeVarUint(encoder, 0);
  writeVarUint(encoder, 1);
  writeVarUint(encoder, FIRST_CLIENT_ID + authorOf(character));
  writeVarUint(encoder, 1);
  writeVarUint(encoder, clockOf(character));
  writeVarUint(encoder, 1);
  return toUint8Array(encoder);
}

function writeId(encoder: Encoder, character: number): void {
  writeVarUint(encoder, FIRST_CLIENT_ID + authorOf(character));
  writeVarUint(encoder, clockOf(character));
}

function authorOf(character: number): number {
  return character >>> (LETTER_BITS + 1 + CLOCK_BITS);
}

function clockOf(character: number): number {
  return (character >>> (LETTER_BITS + 1)) & (2 ** CLOCK_BITS - 1);
}

function letterOf(character: number): number {
  return (character >>> 1) & (2 ** LETTER_BITS - 1);
}
