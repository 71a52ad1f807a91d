import { setTimeout as wait } from 'node:timers/promises';
import * as Y from 'yjs';
import { createRandom } from '../../support/random.ts';
import type { Client } from './clients.ts';

const LETTERS = 'etaoin shrdlu';
const JUMPS = 0.02;
const LONGEST_MS = 30_000;

/** Somebody who types at a caret, letter after letter, and now and then goes elsewhere. */
export function createTypist({ doc, text }: Client, seed: number) {
  const random = createRandom(seed);
  let caret = 0;
  return {
    clientId: doc.clientID,
    /** One keystroke. Returns the clock that its author has then: who holds that clock holds the keystroke. */
    type(): number {
      if (random() < JUMPS) caret = Math.floor(random() * (text.length + 1));
      caret = Math.min(caret, text.length);
      text.insert(caret, LETTERS[Math.floor(random() * LETTERS.length)] ?? 'e');
      caret += 1;
      return Y.getState(doc.store, doc.clientID);
    },
  };
}

export type Typist = ReturnType<typeof createTypist>;

/** Calls `seen` for each keystroke of these typists when it has become visible to the observer, in each one's order. */
export function watch(observer: Client, typists: readonly Typist[], seen: (typist: Typist, clock: number) => void) {
  const clocks = new Map(typists.map(({ clientId }) => [clientId, Y.getState(observer.doc.store, clientId)]));
  const look = (): void => {
    for (const typist of typists) {
      const now = Y.getState(observer.doc.store, typist.clientId);
      let clock = clocks.get(typist.clientId) ?? 0;
      clocks.set(typist.clientId, now);
      while (clock < now) seen(typist, (clock += 1));
    }
  };
  observer.doc.on('afterTransaction', look);
  return () => observer.doc.off('afterTransaction', look);
}

export interface Pace {
  readonly edits: number;
  readonly perSecond: number;
  readonly seed: number;
}

/** Keystroke to visible, in ms, of each keystroke: the typists take turns at random, at random moments. */
export async function typeAndWatch(typists: readonly Typist[], observer: Client, { edits, perSecond, seed }: Pace) {
  const random = createRandom(seed);
  const typedAt = new Map<string, number>();
  const latencies: number[] = [];
  const stop = watch(observer, typists, ({ clientId }, clock) => {
    const at = typedAt.get(`${clientId} ${clock}`);
    if (at !== undefined) latencies.push(performance.now() - at);
  });
  let next = performance.now();
  for (let edit = 0; edit < edits; edit += 1) {
    next += (-Math.log(1 - random()) * 1000) / perSecond;
    await wait(Math.max(0, next - performance.now()));
    const typist = typists[Math.floor(random() * typists.length)];
    if (typist === undefined) continue;
    const at = performance.now(); // before the letter is in the typist's own document, as a key is
    typedAt.set(`${typist.clientId} ${typist.type()}`, at);
  }
  const startedAt = performance.now();
  while (latencies.length < edits && performance.now() - startedAt < LONGEST_MS) await wait(20);
  stop();
  if (latencies.length < edits) throw new Error(`${edits - latencies.length} edits never became visible`);
  return latencies;
}
