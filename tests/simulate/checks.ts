import { canonicalJson } from '../../shared/base/canonical.ts';
import type { PublicKeyHex, RoomId, Sha256Hex } from '../../shared/base/ids.ts';
import { actorOfKey } from '../../shared/domain/workspace/workspace.ts';
import type { StoredEvent } from '../../shared/log/envelope.ts';
import { createRoomHistory } from '../../shared/log/room-history.ts';
import { createWorkspaceHistory } from '../../shared/log/workspace-history.ts';
import { ADA, BEN } from './cast.ts';
import type { Machine, Process } from './host.ts';
import { disagreements, type JudgedLog } from './naive-model.ts';
import type { World } from './world.ts';

/** Everything that must hold when all honest hosts have had time to come together, and does not; in words. */
export function disagreementsAtTheEnd(
  world: World,
  mutual: readonly (readonly [Sha256Hex, Sha256Hex])[],
): readonly string[] {
  const honest = world.machines.filter((machine) => world.belongs(machine));
  const down = honest.filter(({ process }) => process === null);
  if (down.length > 0) return [`${down.map(({ name }) => name).join()} did not come back`];
  const running = honest.flatMap((machine) => (machine.process ? [{ machine, process: machine.process }] : []));
  const [first] = running;
  if (first === undefined) return ['nobody is left'];

  const missing = missingEvents(running);
  if (missing.length > 0) return missing;
  const lost = lostPromises(world, first.process);
  const views = running.map(({ machine, process }) => ({ machine, ...foldOf(process, world.workspaceId) }));
  const [reference] = views;
  if (reference === undefined) return ['nobody is left'];
  const differences = views.flatMap((view) => [
    ...view.inconsistent,
    ...(view.text === reference.text ? [] : [difference(reference, view)]),
  ]);
  return [
    ...lost,
    ...differences,
    ...disagreements(world.workspaceId, reference.workspace, reference.rooms),
    ...mutualRevocations(first.process, mutual),
  ];
}

interface Running {
  readonly machine: Machine;
  readonly process: Process;
}

function missingEvents(running: readonly Running[]): readonly string[] {
  const all = new Map<string, { readonly one: StoredEvent; readonly held: Set<Machine> }>();
  for (const { machine, process } of running)
    for (const logId of process.local.logs())
      for (const one of logOf(process, logId)) {
        const known = all.get(one.hash) ?? { one, held: new Set() };
        all.set(one.hash, known);
        known.held.add(machine);
      }
  const missing = [...all.values()].filter(({ held }) => held.size !== running.length);
  return missing.slice(0, 3).map(({ one, held }) => {
    const lack = running.filter(({ machine }) => !held.has(machine)).map(({ machine }) => machine.name);
    const { log, type, author, seq } = one.envelope;
    const event = `${log} ${type} ${one.hash.slice(0, 8)} (${author.slice(0, 6)} ${seq})`;
    const others = missing.length > 1 ? `, one of ${missing.length}` : '';
    return `${event} is not at ${lack.join()}, but at ${[...held].map(({ name }) => name).join()}${others}`;
  });
}

function logOf(process: Process, logId: string): readonly StoredEvent[] {
  return logId === 'workspace'
    ? process.workspaceLog.read()
    : (process.warRoom.rooms.get(logId as RoomId)?.file.log.read() ?? []);
}

/** Nothing is missing anywhere by now: what one holds, all hold. */
function lostPromises(world: World, process: Process): readonly string[] {
  return [...world.promised].flatMap(([hash, { logId, by, how }]) => {
    if (process.local.log(logId)?.find(hash)) return [];
    // What only a machine had that was retired since is gone with it.
    if (![...by].some((machine) => world.belongs(machine))) return [];
    return [`${logId} ${hash.slice(0, 8)} was ${how}, and is nowhere`];
  });
}

interface Fold {
  /** State, voids and order of everything, as text. */
  readonly text: string;
  readonly parts: ReadonlyMap<string, string>;
  readonly workspace: JudgedLog;
  readonly rooms: readonly JudgedLog[];
  /** Where the fold that grew event by event is not the one made at once. */
  readonly inconsistent: readonly string[];
}

function foldOf(process: Process, workspaceId: Sha256Hex): Fold {
  const events = process.workspaceLog.read();
  const { history } = process.workspace;
  const fresh = createWorkspaceHistory(events, workspaceId);
  const inconsistent: string[] = [];
  const parts = new Map<string, string>();
  const put = (name: string, made: unknown, grown: unknown): void => {
    const text = canonicalJson(made);
    parts.set(name, text);
    if (canonicalJson(grown) !== text) inconsistent.push(`${name}: the fold that grew is not the one made at once`);
  };
  for (const document of process.documents().toSorted()) {
    parts.set(`${document} text`, canonicalJson(process.sync.textOf(document)));
    parts.set(`${document} batches`, canonicalJson(process.local.textTips(document)));
  }
  put('workspace state', fresh.state, history.state);
  put('workspace voids', sorted(fresh.voids), sorted(history.voids));
  put(
    'workspace order',
    fresh.ordered.map(({ hash }) => hash),
    history.ordered.map(({ hash }) => hash),
  );

  const rooms = [...process.warRoom.rooms.values()].toSorted((a, b) => (a.file.roomId < b.file.roomId ? -1 : 1));
  const judged = rooms.map(({ file, state, events: grown }): JudgedLog => {
    const stored = file.log.read();
    const room = createRoomHistory(fresh, stored);
    put(`${file.roomId} state`, room.state, state);
    put(`${file.roomId} order`, room.events.map(readAs), grown.map(readAs));
    parts.set(`${file.roomId} voids`, canonicalJson(sorted(room.voids)));
    return {
      logId: file.roomId,
      events: stored,
      voids: new Map([...room.voids].map(([hash, { type }]) => [hash, type])),
    };
  });
  return {
    text: [...parts].join('\n'),
    parts,
    workspace: { logId: 'workspace', events, voids: fresh.voids },
    rooms: judged,
    inconsistent,
  };
}

function readAs({
  hash,
  at,
  actor,
  verdict,
}: {
  hash: string;
  at: number;
  actor: unknown;
  verdict?: string | undefined;
}) {
  return { hash, at, actor, verdict: verdict ?? null };
}

function sorted<Value>(map: ReadonlyMap<string, Value>): readonly (readonly [string, Value])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

function difference(a: Fold & { machine: Machine }, b: Fold & { machine: Machine }): string {
  const name =
    [...new Set([...a.parts.keys(), ...b.parts.keys()])].find((one) => a.parts.get(one) !== b.parts.get(one)) ?? '?';
  const [one, other] = [a.parts.get(name) ?? '', b.parts.get(name) ?? ''];
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  const from = Math.max(0, at - 60);
  return `${name} differs: ${a.machine.name} has …${one.slice(from, at + 60)}…, ${b.machine.name} has …${other.slice(from, at + 60)}…`;
}

/** Both are revoked, unless somebody else took part in it, or it was taken back. */
function mutualRevocations(
  { workspace }: Process,
  mutual: readonly (readonly [Sha256Hex, Sha256Hex])[],
): readonly string[] {
  const { history, state } = workspace;
  return mutual.flatMap((pair) => {
    const events = pair.map((hash) => history.ordered.find((one) => one.hash === hash));
    if (events.some((one) => one === undefined)) return [];
    const authors = new Set(events.map((one) => one?.envelope.author));
    const isOurs = (key: unknown): boolean =>
      [ADA, BEN].includes(state.keys[key as PublicKeyHex]?.operatorId as typeof ADA);
    const others = history.ordered.some(
      ({ envelope, body }) =>
        envelope.type === 'OperatorReinstated' ||
        envelope.type === 'EventReaffirmed' ||
        (envelope.type === 'KeyRetired' && isOurs(body?.['key']) && !authors.has(envelope.author)),
    );
    if (others) return [];
    return [ADA, BEN].flatMap((who) => {
      const standing = [...authors].filter(
        (key) => key !== undefined && state.keys[key]?.operatorId === who && actorOfKey(state, key).kind !== 'unknown',
      );
      return standing.length > 0 ? [`${who} still stands, although two administrators revoked each other at once`] : [];
    });
  });
}
