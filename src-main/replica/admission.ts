import type { PublicKeyHex, Sha256Hex } from '../../shared/base/ids.ts';
import type { Head, LogId, SignedEvent } from '../../shared/log/envelope.ts';
import type { HeldEvent } from '../../shared/log/event-log.ts';
import { placingOf } from '../../shared/log/placing.ts';
import type { ReplicaLocal } from '../commands/ports.ts';
import { digest, type Digested, type EventCheck } from './event-check.ts';
import { createWaitingStore, type Waiting } from './waiting.ts';
import type { ReplicaLimits } from './limits.ts';

// How an event of another host comes in.
//
// 1. What is held is passed over before anything is verified.
// 2. An author whom nobody was ever given to costs no verification: the event waits, in its sender's own share.
// 3. What is wrong in itself, or can never fit, is dropped and charged to the sender, never to the claimed author.
// 4. What misses a parent or a workspace event waits for it. Only what stands on events that are here is held.
// 5. Placing and taking in happen without a pause between them, so two senders of one event store it once.

export interface Admission {
  /** Begins to verify, ahead of its turn. */
  prepare(logId: LogId, events: readonly SignedEvent[]): Prepared;
  /** Rejects with what the disk said; then nothing of the group at hand was taken. */
  take(sender: PublicKeyHex, logId: LogId, prepared: Prepared): Promise<Taken>;
  /** Something grew that may be what others wait for. */
  recheck(): Promise<void>;
  forget(sender: PublicKeyHex): void;
  waiting(sender: PublicKeyHex): number;
  readonly waitingInAll: number;
  readonly waitingBytes: number;
}

export interface Taken {
  readonly stored: number;
  readonly bad: number;
  /** An event stands on one that the sender thinks is here, and is not. */
  readonly hasGap: boolean;
}

export interface Prepared {
  readonly events: readonly SignedEvent[];
  readonly checked: Promise<ReadonlyMap<SignedEvent, Checked>>;
}

export interface Checked {
  readonly digested: Digested;
  readonly state: 'held' | 'good' | 'bad';
}

export interface AdmissionDeps {
  readonly local: ReplicaLocal;
  readonly events: EventCheck;
  readonly limits: ReplicaLimits;
  /** Lets the event loop go round. */
  readonly pause: () => Promise<void>;
  readonly charge: (sender: PublicKeyHex, count: number) => void;
  /** The sender holds this one, and so do we now. */
  readonly onTaken: (sender: PublicKeyHex, logId: LogId, head: Head, previous: Sha256Hex | null) => void;
  /** An event that waited had to be let go: it must be asked for again when there is room. */
  readonly onDropped: (sender: PublicKeyHex, logId: LogId) => void;
}

/** Hashing and verifying are begun for so many before others get a turn; one commit takes no more than `GROUP`. */
const SLICE = 100;
const GROUP = 250;

interface Item {
  readonly logId: LogId;
  readonly event: SignedEvent;
  /** Null while its author is unknown: then it was not even hashed. */
  readonly digested: Digested | null;
}

interface Arrived {
  readonly sender: PublicKeyHex;
  readonly digested: Digested;
}

export function createAdmission(deps: AdmissionDeps): Admission {
  const { local, limits, pause } = deps;
  const waiting = createWaitingStore<Item>(limits);

  function isGenesis(logId: LogId, event: SignedEvent): boolean {
    if (logId !== 'workspace' || event.envelope.seq !== 1) return false;
    if ((local.log('workspace')?.length ?? 0) > 0) return false;
    return digest(event).hash === local.workspaceId;
  }

  function isOfKnown(logId: LogId, event: SignedEvent): boolean {
    return local.knowsKey(event.envelope.author) || isGenesis(logId, event);
  }

  function isHeld(logId: LogId, hash: Sha256Hex): boolean {
    return (local.log(logId)?.find(hash) ?? null) !== null;
  }

  /** Those of unknown authors are left out. */
  async function check(logId: LogId, events: readonly SignedEvent[]): Promise<ReadonlyMap<SignedEvent, Checked>> {
    const checked = new Map<SignedEvent, Checked>();
    const begun: Promise<void>[] = [];
    for (let from = 0; from < events.length; from += SLICE) {
      if (from > 0) await pause();
      const fresh: Digested[] = [];
      for (const event of events.slice(from, from + SLICE)) {
        if (!isOfKnown(logId, event)) continue;
        const digested = digest(event);
        if (isHeld(logId, digested.hash)) checked.set(event, { digested, state: 'held' });
        else fresh.push(digested);
      }
      if (fresh.length > 0) begun.push(verify(fresh, checked));
    }
    await Promise.all(begun);
    return checked;
  }

  async function verify(fresh: readonly Digested[], checked: Map<SignedEvent, Checked>): Promise<void> {
    const answers = await deps.events.check(fresh);
    for (const [index, digested] of fresh.entries()) {
      checked.set(digested.event, { digested, state: answers[index] === true ? 'good' : 'bad' });
    }
  }

  function wait(sender: PublicKeyHex, on: string, item: Item): void {
    const { event } = item;
    const key = item.digested?.hash ?? event.envelope.signature;
    if (waiting.has(sender, key)) return;
    for (const dropped of waiting.add({ sender, key, on, item, bytes: sizeOf(event) })) {
      deps.onDropped(dropped.sender, dropped.item.logId);
    }
  }

  /** Takes in what fits, and whatever waited for it, and so on. Without a pause, so that nothing comes between. */
  function settle(logId: LogId, arrived: readonly Arrived[]): Taken {
    let stored = 0;
    let bad = 0;
    let hasGap = false;
    const queue: { readonly logId: LogId; readonly arrived: readonly Arrived[] }[] = [{ logId, arrived }];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const placed = place(next.logId, next.arrived);
      for (const sender of placed.never) deps.charge(sender, 1);
      bad += placed.never.length;
      hasGap ||= placed.hasGap;
      if (placed.fits.length === 0) continue;
      local.receive(
        next.logId,
        placed.fits.map(({ digested }) => digested.event),
      );
      stored += placed.fits.length;
      for (const { sender, digested } of placed.fits) {
        const { author, seq, previous } = digested.event.envelope;
        deps.onTaken(sender, next.logId, { author, seq, hash: digested.hash }, previous);
      }
      for (const { digested } of placed.fits) queue.push(...released(next.logId, digested.hash));
    }
    return { stored, bad, hasGap };
  }

  function released(logId: LogId, hash: Sha256Hex) {
    return waiting
      .release(onEvent(logId, hash))
      .flatMap(({ sender, item }) =>
        item.digested === null ? [] : [{ logId: item.logId, arrived: [{ sender, digested: item.digested }] }],
      );
  }

  function place(logId: LogId, arrived: readonly Arrived[]) {
    const log = local.log(logId);
    const workspace = local.log('workspace');
    const staged = new Map<Sha256Hex, HeldEvent>();
    const tips = log?.tips() ?? [];
    const view = { logId, find: (hash: Sha256Hex) => staged.get(hash) ?? log?.find(hash) ?? null, tips: () => tips };
    const workspaceView = logId === 'workspace' ? view : { find: (hash: Sha256Hex) => workspace?.find(hash) ?? null };
    const fits: Arrived[] = [];
    const never: PublicKeyHex[] = [];
    let hasGap = false;
    for (const one of arrived) {
      const { event, hash } = one.digested;
      const { author, seq, time } = event.envelope;
      const placing = placingOf(event.envelope, hash, view, workspaceView);
      switch (placing.type) {
        case 'Held':
          deps.onTaken(one.sender, logId, { author, seq, hash }, event.envelope.previous);
          break;
        case 'Never':
          never.push(one.sender);
          break;
        case 'Fits':
          staged.set(hash, { author, seq, time, index: -1 });
          fits.push(one);
          break;
        case 'Waits':
          wait(one.sender, onEvent(placing.log === 'own' ? logId : 'workspace', placing.for.hash), {
            logId,
            event,
            digested: one.digested,
          });
          hasGap ||= !waiting.has(one.sender, placing.for.hash);
      }
    }
    return { fits, never, hasGap };
  }

  return {
    prepare(logId, events) {
      const checked = check(logId, events);
      checked.catch(() => undefined); // whoever takes them hears of it; of a session that has ended nobody does
      return { events, checked };
    },

    async take(sender, logId, prepared) {
      const checked = new Map(await prepared.checked);
      let stored = 0;
      let bad = 0;
      let hasGap = false;
      let group: Arrived[] = [];

      function flush(): void {
        if (group.length === 0) return;
        const taken = settle(logId, group);
        group = [];
        stored += taken.stored;
        bad += taken.bad;
        hasGap ||= taken.hasGap;
      }

      for (const [index, event] of prepared.events.entries()) {
        // An earlier one of this very frame may be what makes its author known.
        if (!isOfKnown(logId, event)) flush();
        if (!isOfKnown(logId, event)) {
          wait(sender, onAuthor(event.envelope.author), { logId, event, digested: null });
          continue;
        }
        if (!checked.has(event)) {
          // Its author was unknown when the frame came.
          const rest = prepared.events.slice(index).filter((each) => !checked.has(each));
          for (const [late, found] of await check(logId, rest)) checked.set(late, found);
        }
        const one = checked.get(event);
        if (one === undefined) continue;
        if (one.state === 'bad') {
          bad += 1;
          deps.charge(sender, 1);
          continue;
        }
        group.push({ sender, digested: one.digested });
        if (group.length === GROUP) {
          flush();
          await pause();
        }
      }
      flush();
      return { stored, bad, hasGap };
    },

    async recheck() {
      const ready: Waiting<Item>[] = [];
      for (const on of [...waiting.awaited()]) if (isHere(on)) ready.push(...waiting.release(on));
      ready.sort((a, b) => Number(b.item.logId === 'workspace') - Number(a.item.logId === 'workspace'));
      for (let from = 0; from < ready.length;) {
        const logId = ready[from]?.item.logId ?? 'workspace';
        let to = from;
        while (to < ready.length && to - from < GROUP && ready[to]?.item.logId === logId) to += 1;
        await retry(logId, ready.slice(from, to));
        from = to;
      }
    },
    forget: (sender) => waiting.forget(sender),
    waiting: (sender) => waiting.count(sender),
    get waitingInAll() {
      return waiting.count();
    },
    get waitingBytes() {
      return waiting.bytes;
    },
  };

  function isHere(on: string): boolean {
    const [what, logId, name] = on.split('/') as ['author' | 'event', LogId, string];
    return what === 'author' ? local.knowsKey(name as PublicKeyHex) : isHeld(logId, name as Sha256Hex);
  }

  async function retry(logId: LogId, items: readonly Waiting<Item>[]): Promise<void> {
    const unchecked = items.filter(({ item }) => item.digested === null).map(({ item }) => item.event);
    const checked = await check(logId, unchecked);
    const arrived: Arrived[] = [];
    for (const { sender, item } of items) {
      const found = item.digested === null ? checked.get(item.event) : { digested: item.digested, state: 'good' };
      if (found === undefined) continue;
      if (found.state === 'bad') deps.charge(sender, 1);
      else arrived.push({ sender, digested: found.digested });
    }
    if (arrived.length > 0) settle(logId, arrived);
    await pause();
  }
}

function onAuthor(author: PublicKeyHex): string {
  return `author/workspace/${author}`;
}

function onEvent(logId: LogId, hash: Sha256Hex): string {
  return `event/${logId}/${hash}`;
}

const ENVELOPE_BYTES = 800;
const HEAD_BYTES = 200;

/** About what it takes in memory. */
function sizeOf({ envelope, body }: SignedEvent): number {
  const heads = envelope.seen.length + envelope.workspace.length;
  return ENVELOPE_BYTES + heads * HEAD_BYTES + 2 * JSON.stringify(body).length;
}
