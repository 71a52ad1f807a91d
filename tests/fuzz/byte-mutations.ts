import type { Draws } from './draws.ts';

/** Damages bytes the way a broken or hostile sender does. `others` are whole frames to take pieces from. */
export function mutateBytes(draws: Draws, frame: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  let mutated = frame;
  for (let times = 1 + draws.below(3); times > 0; times--) mutated = draws.pick(MUTATIONS)(draws, mutated, others);
  return mutated;
}

type Mutation = (draws: Draws, frame: Uint8Array, others: readonly Uint8Array[]) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  flipBits,
  setBytes,
  truncate,
  extend,
  splice,
  repeatStretch,
  removeStretch,
  changeVarint,
  changeVarint,
];

function flipBits(draws: Draws, frame: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(frame);
  for (let times = 1 + draws.below(4); times > 0 && copy.length > 0; times--) {
    const at = draws.below(copy.length);
    copy[at] = (copy[at] ?? 0) ^ (1 << draws.below(8));
  }
  return copy;
}

function setBytes(draws: Draws, frame: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(frame);
  if (copy.length > 0) copy[draws.below(copy.length)] = draws.pick([0, 1, 127, 128, 255, draws.below(256)]);
  return copy;
}

function truncate(draws: Draws, frame: Uint8Array): Uint8Array {
  return frame.slice(0, draws.below(frame.length + 1));
}

function extend(draws: Draws, frame: Uint8Array): Uint8Array {
  return joined(frame, draws.bytes(1 + draws.below(20)));
}

function splice(draws: Draws, frame: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
  if (others.length === 0) return frame;
  const other = draws.pick(others);
  return joined(frame.slice(0, draws.below(frame.length + 1)), other.slice(draws.below(other.length + 1)));
}

function repeatStretch(draws: Draws, frame: Uint8Array): Uint8Array {
  const from = draws.below(frame.length + 1);
  const to = Math.min(frame.length, from + draws.below(32));
  return joined(frame.slice(0, to), frame.slice(from));
}

function removeStretch(draws: Draws, frame: Uint8Array): Uint8Array {
  const from = draws.below(frame.length + 1);
  return joined(frame.slice(0, from), frame.slice(from + 1 + draws.below(8)));
}

/** Takes the number that begins at a place for a variable-length one and writes another in its stead. */
function changeVarint(draws: Draws, frame: Uint8Array): Uint8Array {
  const from = draws.below(frame.length + 1);
  let to = from;
  while (to < frame.length && (frame[to] ?? 0) >= 128) to += 1;
  return joined(frame.slice(0, from), joined(varint(draws.number()), frame.slice(to + 1)));
}

function varint(number: number): Uint8Array {
  const bytes: number[] = [];
  let left = number;
  while (left > 127) {
    bytes.push(128 | (left % 128));
    left = Math.floor(left / 128);
  }
  return Uint8Array.from([...bytes, left]);
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
