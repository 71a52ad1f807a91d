import { createHash } from 'node:crypto';
import { instant, RoomId } from '../../shared/base/ids.ts';
import { saltOf, type Head, type StoredEvent } from '../../shared/log/envelope.ts';
import type { AppendContext, EventLog } from '../../shared/log/event-log.ts';
import type { Signer } from '../../shared/log/signing.ts';
import { createSigner } from '../../src-main/identity/ed25519.ts';
import { createMemoryEventLog } from './memory-event-log.ts';

export const ROOM = RoomId.parse('room-of-the-test');

const signers = new Map<string, Signer>();

/** The same key for the same name, in every run. */
export function signerOf(name: string): Signer {
  const signer = signers.get(name) ?? createSigner(createHash('sha256').update(`key of ${name}`).digest(), 'host');
  signers.set(name, signer);
  return signer;
}

/** A context whose clock stands still at `ms`, and whose salts are the same in every run. */
export function contextAt(ms: number, workspaceHeads: readonly Head[] = []): AppendContext {
  let count = 0;
  return {
    now: instant(ms),
    salt() {
      count += 1;
      return saltOf(
        createHash('sha256')
          .update(`${String(ms)}/${String(count)}`)
          .digest()
          .subarray(0, 16),
      );
    },
    workspaceHeads,
  };
}

/** A short incident by three people, with a workspace of four events behind it. */
export function sampleRoom(turns = 12): {
  readonly workspaceEvents: readonly StoredEvent[];
  readonly roomEvents: readonly StoredEvent[];
  readonly workspace: EventLog;
  readonly room: EventLog;
} {
  const workspace = createMemoryEventLog('workspace');
  const room = createMemoryEventLog(ROOM);
  const [admin, writer, legal] = [signerOf('admin'), signerOf('writer'), signerOf('legal')];
  workspace.append(
    admin,
    [{ type: 'WorkspaceFounded', body: { organisation: 'Håndværk & Søn', admin: admin.publicKey } }],
    contextAt(1_000),
  );
  for (const [offset, person] of [writer, legal, signerOf('host')].entries()) {
    const body = { key: person.publicKey, name: `Person ${String(offset)} – "quoted", \u2028 odd` };
    workspace.append(admin, [{ type: 'KeyAdded', body }], contextAt(2_000 + offset));
  }
  room.adopt(workspace.read());
  for (let turn = 0; turn < turns; turn += 1) {
    const author = [admin, writer, legal][turn % 3] ?? admin;
    const body = { turn, text: `So far ${String(turn)} facts. 🚨`, nested: { list: [1.5, null, true, -0.25] } };
    room.append(author, [{ type: 'NoteTaken', body }], contextAt(10_000 + turn * 7, workspace.heads()));
  }
  return { workspaceEvents: workspace.read(), roomEvents: room.read(), workspace, room };
}
