import { verify, type KeyObject } from 'node:crypto';
import type { PublicKeyHex, SignatureHex } from '../../shared/base/ids.ts';

export interface ToVerify {
  readonly publicKey: PublicKeyHex;
  readonly message: Uint8Array;
  readonly signature: SignatureHex;
}

/** One answer for each, in their order; as strict as `SignatureVerifier`. Never rejects. */
export type BatchVerifier = (items: readonly ToVerify[]) => Promise<readonly boolean[]>;

/**
 * The strict checks that need no curve: null when the signature or the key is not canonical or of small order. What it
 * returns is ready for `crypto.verify`.
 */
export type PrepareVerify = (
  publicKey: PublicKeyHex,
  signature: SignatureHex,
) => { readonly key: KeyObject; readonly signature: Uint8Array } | null;

/** libuv's pool has four threads: this many keep them busy, and leave the queue short for whoever reads a file. */
const MOST_AT_ONCE = 16;

/** Verifies on libuv's thread pool, so that a first join of a hundred thousand events stops nothing else. */
export function createVerifyPool(prepare: PrepareVerify): BatchVerifier {
  const queue: (() => void)[] = [];
  let running = 0;

  function startMore(): void {
    while (running < MOST_AT_ONCE) {
      const start = queue.shift();
      if (start === undefined) return;
      running += 1;
      start();
    }
  }

  function verifyOne({ publicKey, message, signature }: ToVerify): Promise<boolean> {
    const prepared = prepare(publicKey, signature);
    if (prepared === null) return Promise.resolve(false);
    return new Promise((resolve) => {
      queue.push(() => {
        verify(null, message, prepared.key, prepared.signature, (error, isGood) => {
          running -= 1;
          resolve(error === null && isGood);
          startMore();
        });
      });
      startMore();
    });
  }

  return (items) => Promise.all(items.map(verifyOne));
}
