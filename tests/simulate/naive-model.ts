import type { LogId, StoredEvent } from '../../shared/log/envelope.ts';

// Who could do what, told a second time and as simply as possible: by walking from every event back through all that its
// author had, and going through that from the beginning. It shares no code with the program's own judge.
//
// It is given which events count, and checks that this is a solution of the rules:
// 1. What counts was allowed by what its author had of the log, of that only what counts.
// 2. What counts lies within every cut of its key that counts, or was re-affirmed; so does nothing that does not.
// 3. Of an author who forked nothing counts from there on but the branch that a cut names, and nothing else is void for that.
// 4. What is void was not allowed, lies beyond a cut, or beyond a fork.
// 5. A publication rests on approvals that its author had: one for every step, each by somebody who might give it, and
//    none taken back as far as its author knew.

export interface JudgedLog {
  readonly logId: LogId;
  readonly events: readonly StoredEvent[];
  /** Why an event counts for nothing, by hash; absent where it counts. */
  readonly voids: ReadonlyMap<string, string>;
}

type Body = Readonly<Record<string, unknown>>;

interface Key {
  readonly person: string | null;
  readonly host: string;
  isRetired: boolean;
}

interface Roster {
  readonly roles: Map<string, Set<string>>;
  readonly revoked: Set<string>;
  readonly keys: Map<string, Key>;
  readonly restoreKeys: Map<string, string>;
  recoveryKey: string;
  founder: string;
}

/** Everything that does not agree with the rules, in words; nothing when all of it does. */
export function disagreements(genesis: string, workspace: JudgedLog, rooms: readonly JudgedLog[]): readonly string[] {
  const found: string[] = [];
  const organisation = graphOf(workspace);
  const cuts = cutsIn(organisation);
  const reaffirmed = new Set(
    organisation.ordered
      .filter((one) => one.envelope.type === 'EventReaffirmed' && counts(organisation, one))
      .map((one) => text(one.body, 'hash')),
  );
  const rosters = new Map<string, Roster>();

  function rosterOf(past: ReadonlySet<string>): Roster {
    const key = [...past].sort().join();
    const known = rosters.get(key);
    if (known) return known;
    const roster = emptyRoster();
    for (const one of organisation.ordered) if (past.has(one.hash) && counts(organisation, one)) apply(roster, one);
    rosters.set(key, roster);
    return roster;
  }

  function mayBy(roster: Roster, one: StoredEvent, room: Graph): boolean {
    const actor = actorOf(roster, one.envelope.author, reaffirmed.has(one.hash));
    return actor !== null && mayActInRoom(actor, one, room);
  }

  /** A publication goes by what stood when it was begun: what was undone since may have stood, or not. */
  function mightThen(past: ReadonlySet<string>, one: StoredEvent, room: Graph): boolean {
    const rosters = [rosterOf(past), pinnedRosterOf(past), pinnedRosterOf(past, TAKES_RIGHTS)];
    return rosters.some((roster) => mayBy(roster, one, room));
  }

  /** With everything that was undone since, but for what is void of these types. */
  function pinnedRosterOf(past: ReadonlySet<string>, except: ReadonlySet<string> = new Set()): Roster {
    const roster = emptyRoster();
    const forks = forksAmong(organisation.ordered.filter(({ hash }) => past.has(hash)));
    for (const one of organisation.ordered) {
      const reason = workspace.voids.get(one.hash) ?? '';
      const wasForkedThen = one.envelope.seq >= (forks.get(one.envelope.author) ?? Infinity);
      const isSince = UNDONE_SINCE.has(reason) || (reason === 'Forked' && !wasForkedThen);
      const isUndone = isSince && !except.has(one.envelope.type);
      const stood = counts(organisation, one) || isUndone;
      if (past.has(one.hash) && stood) apply(roster, one);
    }
    return roster;
  }

  for (const one of organisation.ordered) {
    const allowed = mayChange(rosterOf(organisation.pastOf(one.hash)), one, genesis);
    check(organisation, one, allowed, one.envelope.type === 'KeyRetired');
  }
  for (const log of rooms) {
    const room = graphOf(log);
    const relied = new Map<string, ReadonlySet<string>>();
    for (const one of room.ordered) {
      relied.set(one.hash, reliedOn(one, relied));
      const had = relied.get(one.hash) ?? new Set();
      const allowed =
        one.envelope.type === 'PublicationStarted' ? mightThen(had, one, room) : mayBy(rosterOf(had), one, room);
      check(room, one, allowed, false);
      if (one.envelope.type === 'PublicationStarted' && counts(room, one)) checkPublication(room, one, relied);
    }
  }
  return found;

  /** A revocation that names one branch of a fork says which of the two counts. */
  function isNamedByCut(graph: Graph, one: StoredEvent): boolean {
    const named = cuts.filter(({ key }) => key === one.envelope.author).flatMap((retirement) => retirement.cuts);
    return named.some(
      ({ log, hash }) =>
        log === graph.log.logId && hash !== null && (hash === one.hash || graph.pastOf(hash).has(one.hash)),
    );
  }

  function say(graph: Graph, one: StoredEvent, what: string): void {
    found.push(`${graph.log.logId} ${one.envelope.type} ${one.hash.slice(0, 8)}: ${what}`);
  }

  function check(graph: Graph, one: StoredEvent, allowed: boolean, mayUndoInCircle: boolean): void {
    const isForked = graph.forkedFrom(one.envelope.author) <= one.envelope.seq;
    const isBeyond = isBeyondCut(cuts, one) && !reaffirmed.has(one.hash);
    const reason = graph.log.voids.get(one.hash);
    if (reason === undefined) {
      if (isForked && !isNamedByCut(graph, one))
        say(graph, one, 'counts, although its author signed that number twice, or an earlier one');
      if (isBeyond && !mayUndoInCircle) say(graph, one, 'counts beyond the cut of its key');
      if (!allowed) say(graph, one, 'counts, although its author had no right to it');
    }
    if (reason === 'Forked' && !isForked) say(graph, one, 'is void for a fork that there is not');
    if (reason === 'BeyondCut' && !isBeyondCut(cuts, one)) say(graph, one, 'is void for a cut that it lies within');
    if (RIGHTS_REFUSALS.has(reason ?? '') && allowed) say(graph, one, `is void for ${reason ?? ''}, and was allowed`);
  }

  /** What the event's author had of the organisation's log: what it named, and what those named whom it stands on. */
  function reliedOn(one: StoredEvent, known: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
    const all = new Set<string>();
    for (const parent of parentsOf(one)) for (const hash of known.get(parent) ?? []) all.add(hash);
    for (const { hash } of one.envelope.workspace) {
      all.add(hash);
      for (const before of organisation.pastOf(hash)) all.add(before);
    }
    return all;
  }

  function checkPublication(room: Graph, one: StoredEvent, relied: ReadonlyMap<string, ReadonlySet<string>>): void {
    const past = room.pastOf(one.hash);
    const had = room.ordered.filter(({ hash }) => past.has(hash));
    const about = (other: StoredEvent): boolean =>
      ['statementId', 'revision', 'hash'].every((name) => other.body?.[name] === one.body?.[name]);
    if (!had.some((other) => other.envelope.type === 'RevisionSubmitted' && about(other)))
      return say(room, one, 'publishes a text that was not submitted');
    const named = new Set(one.body?.['approvals'] as string[]);
    const approvals = had.filter((other) => named.has(other.hash) && other.envelope.type === 'RevisionApproved');
    const personOf = (other: StoredEvent): string | null =>
      pinnedRosterOf(relied.get(other.hash) ?? new Set()).keys.get(other.envelope.author)?.person ?? null;
    const [declaration] = had
      .filter(({ envelope }) => envelope.type === 'IncidentDeclared')
      .filter((other) => mightThen(relied.get(other.hash) ?? new Set(), other, room));
    const chain = (declaration?.body?.['chain'] ?? []) as readonly { readonly stepId: string }[];
    const steps = new Set(approvals.map((approval) => text(approval.body, 'stepId')));
    if (approvals.length !== named.size) say(room, one, 'names approvals that its author did not have');
    if (!approvals.every(about)) say(room, one, 'names approvals of other words');
    if (chain.length === 0 || !chain.every(({ stepId }) => steps.has(stepId)))
      say(room, one, 'went out without an approval of every step');
    const forks = forksAmong(had);
    const wasForked = ({ envelope }: StoredEvent): boolean => envelope.seq >= (forks.get(envelope.author) ?? Infinity);
    if (new Set(approvals.map(personOf)).size !== approvals.length) say(room, one, 'rests on one person twice');
    for (const approval of approvals) {
      const by = personOf(approval);
      if (!mightThen(relied.get(approval.hash) ?? new Set(), approval, room))
        say(room, one, `rests on an approval nobody might give`);
      const isTakenBack = had.some(
        (other) =>
          other.envelope.type === 'ApprovalWithdrawn' &&
          !wasForked(other) &&
          about(other) &&
          text(other.body, 'stepId') === text(approval.body, 'stepId') &&
          personOf(other) === by &&
          room.pastOf(other.hash).has(approval.hash) &&
          actorOf(pinnedRosterOf(relied.get(other.hash) ?? new Set()), other.envelope.author, false) !== null,
      );
      if (isTakenBack) say(room, one, 'rests on an approval that was taken back before');
    }
  }
}

/** Why something counts no more that did when it was signed. */
const UNDONE_SINCE = new Set(['BeyondCut', 'NotAnAdministrator']);

const TAKES_RIGHTS = new Set(['KeyRetired', 'OperatorRevoked', 'RoleWithdrawn']);

/** Void for want of a right, and for nothing else. */
const RIGHTS_REFUSALS = new Set(['NotAllowed', 'NotAnAdministrator', 'HostOnly']);

// The graph of one log.

interface Graph {
  readonly log: JudgedLog;
  /** By time, then author, number and hash. */
  readonly ordered: readonly StoredEvent[];
  pastOf(hash: string): ReadonlySet<string>;
  forkedFrom(author: string): number;
}

function graphOf(log: JudgedLog): Graph {
  const ordered = log.events.toSorted((a, b) => {
    const [one, other] = [a.envelope, b.envelope];
    if (one.time.wall !== other.time.wall) return one.time.wall - other.time.wall;
    if (one.time.counter !== other.time.counter) return one.time.counter - other.time.counter;
    if (one.author !== other.author) return one.author < other.author ? -1 : 1;
    return one.seq - other.seq || (a.hash < b.hash ? -1 : 1);
  });
  const pasts = new Map<string, Set<string>>();
  const forks = forksAmong(ordered);
  for (const one of ordered) {
    const past = new Set<string>();
    for (const parent of parentsOf(one)) {
      past.add(parent);
      for (const before of pasts.get(parent) ?? []) past.add(before);
    }
    pasts.set(one.hash, past);
  }
  return {
    log,
    ordered,
    pastOf: (hash) => pasts.get(hash) ?? new Set(),
    forkedFrom: (author) => forks.get(author) ?? Infinity,
  };
}

/** Of every author who signed a number twice among these: the lowest such number. */
function forksAmong(events: readonly StoredEvent[]): ReadonlyMap<string, number> {
  const numbers = new Set<string>();
  const forks = new Map<string, number>();
  for (const { envelope } of events) {
    const { author, seq } = envelope;
    const number = `${author} ${seq}`;
    if (numbers.has(number)) forks.set(author, Math.min(seq, forks.get(author) ?? Infinity));
    numbers.add(number);
  }
  return forks;
}

function parentsOf({ envelope }: StoredEvent): readonly string[] {
  const seen = envelope.seen.map(({ hash }) => hash);
  return envelope.previous === null ? seen : [envelope.previous, ...seen];
}

function counts(graph: Graph, one: StoredEvent): boolean {
  return !graph.log.voids.has(one.hash);
}

// Cuts.

interface Retirement {
  readonly key: string;
  readonly by: string;
  readonly cuts: readonly { readonly log: string; readonly seq: number; readonly hash: string | null }[];
}

function cutsIn(graph: Graph): readonly Retirement[] {
  return graph.ordered
    .filter((one) => one.envelope.type === 'KeyRetired' && counts(graph, one))
    .map((one) => ({ key: text(one.body, 'key'), by: one.hash, cuts: one.body?.['cuts'] as Retirement['cuts'] }));
}

function isBeyondCut(retirements: readonly Retirement[], { envelope, hash }: StoredEvent): boolean {
  return retirements.some(({ key, by, cuts }) => {
    if (key !== envelope.author || by === hash) return false;
    const cut = cuts.find(({ log }) => log === envelope.log);
    if (cut === undefined || envelope.seq > cut.seq) return true;
    return envelope.seq === cut.seq && cut.hash !== null && cut.hash !== hash;
  });
}

// The organisation.

function emptyRoster(): Roster {
  return {
    roles: new Map(),
    revoked: new Set(),
    keys: new Map(),
    restoreKeys: new Map(),
    recoveryKey: '',
    founder: '',
  };
}

function apply(roster: Roster, { body, envelope }: StoredEvent): void {
  const person = text(body, 'operatorId');
  switch (envelope.type) {
    case 'WorkspaceCreated': {
      const host = text(body, 'hostKey');
      const first = text(body?.['administrator'] as Body, 'operatorId');
      roster.founder = host;
      roster.recoveryKey = text(body, 'recoveryKey');
      roster.restoreKeys.set(text(body, 'restoreKey'), host);
      roster.keys.set(envelope.author, { person: first, host, isRetired: false });
      bind(roster, host, null, host);
      roster.roles.set(first, new Set(['administrator']));
      return;
    }
    case 'OperatorAdded':
      if (!roster.roles.has(person)) roster.roles.set(person, new Set());
      return;
    case 'OperatorRevoked':
      if (roster.roles.has(person)) roster.revoked.add(person);
      return;
    case 'OperatorReinstated':
      return void roster.revoked.delete(person);
    case 'RoleGranted':
      return void roster.roles.get(person)?.add(text(body, 'role'));
    case 'RoleWithdrawn':
      return void roster.roles.get(person)?.delete(text(body, 'role'));
    case 'KeyBound':
      return bind(
        roster,
        text(body, 'key'),
        (body?.['operatorId'] as string | null) ?? null,
        text(body, 'host') || roster.founder,
      );
    case 'KeyRetired': {
      const key = roster.keys.get(text(body, 'key'));
      if (key) key.isRetired = true;
      return;
    }
    case 'HostEnrolled': {
      const host = text(body, 'hostKey');
      const desktop = body?.['desktop'] as { readonly operatorId: string; readonly key: string } | null;
      if (roster.keys.has(host) || (desktop !== null && roster.keys.has(desktop.key))) return;
      roster.restoreKeys.set(text(body, 'restoreKey'), host);
      bind(roster, host, null, host);
      if (desktop !== null) bind(roster, desktop.key, desktop.operatorId, host);
    }
  }
}

function bind(roster: Roster, key: string, person: string | null, host: string): void {
  if (!roster.keys.has(key)) roster.keys.set(key, { person, host, isRetired: false });
}

interface Actor {
  readonly person: string | null;
  readonly roles: ReadonlySet<string>;
}

function actorOf(roster: Roster, key: string, isReaffirmed: boolean): Actor | null {
  const bound = roster.keys.get(key);
  if (bound === undefined || (bound.isRetired && !isReaffirmed)) return null;
  if (bound.person === null) return { person: null, roles: new Set() };
  const roles = roster.roles.get(bound.person);
  if (roles === undefined || roster.revoked.has(bound.person)) return null;
  return { person: bound.person, roles };
}

const WATCHES = ['administrator', 'incident-commander', 'comms-lead', 'social-lead', 'analyst'];
const ABOUT_WATCHING = new Set(['WatchQuerySaved', 'WatchQueryRemoved', 'PeakExpected', 'ExpectedPeakWithdrawn']);
const BY_RECOVERY = new Set(['KeyBound', 'KeyRetired', 'OperatorReinstated', 'EventReaffirmed']);

function mayChange(roster: Roster, { hash, body, envelope }: StoredEvent, genesis: string): boolean {
  const { author, type } = envelope;
  if (type === 'WorkspaceCreated') return hash === genesis;
  if (author === roster.recoveryKey)
    return BY_RECOVERY.has(type) || (type === 'RoleGranted' && text(body, 'role') === 'administrator');
  const host = roster.restoreKeys.get(author);
  if (host !== undefined) return isOwnKeyChange(roster, host, type, body);
  const actor = actorOf(roster, author, false);
  if (actor === null) return false;
  if (type === 'EnrolmentRefused') return actor.person === null;
  if (actor.person === null) return false;
  if (ABOUT_WATCHING.has(type)) return WATCHES.some((role) => actor.roles.has(role));
  return actor.roles.has('administrator') && !takesTheLastAdministrator(roster, type, body);
}

function isOwnKeyChange(roster: Roster, host: string, type: string, body: Body | null): boolean {
  if (type === 'KeyRetired') return roster.keys.get(text(body, 'key'))?.host === host;
  if (type !== 'KeyBound' || (text(body, 'host') || roster.founder) !== host) return false;
  return [...roster.keys.values()].some((key) => key.host === host && key.person === (body?.['operatorId'] ?? null));
}

function takesTheLastAdministrator({ roles, revoked }: Roster, type: string, body: Body | null): boolean {
  if (type !== 'OperatorRevoked' && !(type === 'RoleWithdrawn' && text(body, 'role') === 'administrator')) return false;
  const left = [...roles].flatMap(([person, held]) =>
    held.has('administrator') && !revoked.has(person) ? [person] : [],
  );
  return left.length === 1 && left[0] === text(body, 'operatorId');
}

// Rooms.

const DECLARES = ['administrator', 'incident-commander', 'comms-lead', 'social-lead'];
const SUBMITS = ['incident-commander', 'comms-lead', 'writer', 'social-lead'];
const PUBLISHES = ['incident-commander', 'comms-lead', 'social-lead', 'spokesperson'];
/** Null is everybody who does more than observe. */
const BY_TYPE: Readonly<Record<string, readonly string[] | null>> = {
  AlarmRaised: null,
  AlarmAcknowledged: null,
  WatchChosen: null,
  LogEntryAdded: null,
  MentionPinned: null,
  IncidentDeclared: DECLARES,
  ComplexDeclared: DECLARES,
  SeverityChanged: DECLARES,
  IncidentMistaken: DECLARES,
  IncidentStoodDown: ['incident-commander', 'comms-lead'],
  StatementStarted: SUBMITS,
  RevisionSubmitted: SUBMITS,
  PublicationStarted: PUBLISHES,
  PublicationConfirmed: PUBLISHES,
  PublicationFailed: PUBLISHES,
};
const BY_STEP = new Set(['RevisionApproved', 'RevisionSentBack', 'StepDelegated']);
const BY_HOSTS = new Set([
  'SpikeDetected',
  'AlarmEscalated',
  'WatchEnded',
  'DeadlinePassed',
  'OperatorJoined',
  'OperatorLeft',
  'RateSampled',
  'FeedStateChanged',
  'PublicationInDoubt',
]);
const BY_HOSTS_TOO = new Set(['AlarmRaised', 'PublicationConfirmed', 'PublicationFailed']);

function mayActInRoom({ person, roles }: Actor, one: StoredEvent, room: Graph): boolean {
  const { type } = one.envelope;
  if (person === null) return BY_HOSTS.has(type) || BY_HOSTS_TOO.has(type);
  const doesMore = [...roles].some((role) => role !== 'observer');
  if (type === 'ApprovalWithdrawn') return true;
  if (BY_STEP.has(type)) {
    if (roles.size > 0 && !doesMore) return false;
    const stepId = text(one.body, 'stepId');
    return room.ordered.some(({ envelope, body }) => {
      // Whatever has become of it: what a publication relied on may have been undone since.
      if (envelope.type === 'StepDelegated') return body?.['to'] === person && body['stepId'] === stepId;
      if (envelope.type !== 'IncidentDeclared') return false;
      const chain = body?.['chain'] as readonly { stepId: string; role: string; deputies: readonly string[] }[];
      return chain.some((step) => step.stepId === stepId && (roles.has(step.role) || step.deputies.includes(person)));
    });
  }
  const rightful = BY_TYPE[type];
  if (rightful === undefined) return false;
  return rightful === null ? doesMore : rightful.some((role) => roles.has(role));
}

function text(body: Body | null | undefined, name: string): string {
  const value = body?.[name];
  return typeof value === 'string' ? value : '';
}
