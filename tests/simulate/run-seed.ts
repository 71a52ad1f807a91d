import type { OperatorId, Sha256Hex } from '../../shared/base/ids.ts';
import { mayDo } from '../../shared/domain/roster/roles.ts';
import { draftHash } from '../../shared/domain/statement/draft.ts';
import type { WorkspaceEvent } from '../../shared/domain/workspace/workspace.ts';
import type { RoomBook } from '../../src-main/commands/room-book.ts';
import { ADA, BEN, PEOPLE } from './cast.ts';
import { disagreementsAtTheEnd } from './checks.ts';
import type { Backup, CrashPoint } from './disk.ts';
import type { Machine, Process } from './host.ts';
import { drawHostileDeed } from './hostile.ts';
import { drawRoomDeed } from './room-deeds.ts';
import { createWorld, type World, type WorldOptions } from './world.ts';
import { drawWorkspaceDeed, hostRetirementOf, isAllowed, revocationOf } from './workspace-deeds.ts';

/** What came of one seed. */
export interface SeedOutcome {
  readonly seed: number;
  /** What does not hold, in words; nothing when everything does. */
  readonly problems: readonly string[];
  readonly story: readonly string[];
  readonly hosts: number;
  readonly events: number;
  /** Batches of texts that the founder's host came to hold, of other hosts too. */
  readonly batches: number;
  /** Things that happened: deeds, frames that arrived, timers. */
  readonly happened: number;
}

const HOUR = 60 * 60_000;
/** What is still not the same after so much time in which nothing was in the way never will be. */
const LONGEST_SETTLING_MS = 40 * 60_000;

/** Simulates one seed: hosts that work, fail and are attacked, then come together; and checks what must hold then. */
export async function runSeed(options: WorldOptions): Promise<SeedOutcome> {
  const world = createWorld(options);
  const { draws, time } = world;
  const backups = new Map<Machine, Backup>();
  /** Revocations of each other that two administrators signed without knowing of one another. */
  const mutual: (readonly [Sha256Hex, Sha256Hex])[] = [];
  /** Those who must stay so that somebody can always let others in. */
  const spared = new Set<OperatorId>([ADA]);
  let turn = 0;

  settleIn();
  await time.runUntil(time.now() + 4_000);
  const steps = 60 + draws.below(120);
  for (turn = 1; turn <= steps && world.faults.length === 0; turn += 1) {
    attemptAct();
    await time.runUntil(
      time.now() +
        draws.weighted([
          [5, 0],
          [5, draws.below(60)],
          [4, draws.below(1_500)],
          [1, draws.below(12_000)],
          [0.2, 60_000],
        ]),
    );
  }
  world.note(null, 'everything heals');
  world.heal();
  for (const { disk } of world.machines) {
    disk.crashAt = null;
    disk.fullFrom = null;
  }
  if (world.faults.length === 0) await settle(world);
  const problems = world.faults.length > 0 ? world.faults : disagreementsAtTheEnd(world, mutual);
  return {
    seed: options.seed,
    problems,
    story: world.story,
    hosts: world.machines.length,
    events: [...world.founder.disk.synced().values()].reduce((sum, events) => sum + events.length, 0),
    batches: batchesAt(world.founder),
    happened: time.happened(),
  };

  function settleIn(): void {
    const others = 2 + draws.below(3);
    const hostileAt = draws.chance(0.45) ? draws.below(others) : -1;
    for (let at = 0; at < others; at += 1) enrolSomebody(world.founder, at !== hostileAt);
  }

  function enrolSomebody(at: Machine, isHonest: boolean): void {
    if (at.process === null || world.machines.length >= 6) return;
    const owners = PEOPLE.filter((one) => !world.machines.some(({ owner }) => owner === one));
    const isRelay = draws.chance(0.2);
    const owner = isRelay ? null : draws.pick(isHonest ? owners : owners.filter((one) => one !== ADA));
    const name = owner === null ? `relay-${world.machines.length}` : `desk-of-${owner}`;
    if (holdersAt(at).includes(ADA) && isAllowed(at.process, at.process.signers.operator(ADA).publicKey, [reason()]))
      world.enrol(at, ADA, { name, owner, isHonest });
  }

  function attemptAct(): void {
    const deed = draws.weighted<() => void>([
      [60, () => actInRoom(pickRunning())],
      [7, () => actInWorkspace(pickRunning())],
      [2, () => mutualRevocation()],
      [5, () => disturbNetwork()],
      [2, () => partitionOrHeal()],
      [4, () => endSomewhere()],
      [2, () => backUpOrRestore()],
      [1, () => fillDisk()],
      [2, () => setClock()],
      [1, () => enrolSomebody(world.founder, draws.chance(0.8))],
      [0.6, () => retireSomebody()],
      [12, () => hostileDeed()],
      [0.5, () => world.knock(draws.pick(world.machines))],
      [0.5, () => world.carry(draws.pick(world.machines), draws.pick(world.machines))],
    ]);
    deed();
  }

  function pickRunning(): Machine | null {
    const running = world.machines.filter(({ process, standing }) => process !== null && standing === 'in');
    return running.length === 0 ? null : draws.pick(running);
  }

  /** Who can act here: whose keys are kept. */
  function holdersAt(machine: Machine): readonly OperatorId[] {
    return machine.owner === null ? PEOPLE.filter((one) => machine.keys.operatorSigner(one).ok) : [machine.owner];
  }

  function actInRoom(machine: Machine | null): void {
    const process = machine?.process;
    const holders = machine === null ? [] : holdersAt(machine);
    if (!machine || !process || holders.length === 0) return;
    const rooms = [...process.warRoom.rooms.values()];
    if (rooms.length === 0 || (rooms.length < 2 && draws.chance(0.04))) return raiseAlarm(machine, process, holders);
    const book = draws.pick(rooms);
    const { command: drawn, fits, typing } = drawRoomDeed(draws, book, process.clock.now(), turn);
    const { operators } = process.workspace.state;
    const suited = holders.filter(
      (one) => fits.includes(one) || operators[one]?.roles.some((role) => fits.includes(role)),
    );
    const by = suited.length > 0 && draws.chance(0.75) ? draws.pick(suited) : draws.pick(holders);
    const caller = {
      sessionId: 'simulated',
      operatorId: by,
      door: machine.owner === null ? 'browser' : 'desktop',
    } as const;
    world.attempt(machine, drawn.type, () => {
      let command = drawn;
      if (typing && drawn.type === 'submitRevision' && mayDo(operators[by]?.roles ?? [], 'edit-texts')) {
        process.pages.type(typing.document, by, typing.words, typing.where);
        const held = process.sync.textOf(typing.document);
        if (held) command = { ...drawn, seen: draftHash({ master: held.text, variants: held.variants }) };
        if (draws.chance(0.5)) return world.note(machine, `${by} types in ${typing.document}`);
      }
      const result = process.warRoom.handle(caller, book.file.roomId, command);
      const said = result.ok
        ? result.value.events.map(({ hash }) => hash.slice(0, 6)).join()
        : `refused, ${result.error.code}`;
      world.note(machine, `${by} ${command.type} in ${book.file.roomId}: ${said}`);
      if (result.ok)
        told(
          machine,
          book,
          result.value.events.map(({ hash }) => hash),
        );
    });
  }

  function raiseAlarm(machine: Machine, process: Process, holders: readonly OperatorId[]): void {
    const by = draws.chance(0.2) ? null : draws.pick(holders);
    const t0 = process.clock.now();
    world.attempt(machine, 'raising an alarm', () => {
      const raised = process.warRoom.raiseAlarm(
        { cause: 'person', what: `alarm ${turn}`, why: '', t0, spike: null },
        by,
      );
      world.note(machine, `${by ?? 'the host'} raises an alarm: ${raised.ok ? raised.value.file.roomId : 'refused'}`);
      if (raised.ok)
        told(
          machine,
          raised.value,
          raised.value.events.map(({ hash }) => hash),
        );
    });
  }

  /** A person was told that it is recorded: it is kept for ever, and it counted when they were told. */
  function told(machine: Machine, book: RoomBook, hashes: readonly Sha256Hex[]): void {
    world.promise(machine, book.file.roomId, hashes, 'told to a person');
  }

  function actInWorkspace(machine: Machine | null): void {
    const process = machine?.process;
    if (!machine || !process || process.workspaceLog.length === 0) return;
    const administrators = holdersAt(machine).filter((one) =>
      process.workspace.state.operators[one]?.roles.includes('administrator'),
    );
    if (administrators.length === 0) return;
    const by = draws.pick(administrators);
    const { what, facts } = drawWorkspaceDeed(draws, process, new Set([...spared, by]));
    decide(machine, process, by, what, facts);
  }

  function decide(
    machine: Machine,
    process: Process,
    by: OperatorId,
    what: string,
    facts: readonly WorkspaceEvent[],
  ): Sha256Hex | null {
    const signer = process.signers.operator(by);
    if (facts.length === 0 || process.workspace.history.state.keys[signer.publicKey] === undefined) return null;
    if (!isAllowed(process, signer.publicKey, facts)) return null;
    const before = process.workspace.events().length;
    const isDone = world.attempt(machine, what, () => world.record(machine, signer, facts));
    world.note(machine, `${by} ${what}${isDone ? '' : ', and it ends there'}`);
    return isDone ? (process.workspace.events()[before]?.hash ?? null) : null;
  }

  /** Two administrators, each at a host of their own, at the same moment. */
  function mutualRevocation(): void {
    const running = world.machines.filter(({ process, standing }) => process !== null && standing === 'in');
    const of = (who: OperatorId, not: Machine | null) =>
      running.filter((machine) => machine !== not && machine.isHonest && holdersAt(machine).includes(who));
    const [first] = of(BEN, null).filter(({ owner }) => owner === BEN);
    if (first === undefined || !draws.chance(0.15)) return;
    const [second] = of(ADA, first);
    const [ben, ada] = [first.process, second?.process];
    if (!second || !ben || !ada) return;
    const one = decide(first, ben, BEN, 'revokes ada at the same moment', revocationOf(ben, ADA).facts);
    const other = decide(second, ada, ADA, 'revokes ben at the same moment', revocationOf(ada, BEN).facts);
    if (one !== null && other !== null) mutual.push([one, other]);
  }

  function disturbNetwork(): void {
    const open = world.edges().filter(({ connection }) => connection !== null);
    if (open.length === 0) return;
    const { connection, machines } = draws.pick(open);
    const how = draws.pick(['cut', 'half-close', 'stall', 'flow'] as const);
    world.note(null, `${how} between ${machines[0].name} and ${machines[1].name}`);
    if (how === 'cut') connection?.cut();
    else if (how === 'half-close') connection?.halfClose(draws.chance(0.5) ? 0 : 1);
    else connection?.stall(how === 'stall');
  }

  function partitionOrHeal(): void {
    const groups = new Map(world.machines.map((machine) => [machine, draws.chance(0.5) ? 1 : draws.below(2)]));
    const isHealed = draws.chance(0.4);
    world.note(
      null,
      isHealed
        ? 'the network is whole'
        : `the network is split: ${[...groups].map(([{ name }, at]) => `${name} ${at}`).join(', ')}`,
    );
    world.partition(isHealed ? new Map() : groups);
  }

  function endSomewhere(): void {
    const machine = pickRunning();
    if (machine === null) return;
    if (draws.chance(0.5)) return world.crash(machine);
    machine.disk.crashAt = draws.pick<CrashPoint>(['before commit', 'before mark', 'before acknowledgement']);
    world.note(machine, `will end ${machine.disk.crashAt}`);
  }

  function setClock(): void {
    const machine = draws.pick(world.machines);
    const byMs = draws.pick([-1, 1]) * HOUR;
    machine.clock.set(byMs);
    world.note(machine, `has its clock set by ${byMs / HOUR} h, which its next process takes over`);
  }

  function fillDisk(): void {
    const machine = pickRunning();
    if (machine === null) return;
    world.note(machine, 'has no room on its disk');
    machine.disk.fullFrom = 0;
    time.schedule(draws.below(8_000), () => (machine.disk.fullFrom = null));
  }

  function backUpOrRestore(): void {
    const machine = pickRunning();
    if (machine === null) return;
    const backup = backups.get(machine);
    if (backup === undefined || draws.chance(0.6)) {
      backups.set(machine, machine.disk.backUp());
      return;
    }
    // Once, and by hand: a second one would bring back a restore key that may not sign, which is a dead end by design.
    backups.delete(machine);
    if (machine !== world.founder || draws.chance(0.3)) world.restore(machine, backup);
  }

  function retireSomebody(): void {
    const at = world.founder;
    const process = at.process;
    if (process === null) return;
    const chosen = world.machines.filter((one) => one !== at && one.standing === 'in');
    if (chosen.length < 2) return;
    const machine = draws.pick(chosen);
    const hostId = process.workspace.state.keys[machine.keys.keyOf('host').publicKey]?.host;
    if (hostId === undefined) return;
    const { what, facts } = hostRetirementOf(process, hostId);
    if (!isAllowed(process, process.signers.operator(ADA).publicKey, facts)) return;
    machine.standing = 'out'; // also where the founder's host ends in the middle of it: nobody counts on this one
    decide(at, process, ADA, what, facts);
  }

  function hostileDeed(): void {
    const machine = world.machines.find((one) => !one.isHonest && one.process !== null);
    const process = machine?.process;
    if (!machine || !process || process.workspaceLog.length === 0) return;
    const deed = drawHostileDeed({
      draws,
      process,
      signers: world.signersOf(machine),
      links: world.linksOf(machine),
      overheard: world.overheardBy(machine),
      signatures: world.signatures,
    });
    world.note(machine, deed.what);
    world.attempt(machine, deed.what, deed.do);
  }

  function reason(): WorkspaceEvent {
    return { type: 'EventReaffirmed', log: 'workspace', hash: '0'.repeat(64) as Sha256Hex };
  }
}

/** Lets time go by until all honest hosts hold the same and nothing more changes, or it never will. */
async function settle(world: World): Promise<void> {
  const { time } = world;
  const until = time.now() + LONGEST_SETTLING_MS;
  let before = '';
  for (let quiet = 0; time.now() < until && quiet < 2 && world.faults.length === 0;) {
    await time.runUntil(time.now() + 8_000);
    const standings = world.machines

      .filter((machine) => world.belongs(machine))
      .map(({ process }) => (process === null ? 'down' : standingOf(process)));
    const isSame = standings.every((one) => one === standings[0] && one !== 'down');
    const now = standings.join('\n');
    quiet = isSame && now === before ? quiet + 1 : 0;
    before = now;
  }
}

function batchesAt({ process }: Machine): number {
  const local = process?.local;
  return local?.documents().reduce((sum, document) => sum + local.textsLacking(document, [], 1_000).length, 0) ?? 0;
}

function standingOf({ local, documents }: Process): string {
  const logs = local.logs().map((logId) => `${logId} ${hashesOf(local.log(logId)?.tips() ?? [])}`);
  const texts = documents().map((document) => `${document} ${hashesOf(local.textTips(document))}`);
  return [...logs, ...texts].sort().join('\n');
}

function hashesOf(tips: readonly { readonly hash: Sha256Hex }[]): string {
  return tips.map(({ hash }) => hash).join();
}
