import type { Instant, PublicKeyHex, Sha256Hex } from '../../shared/base/ids.ts';
import type { Actor, Recorded } from '../../shared/domain/roster/actor.ts';
import {
  type AnyRoomEvent,
  evolve,
  judge,
  type RoomEvent,
  RoomEvent as RoomEventSchema,
  type RoomState,
} from '../../shared/domain/room/room.ts';
import type { Refusal } from '../../shared/domain/refusal/refusal.ts';
import type { SignedEvent, StoredEvent } from '../../shared/log/envelope.ts';
import type { AppendContext } from '../../shared/log/event-log.ts';
import { createRoomHistory } from '../../shared/log/room-history.ts';
import type { Signer } from '../../shared/log/signing.ts';
import type { Clock, RoomFile } from './ports.ts';
import { createSignal, type Signal } from './signal.ts';
import type { WorkspaceBook } from './workspace-book.ts';

/** The events from place `from` on, which take the place of what stood there. */
export interface RoomChange {
  readonly from: number;
  readonly events: readonly Recorded<AnyRoomEvent>[];
}

/** One room's log with its fold. Everything that becomes a fact in a room goes through `record`, or came by `receive`. */
export interface RoomBook {
  readonly file: RoomFile;
  readonly state: RoomState;
  /** In the order of the fold. */
  readonly events: readonly Recorded<AnyRoomEvent>[];
  /** Which of them do not count, and why. */
  readonly voids: ReadonlyMap<Sha256Hex, Refusal>;
  readonly changed: Signal<RoomChange>;
  /** Why these facts, in this order, would not count if this actor signed them now; null when all would. */
  refusalOf(actor: Actor, facts: readonly RoomEvent[]): Refusal | null;
  /** Everything that is needed to judge the room elsewhere, the newest of the roster included. */
  forExport(): { readonly workspaceEvents: readonly StoredEvent[]; readonly roomEvents: readonly StoredEvent[] };
  /** Signs, commits and folds. What it returns is on the disk. */
  record(signer: Signer, facts: readonly RoomEvent[]): readonly Recorded<AnyRoomEvent>[];
  /** Takes in verified events of other hosts that fit. They are on the disk when it returns. */
  receive(events: readonly SignedEvent[]): readonly StoredEvent[];
  /** Who signed it; null for an event that is not in this room. */
  authorOf(hash: Sha256Hex): PublicKeyHex | null;
  /** Of every author who signed two events with one number here: that number. Whatever they sign now would not count. */
  readonly forkedFrom: ReadonlyMap<PublicKeyHex, number>;
}

export function createRoomBook(deps: {
  readonly file: RoomFile;
  readonly workspace: WorkspaceBook;
  readonly clock: Clock;
  readonly salt: AppendContext['salt'];
}): RoomBook {
  const { file, workspace, clock, salt } = deps;
  const history = createRoomHistory(workspace.history, file.log.read());
  const changed = createSignal<RoomChange>();
  let adopted = 0;

  /** A room's file can be judged on a machine that never met us: the roster it depends on goes in first. */
  function adoptWorkspace(): void {
    if (adopted === workspace.events().length) return;
    file.log.adopt(workspace.events());
    adopted = workspace.events().length;
  }

  function announce(from: number): void {
    if (from < history.events.length) changed.emit({ from, events: history.events.slice(from) });
  }

  workspace.changed.listen(() => announce(history.rejudge()));

  return {
    forExport() {
      adoptWorkspace();
      return { workspaceEvents: file.log.readWorkspace(), roomEvents: file.log.read() };
    },
    file,
    changed,
    get events() {
      return history.events;
    },
    get voids() {
      return history.voids;
    },
    get state() {
      return history.state;
    },
    refusalOf(actor, facts) {
      const now = clock.now();
      const settled = history.stateFor(now);
      const refusal = refusalAfter(settled, history.events.length, { actor, facts, now });
      const wouldCount = refusal && settled !== history.state;
      // What is on the screen may rest on a clock that is far ahead: nothing signed here may.
      if (wouldCount && refusalAfter(history.state, history.events.length, { actor, facts, now }) === null)
        return { type: 'AheadOfClock' };
      return refusal;
    },
    record(signer, facts) {
      adoptWorkspace();
      const drafts = facts.map(({ type, ...body }) => ({ type, body }));
      const context = { now: clock.now(), salt, workspaceHeads: workspace.heads() };
      const stored = file.log.append(signer, drafts, context);
      const hashes = new Set(stored.map(({ hash }) => hash));
      const from = history.add(stored);
      announce(from);
      return history.events.slice(from).filter(({ hash }) => hashes.has(hash));
    },
    receive(events) {
      adoptWorkspace();
      const stored = file.log.receive(events, clock.now());
      announce(history.add(stored));
      return stored;
    },
    authorOf: (hash) => file.log.find(hash)?.author ?? null,
    forkedFrom: history.forkedFrom,
  };
}

function refusalAfter(
  state: RoomState,
  length: number,
  { actor, facts, now }: { readonly actor: Actor; readonly facts: readonly RoomEvent[]; readonly now: Instant },
): Refusal | null {
  let expected = state;
  for (const [offset, event] of facts.entries()) {
    const unfit = unfitness(event);
    if (unfit) return unfit;
    const assumed = { index: length + offset, hash: notYetHashed(offset), at: now, actor, event };
    const reason = judge(expected, assumed);
    if (reason) return reason;
    expected = evolve(expected, assumed);
  }
  return null;
}

/** A fact that its own schema refuses would be kept for ever as an unknown event, and do nothing. */
function unfitness(fact: RoomEvent): Refusal | null {
  const parsed = RoomEventSchema.safeParse(fact);
  if (parsed.success) return null;
  const [issue] = parsed.error.issues;
  return { type: 'DoesNotFit', where: issue?.path.join('.') ?? fact.type, reason: issue?.message ?? 'it does not fit' };
}

/** Stands in for the hash of an event that is judged before it is signed. */
function notYetHashed(offset: number): Sha256Hex {
  return offset.toString(16).padStart(64, '0') as Sha256Hex;
}

/** When the room last changed, for lists. */
export function lastEventAt(book: RoomBook): Instant {
  return book.events.at(-1)?.at ?? (0 as Instant);
}
