import { z } from 'zod';
import type { DeviceId, OperatorId } from '../../../shared/base/ids.ts';
import type { SyncPeer } from '../../commands/ports.ts';
import { presenceFrame, type IncomingPresence, type PresenceEntry } from './frames.ts';

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

const YjsId = z.object({ client: z.int().nonnegative(), clock: z.int().nonnegative() });

/** A Yjs relative position as JSON: an editor that is given anything else breaks on it. */
const Position = z.object({
  type: YjsId.nullish(),
  tname: z.string().max(256).nullish(),
  item: YjsId.nullish(),
  assoc: z.int().nullish(),
});

/** What is passed on of a client's state: where its cursor is, and small facts such as an editor's own. */
const PresenceState = z
  .object({ cursor: z.object({ anchor: Position, head: Position }).nullish().catch(null) })
  .catchall(z.union([z.string(), z.number(), z.boolean(), z.null()]).catch(null));

interface Announcement {
  readonly holder: object;
  readonly operatorId: OperatorId;
  readonly clockOfClient: number;
  readonly entry: PresenceEntry;
}

interface Waiting {
  readonly peer: SyncPeer;
  readonly entriesByClientId: Map<number, IncomingPresence>;
}

export interface PresenceOptions {
  readonly openedAt: number;
  /** Longest state, in bytes of its JSON. */
  readonly maxLength: number;
  /** Whether this device may speak for the client id; asked for those who write, once for each id. */
  readonly claim: (deviceId: DeviceId, clientId: number) => boolean;
  /** What the holder sent was no state: the frame was malformed. */
  readonly onMalformed: (holder: object) => void;
}

/** Throws on what is no UTF-8, as JSON does on what is no JSON. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** More lines of one socket than this wait for nobody: a client speaks for itself, and repeats what others said. */
const MOST_WAITING = 4;

/**
 * Who has a document open, and where their cursors are: never stored.
 *
 * 1. One socket speaks for one client id. Stock clients repeat everybody's states to us: those are ignored.
 * 2. Name, role and colour are the host's, whatever the client says.
 * 3. The clocks that others see are ours and only grow, from the time of opening on. The stock client keeps its clock
 *    when it reconnects while its peers have seen it leave at that clock, and would stay invisible to them.
 * 4. However often somebody speaks, only what they said last is read, when the next frame for everybody is made.
 */
export function createPresence({ openedAt, maxLength, claim, onMalformed }: PresenceOptions) {
  const announcements = new Map<number, Announcement>();
  const clientIdByHolder = new Map<object, number>();
  const changed = new Map<number, PresenceEntry>();
  const waiting = new Map<object, Waiting>();
  let clock = openedAt;
  let everybodyCache: Uint8Array | null = null;

  function put(clientId: number, json: string): PresenceEntry {
    clock += 1;
    everybodyCache = null;
    const entry = { clientId, clock, json };
    changed.set(clientId, entry);
    return entry;
  }

  function mayAnnounce(holder: object, peer: SyncPeer, clientId: number): boolean {
    const own = clientIdByHolder.get(holder);
    if (own !== undefined) return own === clientId;
    // A client that comes back may find its old socket half open: the same person takes over, nobody else.
    const before = announcements.get(clientId);
    return before === undefined || before.operatorId === peer.operatorId;
  }

  function announce(
    holder: object,
    peer: SyncPeer,
    { clientId, clock: clockOfClient, state: bytes }: IncomingPresence,
  ): void {
    if (!mayAnnounce(holder, peer, clientId)) return;
    const before = announcements.get(clientId);
    if (before?.holder === holder && clockOfClient < before.clockOfClient) return;
    const state: unknown = JSON.parse(utf8.decode(bytes));
    if (state === null) return withdraw(holder);
    const known = PresenceState.parse(state);
    if (before?.holder !== holder && peer.mayWrite && !claim(peer.deviceId, clientId)) return;
    if (before !== undefined && before.holder !== holder) clientIdByHolder.delete(before.holder);
    clientIdByHolder.set(holder, clientId);
    const entry = put(clientId, JSON.stringify({ ...known, ...userField(peer) }));
    announcements.set(clientId, { holder, operatorId: peer.operatorId, clockOfClient, entry });
  }

  function withdraw(holder: object): void {
    waiting.delete(holder);
    const clientId = clientIdByHolder.get(holder);
    if (clientId === undefined) return;
    clientIdByHolder.delete(holder);
    announcements.delete(clientId);
    put(clientId, 'null');
  }

  return {
    /** Takes note of what somebody said; true if it can be about themselves, and `takeChanges` has work to do. */
    receive(holder: object, peer: SyncPeer, entries: readonly IncomingPresence[]): boolean {
      const own = entries
        .filter(({ clientId, state }) => state.length <= maxLength && mayAnnounce(holder, peer, clientId))
        .slice(-MOST_WAITING);
      if (own.length === 0) return false;
      const heard = waiting.get(holder) ?? { peer, entriesByClientId: new Map<number, IncomingPresence>() };
      waiting.set(holder, heard);
      for (const entry of own) {
        heard.entriesByClientId.delete(entry.clientId);
        heard.entriesByClientId.set(entry.clientId, { ...entry, state: entry.state.slice() }); // not the whole frame
      }
      for (const clientId of heard.entriesByClientId.keys()) {
        if (heard.entriesByClientId.size <= MOST_WAITING) break;
        heard.entriesByClientId.delete(clientId);
      }
      return true;
    },
    withdraw,
    /** Everybody, for somebody who joins; null when nobody is there. */
    everybody(): Uint8Array | null {
      if (announcements.size === 0) return null;
      everybodyCache ??= presenceFrame([...announcements.values()].map(({ entry }) => entry));
      return everybodyCache;
    },
    /** What changed since it was last asked for; null when nothing did. */
    takeChanges(): { frameFor(holder: object): Uint8Array } | null {
      const heard = [...waiting];
      waiting.clear();
      for (const [holder, { peer, entriesByClientId }] of heard) {
        try {
          for (const entry of entriesByClientId.values()) announce(holder, peer, entry);
        } catch {
          onMalformed(holder); // no JSON, or no object
        }
      }
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

function userField({ operatorId, name, role }: SyncPeer) {
  let hash = 0;
  for (const char of operatorId) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) >>> 0;
  const color = CURSOR_COLOURS[hash % CURSOR_COLOURS.length] ?? CURSOR_COLOURS[0];
  return { user: { operatorId, name, role, color, colorLight: `${color}33` } };
}
