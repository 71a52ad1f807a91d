import { invariant } from '../../shared/base/invariant.ts';
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
  /** Signs, commits and folds. Throws, with nothing recorded, when one of them would not count: never acknowledge a void. */
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
  const events = [...log.read()];
  const history = createWorkspaceHistory(events);
  const changed = createSignal<WorkspaceState>();
  return {
    history,
    changed,
    get state() {
      return history.state;
    },
    heads: () => log.heads(),
    events: () => events,
    record(signer, facts) {
      assertCounts(history.state, signer, facts);
      const drafts = facts.map(({ type, ...body }) => ({ type, body }));
      const stored = log.append(signer, drafts, { now: clock.now(), salt, workspaceHeads: [] });
      events.push(...stored);
      history.add(stored);
      changed.emit(history.state);
    },
    receive(received) {
      const stored = log.receive(received, clock.now());
      if (stored.length === 0) return stored;
      events.push(...stored);
      history.add(stored);
      changed.emit(history.state);
      return stored;
    },
  };
}

function assertCounts(before: WorkspaceState, signer: Signer, facts: readonly WorkspaceEvent[]): void {
  let state = before;
  for (const fact of facts) {
    invariant(WorkspaceEventSchema.safeParse(fact).success, `${fact.type} fits its schema`);
    invariant(mayChangeWorkspace(state, signer.publicKey, fact), `whoever signs ${fact.type} may do so at that point`);
    state = evolveWorkspace(state, fact, signer.publicKey);
  }
}
