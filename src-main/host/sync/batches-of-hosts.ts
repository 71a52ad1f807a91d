import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ID } from 'yjs';
import type { OperatorId, PublicKeyHex } from '../../../shared/base/ids.ts';
import { textBatchHash, updatesOf, type TextBatch, type TextUpdate } from '../../../shared/log/text-batch.ts';
import type { ClientBinding, Clock, TextLog, TextRefusal, TextTaken } from '../../commands/ports.ts';
import { updateFrame } from './frames.ts';
import type { Offered, Taken } from './live-document.ts';
import type { OpenDocument, OpenDocuments, SyncLog } from './open-documents.ts';
import { createRefusedEdits } from './refused-edits.ts';
import type { Deletion, Turn } from './turn.ts';
import { decodeUpdate } from './update-check.ts';

/** Whether a host may speak for this person in this document. */
export type MayCarry = (author: PublicKeyHex, operatorId: OperatorId, document: string) => boolean;

export interface BatchesOfHostsDeps {
  readonly documents: OpenDocuments;
  readonly turn: Turn;
  readonly clock: Clock;
  readonly log: SyncLog;
  readonly mayCarry: MayCarry;
}

/** An update of a batch, decoded. */
type Signed = Offered & TextUpdate;

/** What came of a batch that is in memory, on its way to the disk. */
interface Work {
  readonly news: Uint8Array[];
  readonly bindings: ClientBinding[];
  readonly deletions: Deletion[];
}

interface Applied {
  readonly outcome: Work | TextRefusal;
  /** All that was new in one update, where there is such a thing. */
  readonly merged: Uint8Array | null;
}

/**
 * What other hosts took in of the texts, one batch after the other, whatever document it is for. Each is committed with
 * its updates before the pages here see it, and all of it or nothing; and between two of them everybody who types here
 * has a turn, so that nobody waits for longer than one batch takes.
 */
export function createBatchesOfHosts({ documents, turn, clock, log, mayCarry }: BatchesOfHostsDeps) {
  const refusedEdits = createRefusedEdits();
  let last: Promise<unknown> = Promise.resolve();
  let stopped = false;

  function inOrder<Value>(act: () => Promise<Value>): Promise<Value> {
    const next = last.then(act);
    last = next.catch(() => undefined);
    return next;
  }

  async function judge(document: string, batch: TextBatch, as: 'new' | 'refused' = 'new'): Promise<TextTaken> {
    await nextTurn(); // what came meanwhile is taken first
    const found = openNow(document);
    if (batch.header.document !== document || !found?.texts) return { type: 'Refused', why: 'no such document' };
    const { texts } = found;
    const standing = texts.standing(document, textBatchHash(batch.header));
    if (standing !== null && (standing !== 'refused' || as === 'new')) return { type: 'Held' };
    if (!texts.follows(batch.header)) return { type: 'Waits' };
    const { author, updates } = batch.header;
    const operators = new Set(updates.map(({ operatorId }) => operatorId));
    if (![...operators].every((operatorId) => mayCarry(author, operatorId, document))) {
      return refuse(texts, batch, 'not allowed');
    }
    const open = await loaded(document);
    return open?.texts ? take(open, open.texts, batch) : { type: 'Refused', why: 'no such document' };
  }

  function openNow(document: string): OpenDocument | null {
    if (stopped) throw new Error('The host is stopping.');
    const open = documents.open(document);
    if (open !== null && open.connections.size === 0) documents.unloadLater(open);
    return open;
  }

  /** In memory, a slice at a time, with everything taken that the pages here have sent. */
  async function loaded(document: string): Promise<OpenDocument | null> {
    for (;;) {
      const open = openNow(document);
      if (open === null) return null;
      try {
        if (open.live.loadSome()) turn.settle();
        else await nextTurn();
      } catch (cause) {
        turn.giveUp(open, cause);
        throw cause;
      }
      if (!open.dropped && open.live.isLoaded()) return open;
    }
  }

  function take(open: OpenDocument, texts: TextLog, batch: TextBatch): TextTaken {
    const signed = decodeAll(batch);
    if (signed === null) return refuse(texts, batch, 'unfit');
    const foreseen = open.live.foresee(signed, clock.now());
    if (foreseen.type === 'NotYours') return refuse(texts, batch, 'contradiction');
    if (foreseen.type === 'GapBefore') {
      return buildsOnRefused(texts, batch, foreseen.missing)
        ? refuse(texts, batch, 'contradiction')
        : { type: 'Waits' };
    }
    const { outcome, merged } = applyOrTakeBack(open, signed);
    if (typeof outcome === 'string') return refuse(texts, batch, outcome);
    keep(open, texts, batch, outcome);
    show(open, outcome, merged);
    return { type: 'Taken' };
  }

  /** In memory all of it, or none. */
  function applyOrTakeBack(open: OpenDocument, signed: readonly Signed[]): Applied {
    let applied: Applied | null = null;
    try {
      applied = apply(open, signed);
      return applied;
    } finally {
      if (applied === null || typeof applied.outcome === 'string') takeBack(open);
    }
  }

  /** If something does not fit, or it throws, what is in memory is not to be trusted any more. */
  function apply(open: OpenDocument, signed: readonly Signed[]): Applied {
    let outcome: Work | TextRefusal = 'unfit';
    const applyEach = (): void => void (outcome = applyAll(open, signed));
    try {
      const merged = open.live.together(applyEach);
      return { outcome, merged };
    } catch {
      // Something breaks Yjs when it tidies up after all of them. Their host took them one by one.
      open.live.forget();
      applyEach();
      return { outcome, merged: null };
    }
  }

  function applyAll(open: OpenDocument, signed: readonly Signed[]): Work | TextRefusal {
    const work: Work = { news: [], bindings: [], deletions: [] };
    for (const one of signed) {
      const why = applyOne(open, one, work);
      if (why !== null) return why;
    }
    return work;
  }

  function applyOne(open: OpenDocument, one: Signed, work: Work): TextRefusal | null {
    const taken = open.live.take(one, one.at, 'signed');
    if (taken.type !== 'Taken') return REFUSALS[taken.type];
    if (taken.news !== null) work.news.push(taken.news);
    const { operatorId, deviceId, at } = one;
    const { deleted, held } = taken;
    if (deleted > 0) work.deletions.push({ operatorId, deviceId, at, deleted, held });
    const { name: document } = open.live;
    work.bindings.push(...taken.owners.map((owner) => ({ document, ...owner })));
    return null;
  }

  function keep(open: OpenDocument, texts: TextLog, batch: TextBatch, { bindings }: Work): void {
    try {
      texts.receive(batch, bindings);
    } catch (cause) {
      takeBack(open);
      turn.failed([{ open }], cause);
      throw cause;
    }
    turn.recovered();
  }

  function takeBack(open: OpenDocument): void {
    try {
      open.live.forget();
    } catch (cause) {
      turn.giveUp(open, cause);
    }
  }

  function show(open: OpenDocument, { news, deletions }: Work, merged: Uint8Array | null): void {
    for (const update of merged === null ? news : [merged]) turn.relayFrame(open, updateFrame(update));
    for (const deletion of deletions) turn.announceDeletion(open, deletion);
    documents.segmentWhenDue(open);
  }

  function buildsOnRefused(texts: TextLog, { header }: TextBatch, missing: ID): boolean {
    return refusedEdits.of(header.document, texts).hold(missing);
  }

  /** Kept, as far as there is room for what its author sends in vain, so that people can be shown it. */
  function refuse(texts: TextLog, batch: TextBatch, why: TextRefusal): TextTaken {
    const { document, author, n } = batch.header;
    const refused = refusedEdits.of(document, texts);
    if (texts.standing(document, textBatchHash(batch.header)) === null && refused.hasRoomFor(batch)) {
      log.warn({ document, author, n, why }, 'what another host sent of a text was refused');
      texts.refuse(batch, why);
      refused.add(batch);
    }
    return { type: 'Refused', why };
  }

  return {
    /**
     * `batch` was verified. Resolves when it is on the disk and shown, or why it is not. `Waits`: to be brought again,
     * once more has come. Rejects when the disk refuses, or cannot be read; then nothing of it is kept.
     */
    take(document: string, batch: TextBatch): Promise<TextTaken> {
      return inOrder(() => judge(document, batch));
    },

    /** Judges what was refused anew, when rights have changed or more has come. Returns how many were taken. */
    retryRefused(document: string): Promise<number> {
      return inOrder(async () => {
        let count = 0;
        for (const { batch } of openNow(document)?.texts?.refused(document) ?? []) {
          if ((await judge(document, batch, 'refused')).type === 'Taken') count += 1;
        }
        if (count > 0) refusedEdits.forget(document);
        return count;
      });
    },

    stop(): void {
      stopped = true;
    },
  };
}

const REFUSALS = {
  GapBefore: 'unfit', // it was foreseen that there is none
  NotYours: 'contradiction',
  Full: 'full',
  TooCostly: 'unfit',
  Unfit: 'unfit',
} as const satisfies Record<Exclude<Taken['type'], 'Taken'>, TextRefusal>;

function decodeAll(batch: TextBatch): readonly Signed[] | null {
  const signed: Signed[] = [];
  for (const update of updatesOf(batch)) {
    const decoded = decodeUpdate(update.data);
    if (decoded === null) return null;
    signed.push({ ...update, decoded });
  }
  return signed;
}
