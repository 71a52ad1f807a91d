import { createHash } from 'node:crypto';
import type { OperatorId, PublicKeyHex, RoomId, Sha256Hex } from '../../shared/base/ids.ts';
import type { WorkspaceEvent } from '../../shared/domain/workspace/workspace.ts';
import { type LogId, saltOf } from '../../shared/log/envelope.ts';
import type { Signer } from '../../shared/log/signing.ts';
import { readBundle } from '../../shared/protocol/bundle.ts';
import { exportBundle, importBundle } from '../../src-main/app/bundles.ts';
import { createIntroduction } from '../../src-main/app/introduction.ts';
import { foundingEvents } from '../../src-main/commands/founding.ts';
import type { Delivery } from '../../src-main/commands/ports.ts';
import { shakeHands } from '../../src-main/replica/handshake.ts';
import { createDraws, type Draws } from '../fuzz/draws.ts';
import { CHANNELS, FOUNDING, PLAYBOOKS } from './cast.ts';
import { type Backup, createDisk, DiskFull, type DiskFaults, ProcessEnded } from './disk.ts';
import { type HostDeps, type Machine, type Process, startProcess } from './host.ts';
import { createKeys } from './keys.ts';
import { createMachineClock } from './machine-clock.ts';
import { connect, type Connection, type VirtualLink } from './network.ts';
import { ed25519Signatures, keyedHashSignatures, type SignatureScheme } from './signatures.ts';
import { createVirtualTime, type VirtualTime } from './virtual-time.ts';

export interface WorldOptions {
  readonly seed: number;
  readonly faults: DiskFaults;
  readonly signatures: 'keyed-hash' | 'ed25519';
}

/** An event that somebody was told is kept: a person who acted, or another host. */
export interface Promised {
  readonly logId: LogId;
  readonly by: Set<Machine>;
  readonly how: string;
}

/** A pair of machines that connect whenever they can; the first dials. */
interface Edge {
  readonly dialler: Machine;
  readonly server: Machine;
  connection: Connection | null;
  /** Whether the dialler was turned away, and introduces itself since. */
  introduces: boolean;
}

/** Everything that one seed simulates, and what may be done to it. */
export interface World {
  readonly draws: Draws;
  readonly time: VirtualTime;
  readonly workspaceId: Sha256Hex;
  readonly signatures: SignatureScheme;
  readonly machines: readonly Machine[];
  readonly founder: Machine;
  readonly promised: Map<Sha256Hex, Promised>;
  /** Mistakes of the program that showed on the way. */
  readonly faults: string[];
  readonly story: readonly string[];
  note(machine: Machine | null, what: string): void;
  /** Takes note that these events were acknowledged. */
  promise(machine: Machine, logId: LogId, hashes: readonly Sha256Hex[], how: string): void;
  /** An administrator at this host signs the enrolment of a new machine. False when that may not be. */
  enrol(
    at: Machine,
    by: OperatorId,
    joining: { readonly name: string; readonly owner: OperatorId | null; readonly isHonest: boolean },
  ): boolean;
  record(at: Machine, signer: Signer, facts: readonly WorkspaceEvent[]): void;
  /** Runs something that a host does; the end of its process in the middle is no mistake. False when it ended. */
  attempt(machine: Machine, what: string, act: () => void): boolean;
  start(machine: Machine): void;
  crash(machine: Machine): void;
  restore(machine: Machine, backup: Backup): void;
  edges(): readonly { readonly machines: readonly [Machine, Machine]; readonly connection: Connection | null }[];
  linksOf(machine: Machine): readonly VirtualLink[];
  overheardBy(machine: Machine): readonly string[];
  signersOf(machine: Machine): readonly Signer[];
  knock(machine: Machine): void;
  carry(from: Machine, to: Machine): void;
  /** Who cannot reach whom: machines of different groups. */
  partition(groups: ReadonlyMap<Machine, number>): void;
  /** Honest, and a host of this workspace still: neither was it retired, nor what enrolled it undone by a revocation. */
  belongs(machine: Machine): boolean;
  /** Everybody runs, nothing is in the way, and honest hosts can reach each other without the others. */
  heal(): void;
}

const START = Date.UTC(2026, 5, 3, 9);
const DIAL_EVERY_MS = 1_500;

export function createWorld(options: WorldOptions): World {
  const draws = createDraws(options.seed);
  const time = createVirtualTime(START);
  const signatures = options.signatures === 'ed25519' ? ed25519Signatures() : keyedHashSignatures();
  const machines: Machine[] = [];
  const edges: Edge[] = [];
  const ends = new Map<Machine, Set<VirtualLink>>();
  const overheard = new Map<Machine, string[]>();
  const everSigned = new Map<Machine, Map<PublicKeyHex, Signer>>();
  const promised = new Map<Sha256Hex, Promised>();
  const faults: string[] = [];
  const story: string[] = [];
  /** Those whose host key is another one since a backup was put in place. */
  const renewed = new Set<Machine>();
  let groups: ReadonlyMap<Machine, number> = new Map();
  let ids = 0;
  let salts = 0;
  let clientIds = 0;
  let workspaceId = '' as Sha256Hex;

  function note(machine: Machine | null, what: string): void {
    const seconds = ((time.now() - START) / 1000).toFixed(3);
    story.push(`${seconds.padStart(9)} ${machine?.name ?? ''}: ${what}`);
  }

  const hostDeps: HostDeps = {
    get workspaceId() {
      return workspaceId;
    },
    schedule: time.schedule,
    signatures,
    salt() {
      salts += 1;
      return saltOf(createHash('sha256').update(`${options.seed}/${salts}`).digest().subarray(0, 16));
    },
    newId: (prefix) => `${prefix}-${(ids += 1)}`,
    newRoomId: () => `room-${String((ids += 1)).padStart(6, '0')}` as RoomId,
    newClientId: () => (clientIds += 1),
    deliver,
    onFault(machine, what, cause) {
      if (!machine.isHonest || cause instanceof ProcessEnded || cause instanceof DiskFull) return;
      const said = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
      note(machine, `FAULT in ${what}: ${said}`);
      faults.push(`${machine.name}, ${what}: ${said}`);
    },
    onRenewed(machine, keys) {
      note(machine, `has ${keys} new keys`);
      renewed.add(machine);
      time.schedule(1_000 + draws.below(20_000), () => carryNews(machine));
    },
  };

  /** Nobody lets a host in whose key nobody knows: that it has a new one must come on another way. */
  function carryNews(machine: Machine): void {
    for (const other of machine === founder ? machines : [founder]) if (other !== machine) carry(machine, other);
  }

  function deliver(): Promise<Delivery> {
    const outcome = draws.pick(['delivered', 'refused', 'unknown'] as const);
    return new Promise((resolve) => {
      time.schedule(draws.below(3_000), () => {
        if (outcome === 'delivered') resolve({ outcome, address: null, at: time.now() as never });
        else resolve({ outcome, reason: 'as drawn' });
      });
    });
  }

  function createMachine(name: string, owner: OperatorId | null, isHonest: boolean): Machine {
    const keys = createKeys(`${name} of ${options.seed}`, signatures);
    const machine: Machine = {
      name,
      owner,
      isHonest,
      keys,
      hostId: keys.keyOf('host').publicKey,
      disk: createDisk({
        faults: options.faults,
        schedule: time.schedule,
        onCrash: () => ended(machine, 'crashes in the middle of a commit'),
      }),
      clock: createMachineClock(draws, () => time.now()),
      standing: 'in',
      process: null,
    };
    machines.push(machine);
    ends.set(machine, new Set());
    overheard.set(machine, []);
    everSigned.set(machine, new Map());
    note(machine, `is there: ${machine.clock.describe()}${isHonest ? '' : ', HOSTILE'}`);
    return machine;
  }

  function rememberSigners(machine: Machine): void {
    const all = everSigned.get(machine);
    const owners = machine.owner === null ? [] : [{ device: machine.owner }];
    for (const owner of ['host' as const, ...owners]) {
      const signer = machine.keys.keyOf(owner);
      all?.set(signer.publicKey, signer);
    }
  }

  /** The process is over: its connections hear nothing more, and it comes back after a while. */
  function ended(machine: Machine, how: string): void {
    note(machine, how);
    if (machine.process) machine.process.isOver = true;
    machine.process = null;
    for (const link of ends.get(machine) ?? []) link.die();
    ends.get(machine)?.clear();
    time.schedule(500 + draws.below(20_000), () => start(machine));
  }

  function start(machine: Machine): void {
    if (machine.process !== null || machine.standing === 'out') return;
    let process: Process | null;
    try {
      process = startProcess(machine, hostDeps);
    } catch (cause) {
      hostDeps.onFault(machine, 'starting', cause);
      machine.disk.crash();
      if (cause instanceof ProcessEnded || cause instanceof DiskFull) time.schedule(2_000, () => start(machine));
      return;
    }
    if (process !== null && !machine.disk.isOpen()) {
      process.isOver = true; // in the middle of its beginning; it comes back
      return;
    }
    machine.process = process;
    if (process === null) {
      machine.disk.crash();
      machine.standing = 'out';
      return note(machine, 'has keys that are behind for good, and stays away');
    }
    rememberSigners(machine);
    note(machine, 'runs');
  }

  function crash(machine: Machine): void {
    if (machine.process === null) return;
    machine.disk.crash();
    ended(machine, 'crashes');
  }

  /** What only it had is gone with it, by the hand of whoever put the backup in place. */
  function restore(machine: Machine, backup: Backup): void {
    crash(machine);
    machine.disk.restore(backup);
    note(machine, 'has a backup put in place');
    const held = new Set(
      machines
        .filter(({ isHonest, standing }) => isHonest && standing === 'in')
        .flatMap(({ disk }) => [...disk.synced().values()].flatMap((events) => events.map(({ hash }) => hash))),
    );
    for (const hash of promised.keys()) if (!held.has(hash)) promised.delete(hash);
  }

  function attempt(machine: Machine, what: string, act: () => void): boolean {
    try {
      act();
      return true;
    } catch (cause) {
      hostDeps.onFault(machine, what, cause);
      return false;
    }
  }

  function promise(machine: Machine, logId: LogId, hashes: readonly Sha256Hex[], how: string): void {
    if (!machine.isHonest || machine.standing === 'out') return;
    for (const hash of hashes) {
      const known = promised.get(hash);
      if (known) known.by.add(machine);
      else promised.set(hash, { logId, by: new Set([machine]), how: `${how} by ${machine.name}` });
    }
  }

  function record(at: Machine, signer: Signer, facts: readonly WorkspaceEvent[]): void {
    const { process } = at;
    if (process === null || facts.length === 0) return;
    const before = process.workspace.events().length;
    process.workspace.record(signer, facts);
    const hashes = process.workspace
      .events()
      .slice(before)
      .map(({ hash }) => hash);
    promise(at, 'workspace', hashes, 'recorded');
    const voids = hashes.filter((hash) => process.workspace.history.voids.has(hash));
    if (voids.length > 0 && at.isHonest)
      faults.push(`${at.name} acknowledged ${facts.map(({ type }) => type).join()} and holds it for void at once`);
  }

  function enrol(at: Machine, by: OperatorId, joining: { name: string; owner: OperatorId | null; isHonest: boolean }) {
    const { process } = at;
    if (process === null) return false;
    const { name, owner, isHonest } = joining;
    const machine = createMachine(name, owner, isHonest);
    const desktop = owner === null ? null : { operatorId: owner, key: machine.keys.keyOf({ device: owner }).publicKey };
    const isDone = attempt(at, 'enrolling', () =>
      record(at, process.signers.operator(by), [
        {
          type: 'HostEnrolled',
          inviteId: `invite-${name}`,
          name,
          hostKey: machine.keys.keyOf('host').publicKey,
          restoreKey: machine.keys.keyOf('restore').publicKey,
          desktop,
        },
      ]),
    );
    if (!isDone) {
      machine.standing = 'out';
      return false;
    }
    note(at, `enrols ${name}`);
    edges.push({ dialler: machine, server: at, connection: null, introduces: false });
    for (const other of machines)
      if (other !== machine && other !== at && draws.chance(0.25))
        edges.push({ dialler: machine, server: other, connection: null, introduces: false });
    start(machine);
    return true;
  }

  function canReach(a: Machine, b: Machine): boolean {
    return (groups.get(a) ?? 0) === (groups.get(b) ?? 0);
  }

  function dial(edge: Edge): void {
    const { dialler, server } = edge;
    if (edge.connection?.ends.some((link) => link.isOpen)) return;
    edge.connection = null;
    const [from, to] = [dialler.process, server.process];
    if (from === null || to === null || !canReach(dialler, server)) return;
    const connection = connect(draws, time.schedule);
    edge.connection = connection;
    const issuer = server.keys.keyOf('host').publicKey;
    // Whoever has nothing yet trusts the host that gave the invite.
    const trusts = (key: PublicKeyHex): boolean =>
      from.workspaceLog.length === 0 ? key === issuer : from.local.isHostKey(key);
    const { introduces } = edge;
    // As a follower does: whoever was turned away comes again with what makes it one of the workspace.
    const turnedAway = (): void => void (edge.introduces = true);
    meet(dialler, server, 'client', connection.ends[0], { isHostKey: trusts, introduces, turnedAway });
    meet(server, dialler, 'server', connection.ends[1], { isHostKey: (key) => to.local.isHostKey(key), turnedAway });
  }

  function meet(
    machine: Machine,
    peer: Machine,
    side: 'client' | 'server',
    link: VirtualLink,
    how: {
      readonly isHostKey: (key: PublicKeyHex) => boolean;
      readonly introduces?: boolean;
      readonly turnedAway: () => void;
    },
  ): void {
    const { process } = machine;
    if (process === null) return;
    listenIn(machine, link);
    ends.get(machine)?.add(link);
    const { clock } = process;
    const signer = machine.keys.keyOf('host');
    const introduction = createIntroduction(
      {
        local: process.local,
        signer: () => signer,
        history: process.workspace.history,
      },
      signatures.verifier,
    );
    const { isHostKey, introduces = false } = how;
    const about = {
      side,
      workspaceId,
      signer,
      isHostKey,
      introduces,
      clock,
      certificate: null,
      nonce,
      ...introduction,
    };
    void shakeHands(link, { ...about, verifier: signatures.verifier, schedule: time.schedule }).then((met) => {
      if (!met.ok) return met.error === 'notEnrolled' ? how.turnedAway() : undefined;
      if (machine.process !== process) return;
      const { key, clockOffMs } = met.value;
      const hostId = process.workspace.state.keys[key]?.host ?? key;
      attempt(machine, 'connecting', () =>
        process.replica.connect(met.value.link, { hostId, key, name: peer.name, clockOffMs }),
      );
    });
  }

  function nonce(): string {
    return Buffer.from(draws.bytes(32)).toString('hex');
  }

  /** Somebody without an enrolled key is at the door. */
  function knock(machine: Machine): void {
    const { process } = machine;
    if (process === null) return;
    const [outside, inside] = connect(draws, time.schedule).ends;
    const { clock } = process;
    const about = {
      workspaceId,
      clock,
      certificate: null,
      nonce,
      verifier: signatures.verifier,
      schedule: time.schedule,
    };
    const stranger = signatures.signerOf('a stranger', 'host');
    void shakeHands(outside, { ...about, side: 'client', signer: stranger, isHostKey: () => true });
    const signer = machine.keys.keyOf('host');
    const isHostKey = (key: PublicKeyHex): boolean => process.local.isHostKey(key);
    void shakeHands(inside, { ...about, side: 'server', signer, isHostKey }).then((met) => {
      if (met.ok) faults.push(`${machine.name} let a stranger in`);
    });
  }

  /** On a stick: everything that one host has, taken in by another one. */
  function carry(from: Machine, to: Machine): void {
    const [source, target] = [from.process, to.process];
    if (source === null || target === null) return;
    note(to, `is brought a bundle from ${from.name}`);
    attempt(to, 'importing a bundle', () => {
      const signer = from.keys.keyOf('host');
      const text = exportBundle(source.local, { roomId: null, signer, now: source.clock.now() });
      const bundle = readBundle(text, signatures.verifier);
      if (!bundle.ok)
        return void faults.push(`${to.name} cannot read a bundle of ${from.name}: ${JSON.stringify(bundle.error)}`);
      const hostId = source.workspace.state.keys[signer.publicKey]?.host ?? signer.publicKey;
      void importBundle(target.replica, bundle.value, { hostId, name: from.name });
    });
  }

  /** What an honest host acknowledges it must keep for ever; what goes over a hostile host's connections it may use again. */
  function listenIn(machine: Machine, link: VirtualLink): void {
    link.tap = (text) => {
      const frames = overheard.get(machine);
      if (!machine.isHonest) frames?.push(text);
      else if (text.startsWith('{"kind":"ack"')) {
        const { log, tips } = JSON.parse(text) as { log: LogId; tips: readonly { readonly hash: Sha256Hex }[] };
        promise(
          machine,
          log,
          tips.map(({ hash }) => hash),
          'acknowledged',
        );
      }
      return text;
    };
  }

  function tend(): void {
    for (const edge of edges) if (draws.chance(0.7)) dial(edge);
    for (const set of ends.values()) for (const link of set) if (!link.isOpen) set.delete(link);
    time.schedule(DIAL_EVERY_MS, tend);
  }

  /** As `founder.ts` does it. */
  function found(): Machine {
    const founder = createMachine('founder', null, true);
    const { keys } = founder;
    for (const { operatorId } of FOUNDING.people) keys.keyOf({ operatorId });
    const facts = foundingEvents(
      FOUNDING,
      {
        host: keys.keyOf('host').publicKey,
        recovery: keys.createRecoveryKey()?.publicKey as PublicKeyHex,
        restore: keys.keyOf('restore').publicKey,
        of: (operatorId) => keys.keyOf({ operatorId }).publicKey,
      },
      { channels: CHANNELS, playbooks: PLAYBOOKS },
    );
    const disk = founder.disk.begin();
    const log = disk.open('workspace');
    const drafts = facts.map(({ type, ...body }) => ({ type, body }));
    const context = { now: founder.clock.start().now(), salt: hostDeps.salt, workspaceHeads: [] };
    const stored = log.append(keys.keyOf({ operatorId: FOUNDING.people[0].operatorId }), drafts, context);
    workspaceId = stored[0]?.hash as Sha256Hex;
    founder.disk.shutDown();
    start(founder);
    return founder;
  }

  const founder = found();
  time.schedule(DIAL_EVERY_MS, tend);

  return {
    draws,
    time,
    workspaceId,
    signatures,
    machines,
    founder,
    promised,
    faults,
    story,
    note,
    promise,
    enrol,
    record,
    attempt,
    start,
    crash,
    restore,
    edges: () => edges.map(({ dialler, server, connection }) => ({ machines: [dialler, server], connection })),
    linksOf: (machine) => [...(ends.get(machine) ?? [])].filter(({ isOpen }) => isOpen),
    overheardBy: (machine) => overheard.get(machine) ?? [],
    signersOf: (machine) => [...(everSigned.get(machine)?.values() ?? [])],
    knock,
    carry,
    partition(next) {
      groups = next;
      for (const { dialler, server, connection } of edges) {
        const isApart = !canReach(dialler, server);
        if (isApart && draws.chance(0.5)) connection?.cut();
        else connection?.stall(isApart);
      }
    },
    belongs(machine) {
      if (!machine.isHonest || machine.standing === 'out') return false;
      const state = founder.process?.workspace.state;
      if (state === undefined) return true;
      const isRetired = state.keys[machine.keys.keyOf('host').publicKey]?.retired === true;
      return Object.hasOwn(state.hosts, machine.hostId) && !isRetired;
    },
    heal() {
      groups = new Map();
      for (const { connection } of edges) connection?.stall(false);
      for (const machine of machines) {
        if (machine.standing === 'in') start(machine);
        if (machine !== founder && machine.isHonest && !edges.some((edge) => isBetween(edge, machine, founder)))
          edges.push({ dialler: machine, server: founder, connection: null, introduces: false });
      }
      for (const machine of renewed) if (machine.standing === 'in') carryNews(machine);
    },
  };
}

function isBetween({ dialler, server }: Edge, a: Machine, b: Machine): boolean {
  return (dialler === a && server === b) || (dialler === b && server === a);
}
