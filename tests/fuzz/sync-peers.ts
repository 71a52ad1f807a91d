import { DeviceId, OperatorId } from '../../shared/base/ids.ts';
import type { SyncPeer } from '../../src-main/commands/ports.ts';

export function peer(operator: string, device: string, mayWrite = true): SyncPeer {
  return {
    operatorId: OperatorId.parse(operator),
    deviceId: DeviceId.parse(`browser:${device}`),
    name: `${operator} of the house`,
    role: 'Communications',
    mayWrite,
  };
}

/** The writers of an open document, and the readers of a closed one. */
export const WRITERS = [
  peer('anna', 'other'),
  peer('ben', 'ben'),
  peer('cleo', 'cleo'),
  peer('cleo', 'cleo'),
  peer('eve', 'eve', false),
];
export const READERS = [peer('anna', 'other', false), peer('ben', 'ben', false), peer('eve', 'eve', false)];
/** Every name that the host may show. */
export const NAMES = new Set([...WRITERS, peer('dora', 'one')].map(({ name }) => name));
