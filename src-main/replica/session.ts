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
import { createOutflow } from './outflow.ts';
import { createSayAgain } from './say-again.ts';
import { createTally } from './tally.ts';
import type { TextIntake } from './text-intake.ts';
import { keyOf, type Topic, topicOf } from './topic.ts';

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
  grown(topic: Topic): void;
  noteEvent(logId: LogId, head: Head, previous: Sha256Hex | null): void;
  noteText(document: string, head: TextHead, previous: Sha256Hex | null): void;
  /** Something that it sent had to be let go, and has to be sent again when there is room. */
  dropped(topic: Topic): void;
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
const MOST_NAMED = 200_000;

export function createSession(deps: SessionDeps): Session {
  const { local, link, peer, clock, schedule, soon, admission, texts, limits } = deps;
  const since = clock.now();
  const outflow = createOutflow({ local, link, schedule, soon, limits, guarded, onOwed: watchSilence });
  const lost = new Set<string>();
  /** How many tips it named of each log and text: what it says about itself costs memory here. */
  const named = createTally();
  /** By topic: frames of theirs that are not taken in. */
  const theirFrames = createTally();
  /** What is being taken in, and what was taken in since without being acknowledged. */
  let taking: string | null = null;
  const unsaid = new Set<string>();
  let isReady = false;
  let isClosed = false;
  let isLongJoin = false;
  let turn = Promise.resolve();
  let cancelSilence: (() => void) | null = null;

  const sayAgain = createSayAgain({
    clock,
    schedule,
    everyMs: limits.startOverMs,
    say: (key) => guarded(() => sayVector(topicOf(key))),
  });
  const startAgain = createSayAgain({
    clock,
    schedule,
    everyMs: limits.startOverMs,
    say: (key) => guarded(() => outflow.startOver(topicOf(key))),
  });

  function send(frame: ReplicaFrame): void {
    if (!isClosed) link.send(JSON.stringify(frame));
  }

  function tipsAndLength(log: LogId): { readonly log: LogId; readonly tips: Head[]; readonly length: number } {
    const held = local.log(log);
    return { log, tips: [...(held?.tips() ?? [])], length: held?.length ?? 0 };
  }

  function sayVector(topic: Topic): void {
    if ('log' in topic) send({ kind: 'vector', ...tipsAndLength(topic.log) });
    else send({ kind: 'text-vector', document: topic.document, tips: [...local.textTips(topic.document)] });
  }

  function start(): void {
    for (const log of local.logs()) sayVector({ log });
    for (const document of local.documents()) sayVector({ document });
    send({ kind: 'ready' });
    watchSilence();
  }

  /** A session in which nothing is owed may be silent as long as it likes. */
  function watchSilence(): void {
    cancelSilence?.();
    const isOwed = !isReady || outflow.unacknowledged > 0;
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

  function handle(text: string): void {
    if (text.length > MOST_FRAME_CHARACTERS) return malformed(REPLICA_CLOSE.tooBig, 'a frame is too long');
    const frame = ReplicaFrame.safeParse(parseJson(text)).data;
    if (frame === undefined) return malformed(REPLICA_CLOSE.malformed, 'not a frame of this protocol');
    switch (frame.kind) {
      case 'vector':
        if (!hasRoomFor(frame, frame.tips.length)) return;
        outflow.log(frame.log).said(frame.tips, frame.length);
        if (isReady) startAgain.ask(keyOf(frame));
        break;
      case 'text-vector':
        if (!hasRoomFor(frame, frame.tips.length)) return;
        outflow.text(frame.document).said(frame.tips, true);
        if (isReady) startAgain.ask(keyOf(frame));
        break;
      case 'ready':
        handleReady();
        break;
      case 'ack':
        if (!hasRoomFor(frame, frame.tips.length)) return;
        outflow.acknowledged(frame, frame.frames);
        outflow.log(frame.log).said(frame.tips, frame.length);
        break;
      case 'text-ack':
        if (!hasRoomFor(frame, frame.tips.length)) return;
        outflow.acknowledged(frame, frame.frames);
        outflow.text(frame.document).said(frame.tips, false);
        break;
      case 'events': {
        if (!mayCome(frame)) return;
        const prepared = admission.prepare(frame.log, frame.events);
        inTurn(() => takeEvents(frame.log, prepared));
        break;
      }
      case 'text':
        if (!mayCome(frame.header)) return;
        inTurn(() => takeText(frame));
    }
    watchSilence();
    deps.onChanged();
  }

  function handleReady(): void {
    if (isReady) return;
    isReady = true;
    isLongJoin = counts().behind >= LONG_JOIN;
    outflow.begin();
  }

  function hasRoomFor(topic: Topic, tips: number): boolean {
    named.set(keyOf(topic), tips + 1);
    if (named.total <= MOST_NAMED) return true;
    malformed(REPLICA_CLOSE.malformed, 'more is named than there can be');
    return false;
  }

  function mayCome(topic: Topic): boolean {
    const key = keyOf(topic);
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

  async function takeEvents(log: LogId, prepared: Prepared): Promise<void> {
    const key = keyOf({ log });
    taking = key;
    const taken = await admission.take(peer.hostId, log, prepared);
    taking = null;
    if (taken.hasGap) sayAgain.ask(key, stateOf(log));
    acknowledge(key, 1);
    deps.onChanged();
  }

  async function takeText({ header, signature, data }: Extract<ReplicaFrame, { kind: 'text' }>): Promise<void> {
    const { document } = header;
    const key = keyOf({ document });
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
    const topic = topicOf(key);
    if ('log' in topic) return send({ kind: 'ack', ...tipsAndLength(topic.log), frames });
    const { document } = topic;
    send({ kind: 'text-ack', document, tips: isHere(document) ? [...local.textTips(document)] : [], frames });
  }

  /** What it sent earlier and what waited here came in now: its frame was acknowledged without it. */
  function acknowledgeLate(topic: Topic): void {
    const key = keyOf(topic);
    if (key === taking || unsaid.has(key)) return;
    unsaid.add(key);
    soon(() => guarded(() => unsaid.has(key) && acknowledge(key, 0)));
  }

  function grown(topic: Topic): void {
    if (outflow.grown(topic)) startAgain.ask(keyOf(topic));
    if ('log' in topic && topic.log === 'workspace') sayLostAgain();
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
    const { behind, ahead, done, of } = outflow.counts();
    isLongJoin &&= behind > 0;
    return { behind, ahead, progress: isLongJoin ? { done, of } : null };
  }

  function ended(): void {
    if (isClosed) return;
    isClosed = true;
    cancelSilence?.();
    outflow.stop();
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
    grown: (topic) => guarded(() => grown(topic)),
    noteEvent(log, head, previous) {
      outflow.log(log).noted(head, previous);
      acknowledgeLate({ log });
    },
    noteText(document, head, previous) {
      outflow.text(document).noted(head, previous);
      acknowledgeLate({ document });
    },
    dropped: (topic) => void lost.add(keyOf(topic)),
  };
}
