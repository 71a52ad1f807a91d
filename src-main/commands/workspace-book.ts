import type { PublicKeyHex } from '../../shared/base/ids.ts';
import { invariant } from '../../shared/base/invariant.ts';
import type { Refusal } from '../../shared/domain/refusal/refusal.ts';
import {
  evolveWorkspace,
  mayChangeWorkspace,
  type WorkspaceEvent,
  WorkspaceEvent as WorkspaceEventSchema,
  type WorkspaceState,
} from '../../shared/domain/workspace/workspace.ts';
import type { Head, SignedEvent, StoredEvent } from '../../shared/log/envelope.ts';
import type { AppendContext, EventLog } from '../../shared/log/event-log.ts';
import type { Signer } from '../../shared/log/signing.ts';
import { createWorkspaceHistory, type WorkspaceHistory } from '../../shared/log/workspace-history.ts';
import type { Clock } from './ports.ts';
import { createSignal, type Signal } from './signal.ts';

/** The workspace log with its fold, kept up to date as it grows. */
export interface WorkspaceBook {
  readonly history: WorkspaceHistory;
  readonly state: WorkspaceState;
  readonly changed: Signal<WorkspaceState>;
  heads(): readonly Head[];
  /** In the order in which the log took them in. */
  events(): readonly StoredEvent[];
  /** Why these facts, in this order, would not count if this key signed them now; null when all would. */
  refusalOf(key: PublicKeyHex, events: readonly WorkspaceEvent[]): Refusal | null;
  /**
   * Signs, commits and folds. Throws `NotRecorded`, with nothing recorded, when one of them would not count: never
   * acknowledge a void.
   */
  record(signer: Signer, events: readonly WorkspaceEvent[]): void;
  /** Takes in verified events of other hosts that fit. They are on the disk when it returns. */
  receive(events: readonly SignedEvent[]): readonly StoredEvent[];
}

export function createWorkspaceBook(deps: {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly salt: AppendContext['salt'];
}): WorkspaceBook {
  const { log, clock, salt } = deps;
  const history = createWorkspaceHistory(log.read());
  const changed = createSignal<WorkspaceState>();

  function refusalOf(key: PublicKeyHex, facts: readonly WorkspaceEvent[]): Refusal | null {
    if (history.forkedFrom.has(key)) return { type: 'Forked' };
    if (history.cutsOf(key).length > 0) return { type: 'BeyondCut' }; // also by what is too far ahead to be relied on
    const settled = history.stateFor(clock.now());
    if (wouldCount(settled, key, facts)) return null;
    const isOnlyAhead = settled !== history.state && wouldCount(history.state, key, facts);
    return isOnlyAhead ? { type: 'AheadOfClock' } : { type: 'NotAllowed', act: 'administer' };
  }

  return {
    refusalOf,
    history,
    changed,
    get state() {
      return history.state;
    },
    heads: () => log.heads(),
    events: () => history.heard,
    record(signer, facts) {
      const refusal = refusalOf(signer.publicKey, facts);
      if (refusal) throw new NotRecorded(refusal);
      const drafts = facts.map(({ type, ...body }) => ({ type, body }));
      const stored = log.append(signer, drafts, { now: clock.now(), salt, workspaceHeads: [] });
      history.add(stored);
      changed.emit(history.state);
    },
    receive(received) {
      const stored = log.receive(received, clock.now());
      if (stored.length === 0) return stored;
      history.add(stored);
      changed.emit(history.state);
      return stored;
    },
  };
}

/** What was to be signed would not have counted. */
export class NotRecorded extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(`It would not have counted: ${refusal.type}`);
    this.refusal = refusal;
  }
}

function wouldCount(before: WorkspaceState, key: PublicKeyHex, facts: readonly WorkspaceEvent[]): boolean {
  let state = before;
  for (const fact of facts) {
    invariant(WorkspaceEventSchema.safeParse(fact).success, `${fact.type} fits its schema`);
    if (!mayChangeWorkspace(state, key, fact)) return false;
    state = evolveWorkspace(state, fact, key);
  }
  return true;
}
