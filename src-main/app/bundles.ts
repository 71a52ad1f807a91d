import { z } from 'zod';
import type { Instant, RoomId } from '../../shared/base/ids.ts';
import type { LogId } from '../../shared/log/envelope.ts';
import type { EventLog } from '../../shared/log/event-log.ts';
import type { Signer } from '../../shared/log/signing.ts';
import { textHeadOf, type TextBatch, type TextHead } from '../../shared/log/text-batch.ts';
import { type Bundle, type CarriedFrame, writeBundle } from '../../shared/protocol/bundle.ts';
import { parseDocumentName } from '../../shared/protocol/document-names.ts';
import { MOST_FRAME_EVENTS, ReplicaFrame } from '../../shared/protocol/replica-frames.ts';
import type { ReplicaLink, ReplicaLocal } from '../commands/ports.ts';
import type { Replica } from '../replica/replica.ts';
import type { Peer } from '../replica/session.ts';

/** Everything of this workspace, or of one room with what it takes to judge it, as one file. */
export function exportBundle(
  local: ReplicaLocal,
  { roomId, signer, now }: { readonly roomId: RoomId | null; readonly signer: Signer; readonly now: Instant },
): string {
  return writeBundle({ workspace: local.workspaceId, at: now }, framesOf(local, roomId), signer);
}

function* framesOf(local: ReplicaLocal, roomId: RoomId | null): Iterable<CarriedFrame> {
  for (const log of local.logs()) {
    if (roomId !== null && log !== 'workspace' && log !== roomId) continue;
    yield* eventFramesOf(local, log);
  }
  for (const document of local.documents()) {
    const name = parseDocumentName(document);
    const isWanted = roomId === null || (name !== null && 'roomId' in name && name.roomId === roomId);
    if (isWanted) yield* textFramesOf(local, document);
  }
}

function* eventFramesOf(local: ReplicaLocal, log: LogId): Iterable<CarriedFrame> {
  for (let from: number | null | undefined = 0; typeof from === 'number';) {
    const lacking: ReturnType<EventLog['lacking']> | undefined = local.log(log)?.lacking([], from, MOST_FRAME_EVENTS);
    const events = (lacking?.events ?? []).map(({ envelope, body, salt }) => ({ envelope, body, salt }));
    if (events.length > 0) yield { kind: 'events', log, events };
    from = lacking?.next;
  }
}

const BATCHES_AT_ONCE = 64;

function* textFramesOf(local: ReplicaLocal, document: string): Iterable<CarriedFrame> {
  const branches = new Map<string, TextHead>();
  for (;;) {
    const batches = local.textsLacking(document, [...branches.values()], BATCHES_AT_ONCE);
    if (batches.length === 0) return;
    for (const batch of batches) {
      const head = textHeadOf(batch);
      if (batch.header.previous !== null) branches.delete(batch.header.previous);
      branches.set(head.hash, head);
      yield textFrame(batch);
    }
  }
}

function textFrame({ header, signature, data }: TextBatch): CarriedFrame {
  return { kind: 'text', header, signature, data: z.core.util.uint8ArrayToBase64(data) };
}

/**
 * Takes a bundle in as a session with the host that wrote it: the same engine, the same judgement, as often as one likes.
 * Resolves when all of it was dealt with; false when it was broken off, because too much of it was wrong or the disk
 * refused.
 */
export function importBundle(replica: Replica, { header, frames }: Bundle, peer: Omit<Peer, 'key' | 'clockOffMs'>) {
  return new Promise<boolean>((resolve) => {
    let hear: (text: string) => void = () => undefined;
    let ended: () => void = () => undefined;
    let next = 0;

    function say(): void {
      const frame = frames[next];
      next += 1;
      if (frame !== undefined) return hear(JSON.stringify(frame));
      resolve(true);
      ended();
    }

    const link: ReplicaLink = {
      bufferedBytes: () => 0,
      onMessage: (handler) => (hear = handler),
      onClose: (handler) => (ended = handler),
      close: () => resolve(false),
      send(text) {
        const frame = ReplicaFrame.parse(JSON.parse(text));
        // An acknowledgement of no frame tells that something which waited has come in.
        if ((frame.kind === 'ack' || frame.kind === 'text-ack') && frame.frames === 1) queueMicrotask(say);
      },
    };
    if (replica.connect(link, { ...peer, key: header.by, clockOffMs: 0 })) say();
  });
}
