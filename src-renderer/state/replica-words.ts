import { countOf, formatCount, formatDayTime, formatDuration, formatTime } from '../../shared/base/format.ts';
import type { ReplicaPeerView, ReplicaView } from '../../shared/protocol/views.ts';

// What is said of other hosts, in the same words on the chip, in the panel and in the settings.

export interface ReplicaChip {
  readonly word: string;
  /** `done` is as it should be, `warning` asks for a look, `plain` is under way. */
  readonly state: 'done' | 'warning' | 'plain';
  /** Of a first join, from 0 to 1. */
  readonly progress: number | null;
}

/** A clock that is off by this much is said on the chip; by less, only in the panel. */
const CLOCK_SAID_MS = 60_000;

/** Null where there is no other host: then nothing is shown at all. */
export function replicaChip(view: ReplicaView | null, now: number, timeZone?: string): ReplicaChip | null {
  if (view === null || view.peers.length === 0) return null;
  const line = lineOf(view.peers, now, timeZone);
  const wrong = wrongCount(view);
  return wrong === 0 ? line : { ...line, word: `${line.word}, ${wrong} to look at`, state: 'warning' };
}

/** How many forks, hosts that are not listened to and texts that were not taken in there are. */
export function wrongCount({ forks, quarantined, refusedTexts }: ReplicaView): number {
  return forks.length + quarantined.length + refusedTexts.length;
}

/** A host that follows others stands as they do; one that only is followed, as those that follow it. */
function lineOf(peers: readonly ReplicaPeerView[], now: number, timeZone?: string): ReplicaChip {
  const followed = peers.filter(({ url }) => url !== null);
  const said = followed.length > 0 ? followed : peers;
  const joining = said.find(({ progress }) => progress !== null);
  if (joining?.progress) {
    const { done, of } = joining.progress;
    const share = shareOf(done, of);
    return { word: `joining ${percent(share)}`, state: 'plain', progress: share };
  }
  const connected = said.filter(({ state }) => state === 'connected');
  if (connected.length === 0) return { ...apart(said, now, timeZone), progress: null };
  const off = connected.find(({ clockOffMs }) => Math.abs(clockOffMs ?? 0) >= CLOCK_SAID_MS);
  if (off?.clockOffMs) return { word: `clock ${roughly(off.clockOffMs)} off`, state: 'warning', progress: null };
  const behind = Math.max(...connected.map((one) => one.behind));
  if (behind > 0) return { word: `behind by ${formatCount(behind)}`, state: 'plain', progress: null };
  const word = connected.length === said.length ? 'connected' : `${connected.length} of ${said.length} connected`;
  return { word, state: 'done', progress: null };
}

function apart(peers: readonly ReplicaPeerView[], now: number, timeZone?: string): Omit<ReplicaChip, 'progress'> {
  if (peers.some(({ state }) => state === 'refused')) return { word: 'not let in', state: 'warning' };
  if (peers.every(({ state }) => state === 'connecting')) return { word: 'connecting', state: 'plain' };
  // Of several that are gone, we have been alone since the last one went.
  const since = Math.max(...peers.filter(({ state }) => state === 'offline').map((one) => one.since));
  return { word: `offline since ${momentOf(since, now, timeZone)}`, state: 'warning' };
}

/** How one other host stands, in one line. */
export function peerWords(peer: ReplicaPeerView, now: number, timeZone?: string): string {
  const since = momentOf(peer.since, now, timeZone);
  switch (peer.state) {
    case 'connected':
      if (peer.progress)
        return `joining, ${percent(shareOf(peer.progress.done, peer.progress.of))}: ${formatCount(peer.progress.done)} of ${countOf(peer.progress.of, 'entry', 'entries')}`;
      return `connected since ${since}, ${distance(peer)}`;
    case 'connecting':
      return `connecting since ${since}`;
    case 'offline':
      return `offline since ${since}; ${apartWords(peer)}`;
    case 'refused':
      return `not let in since ${since}`;
  }
}

function distance({ behind, ahead }: ReplicaPeerView): string {
  const said = [
    ...(behind > 0 ? [`${countOf(behind, 'entry', 'entries')} still to come from there`] : []),
    ...(ahead > 0 ? [`${countOf(ahead, 'entry', 'entries')} still to go there`] : []),
  ];
  return said.length === 0 ? 'up to date' : said.join(', ');
}

function apartWords({ ahead }: ReplicaPeerView): string {
  return ahead > 0
    ? `${countOf(ahead, 'entry', 'entries')} of ours wait for it, and what it writes meanwhile comes later`
    : 'what it writes meanwhile comes later';
}

/** `its clock is 3 min ahead of ours`; null while that is no matter. */
export function clockWords({ clockOffMs }: ReplicaPeerView): string | null {
  if (clockOffMs === null || clockOffMs === 0) return null;
  return `its clock is ${roughly(clockOffMs)} ${clockOffMs > 0 ? 'ahead of' : 'behind'} ours`;
}

/** A share in whole percent that says neither 0 nor 100 before it is so. */
function percent(share: number): string {
  if (share >= 1) return '100 %';
  return `${Math.max(0, Math.min(99, Math.floor(100 * share)))} %`;
}

function shareOf(done: number, of: number): number {
  return of > 0 ? Math.min(1, done / of) : 0;
}

/** A span for a glance: `40 s`, `3 min`, `2 h`. */
function roughly(ms: number): string {
  const seconds = Math.abs(ms) / 1000;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

/** `14:02`, with the day where it is more than half a day ago. */
function momentOf(at: number, now: number, timeZone?: string): string {
  return now - at > 12 * 3_600_000 ? formatDayTime(at, timeZone).slice(0, -3) : formatTime(at, timeZone).slice(0, 5);
}

/** `until 14:30, 4:10 from now`. */
export function untilWords(until: number, now: number, timeZone?: string): string {
  const left = until - now;
  return left > 0 ? `until ${momentOf(until, now, timeZone)}, ${formatDuration(left)} from now` : 'until now';
}
