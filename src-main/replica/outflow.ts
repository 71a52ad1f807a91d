import type { LogId } from '../../shared/log/envelope.ts';
import { MOST_UNACKNOWLEDGED, MOST_UNACKNOWLEDGED_IN_ALL } from '../../shared/protocol/replica-frames.ts';
import type { ReplicaLink, ReplicaLocal, Schedule } from '../commands/ports.ts';
import type { ReplicaLimits } from './limits.ts';
import { createLogOutflow, type LogOutflow } from './log-outflow.ts';
import { createTally } from './tally.ts';
import { createTextOutflow, type TextOutflow } from './text-outflow.ts';
import { keyOf, type Topic } from './topic.ts';

/** All that one peer lacks, in frames, as long as it acknowledges them: the workspace's log, then rooms, then texts. */
export interface Outflow {
  log(logId: LogId): LogOutflow;
  text(document: string): TextOutflow;
  /** The peer has said what it holds of everything: from now on it is sent what it lacks. */
  begin(): void;
  /** There is more of it. True when something that was assumed of the peer is unsure since. */
  grown(topic: Topic): boolean;
  startOver(topic: Topic): void;
  /** So many frames about it have arrived, by what the peer says. */
  acknowledged(topic: Topic, frames: number): void;
  /** Frames that are on the way. */
  readonly unacknowledged: number;
  /** Events that it holds and we do not, and the other way round; held here, and held or to come. */
  counts(): { readonly behind: number; readonly ahead: number; readonly done: number; readonly of: number };
  stop(): void;
}

export interface OutflowDeps {
  readonly local: ReplicaLocal;
  readonly link: ReplicaLink;
  readonly schedule: Schedule;
  readonly soon: (act: () => void) => void;
  readonly limits: Pick<ReplicaLimits, 'bufferedBytes'>;
  /** Runs what may throw because it reads the disk. */
  readonly guarded: (act: () => void) => void;
  /** The first frame is on the way that is not acknowledged. */
  readonly onOwed: () => void;
}

const FULL_NETWORK_MS = 20;

export function createOutflow(deps: OutflowDeps): Outflow {
  const { local, link, schedule, soon, limits } = deps;
  const logs = new Map<LogId, LogOutflow>();
  const texts = new Map<string, TextOutflow>();
  const unsentLogs = new Set<LogId>();
  const unsentTexts = new Set<string>();
  /** By topic: frames that are not acknowledged. */
  const onTheWay = createTally();
  let hasBegun = false;
  let isPumping = false;
  let cancelRetry: (() => void) | null = null;

  function log(logId: LogId): LogOutflow {
    const known = logs.get(logId) ?? createLogOutflow(logId, local);
    logs.set(logId, known);
    return known;
  }

  function text(document: string): TextOutflow {
    const known = texts.get(document) ?? createTextOutflow(document, local);
    texts.set(document, known);
    return known;
  }

  function pump(): void {
    if (isPumping || !hasBegun) return;
    isPumping = true;
    soon(() => {
      isPumping = false;
      deps.guarded(() => {
        if (sendPiece()) pump();
      });
    });
  }

  /** Sends one frame; false when there is nothing to send, or nothing may be sent for now. */
  function sendPiece(): boolean {
    if (onTheWay.total >= MOST_UNACKNOWLEDGED_IN_ALL) return false;
    if (link.bufferedBytes() > limits.bufferedBytes) {
      // Acknowledgements go on with it; where none is to come, nobody else will.
      if (onTheWay.total === 0) cancelRetry ??= schedule(FULL_NETWORK_MS, () => ((cancelRetry = null), pump()));
      return false;
    }
    const next = nextFrame();
    if (next === null) return false;
    if (next.frame === null) return true;
    onTheWay.add(next.key, 1);
    link.send(next.frame);
    if (onTheWay.total === 1) deps.onOwed();
    return true;
  }

  function nextFrame(): { readonly key: string; readonly frame: string | null } | null {
    if (unsentLogs.has('workspace') && log('workspace').isDrained()) unsentLogs.delete('workspace');
    for (const logId of unsentLogs.has('workspace') ? (['workspace'] as const) : unsentLogs) {
      if (log(logId).isDrained()) unsentLogs.delete(logId);
      else if (mayGo({ log: logId })) return { key: keyOf({ log: logId }), frame: log(logId).next() };
    }
    if (unsentLogs.size > 0) return null;
    for (const document of unsentTexts) {
      if (text(document).isDrained()) unsentTexts.delete(document);
      else if (mayGo({ document })) return { key: keyOf({ document }), frame: text(document).next() };
    }
    return null;
  }

  function mayGo(topic: Topic): boolean {
    return onTheWay.count(keyOf(topic)) < MOST_UNACKNOWLEDGED;
  }

  return {
    log,
    text,
    begin() {
      hasBegun = true;
      for (const logId of local.logs()) unsentLogs.add(logId);
      for (const document of local.documents()) unsentTexts.add(document);
      pump();
    },
    grown(topic) {
      if ('log' in topic) unsentLogs.add(topic.log);
      else {
        text(topic.document).grown();
        unsentTexts.add(topic.document);
      }
      pump();
      return 'log' in topic ? log(topic.log).hasDoubt() : text(topic.document).hasDoubt();
    },
    startOver(topic) {
      if ('log' in topic) {
        log(topic.log).startOver();
        unsentLogs.add(topic.log);
      } else {
        text(topic.document).startOver();
        unsentTexts.add(topic.document);
      }
      pump();
    },
    acknowledged(topic, frames) {
      const key = keyOf(topic);
      onTheWay.add(key, -Math.min(frames, onTheWay.count(key)));
      pump();
    },
    get unacknowledged() {
      return onTheWay.total;
    },
    counts() {
      let [behind, ahead, done, of] = [0, 0, 0, 0];
      for (const logId of new Set([...local.logs(), ...logs.keys()])) {
        const one = log(logId).counts();
        const length = local.log(logId)?.length ?? 0;
        behind += one.behind;
        ahead += one.ahead;
        done += length;
        of += Math.max(length, one.length);
      }
      return { behind, ahead, done, of };
    },
    stop: () => cancelRetry?.(),
  };
}
