import type { PublicKeyHex, Sha256Hex } from '../base/ids.ts';
import {
  evolveWorkspace,
  initialWorkspace,
  mayChangeWorkspace,
  WorkspaceEvent,
  type WorkspaceState,
} from '../domain/workspace/workspace.ts';
import type { CausalGraph, Past } from './causal-past.ts';
import { cutsFrom, isWithinCuts, type Cuts } from './cuts.ts';
import type { StoredEvent } from './envelope.ts';
import { forkedFrom, pinnedBy } from './forks.ts';

/** Why a workspace event folds to nothing. */
export type WorkspaceVoid = 'UnknownEvent' | 'NotAnAdministrator' | 'BeyondCut' | 'Forked';

/** A workspace event with what it says; null when nothing here knows its type. */
export interface ReadEvent {
  readonly stored: StoredEvent;
  readonly event: WorkspaceEvent | null;
}

export function readWorkspaceEvent(stored: StoredEvent): ReadEvent {
  const parsed = WorkspaceEvent.safeParse({ ...stored.body, type: stored.envelope.type });
  return { stored, event: parsed.success ? parsed.data : null };
}

/** A revocation of a key with which something lies beyond its cut. */
interface Revocation {
  readonly hash: Sha256Hex;
  readonly key: PublicKeyHex;
  readonly cuts: Cuts;
}

export interface JudgedWorkspace {
  /** @internal To go on from. */
  readonly run: Run;
  /** @internal Which events and keys are judged by more than their own past. */
  readonly reach: string;
  readonly state: WorkspaceState;
  readonly voids: ReadonlyMap<Sha256Hex, WorkspaceVoid>;
  readonly reaffirmed: ReadonlySet<Sha256Hex>;
  /** Whether some events are judged by more than their own past. */
  readonly reachesBack: boolean;
  /** Of every revocation of this key that counts; none while it is in force. */
  cutsOf(key: PublicKeyHex): readonly Cuts[];
  /** Whether what it adds to the judgement before may change what counts in other logs, or among earlier events. */
  readonly touchesOthers: boolean;
  /** The state after the first events in order, if the past is just those. */
  stateOfPrefix(past: Past): WorkspaceState | null;
  fold(past: Past): WorkspaceState;
}

/**
 * Says which workspace events count, in four steps:
 *
 * 1. Of an author who forked, nothing counts from the first number on that was signed twice; but for the branch, and up
 *    to the event, that a revocation of that key accepts, and there for what takes no rights from anybody. The genesis
 *    counts whatever its author signs beside it.
 * 2. Each event is judged by what its author had of the log, of that only what counts.
 * 3. What a key signed beyond the cut of its revocation does not count, unless an administrator says so; nor does
 *    anything that rests on it.
 * 4. A revocation whose author is cut off by another one, without knowing of it, does not count either; but those that
 *    undo each other in a circle all count. So two administrators who revoke each other at once are both revoked, and
 *    a stolen key takes nobody with it but whoever revoked it. The recovery key decides what then.
 *
 * It looks at nothing but the set of events, so everybody who holds the same judges the same.
 */
export function judgeWorkspace(log: WorkspaceLog, before?: JudgedWorkspace): JudgedWorkspace {
  const biting = bitingRevocations(log.ordered);
  if (biting.length === 0) return summarise(log, runAll(log, [], before?.run), before);
  // Once some reach back, others may count that did not: by somebody whose role a stolen key had taken, say. They are
  // heard after those that they rest on, and undo none of them.
  let given: readonly Revocation[] = [];
  for (;;) {
    const earlier = given;
    const run = runAll(log, earlier);
    const candidates = biting.filter((one) => run.counts.has(one.hash) && !earlier.includes(one));
    if (candidates.length === 0) return summarise(log, run, before);
    given = [...earlier, ...inForce(candidates, (one) => runAll(log, [...earlier, one]))];
  }
}

export interface WorkspaceLog {
  readonly ordered: readonly ReadEvent[];
  readonly graph: CausalGraph;
  /** Whoever else claims to found this workspace does not. Null while there is no event. */
  readonly genesis: Sha256Hex | null;
}

function summarise({ ordered }: WorkspaceLog, run: Run, before: JudgedWorkspace | undefined): JudgedWorkspace {
  const cuts = new Map<PublicKeyHex, Cuts[]>();
  for (const { stored, event } of ordered)
    if (event?.type === 'KeyRetired' && run.counts.has(stored.hash))
      cuts.set(event.key, [...(cuts.get(event.key) ?? []), cutsFrom(event.cuts)]);
  // Not how many: one may come to count with the event by which another ceases to.
  const reach = [[...cuts.values()].flat().length, ...run.reaffirmed, 'void', ...run.voids.keys()].join();
  return {
    run,
    reach,
    state: run.state,
    voids: run.voids,
    reaffirmed: run.reaffirmed,
    reachesBack:
      run.reaffirmed.size > 0 || [...run.voids.values()].some((why) => why === 'BeyondCut' || why === 'Forked'),
    cutsOf: (key) => cuts.get(key) ?? [],
    touchesOthers: before?.reach !== reach,
    stateOfPrefix: (past) => run.prefixes.get(past.key) ?? null,
    fold: (past) => foldOf(ordered, run.counts, past),
  };
}

interface Run {
  readonly counts: Set<Sha256Hex>;
  readonly voids: Map<Sha256Hex, WorkspaceVoid>;
  readonly reaffirmed: ReadonlySet<Sha256Hex>;
  /** The states after the first n events, by the key of their past. */
  readonly prefixes: Map<string, WorkspaceState>;
  length: number;
  whole: Past;
  state: WorkspaceState;
}

/**
 * Judges all events, given which revocations reach back. `earlier` judged the first of the same events, when none did;
 * it is gone on with, and must not be used any more.
 */
function runAll(log: WorkspaceLog, revocations: readonly Revocation[], earlier?: Run): Run {
  const forks = forkedFrom(log.ordered.map(({ stored }) => stored));
  let exempt: Exempt = { reaffirmed: new Set(), pinned: new Set() };
  let run = runWith(log, forks, revocations, exempt, forks.size === 0 ? earlier : undefined);
  // What is let in again may let in more: as often as something does.
  for (;;) {
    const more = exemptBy(log, forks, run.counts, exempt);
    if (sizeOf(more) === sizeOf(exempt)) return run;
    exempt = more;
    run = runWith(log, forks, revocations, exempt);
  }
}

function sizeOf({ reaffirmed, pinned }: Exempt): number {
  return reaffirmed.size + pinned.size;
}

/** Such an event is not let in again: it could take the right away by which it was. Whoever means it signs it anew. */
export function takesRights(type: string | undefined): boolean {
  return type === 'KeyRetired' || type === 'OperatorRevoked' || type === 'RoleWithdrawn';
}

/** What counts although its key was revoked or forked, because somebody who may has said so. */
interface Exempt {
  readonly reaffirmed: ReadonlySet<Sha256Hex>;
  /** On the branch, and up to the event, that the revocation of a forked key names. */
  readonly pinned: ReadonlySet<Sha256Hex>;
}

function exemptBy(
  { ordered }: WorkspaceLog,
  forks: ReadonlyMap<PublicKeyHex, number>,
  counts: ReadonlySet<Sha256Hex>,
  before: Exempt,
): Exempt {
  const reaffirmed = new Set(before.reaffirmed);
  const typesByHash = new Map(ordered.map(({ stored, event }) => [stored.hash, event?.type]));
  const cuts = new Map<PublicKeyHex, Cuts[]>();
  for (const { stored, event } of ordered) {
    if (!counts.has(stored.hash)) continue;
    if (event?.type === 'EventReaffirmed' && !takesRights(typesByHash.get(event.hash))) reaffirmed.add(event.hash);
    if (event?.type === 'KeyRetired' && forks.has(event.key))
      cuts.set(event.key, [...(cuts.get(event.key) ?? []), cutsFrom(event.cuts)]);
  }
  const events = ordered.map(({ stored }) => stored);
  const named = [...pinnedBy(cuts, 'workspace', events)].filter((hash) => !takesRights(typesByHash.get(hash)));
  return { reaffirmed, pinned: new Set([...before.pinned, ...named]) };
}

function runWith(
  { ordered, graph, genesis }: WorkspaceLog,
  forks: ReadonlyMap<PublicKeyHex, number>,
  revocations: readonly Revocation[],
  { reaffirmed, pinned }: Exempt,
  earlier?: Run,
): Run {
  const given = new Set(revocations.map(({ hash }) => hash));
  const run: Run =
    earlier?.reaffirmed.size === 0
      ? earlier
      : {
          counts: new Set(),
          voids: new Map(),
          reaffirmed,
          prefixes: new Map([[graph.nothing.key, initialWorkspace]]),
          length: 0,
          whole: graph.nothing,
          state: initialWorkspace,
        };
  for (const { stored, event } of ordered.slice(run.length)) {
    const past = graph.before(stored.hash);
    const known = past === run.whole ? run.state : foldOf(ordered.slice(0, run.length), run.counts, past);
    const reason = judge(stored, event, known);
    if (reason !== null) run.voids.set(stored.hash, reason);
    else if (event !== null) {
      run.counts.add(stored.hash);
      run.state = evolveWorkspace(run.state, event, stored.envelope.author);
    }
    run.length += 1;
    run.whole = graph.join(run.whole, graph.upTo([stored]));
    run.prefixes.set(run.whole.key, run.state);
  }
  return run;

  function judge(stored: StoredEvent, event: WorkspaceEvent | null, known: WorkspaceState): WorkspaceVoid | null {
    const { author, log, seq } = stored.envelope;
    if (stored.hash === genesis) return event === null ? 'UnknownEvent' : null;
    if (given.has(stored.hash)) return null;
    if (seq >= (forks.get(author) ?? Number.POSITIVE_INFINITY) && !pinned.has(stored.hash)) return 'Forked';
    if (event === null) return 'UnknownEvent';
    const cuts = revocations.flatMap((one) => (one.key === author ? [one.cuts] : []));
    if (!isWithinCuts(cuts, log, seq, stored.hash) && !reaffirmed.has(stored.hash)) return 'BeyondCut';
    if (event.type === 'WorkspaceCreated') return 'NotAnAdministrator';
    return mayChangeWorkspace(known, author, event) ? null : 'NotAnAdministrator';
  }
}

function foldOf(ordered: readonly ReadEvent[], counts: ReadonlySet<Sha256Hex>, past: Past): WorkspaceState {
  let state = initialWorkspace;
  for (const { stored, event } of ordered)
    if (event !== null && counts.has(stored.hash) && past.has(stored.hash))
      state = evolveWorkspace(state, event, stored.envelope.author);
  return state;
}

/** Only these reach back: of most revoked keys everything there is lies before the cut. */
function bitingRevocations(ordered: readonly ReadEvent[]): readonly Revocation[] {
  const byAuthor = new Map<PublicKeyHex, StoredEvent[]>();
  for (const { stored } of ordered) {
    const { author } = stored.envelope;
    byAuthor.set(author, [...(byAuthor.get(author) ?? []), stored]);
  }
  return ordered.flatMap(({ stored: { hash }, event }) => {
    if (event?.type !== 'KeyRetired') return [];
    const cuts = cutsFrom(event.cuts);
    const beyond = (byAuthor.get(event.key) ?? []).some(
      (one) => one.hash !== hash && !isWithinCuts([cuts], 'workspace', one.envelope.seq, one.hash),
    );
    return beyond ? [{ hash, key: event.key, cuts }] : [];
  });
}

/** Which of them count: those that nobody who counts undoes, and circles that nobody outside undoes. */
function inForce(candidates: readonly Revocation[], runWithIt: (one: Revocation) => Run): readonly Revocation[] {
  const undoneBy = new Map(
    candidates.map((one) => {
      const { counts } = runWithIt(one);
      return [one.hash, new Set(candidates.filter((other) => !counts.has(other.hash)).map(({ hash }) => hash))];
    }),
  );
  const undoes = (a: Revocation, b: Revocation): boolean => undoneBy.get(a.hash)?.has(b.hash) === true;
  const chosen: Revocation[] = [];
  let open = candidates;
  while (open.length > 0) {
    const reached = new Map(open.map((one) => [one.hash, reachableFrom(one, open, undoes)]));
    const isFirst = (one: Revocation): boolean =>
      open.every((other) => !reached.get(other.hash)?.has(one.hash) || reached.get(one.hash)?.has(other.hash) === true);
    const first = open.filter(isFirst);
    chosen.push(...first);
    open = open.filter((one) => !first.includes(one) && !first.some((winner) => undoes(winner, one)));
  }
  return chosen;
}

function reachableFrom(
  from: Revocation,
  among: readonly Revocation[],
  leadsTo: (a: Revocation, b: Revocation) => boolean,
): ReadonlySet<Sha256Hex> {
  const reached = new Set<Sha256Hex>();
  const queue = [from];
  for (let one = queue.pop(); one !== undefined; one = queue.pop()) {
    for (const next of among) {
      if (reached.has(next.hash) || !leadsTo(one, next)) continue;
      reached.add(next.hash);
      queue.push(next);
    }
  }
  return reached;
}
