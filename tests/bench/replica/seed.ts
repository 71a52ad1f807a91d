import { instant, type RoomId, type Sha256Hex } from '../../../shared/base/ids.ts';
import { invariant } from '../../../shared/base/invariant.ts';
import type { RoomEvent } from '../../../shared/domain/room/room.ts';
import { createSaltSource } from '../../../src-main/identity/salts.ts';
import { openBenchHost } from './bench-host.ts';
import { ADA, beginning, PEOPLE, signersOf, WATCH } from './cast.ts';

export interface Seeded {
  readonly workspaceId: Sha256Hex;
  readonly roomId: RoomId;
  /** Of the room. */
  readonly events: number;
}

const INCIDENT_MS = 4 * 3_600_000;

/**
 * The founder's data folder after an incident of four hours that ended now: one room of so many events by five authors in
 * turn, each signed, and each standing on the one before it.
 */
export function seed(folder: string, events: number): Seeded {
  const began = Date.now() - INCIDENT_MS;
  const signers = signersOf('founder');
  let now = instant(began);
  const host = openBenchHost(folder, 'founder', null, { now: () => now });
  host.workspace.record(signers.operator(ADA), beginning());
  const about = { cause: 'person', what: 'A measured storm', why: 'It is measured', t0: now, spike: null } as const;
  const raised = host.warRoom.raiseAlarm(about, ADA);
  invariant(raised.ok, 'the first alarm counts');
  const { roomId, log } = raised.value.file;
  // Nothing is measured here, and nobody relies on it: what lands in the file is the same.
  host.databases.get(roomId)?.pragma('synchronous = OFF');
  const salt = createSaltSource();
  const workspaceHeads = host.workspace.heads();
  while (log.length < events) {
    now = instant(began + Math.floor((log.length / events) * INCIDENT_MS));
    const { signer, fact } = turnOf(log.length, now);
    const { type, ...body } = fact;
    log.append(signer, [{ type, body }], { now, salt, workspaceHeads });
  }
  const [genesis] = host.workspace.events();
  invariant(genesis, 'the workspace was founded');
  host.close();
  return { workspaceId: genesis.hash, roomId, events };

  function turnOf(index: number, from: typeof now) {
    const operatorId = PEOPLE[index % (PEOPLE.length + 1)];
    if (operatorId) return { signer: signers.operator(operatorId), fact: note(`${String(index)}: ${TEXT}`) };
    return { signer: signers.host(), fact: { ...SAMPLE, from, count: index % 90 } satisfies RoomEvent };
  }
}

const TEXT = 'A note of a usual length about what is known and what is not, taken at the desk.';

const SAMPLE = {
  type: 'RateSampled',
  watchQueryId: WATCH,
  expected: 12,
  lower: 4,
  upper: 24,
  negativeShare: 0.5,
  covered: true,
} as const;

/** What somebody writes into the log by hand. */
export function note(text: string): RoomEvent {
  return { type: 'LogEntryAdded', text, kind: 'note', occurredAt: null, lateReason: null, corrects: null };
}
