import type { Instant, PublicKeyHex, Sha256Hex } from '../base/ids.ts';
import { invariant } from '../base/invariant.ts';
import type { Actor } from '../domain/roster/actor.ts';
import { actorOfKey, isKnownKey, type WorkspaceState } from '../domain/workspace/workspace.ts';
import { createCausalGraph, type CausalGraph, type Past } from './causal-past.ts';
import { isWithinCuts, type Cuts } from './cuts.ts';
import type { Head, LogId, StoredEvent } from './envelope.ts';
import { createForkWatch } from './forks.ts';
import { isAhead } from './hybrid-time.ts';
import { compareEvents } from './order.ts';
import {
  judgeWorkspace,
  readWorkspaceEvent,
  type JudgedWorkspace,
  type ReadEvent,
  type WorkspaceVoid,
} from './workspace-judgement.ts';

/** How an event of a key stands against the revocations of that key and the forks of its author. */
export type KeyStanding = 'in-force' | 'beyond-cut' | 'reaffirmed';

/**
 * The workspace log, judged: which of its events count, and what anybody knew of it at any point.
 *
 * A right holds if its grant is in the past of the event that uses it, and no withdrawal is. A revoked key counts up to
 * the cut that its revocation names, in every log, whatever time is written in what lies beyond; an administrator may
 * let single events beyond it count again.
 */
export interface WorkspaceHistory {
  /** Every event, in the order in which it is folded. */
  readonly ordered: readonly StoredEvent[];
  /** The same in the order in which they came. */
  readonly heard: readonly StoredEvent[];
  readonly length: number;
  /** What all events make of it that count. */
  readonly state: WorkspaceState;
  readonly voids: ReadonlyMap<Sha256Hex, WorkspaceVoid>;
  /** Another one whenever something may count that did not before, or the other way round, in any log. */
  readonly revision: number;
  /** Of every author who signed two events with one number: that number. */
  readonly forkedFrom: ReadonlyMap<PublicKeyHex, number>;
  /** Whether this key was ever given to anybody: only then may a log hold its events. */
  knowsKey(key: PublicKeyHex): boolean;
  /** What whoever names these heads relied on, beside what they relied on before. */
  past(named: readonly Pick<Head, 'hash'>[], onto?: Past): Past;
  join(a: Past, b: Past): Past;
  readonly nothing: Past;
  /** What those events of this past make of it that count. */
  stateAt(past: Past): WorkspaceState;
  /**
   * What an event that is signed now would have: everything but what is so far ahead of this clock that nothing signed
   * here may rest on it.
   */
  stateFor(now: Instant): WorkspaceState;
  /** Who signed it, as far as this past tells. `reaffirmed`: although the key is retired by now. */
  actorAt(past: Past, key: PublicKeyHex, standing?: KeyStanding): Actor;
  /** Of every revocation of this key that counts; none while it is in force. */
  cutsOf(key: PublicKeyHex): readonly Cuts[];
  standingOf(key: PublicKeyHex, log: LogId, seq: number, hash: Sha256Hex): KeyStanding;
  /** This history as somebody knew it who had this past and nothing else. */
  within(past: Past): WorkspaceHistory;
  /** Whether this event counted by what its author had of this log: nothing that comes later changes it. */
  countedInItsPast(hash: Sha256Hex): boolean;
  add(events: readonly StoredEvent[]): void;
}

/** `genesis` is the event that founded the workspace; the first of all events that are added, where it is not given. */
export function createWorkspaceHistory(
  events: readonly StoredEvent[] = [],
  genesis: Sha256Hex | null = null,
): WorkspaceHistory {
  const graph: CausalGraph = createCausalGraph();
  const held = new Set<Sha256Hex>();
  /** The graph of a part of them must name its chains as this one does, so it is made in this order. */
  const heard: StoredEvent[] = [];
  let ordered: ReadEvent[] = [];
  let founding = genesis;
  let judged: JudgedWorkspace = judgeWorkspace({ ordered: [], graph, genesis: founding });
  let statesByPast = new Map<Past, WorkspaceState>();
  let within = new Map<Past, WorkspaceHistory>();
  const countedThen = new Map<Sha256Hex, boolean>();
  const keys = new Set<PublicKeyHex>();
  const forks = createForkWatch();
  let revision = 0;

  function add(added: readonly StoredEvent[]): void {
    const fresh = added.filter(({ hash }) => !held.has(hash)).map(readWorkspaceEvent);
    if (fresh.length === 0) return;
    for (const { stored } of fresh) {
      graph.add(stored);
      held.add(stored.hash);
      heard.push(stored);
      forks.add(stored);
    }
    for (const { event, stored } of fresh) for (const key of keysGivenBy(event, stored)) keys.add(key);
    founding ??= fresh[0]?.stored.hash ?? null;
    const before = judged;
    const isAppended = fresh.every(({ stored }, at) => {
      const previous = at === 0 ? ordered.at(-1) : fresh[at - 1];
      return previous === undefined || compareEvents(previous.stored, stored) < 0;
    });
    ordered = [...ordered, ...fresh];
    if (!isAppended) ordered.sort((a, b) => compareEvents(a.stored, b.stored));
    judged = judgeWorkspace({ ordered, graph, genesis: founding }, isAppended ? before : undefined);
    if (judged.touchesOthers || !isAppended) {
      revision += 1;
      statesByPast = new Map();
      within = new Map();
    }
  }

  function stateAt(past: Past): WorkspaceState {
    const known = statesByPast.get(past) ?? judged.stateOfPrefix(past) ?? judged.fold(past);
    statesByPast.set(past, known);
    return known;
  }

  function stateFor(now: Instant): WorkspaceState {
    const own = ordered.findLastIndex(({ stored }) => stored.arrivedAt === undefined);
    const isNear = ({ stored: { envelope } }: ReadEvent, place: number): boolean =>
      place <= own || !isAhead(envelope.time, now);
    if (ordered.every(isNear)) return judged.state;
    return stateAt(graph.upTo(ordered.filter(isNear).map(({ stored }) => stored)));
  }

  function standingOf(key: PublicKeyHex, log: LogId, seq: number, hash: Sha256Hex): KeyStanding {
    if (isWithinCuts(judged.cutsOf(key), log, seq, hash)) return 'in-force';
    return judged.reaffirmed.has(hash) ? 'reaffirmed' : 'beyond-cut';
  }

  const history: WorkspaceHistory = {
    get ordered() {
      return ordered.map(({ stored }) => stored);
    },
    heard,
    get length() {
      return ordered.length;
    },
    get state() {
      return judged.state;
    },
    get voids() {
      return judged.voids;
    },
    get revision() {
      return revision;
    },
    forkedFrom: forks.forkedFrom,
    knowsKey: (key) => keys.has(key),
    past: (named, onto = graph.nothing) => graph.join(onto, graph.upTo(named)),
    join: (a, b) => graph.join(a, b),
    nothing: graph.nothing,
    stateAt,
    stateFor,
    actorAt(past, key, standing = 'in-force') {
      const state = stateAt(past);
      if (standing !== 'reaffirmed' || !isKnownKey(state, key)) return actorOfKey(state, key);
      const bound = state.keys[key];
      invariant(bound, 'a known key is bound');
      return actorOfKey({ ...state, keys: { ...state.keys, [key]: { ...bound, retired: false } } }, key);
    },
    cutsOf: (key) => judged.cutsOf(key),
    standingOf,
    within(past) {
      const known = within.get(past);
      if (known) return known;
      const made = past.size === ordered.length ? history : createHistoryOf(past);
      within.set(past, made);
      return made;
    },
    countedInItsPast,
    add,
  };

  function countedInItsPast(hash: Sha256Hex): boolean {
    // While nothing reaches back, each event is judged by its own past anyway.
    if (!judged.reachesBack) return !judged.voids.has(hash);
    const known = countedThen.get(hash) ?? !createHistoryOf(graph.upTo([{ hash }])).voids.has(hash);
    countedThen.set(hash, known);
    return known;
  }

  function createHistoryOf(past: Past): WorkspaceHistory {
    return createWorkspaceHistory(eventsIn(past), founding);
  }

  function eventsIn(past: Past): readonly StoredEvent[] {
    return heard.filter(({ hash }) => past.has(hash));
  }

  add(events);
  return history;
}

function keysGivenBy(event: ReadEvent['event'], { envelope }: StoredEvent): readonly PublicKeyHex[] {
  switch (event?.type) {
    case 'WorkspaceCreated':
      return [envelope.author, event.hostKey, event.recoveryKey, event.restoreKey];
    case 'KeyBound':
      return [event.key];
    case 'HostEnrolled':
      return [event.hostKey, event.restoreKey, ...(event.desktop ? [event.desktop.key] : [])];
    default:
      return [];
  }
}
