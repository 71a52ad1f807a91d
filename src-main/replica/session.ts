import type { Instant, PublicKeyHex, Sha256Hex } from '../../shared/base/ids.ts';
import { parseJson } from '../../shared/base/json.ts';
import type { Head, LogId } from '../../shared/log/envelope.ts';
import type { TextHead } from '../../shared/log/text-batch.ts';
import {
  MOST_FRAME_CHARACTERS,
  MOST_UNACKNOWLEDGED,
  MOST_UNACKNOWLEDGED_IN_ALL,
  REPLICA_CLOSE,
  ReplicaFrame,
} from '../../shared/protocol/replica-frames.ts';
import type { Clock, ReplicaLink, ReplicaLocal, Schedule } from '../commands/ports.ts';
import type { Admission, Prepared } from './admission.ts';
import type { ReplicaLimits } from './limits.ts';
import { createTally } from './tally.ts';
import { createLogOutflow, type LogOutflow } from './log-outflow.ts';
import { createSayAgain } from './say-again.ts';
import type { TextIntake } from './text-intake.ts';
import { createTextOutflow, type TextOutflow } from './text-outflow.ts';

// One connection with another host that has proved who it is. Both sides do the same.
//
// 1. Each says what it holds of everything, then `ready`; only then does the other send what is lacking.
// 2. The workspace's log first, then rooms, then texts: so authors are known before what they wrote comes.
// 3. Of one log, and in all, only so many frames are on the way unacknowledged; whoever sends more is cut.
// 4. A frame is acknowledged after what fits of it was committed. Frames of one peer are taken in as they came.
// 5. A `vector` after `ready` means: send me that log again from its beginning, this is what I hold.

export interface Peer {
  /** The key that this machine was enrolled with; `key` is what it signs with now. */
  readonly hostId: PublicKeyHex;
  readonly key: PublicKeyHex;
  readonly name: string;
  /** Its clock minus ours, as its first message said. */
  readonly clockOffMs: number;
}

export interface Session {
  readonly peer: Peer;
  readonly since: Instant;
  /** Something of ours may be what it lacks. */
  grown(what: { readonly log: LogId } | { readonly document: string }): void;
  noteEvent(logId: LogId, head: Head, previous: Sha256Hex | null): void;
  noteText(document: string, head: TextHead, previous: Sha256Hex | null): void;
  /** Something that it sent had to be let go, and has to be sent again when there is room. */
  dropped(key: { readonly log: LogId } | { readonly document: string }): void;
  counts(): SessionCounts;
  close(code: number, reason: string): void;
}

export interface SessionCounts {
  readonly behind: number;
  readonly ahead: number;
  readonly progress: { readonly done: number; readonly of: number } | null;
}

export interface SessionDeps {
  readonly local: ReplicaLocal;
  readonly link: ReplicaLink;
  readonly peer: Peer;
  readonly clock: Clock;
  readonly schedule: Schedule;
  readonly soon: (act: () => void) => void;
  readonly admission: Admission;
  readonly texts: TextIntake;
  readonly limits: ReplicaLimits;
  readonly charge: (count: number) => void;
  /** The disk refused what came in. */
  readonly onDiskRefused: (cause: unknown) => void;
  readonly onChanged: () => void;
  readonly onClosed: () => void;
}

/** A peer that is ahead of us by so much is shown with its progress. */
const LONG_JOIN = 500;
const FULL_NETWORK_MS = 20;
const MOST_NAMED = 200_000;

export function createSession(deps: SessionDeps): Session {
  const { local, link, peer, clock, schedule, soon, admission, texts, limits } = deps;
  const since = clock.now();
  const logs = new Map<LogId, LogOutflow>();
  const documents = new Map<string, TextOutflow>();
  const unsentLogs = new Set<LogId>();
  const unsentTexts = new Set<string>();
  const lost = new Set<string>();
  /** How many tips it named of each log and text: what it says about itself costs memory here. */
  const named = createTally();
  /** By log or document: frames of ours that are not acknowledged, and frames of theirs that are not taken in. */
  const ourFrames = createTally();
  const theirFrames = createTally();
  /** What is being taken in, and what was taken in since without being acknowledged. */
  let taking: string | null = null;
  const unsaid = new Set<string>();
  let isReady = false;
  let isClosed = false;
  let isPumping = false;
  let isLongJoin = false;
  let turn = Promise.resolve();
  let cancelSilence: (() => void) | null = null;
  let cancelRetry: (() => void) | null = null;

  const sayAgain = createSayAgain({
    clock,
    schedule,
    everyMs: limits.startOverMs,
    say: (key) => guarded(() => sayVector(key)),
  });
  const startAgain = createSayAgain({
    clock,
    schedule,
    everyMs: limits.startOverMs,
    say: (key) => guarded(() => sendFromTheBeginning(key)),
  });

  function logOf(logId: LogId): LogOutflow {
    const known = logs.get(logId) ?? createLogOutflow(logId, local);
    logs.set(logId, known);
    return known;
  }

  function textOf(document: string): TextOutflow {
    const known = documents.get(document) ?? createTextOutflow(document, local);
    documents.set(document, known);
    return known;
  }

  function send(frame: ReplicaFrame): void {
    if (!isClosed) link.send(JSON.stringify(frame));
  }

  function tipsAndLength(log: LogId): { readonly log: LogId; readonly tips: Head[]; readonly length: number } {
    const held = local.log(log);
    return { log, tips: [...(held?.tips() ?? [])], length: held?.length ?? 0 };
  }

  function sayVector(key: string): void {
    const { log, document } = readKey(key);
    if (log !== null) send({ kind: 'vector', ...tipsAndLength(log) });
    else send({ kind: 'text-vector', document, tips: [...local.textTips(document)] });
  }

  function sendFromTheBeginning(key: string): void {
    const { log, document } = readKey(key);
    if (log !== null) {
      logOf(log).startOver();
      unsentLogs.add(log);
    } else {
      textOf(document).startOver();
      unsentTexts.add(document);
    }
    pump();
  }

  function start(): void {
    for (const logId of local.logs()) sayVector(logKey(logId));
    for (const document of local.documents()) sayVector(textKey(document));
    send({ kind: 'ready' });
    watchSilence();
  }

  /** A session in which nothing is owed may be silent as long as it likes. */
  function watchSilence(): void {
    cancelSilence?.();
    const isOwed = !isReady || ourFrames.total > 0;
    cancelSilence = isOwed ? schedule(limits.silenceMs, () => close(REPLICA_CLOSE.tryAgain, 'no answer')) : null;
  }

  /** Whatever reads the disk may throw, and nobody who calls from outside can do anything about it. */
  function guarded(act: () => void): void {
    if (isClosed) return;
    try {
      act();
    } catch (cause) {
      deps.onDiskRefused(cause);
    }
  }

  // ---- what goes out

  function pump(): void {
    if (isPumping || isClosed || !isReady) return;
    isPumping = true;
    soon(() => {
      isPumping = false;
      guarded(() => {
        if (sendPiece()) pump();
      });
    });
  }

  /** Sends one frame; false when there is nothing to send, or nothing may be sent for now. */
  function sendPiece(): boolean {
    if (ourFrames.total >= MOST_UNACKNOWLEDGED_IN_ALL) return false;
    if (link.bufferedBytes() > limits.bufferedBytes) {
      // Acknowledgements go on with it; where none is to come, nobody else will.
      if (ourFrames.total === 0) cancelRetry ??= schedule(FULL_NETWORK_MS, () => ((cancelRetry = null), pump()));
      return false;
    }
    const next = nextFrame();
    if (next === null) return false;
    if (next.frame === null) return true;
    ourFrames.add(next.key, 1);
    link.send(next.frame);
    if (ourFrames.total === 1) watchSilence();
    return true;
  }

  function nextFrame(): { readonly key: string; readonly frame: string | null } | null {
    if (unsentLogs.has('workspace') && logOf('workspace').isDrained()) unsentLogs.delete('workspace');
    for (const logId of unsentLogs.has('workspace') ? (['workspace'] as const) : unsentLogs) {
      const outflow = logOf(logId);
      const key = logKey(logId);
      if (outflow.isDrained()) unsentLogs.delete(logId);
      else if (ourFrames.count(key) < MOST_UNACKNOWLEDGED) return { key, frame: outflow.next() };
    }
    if (unsentLogs.size > 0) return null;
    for (const document of unsentTexts) {
      const outflow = textOf(document);
      const key = textKey(document);
      if (outflow.isDrained()) unsentTexts.delete(document);
      else if (ourFrames.count(key) < MOST_UNACKNOWLEDGED) return { key, frame: outflow.next() };
    }
    return null;
  }

  // ---- what comes in

  function handle(text: string): void {
    if (text.length > MOST_FRAME_CHARACTERS) return malformed(REPLICA_CLOSE.tooBig, 'a frame is too long');
    const frame = ReplicaFrame.safeParse(parseJson(text)).data;
    if (frame === undefined) return malformed(REPLICA_CLOSE.malformed, 'not a frame of this protocol');
    switch (frame.kind) {
      case 'vector':
        if (!hasRoomFor(logKey(frame.log), frame.tips.length)) return;
        logOf(frame.log).said(frame.tips, frame.length);
        if (isReady) startAgain.ask(logKey(frame.log));
        break;
      case 'text-vector':
        if (!hasRoomFor(textKey(frame.document), frame.tips.length)) return;
        textOf(frame.document).said(frame.tips, true);
        if (isReady) startAgain.ask(textKey(frame.document));
        break;
      case 'ready':
        handleReady();
        break;
      case 'ack':
        if (!acknowledged(logKey(frame.log), frame.tips.length, frame.frames)) return;
        logOf(frame.log).said(frame.tips, frame.length);
        break;
      case 'text-ack':
        if (!acknowledged(textKey(frame.document), frame.tips.length, frame.frames)) return;
        textOf(frame.document).said(frame.tips, false);
        break;
      case 'events': {
        if (!mayCome(logKey(frame.log))) return;
        const prepared = admission.prepare(frame.log, frame.events);
        inTurn(() => takeEvents(frame.log, prepared));
        break;
      }
      case 'text':
        if (!mayCome(textKey(frame.header.document))) return;
        inTurn(() => takeText(frame));
    }
    watchSilence();
    deps.onChanged();
  }

  function handleReady(): void {
    if (isReady) return;
    isReady = true;
    isLongJoin = counts().behind >= LONG_JOIN;
    for (const logId of local.logs()) unsentLogs.add(logId);
    for (const document of local.documents()) unsentTexts.add(document);
    pump();
  }

  function acknowledged(key: string, tips: number, frames: number): boolean {
    if (!hasRoomFor(key, tips)) return false;
    ourFrames.add(key, -Math.min(frames, ourFrames.count(key)));
    pump();
    return true;
  }

  function hasRoomFor(key: string, tips: number): boolean {
    named.set(key, tips + 1);
    if (named.total <= MOST_NAMED) return true;
    malformed(REPLICA_CLOSE.malformed, 'more is named than there can be');
    return false;
  }

  function mayCome(key: string): boolean {
    theirFrames.add(key, 1);
    if (theirFrames.count(key) <= MOST_UNACKNOWLEDGED && theirFrames.total <= MOST_UNACKNOWLEDGED_IN_ALL) return true;
    malformed(REPLICA_CLOSE.malformed, 'more frames than were acknowledged');
    return false;
  }

  function inTurn(act: () => Promise<void>): void {
    turn = turn.then(async () => {
      if (isClosed) return;
      try {
        await act();
      } catch (cause) {
        deps.onDiskRefused(cause);
      }
    });
  }

  async function takeEvents(logId: LogId, prepared: Prepared): Promise<void> {
    taking = logKey(logId);
    const taken = await admission.take(peer.hostId, logId, prepared);
    taking = null;
    if (taken.hasGap) sayAgain.ask(logKey(logId), stateOf(logId));
    acknowledge(logKey(logId), 1);
    deps.onChanged();
  }

  async function takeText({ header, signature, data }: Extract<ReplicaFrame, { kind: 'text' }>): Promise<void> {
    const { document } = header;
    const key = textKey(document);
    taking = key;
    const outcome = await texts.take(peer.hostId, { header, signature, data: Buffer.from(data, 'base64') });
    taking = null;
    if (outcome === 'Waits' && isHere(document)) sayAgain.ask(key, JSON.stringify(local.textTips(document)));
    acknowledge(key, 1);
  }

  function isHere(document: string): boolean {
    return local.documents().includes(document);
  }

  function acknowledge(key: string, frames: 0 | 1): void {
    unsaid.delete(key);
    if (frames === 1) theirFrames.add(key, -1);
    const { log, document } = readKey(key);
    if (log !== null) send({ kind: 'ack', ...tipsAndLength(log), frames });
    else send({ kind: 'text-ack', document, tips: isHere(document) ? [...local.textTips(document)] : [], frames });
  }

  /** What it sent earlier and what waited here came in now: its frame was acknowledged without it. */
  function acknowledgeLate(key: string): void {
    if (key === taking || unsaid.has(key)) return;
    unsaid.add(key);
    soon(() => guarded(() => unsaid.has(key) && acknowledge(key, 0)));
  }

  function grown(what: { readonly log: LogId } | { readonly document: string }): void {
    const key = keyOf(what);
    if ('log' in what) {
      unsentLogs.add(what.log);
      if (logOf(what.log).hasDoubt()) startAgain.ask(key);
      if (what.log === 'workspace') sayLostAgain();
    } else {
      textOf(what.document).grown();
      unsentTexts.add(what.document);
      if (textOf(what.document).hasDoubt()) startAgain.ask(key);
    }
    pump();
  }

  function sayLostAgain(): void {
    for (const key of lost) sayAgain.ask(key);
    lost.clear();
  }

  function stateOf(logId: LogId): string {
    return (local.log(logId)?.tips() ?? []).map(({ hash }) => hash).join();
  }

  function malformed(code: number, reason: string): void {
    deps.charge(1);
    close(code, reason);
  }

  function counts(): SessionCounts {
    let [behind, ahead, done, of] = [0, 0, 0, 0];
    for (const logId of new Set([...local.logs(), ...logs.keys()])) {
      const one = logOf(logId).counts();
      const length = local.log(logId)?.length ?? 0;
      behind += one.behind;
      ahead += one.ahead;
      done += length;
      of += Math.max(length, one.length);
    }
    isLongJoin &&= behind > 0;
    return { behind, ahead, progress: isLongJoin ? { done, of } : null };
  }

  function ended(): void {
    if (isClosed) return;
    isClosed = true;
    cancelSilence?.();
    cancelRetry?.();
    sayAgain.stop();
    startAgain.stop();
    deps.onClosed();
  }

  function close(code: number, reason: string): void {
    if (isClosed) return;
    ended();
    link.close(code, reason);
  }

  link.onClose(ended);
  link.onMessage((text) => guarded(() => handle(text)));
  guarded(start);

  return {
    peer,
    since,
    counts,
    close,
    grown: (what) => guarded(() => grown(what)),
    noteEvent(logId, head, previous) {
      logOf(logId).noted(head, previous);
      acknowledgeLate(logKey(logId));
    },
    noteText(document, head, previous) {
      textOf(document).noted(head, previous);
      acknowledgeLate(textKey(document));
    },
    dropped: (what) => void lost.add(keyOf(what)),
  };
}

function logKey(logId: LogId): string {
  return `log/${logId}`;
}

function textKey(document: string): string {
  return `text/${document}`;
}

function keyOf(what: { readonly log: LogId } | { readonly document: string }): string {
  return 'log' in what ? logKey(what.log) : textKey(what.document);
}

function readKey(
  key: string,
): { readonly log: LogId; readonly document: null } | { readonly log: null; readonly document: string } {
  const name = key.slice(key.indexOf('/') + 1);
  return key.startsWith('log/') ? { log: name as LogId, document: null } : { log: null, document: name };
}
