import type { Instant, PublicKeyHex, Sha256Hex } from '../base/ids.ts';
import { invariant } from '../base/invariant.ts';
import type { Refusal } from '../domain/refusal/refusal.ts';
import type { Actor, Recorded, Verdict } from '../domain/roster/actor.ts';
import { type AnyRoomEvent, emptyRoom, evolve, judge, roomEventOf, type RoomState } from '../domain/room/room.ts';
import type { Past } from './causal-past.ts';
import type { StoredEvent } from './envelope.ts';
import { createForkWatch, forkedFrom, pinnedBy } from './forks.ts';
import { isAhead } from './hybrid-time.ts';
import { compareEvents, parentHashes } from './order.ts';
import type { WorkspaceHistory } from './workspace-history.ts';

/**
 * A room's log, judged and folded in its one order, whatever order its events come in. The live room, the verifier and
 * whoever opens the file use this same one.
 */
export interface RoomHistory {
  /** Every event, in the order of the fold; `index` is its place in it. */
  readonly events: readonly Recorded<AnyRoomEvent>[];
  readonly state: RoomState;
  readonly voids: ReadonlyMap<Sha256Hex, Refusal>;
  /** Takes in events that the log holds now. Returns the place of the first that is new or reads otherwise than before. */
  add(stored: readonly StoredEvent[]): number;
  /**
   * Looks again at who might do what, after the workspace's log has grown. Returns the place of the first event that
   * reads otherwise than before; how many there are, if none does.
   */
  rejudge(): number;
  /**
   * What an event that is signed now would follow: everything but what is so far ahead of this clock that nothing signed
   * here may rest on it.
   */
  stateFor(now: Instant): RoomState;
  /** What the author of this event had of the workspace's log. */
  reliedOn(hash: Sha256Hex): Past;
  /** Of every author who forked: the number from which nothing counts. Such a key must sign nothing here any more. */
  readonly forkedFrom: ReadonlyMap<PublicKeyHex, number>;
}

/** Every so many events the state is kept, so that one which lands in the past costs no more than these. */
const KEPT_EVERY = 128;

export function createRoomHistory(workspace: WorkspaceHistory, stored: readonly StoredEvent[] = []): RoomHistory {
  return createHistory(workspace, stored, new Map());
}

/** `verdicts`: what was found about publications. Each goes by its own past, so it is found once, whoever asks. */
function createHistory(
  workspace: WorkspaceHistory,
  stored: readonly StoredEvent[],
  verdicts: Map<Sha256Hex, Verdict>,
): RoomHistory {
  const byHash = new Map<Sha256Hex, StoredEvent>();
  const pasts = new Map<Sha256Hex, Past>();
  const forks = createForkWatch();
  let ordered: StoredEvent[] = [];
  let events: Recorded<AnyRoomEvent>[] = [];
  /** The states before events 0, KEPT_EVERY, 2 * KEPT_EVERY, and so on. */
  let kept: RoomState[] = [emptyRoom];
  let state = emptyRoom;
  let voids = new Map<Sha256Hex, Refusal>();
  let judgedBy = workspace.revision;
  let forked: Forked = { from: forks.forkedFrom, pinned: new Set() };

  function add(added: readonly StoredEvent[]): number {
    const fresh = added.filter(({ hash }) => !byHash.has(hash));
    let hasNewFork = false;
    for (const one of fresh) {
      byHash.set(one.hash, one);
      pasts.set(one.hash, reliedOn(one));
      if (forks.add(one)) hasNewFork = true;
    }
    const sorted = fresh.toSorted(compareEvents);
    const [first] = sorted;
    if (first === undefined) return events.length;
    const last = ordered.at(-1);
    const isAppended = last === undefined || compareEvents(last, first) < 0;
    const from = isAppended ? ordered.length : ordered.findIndex((one) => compareEvents(first, one) < 0);
    if (isAppended) ordered.push(...sorted);
    else ordered = [...ordered.slice(0, from), ...[...ordered.slice(from), ...sorted].sort(compareEvents)];
    return refold(hasNewFork || judgedBy !== workspace.revision || namesMorePins() ? 0 : from);
  }

  /** A revocation may name the head of a branch that comes later: then what is before it on that branch counts, too. */
  function namesMorePins(): boolean {
    return forkedAs(workspace, ordered, forks.forkedFrom).pinned.size !== forked.pinned.size;
  }

  /** An author's reliance grows along its chain and with everything it saw; only what is new is named in an event. */
  function reliedOn({ envelope }: StoredEvent): Past {
    const parents = parentHashes(envelope).map((hash) => pasts.get(hash) ?? workspace.nothing);
    return workspace.past(
      envelope.workspace,
      parents.reduce((past, one) => workspace.join(past, one), workspace.nothing),
    );
  }

  function rejudge(): number {
    return judgedBy === workspace.revision ? events.length : refold(0);
  }

  /** Reads and folds everything from this place on. What is the same as before stays the same object. */
  function refold(from: number): number {
    judgedBy = workspace.revision;
    forked = forkedAs(workspace, ordered, forks.forkedFrom);
    const before = events;
    let start = from;
    if (from < events.length) {
      kept = kept.slice(0, Math.floor(from / KEPT_EVERY) + 1);
      start = (kept.length - 1) * KEPT_EVERY;
      state = kept.at(-1) ?? emptyRoom;
      events = before.slice(0, start);
      voids = new Map([...voids].filter(([hash]) => !isFrom(start, hash)));
    }
    let changed = ordered.length;
    for (let index = start; index < ordered.length; index += 1) {
      const one = ordered[index];
      invariant(one, 'there is an event at every place');
      if (index % KEPT_EVERY === 0) kept[index / KEPT_EVERY] = state;
      const read = readEvent(one, index, workspace, forked, verdictOf);
      const known = before[index];
      const isSame = known !== undefined && reads(known, read);
      if (!isSame) changed = Math.min(changed, index);
      const recorded = isSame ? known : read;
      events.push(recorded);
      const reason = judge(state, recorded);
      if (reason) voids.set(recorded.hash, reason);
      else state = evolve(state, recorded);
    }
    return changed;

    function isFrom(place: number, hash: Sha256Hex): boolean {
      const one = byHash.get(hash);
      const edge = ordered[place];
      return one !== undefined && edge !== undefined && compareEvents(one, edge) >= 0;
    }
  }

  /** A publication is judged by what its author had of this room and of the workspace, and by nothing that came later. */
  function verdictOf(publication: StoredEvent): Verdict | undefined {
    const past = pastOf(publication, byHash);
    const relied = pasts.get(publication.hash) ?? workspace.nothing;
    if (isPlain(publication, past, relied)) return undefined;
    const known = verdicts.get(publication.hash);
    if (known) return known;
    const then = createHistory(workspace.within(relied), past, verdicts);
    const history = workspace.within(relied);
    const asRead = readEvent(
      publication,
      past.length,
      history,
      forkedAs(history, past, forkedFrom(past)),
      () => undefined,
    );
    const verdict = judge(then.state, asRead) === null ? 'counts' : 'not-in-its-past';
    verdicts.set(publication.hash, verdict);
    return verdict;
  }

  /** Nothing concurrent stands before it, and nothing of what it had has been undone since: it is judged like any other. */
  function isPlain({ hash }: StoredEvent, past: readonly StoredEvent[], relied: Past): boolean {
    if (ordered[past.length]?.hash !== hash) return false;
    if (workspace.within(relied).voids.size !== workspace.voids.size) return false;
    return past.every((one) => {
      const { author, log, seq } = one.envelope;
      if (isForked(forked, author, seq, one.hash)) return false;
      return workspace.standingOf(author, log, seq, one.hash) === 'in-force';
    });
  }

  function stateFor(now: Instant): RoomState {
    // What was signed here, and whatever comes no later, is followed already: the clock may have been set back since.
    const own = ordered.findLastIndex(({ arrivedAt }) => arrivedAt === undefined);
    const ahead = ordered.findIndex(({ envelope }, place) => place > own && isAhead(envelope.time, now));
    if (ahead < 0) return state;
    let settled = kept[Math.floor(ahead / KEPT_EVERY)] ?? emptyRoom;
    for (const recorded of events.slice(Math.floor(ahead / KEPT_EVERY) * KEPT_EVERY, ahead))
      if (judge(settled, recorded) === null) settled = evolve(settled, recorded);
    return settled;
  }

  function readEvent(
    one: StoredEvent,
    index: number,
    history: WorkspaceHistory,
    forkedThere: Forked,
    verdict: (publication: StoredEvent) => Verdict | undefined,
  ): Recorded<AnyRoomEvent> {
    const { author, log, seq, time, type } = one.envelope;
    // A redacted body is gone for good; the chain still shows that something was there.
    const event: AnyRoomEvent = one.body === null ? { type: 'Unknown', name: type } : roomEventOf(type, one.body);
    const standing = history.standingOf(author, log, seq, one.hash);
    const actor: Actor = history.actorAt(pasts.get(one.hash) ?? workspace.nothing, author, standing);
    const settled = settledBy();
    return {
      index,
      hash: one.hash,
      at: time.wall,
      actor,
      event,
      ...(settled && { verdict: settled }),
      ...(one.arrivedAt !== undefined && { arrivedAt: one.arrivedAt }),
    };

    function settledBy(): Verdict | undefined {
      if (isForked(forkedThere, author, seq, one.hash)) return 'forked';
      if (standing === 'beyond-cut') return 'beyond-cut';
      return event.type === 'PublicationStarted' ? verdict(one) : undefined;
    }
  }

  add(stored);
  return {
    get events() {
      return events;
    },
    get state() {
      return state;
    },
    get voids() {
      return voids;
    },
    add,
    rejudge,
    stateFor,
    reliedOn: (hash) => pasts.get(hash) ?? workspace.nothing,
    forkedFrom: forks.forkedFrom,
  };
}

/** From where whose events are void, and which of them a revocation of the key has accepted all the same. */
interface Forked {
  readonly from: ReadonlyMap<PublicKeyHex, number>;
  readonly pinned: ReadonlySet<Sha256Hex>;
}

function forkedAs(history: WorkspaceHistory, events: readonly StoredEvent[], from: Forked['from']): Forked {
  const cuts = new Map([...from.keys()].map((key) => [key, history.cutsOf(key)]));
  const [first] = events;
  return { from, pinned: first ? pinnedBy(cuts, first.envelope.log, events) : new Set() };
}

function isForked({ from, pinned }: Forked, author: PublicKeyHex, seq: number, hash: Sha256Hex): boolean {
  return seq >= (from.get(author) ?? Number.POSITIVE_INFINITY) && !pinned.has(hash);
}

/** Everything that this event's author had of the log when signing it, in the order of the fold. */
function pastOf(event: StoredEvent, byHash: ReadonlyMap<Sha256Hex, StoredEvent>): readonly StoredEvent[] {
  const past = new Map<Sha256Hex, StoredEvent>();
  const queue = [...parentHashes(event.envelope)];
  for (let hash = queue.pop(); hash !== undefined; hash = queue.pop()) {
    const one = byHash.get(hash);
    if (one === undefined || past.has(hash)) continue;
    past.set(hash, one);
    queue.push(...parentHashes(one.envelope));
  }
  return [...past.values()].sort(compareEvents);
}

function reads(a: Recorded<AnyRoomEvent>, b: Recorded<AnyRoomEvent>): boolean {
  return a.hash === b.hash && a.index === b.index && a.verdict === b.verdict && isSameActor(a.actor, b.actor);
}

function isSameActor(a: Actor, b: Actor): boolean {
  if (a.kind !== 'operator' || b.kind !== 'operator') return a.kind === b.kind;
  return a.operatorId === b.operatorId && a.name === b.name && a.roles.join() === b.roles.join();
}
