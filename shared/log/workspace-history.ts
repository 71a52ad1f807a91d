import type { PublicKeyHex, Sha256Hex } from '../base/ids.ts';
import { invariant } from '../base/invariant.ts';
import {
  evolveWorkspace,
  initialWorkspace,
  mayChangeWorkspace,
  WorkspaceEvent,
  type WorkspaceState,
} from '../domain/workspace/workspace.ts';
import type { LogId, StoredEvent } from './envelope.ts';

/** Why a workspace event folds to nothing. */
export type WorkspaceVoid = 'UnknownEvent' | 'NotAnAdministrator';

/**
 * The workspace log, folded, with every state on the way: a room event is judged by the state that its author named.
 */
export interface WorkspaceHistory {
  readonly length: number;
  /** The newest state. */
  readonly state: WorkspaceState;
  readonly voids: ReadonlyMap<Sha256Hex, WorkspaceVoid>;
  /** The state after the first `length` events, 0 to `length`. */
  stateAfter(length: number): WorkspaceState;
  /** How many events there are up to and with this one; 0 when it is not here. */
  lengthAt(hash: Sha256Hex): number;
  /**
   * Up to which sequence number a retired key counts in a log; infinity for a key in force. It goes by the cut and
   * never by a time, because whoever holds a stolen key can write any time into an event.
   */
  acceptedUpTo(key: PublicKeyHex, log: LogId): number;
  /** False when this is the event at a retired key's cut, and not the one that the cut names. */
  agreesWithCut(key: PublicKeyHex, log: LogId, seq: number, hash: Sha256Hex): boolean;
  add(events: readonly StoredEvent[]): void;
}

type Cut = Extract<WorkspaceEvent, { type: 'KeyRetired' }>['cuts'][number];

export function createWorkspaceHistory(events: readonly StoredEvent[] = []): WorkspaceHistory {
  const states: WorkspaceState[] = [initialWorkspace];
  const lengthsByHash = new Map<Sha256Hex, number>();
  const voids = new Map<Sha256Hex, WorkspaceVoid>();
  const cutsByKey = new Map<PublicKeyHex, ReadonlyMap<string, Cut>>();

  function newest(): WorkspaceState {
    const state = states.at(-1);
    invariant(state, 'there is always the initial state');
    return state;
  }

  function next(state: WorkspaceState, stored: StoredEvent): WorkspaceState {
    const { author, type } = stored.envelope;
    const parsed = WorkspaceEvent.safeParse({ ...stored.body, type });
    if (!parsed.success) {
      voids.set(stored.hash, 'UnknownEvent');
      return state;
    }
    if (!mayChangeWorkspace(state, author, parsed.data)) {
      voids.set(stored.hash, 'NotAnAdministrator');
      return state;
    }
    if (parsed.data.type === 'KeyRetired')
      cutsByKey.set(parsed.data.key, new Map(parsed.data.cuts.map((cut) => [cut.log, cut])));
    return evolveWorkspace(state, parsed.data, author);
  }

  function add(added: readonly StoredEvent[]): void {
    for (const stored of added) {
      states.push(next(newest(), stored));
      lengthsByHash.set(stored.hash, states.length - 1);
    }
  }

  add(events);
  return {
    get length() {
      return states.length - 1;
    },
    get state() {
      return newest();
    },
    voids,
    stateAfter(length) {
      const state = states[length];
      invariant(state, 'no state after more events than there are');
      return state;
    },
    lengthAt: (hash) => lengthsByHash.get(hash) ?? 0,
    acceptedUpTo(key, log) {
      const cuts = cutsByKey.get(key);
      return cuts ? (cuts.get(log)?.seq ?? 0) : Number.POSITIVE_INFINITY;
    },
    agreesWithCut(key, log, seq, hash) {
      const cut = cutsByKey.get(key)?.get(log);
      return cut?.seq !== seq || cut.hash === null || cut.hash === hash;
    },
    add,
  };
}
