import { getState } from 'yjs';
import { connectStock } from './sync-host.ts';

/** No character twice within this many. */
const FIRST = 0x4e00;
const COUNT = 20_000;
const EVERY_MS = 3;
const PATIENCE_MS = 30_000;

/** In ms, of the keystrokes from the last `take` on. */
export interface Figures {
  readonly keystrokes: number;
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

/**
 * Somebody who does nothing but type, and somebody who watches, each a stock client with a socket of its own: how long
 * a keystroke takes to be visible. A key is struck whether or not the one before has arrived, as people do; otherwise a
 * host that stands still for a second would count as one slow keystroke.
 */
export function createQuietTypist(url: string, document: string, tokens: readonly [string, string]) {
  const [typist, observer] = [connectStock(url, document, tokens[0]), connectStock(url, document, tokens[1])];
  for (const { provider } of [typist, observer]) provider.maxBackoffTime = 20;
  const struckAt: number[] = [];
  const took: number[] = [];
  let struck = 0;
  observer.doc.on('update', () => {
    const visible = getState(observer.doc.store, typist.doc.clientID);
    const now = performance.now();
    while (took.length < Math.min(visible, struck)) took.push(now - (struckAt[took.length] ?? now));
  });

  function strike(): void {
    struckAt.push(performance.now());
    struck += 1;
    typist.text.insert(typist.text.length, String.fromCharCode(FIRST + ((struck - 1) % COUNT)));
  }

  async function until(what: string, holds: () => boolean): Promise<void> {
    const from = performance.now();
    while (!holds()) {
      if (performance.now() - from > PATIENCE_MS) throw new Error(`in vain: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  return {
    typist,
    observer,
    synced: () => until('the typist is connected', () => typist.provider.synced && observer.provider.synced),
    /** Strikes at least so many keys, and on until `meanwhile` is over. Resolves when all of them were seen. */
    async type(atLeast: number, meanwhile: Promise<unknown> = Promise.resolve()): Promise<Figures> {
      const from = struck;
      let over = false;
      void meanwhile.then(
        () => (over = true),
        () => (over = true),
      );
      while (struck - from < atLeast || !over) {
        strike();
        await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
      }
      await until('every keystroke is seen', () => took.length === struck);
      return figuresOf(took.slice(from));
    },
    /** The typist's own words as they must stand in every copy, in this order. */
    typed: () => Array.from({ length: struck }, (_, n) => String.fromCharCode(FIRST + (n % COUNT))).join(''),
    /** What of a text is the typist's. */
    ownIn: (text: string) => text.replace(/[^\u4e00-\u9c1f]/g, ''),
    destroy(): void {
      typist.destroy();
      observer.destroy();
    },
  };
}

function figuresOf(tookMs: readonly number[]): Figures {
  const sorted = tookMs.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { keystrokes: sorted.length, p50: at(0.5), p99: at(0.99), worst: at(1) };
}
