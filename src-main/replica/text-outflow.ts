import type { Sha256Hex } from '../../shared/base/ids.ts';
import type { TextBatch, TextHead } from '../../shared/log/text-batch.ts';
import { textHeadOf } from '../../shared/log/text-batch.ts';
import type { ReplicaFrame } from '../../shared/protocol/replica-frames.ts';
import type { ReplicaLocal } from '../commands/ports.ts';
import { createHoldings, type Tip } from './holdings.ts';

/** What one peer lacks of one document's text. It has no indexes to count by: what was sent is noted as held there. */
export interface TextOutflow {
  next(): string | null;
  isDrained(): boolean;
  grown(): void;
  /** The peer said what it holds. `startsOver`: whatever was sent before does not count. */
  said(heads: readonly TextHead[], startsOver: boolean): void;
  noted(head: TextHead, previous: Sha256Hex | null): void;
  hasDoubt(): boolean;
  startOver(): void;
}

const PIECE = 16;

export function createTextOutflow(
  document: string,
  local: Pick<ReplicaLocal, 'textTips' | 'textsLacking'>,
): TextOutflow {
  const sent = createHoldings();
  let said: readonly TextHead[] = [];
  let ready: TextBatch[] = [];
  let isAtEnd = false;

  function ours(): readonly Tip[] {
    return local.textTips(document).map(tipOf);
  }

  function startOver(): void {
    sent.say(said.map(tipOf));
    ready = [];
    isAtEnd = false;
  }

  return {
    next() {
      if (ready.length === 0 && !isAtEnd) {
        const here = ours();
        const assumed = sent.assumed(here, isAmong(here)).map(headOf);
        ready = [...local.textsLacking(document, assumed, PIECE)];
        isAtEnd = ready.length === 0;
        for (const batch of ready) sent.note(tipOf(textHeadOf(batch)), batch.header.previous);
      }
      const batch = ready.shift();
      return batch === undefined ? null : textFrame(batch);
    },
    isDrained: () => ready.length === 0 && isAtEnd,
    grown: () => void (isAtEnd = false),
    said(heads, startsOver) {
      said = heads;
      if (startsOver) startOver();
      // An acknowledgement is older than what is on its way: it adds to what is known, and takes nothing back.
      else for (const head of heads) sent.note(tipOf(head), null);
    },
    noted: (head, previous) => sent.note(tipOf(head), previous),
    hasDoubt() {
      const here = ours();
      return sent.hasDoubt(here, isAmong(here));
    },
    startOver,
  };
}

/** Of texts only the newest can be found: what is below the newest of its author is held, or is another branch. */
function isAmong(here: readonly Tip[]): (tip: Tip) => boolean {
  return (tip) => here.some(({ author, place }) => author === tip.author && place >= tip.place);
}

function tipOf({ author, n, hash }: TextHead): Tip {
  return { author, place: n, hash };
}

function headOf({ author, place, hash }: Tip): TextHead {
  return { author, n: place, hash };
}

function textFrame({ header, signature, data }: TextBatch): string {
  const frame: ReplicaFrame = { kind: 'text', header, signature, data: Buffer.from(data).toString('base64') };
  return JSON.stringify(frame);
}
