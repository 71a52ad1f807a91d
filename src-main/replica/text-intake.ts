import type { PublicKeyHex } from '../../shared/base/ids.ts';
import { textHeadOf, type TextBatch, type TextHead } from '../../shared/log/text-batch.ts';
import type { ReplicaLocal, TextTaken } from '../commands/ports.ts';
import type { ReplicaLimits } from './limits.ts';
import { createWaitingStore, type Waiting } from './waiting.ts';

/** How a text of another host comes in: like an event, but whether it fits its document is the document's to say. */
export interface TextIntake {
  take(sender: PublicKeyHex, batch: TextBatch): Promise<TextOutcome>;
  /** A log grew: an author, or a room with its texts, may be known now. */
  recheck(): Promise<void>;
  forget(sender: PublicKeyHex): void;
  waiting(sender: PublicKeyHex): number;
  readonly waitingInAll: number;
}

/** `Bad`: wrong in itself, and charged. */
export type TextOutcome = TextTaken['type'] | 'Bad';

export interface TextIntakeDeps {
  readonly local: Pick<ReplicaLocal, 'knowsKey' | 'workspaceId' | 'receiveText'>;
  readonly verifyText: (batch: TextBatch) => Promise<boolean>;
  readonly limits: ReplicaLimits;
  readonly charge: (sender: PublicKeyHex, count: number) => void;
  readonly onTaken: (
    sender: PublicKeyHex,
    document: string,
    head: TextHead,
    previous: TextBatch['header']['previous'],
  ) => void;
  readonly onDropped: (sender: PublicKeyHex, document: string) => void;
}

interface Item {
  readonly batch: TextBatch;
  readonly isVerified: boolean;
}

export function createTextIntake(deps: TextIntakeDeps): TextIntake {
  const { local } = deps;
  const waiting = createWaitingStore<Item>(deps.limits);

  function wait(sender: PublicKeyHex, on: string, item: Item): 'Waits' {
    const { header, signature, data } = item.batch;
    const bytes = data.length + HEADER_BYTES + header.updates.length * UPDATE_BYTES;
    for (const dropped of waiting.add({ sender, key: signature, on, bytes, item })) {
      deps.onDropped(dropped.sender, dropped.item.batch.header.document);
    }
    return 'Waits';
  }

  async function takeOne(sender: PublicKeyHex, { batch, isVerified }: Item): Promise<TextOutcome> {
    const { author, document, workspace, previous } = batch.header;
    if (!local.knowsKey(author)) return wait(sender, ON_LOGS, { batch, isVerified });
    const isGood = isVerified || (workspace === local.workspaceId && (await deps.verifyText(batch)));
    if (!isGood) {
      deps.charge(sender, 1);
      return 'Bad';
    }
    const taken = await local.receiveText(batch);
    switch (taken.type) {
      case 'Taken':
      case 'Held':
        deps.onTaken(sender, document, textHeadOf(batch), previous);
        return taken.type;
      case 'Waits':
        return wait(sender, onDocument(document), { batch, isVerified: true });
      case 'Refused':
        if (taken.why !== 'unknown author' && taken.why !== 'no such document') return 'Refused';
        return wait(sender, ON_LOGS, { batch, isVerified: true });
    }
  }

  /** Until a whole round takes nothing in: each that comes in may be what the next one waits for. */
  async function retry(on: string): Promise<void> {
    for (;;) {
      const ready = [...waiting.release(on)].sort(byPlace);
      let took = false;
      for (const { sender, item } of ready) {
        const outcome = await takeOne(sender, item);
        took ||= outcome === 'Taken';
        if (outcome === 'Taken') await retryDocument(item.batch.header.document, on);
      }
      if (!took) return;
    }
  }

  async function retryDocument(document: string, besides: string | null): Promise<void> {
    if (onDocument(document) !== besides && waiting.isAwaited(onDocument(document))) await retry(onDocument(document));
  }

  return {
    async take(sender, batch) {
      const outcome = await takeOne(sender, { batch, isVerified: false });
      if (outcome === 'Taken') await retryDocument(batch.header.document, null);
      return outcome;
    },
    recheck: () => (waiting.isAwaited(ON_LOGS) ? retry(ON_LOGS) : Promise.resolve()),
    forget: (sender) => waiting.forget(sender),
    waiting: (sender) => waiting.count(sender),
    get waitingInAll() {
      return waiting.count();
    },
  };
}

function byPlace(a: Waiting<Item>, b: Waiting<Item>): number {
  return a.item.batch.header.n - b.item.batch.header.n;
}

const HEADER_BYTES = 800;
const UPDATE_BYTES = 200;
const ON_LOGS = 'logs';

function onDocument(document: string): string {
  return `document/${document}`;
}
