import { readFileSync } from 'node:fs';
import { err, ok } from '../../shared/base/result.ts';
import { type Bundle, readBundle } from '../../shared/protocol/bundle.ts';
import { bundleFaultText } from '../../shared/protocol/bundle-text.ts';
import { hostOfKey } from '../../shared/domain/workspace/workspace.ts';
import type { SignedEvent } from '../../shared/log/envelope.ts';
import { type HostEndpoints, notFounded, refusalToAct } from '../commands/endpoints.ts';
import type { ReplicaLocal } from '../commands/ports.ts';
import { wireError } from '../commands/wire-errors.ts';
import { verifyEd25519 } from '../identity/ed25519.ts';
import { exportBundle, importBundle } from './bundles.ts';
import type { HostContext } from './host-context.ts';
import { createIntroduction } from './introduction.ts';

/** What is carried from one host to another on a stick. */
export function createBundleEndpoints(host: HostContext): Pick<HostEndpoints, 'bundle.export' | 'bundle.import'> {
  return {
    'bundle.export': (caller, { roomId }) => {
      const founded = host.founded();
      const running = host.replication.running();
      // Whoever owns the folder can read its files.
      const refusal = caller.door === 'local' ? null : refusalToAct(founded, caller, 'read');
      if (refusal || !founded) return err(refusal ?? notFounded);
      if (!running) return err(nothingToCarry);
      if (roomId !== null && !founded.warRoom.rooms.has(roomId))
        return err(wireError('NoSuchRoom', 'There is no such room. It may be on another host.'));
      const text = exportBundle(running.scope.local, { roomId, signer: host.keyRing.host(), now: host.clock.now() });
      return ok({ name: `${roomId ?? 'workspace'}.firebreak-bundle`, text });
    },
    'bundle.import': async (caller, { file }) => {
      if (caller.door !== 'local')
        return err(wireError('LocalOnly', 'This reads a file of this machine: use the command line here.'));
      const running = host.replication.running();
      if (!running) return err(nothingToCarry);
      const { scope, replica } = running;
      const { local } = scope;
      let text: string;
      try {
        text = readFileSync(file, 'utf8');
      } catch (cause) {
        return err(wireError('FileUnreadable', `${file} cannot be read: ${(cause as Error).message}`));
      }
      const read = readBundle(text, verifyEd25519);
      if (!read.ok)
        return err(
          wireError('BundleBroken', `Line ${String(read.error.line)}: ${bundleFaultText(read.error.reason)}.`),
        );
      const bundle = read.value;
      if (bundle.header.workspace !== local.workspaceId) return err(otherWorkspace);
      if (!local.knowsKey(bundle.header.by)) createIntroduction(scope, verifyEd25519).introduce(rosterIn(bundle));
      if (!local.knowsKey(bundle.header.by)) return err(strangerWrote);
      const before = heldBy(local);
      const by = hostOfKey(scope.history.state, bundle.header.by);
      const from = { hostId: by?.hostId ?? bundle.header.by, name: by?.name ?? 'A bundle' };
      const isWhole = await importBundle(replica, bundle, from);
      const after = heldBy(local);
      return ok({ events: after.events - before.events, batches: after.batches - before.batches, isWhole });
    },
  };
}

/** What says who belongs to the workspace. */
function rosterIn({ frames }: Bundle): readonly SignedEvent[] {
  return frames.flatMap((frame) => (frame.kind === 'events' && frame.log === 'workspace' ? frame.events : []));
}

function heldBy(local: ReplicaLocal): { readonly events: number; readonly batches: number } {
  const events = local.logs().reduce((sum, logId) => sum + (local.log(logId)?.length ?? 0), 0);
  const batches = local
    .documents()
    .reduce((sum, document) => sum + local.textTips(document).reduce((all, { n }) => all + n, 0), 0);
  return { events, batches };
}

const nothingToCarry = wireError(
  'NothingToCarry',
  'There is no workspace here that could be carried; a demo stays by itself.',
);
const otherWorkspace = wireError(
  'OtherWorkspace',
  'This bundle is of another workspace. Import it into an empty data folder.',
);
const strangerWrote = wireError(
  'ByStranger',
  'This bundle was written by a host that is not known here. Fetch what is new from a host that you follow, then do it again.',
);
