import type { PublicKeyHex } from '../../shared/base/ids.ts';
import type { ReplicaLimits } from './limits.ts';

/** Something that came too early. `key` is its own within its sender; `on` names what it waits for. */
export interface Waiting<Item> {
  readonly sender: PublicKeyHex;
  readonly key: string;
  readonly on: string;
  readonly bytes: number;
  readonly item: Item;
}

/**
 * What waits for something that is not here yet, bounded for each sender and in total. A sender pays with its own: when
 * it sends too much, its oldest is dropped, and whoever sends little loses nothing.
 */
export interface WaitingStore<Item> {
  /** Returns what had to be dropped for it: it will have to be asked for again. */
  add(waiting: Waiting<Item>): readonly Waiting<Item>[];
  has(sender: PublicKeyHex, key: string): boolean;
  /** Takes out what waits on this, in the order in which it came. */
  release(on: string): readonly Waiting<Item>[];
  /** What is waited for. */
  awaited(): Iterable<string>;
  isAwaited(on: string): boolean;
  forget(sender: PublicKeyHex): void;
  count(sender?: PublicKeyHex): number;
  readonly bytes: number;
}

export function createWaitingStore<Item>(
  limits: Pick<ReplicaLimits, 'waitingPerPeer' | 'waitingBytesPerPeer' | 'waitingInAll' | 'waitingBytesInAll'>,
): WaitingStore<Item> {
  /** By sender, oldest first. */
  const bySender = new Map<PublicKeyHex, { readonly items: Map<string, Waiting<Item>>; bytes: number }>();
  const awaited = new Map<string, Set<Waiting<Item>>>();
  let count = 0;
  let bytes = 0;

  function sharesOf(sender: PublicKeyHex) {
    const known = bySender.get(sender) ?? { items: new Map<string, Waiting<Item>>(), bytes: 0 };
    bySender.set(sender, known);
    return known;
  }

  function remove(waiting: Waiting<Item>): void {
    const share = bySender.get(waiting.sender);
    if (share?.items.delete(waiting.key)) {
      share.bytes -= waiting.bytes;
      if (share.items.size === 0) bySender.delete(waiting.sender);
      count -= 1;
      bytes -= waiting.bytes;
    }
    const others = awaited.get(waiting.on);
    others?.delete(waiting);
    if (others?.size === 0) awaited.delete(waiting.on);
  }

  function dropOldestOf(sender: PublicKeyHex, dropped: Waiting<Item>[]): void {
    const oldest = bySender.get(sender)?.items.values().next().value;
    if (oldest === undefined) return;
    remove(oldest);
    dropped.push(oldest);
  }

  function greediest(): PublicKeyHex | undefined {
    return [...bySender].reduce<readonly [PublicKeyHex, number] | undefined>(
      (most, [sender, share]) => (most === undefined || share.bytes > most[1] ? [sender, share.bytes] : most),
      undefined,
    )?.[0];
  }

  return {
    get bytes() {
      return bytes;
    },
    add(waiting) {
      const share = sharesOf(waiting.sender);
      if (share.items.has(waiting.key)) return [];
      share.items.set(waiting.key, waiting);
      share.bytes += waiting.bytes;
      count += 1;
      bytes += waiting.bytes;
      const others = awaited.get(waiting.on);
      if (others) others.add(waiting);
      else awaited.set(waiting.on, new Set([waiting]));

      const dropped: Waiting<Item>[] = [];
      while (share.items.size > limits.waitingPerPeer || share.bytes > limits.waitingBytesPerPeer) {
        dropOldestOf(waiting.sender, dropped);
      }
      while (count > limits.waitingInAll || bytes > limits.waitingBytesInAll) {
        dropOldestOf(greediest() ?? waiting.sender, dropped);
      }
      return dropped;
    },
    has: (sender, key) => bySender.get(sender)?.items.has(key) ?? false,
    release(on) {
      const released = [...(awaited.get(on) ?? [])];
      for (const waiting of released) remove(waiting);
      return released;
    },
    awaited: () => awaited.keys(),
    isAwaited: (on) => awaited.has(on),
    forget(sender) {
      for (const waiting of [...(bySender.get(sender)?.items.values() ?? [])]) remove(waiting);
    },
    count: (sender) => (sender === undefined ? count : (bySender.get(sender)?.items.size ?? 0)),
  };
}
