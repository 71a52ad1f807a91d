import type { OperatorId } from '../../../shared/base/ids.ts';
import type { SyncPeer } from '../../commands/ports.ts';
import { presenceFrame, type PresenceEntry } from './frames.ts';

/** Strong enough to be told apart on light and on dark; the light form is the same hue for selected text. */
const CURSOR_COLOURS = [
  '#0b7fab',
  '#b4510b',
  '#2e8540',
  '#9b2fae',
  '#b3261e',
  '#7a6200',
  '#3f51b5',
  '#00796b',
] as const;

interface Announcement {
  readonly holder: object;
  readonly operatorId: OperatorId;
  readonly clockOfClient: number;
  readonly entry: PresenceEntry;
}

/**
 * Who has a document open, and where their cursors are: never stored.
 *
 * 1. One socket speaks for one client id. Stock clients repeat everybody's states to us: those are ignored.
 * 2. Name and colour are the host's, whatever the client says.
 * 3. The clocks that others see are ours and only grow, from the time of opening on. The stock client keeps its clock
 *    when it reconnects while its peers have seen it leave at that clock, and would stay invisible to them.
 */
export function createPresence(openedAt: number, maxLength: number) {
  const announcements = new Map<number, Announcement>();
  const clientIdByHolder = new Map<object, number>();
  const changed = new Map<number, PresenceEntry>();
  let clock = openedAt;

  function put(clientId: number, json: string): PresenceEntry {
    clock += 1;
    const entry = { clientId, clock, json };
    changed.set(clientId, entry);
    return entry;
  }

  function announce(holder: object, peer: SyncPeer, { clientId, clock: clockOfClient, json }: PresenceEntry): void {
    const own = clientIdByHolder.get(holder);
    const before = announcements.get(clientId);
    if (own !== undefined && own !== clientId) return;
    // A client that comes back may find its old socket half open: the same person takes over, nobody else.
    if (before !== undefined && before.operatorId !== peer.operatorId) return;
    if (before?.holder === holder && clockOfClient < before.clockOfClient) return;
    if (json.length > maxLength) return;
    const state: unknown = JSON.parse(json);
    if (state === null) return withdraw(holder);
    if (typeof state !== 'object' || Array.isArray(state)) throw new TypeError('An awareness state is an object.');
    if (before !== undefined && before.holder !== holder) clientIdByHolder.delete(before.holder);
    clientIdByHolder.set(holder, clientId);
    const entry = put(clientId, JSON.stringify({ ...state, ...userField(peer) }));
    announcements.set(clientId, { holder, operatorId: peer.operatorId, clockOfClient, entry });
  }

  function withdraw(holder: object): void {
    const clientId = clientIdByHolder.get(holder);
    if (clientId === undefined) return;
    clientIdByHolder.delete(holder);
    announcements.delete(clientId);
    put(clientId, 'null');
  }

  return {
    /** Throws on a state that is no JSON object: the frame was malformed. */
    announce(holder: object, peer: SyncPeer, entries: readonly PresenceEntry[]): void {
      for (const entry of entries) announce(holder, peer, entry);
    },
    withdraw,
    /** Everybody, for somebody who joins; null when nobody is there. */
    everybody(): Uint8Array | null {
      return announcements.size === 0 ? null : presenceFrame([...announcements.values()].map(({ entry }) => entry));
    },
    /** What changed since it was last asked for; null when nothing did. */
    takeChanges(): { frameFor(holder: object): Uint8Array } | null {
      if (changed.size === 0) return null;
      const entries = [...changed.values()];
      changed.clear();
      const whole = presenceFrame(entries);
      return {
        /**
         * Without its own line, or the host's clock would overrule the client on its own cursor. Empty is not nothing:
         * a stock client that hears no frame for 30 s takes the host for dead.
         */
        frameFor(holder) {
          const own = clientIdByHolder.get(holder);
          if (own === undefined || entries.every(({ clientId }) => clientId !== own)) return whole;
          return presenceFrame(entries.filter(({ clientId }) => clientId !== own));
        },
      };
    },
  };
}

export type Presence = ReturnType<typeof createPresence>;

function userField({ operatorId, name }: SyncPeer) {
  let hash = 0;
  for (const char of operatorId) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) >>> 0;
  const color = CURSOR_COLOURS[hash % CURSOR_COLOURS.length] ?? CURSOR_COLOURS[0];
  return { user: { operatorId, name, color, colorLight: `${color}33` } };
}
