import type { Instant, Sha256Hex } from '../../shared/base/ids.ts';
import type { Actor, Recorded } from '../../shared/domain/roster/actor.ts';
import {
  type AnyRoomEvent,
  emptyRoom,
  evolve,
  judge,
  type RoomEvent,
  RoomEvent as RoomEventSchema,
  type RoomState,
} from '../../shared/domain/room/room.ts';
import type { Refusal } from '../../shared/domain/refusal/refusal.ts';
import { createAttributor } from '../../shared/log/attribute.ts';
import type { StoredEvent } from '../../shared/log/envelope.ts';
import type { AppendContext } from '../../shared/log/event-log.ts';
import type { Signer } from '../../shared/log/signing.ts';
import type { Clock, RoomFile } from './ports.ts';
import { createSignal, type Signal } from './signal.ts';
import type { WorkspaceBook } from './workspace-book.ts';

/** One room's log with its fold. Everything that becomes a fact in a room goes through `record`. */
export interface RoomBook {
  readonly file: RoomFile;
  readonly state: RoomState;
  readonly events: readonly Recorded<AnyRoomEvent>[];
  readonly recorded: Signal<readonly Recorded<AnyRoomEvent>[]>;
  /** Why these facts, in this order, would not count if this actor signed them now; null when all would. */
  refusalOf(actor: Actor, facts: readonly RoomEvent[]): Refusal | null;
  /** Everything that is needed to judge the room elsewhere, the newest of the roster included. */
  forExport(): { readonly workspaceEvents: readonly StoredEvent[]; readonly roomEvents: readonly StoredEvent[] };
  /** Signs, commits and folds. What it returns is on the disk. */
  record(signer: Signer, facts: readonly RoomEvent[]): readonly Recorded<AnyRoomEvent>[];
}

export function createRoomBook(deps: {
  readonly file: RoomFile;
  readonly workspace: WorkspaceBook;
  readonly clock: Clock;
  readonly salt: AppendContext['salt'];
}): RoomBook {
  const { file, workspace, clock, salt } = deps;
  const attribute = createAttributor(workspace.history);
  const recorded = createSignal<readonly Recorded<AnyRoomEvent>[]>();
  const events: Recorded<AnyRoomEvent>[] = [];
  let state = emptyRoom;
  let adopted = 0;

  function take(stored: readonly StoredEvent[]): readonly Recorded<AnyRoomEvent>[] {
    const added = stored.map(attribute);
    for (const one of added) {
      events.push(one);
      if (judge(state, one) === null) state = evolve(state, one);
    }
    return added;
  }

  /** A room's file can be judged on a machine that never met us: the roster it depends on goes in first. */
  function adoptWorkspace(): void {
    if (adopted === workspace.history.length) return;
    file.log.adopt(workspace.events());
    adopted = workspace.history.length;
  }

  take(file.log.read());
  return {
    forExport() {
      adoptWorkspace();
      return { workspaceEvents: file.log.readWorkspace(), roomEvents: file.log.read() };
    },
    file,
    recorded,
    events,
    get state() {
      return state;
    },
    refusalOf(actor, facts) {
      let expected = state;
      for (const [offset, event] of facts.entries()) {
        const unfit = unfitness(event);
        if (unfit) return unfit;
        const assumed = { index: events.length + offset, hash: notYetHashed(offset), at: clock.now(), actor, event };
        const reason = judge(expected, assumed);
        if (reason) return reason;
        expected = evolve(expected, assumed);
      }
      return null;
    },
    record(signer, facts) {
      adoptWorkspace();
      const drafts = facts.map(({ type, ...body }) => ({ type, body }));
      const context = { now: clock.now(), salt, workspaceHeads: workspace.heads() };
      const added = take(file.log.append(signer, drafts, context));
      recorded.emit(added);
      return added;
    },
  };
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
