import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../shared/base/digest.ts';
import { DeviceId, instant, OperatorId, Sha256Hex } from '../../shared/base/ids.ts';
import {
  isSoundTextBatch,
  MOST_BATCH_BYTES,
  MOST_BATCH_UPDATES,
  signTextBatch,
  textBatchHash,
  textHeadOf,
  updatesOf,
  type TextBatch,
  type TextHead,
  type TextUpdate,
} from '../../shared/log/text-batch.ts';
import type { DocumentStore, TextLog } from '../../src-main/commands/ports.ts';
import { verifyEd25519 } from '../../src-main/identity/ed25519.ts';
import { signerOf } from '../support/log-fixtures.ts';

const NOTES = 'workspace/notes';
const WORKSPACE = Sha256Hex.parse('a'.repeat(64));
const anna = OperatorId.parse('anna');
const laptop = DeviceId.parse('browser:laptop');
const [ours, theirs, others] = ['ours', 'theirs', 'others'].map(signerOf);
if (!ours || !theirs || !others) throw new Error('three hosts');

function update(at: number, ...bytes: number[]): TextUpdate {
  return { at: instant(at), operatorId: anna, deviceId: laptop, data: Uint8Array.from(bytes) };
}

function local(store: DocumentStore, ...updates: readonly TextUpdate[]): void {
  store.append({ updates: updates.map((one) => ({ ...one, document: NOTES })), bindings: [] });
}

/** The next batch of another host, in the chain after `head`. */
function batchAfter(head: TextHead | null, ...updates: readonly TextUpdate[]): TextBatch {
  return signTextBatch(theirs!, { workspace: WORKSPACE, document: NOTES, head }, updates);
}

function timesOf(batches: readonly TextBatch[]): number[][] {
  return batches.map(({ header }) => header.updates.map(({ at }) => at));
}

/** What every TextLog keeps, on the rows of the document store beside it. */
export function textLogContract(
  name: string,
  create: () => { readonly store: DocumentStore; readonly texts: TextLog },
): void {
  describe(name, () => {
    const seal = (texts: TextLog, limit?: number): readonly TextBatch[] => texts.seal(NOTES, ours!, WORKSPACE, limit);

    test('of an unknown document there is nothing, and asking for it makes nothing', () => {
      const { texts } = create();
      expect(texts.tips(NOTES)).toEqual([]);
      expect(texts.lacking(NOTES, [], 10)).toEqual([]);
      expect(seal(texts)).toEqual([]);
      expect(texts.refused(NOTES)).toEqual([]);
      expect(texts.documents()).toEqual([]);
    });

    test('what was taken in here is sealed once, in its order, each batch after the one before', () => {
      const { store, texts } = create();
      local(store, update(10, 1), update(5, 2, 3));
      const [first, ...none] = seal(texts);
      expect(none).toEqual([]);
      expect(seal(texts)).toEqual([]);
      local(store, update(20, 4));
      const [second] = seal(texts);
      if (!first || !second) throw new Error('two batches');
      expect([first, second].map((batch) => isSoundTextBatch(batch, verifyEd25519))).toEqual([true, true]);
      expect(timesOf([first, second])).toEqual([[10, 5], [20]]);
      expect([...first.data]).toEqual([1, 2, 3]);
      expect(second.header).toMatchObject({ n: 2, previous: textBatchHash(first.header), author: ours!.publicKey });
      expect(texts.tips(NOTES)).toEqual([textHeadOf(second)]);
      expect(texts.lacking(NOTES, [], 10)).toEqual([first, second]);
      expect(texts.lacking(NOTES, [textHeadOf(first)], 10)).toEqual([second]);
      expect(texts.lacking(NOTES, [textHeadOf(second)], 10)).toEqual([]);
      expect(texts.documents()).toEqual([NOTES]);
    });

    test('a batch has only so many updates and so many bytes, and an update is never cut', () => {
      const { store, texts } = create();
      const large = { ...update(1), data: new Uint8Array(MOST_BATCH_BYTES + 1) };
      local(store, ...Array.from({ length: MOST_BATCH_UPDATES + 1 }, (_, n) => update(n, 1)));
      local(store, large, update(2, 1));
      const counts = seal(texts).map(({ header }) => header.updates.length);
      expect(counts).toEqual([MOST_BATCH_UPDATES, 1, 1, 1]);
      expect(seal(texts)).toEqual([]);
    });

    test('sealing goes on where it stopped at its limit', () => {
      const { store, texts } = create();
      local(store, ...Array.from({ length: 2 * MOST_BATCH_UPDATES + 3 }, (_, n) => update(n, 1)));
      const sealed = [1, 1, 1, 1].flatMap((limit) => seal(texts, limit));
      expect(timesOf(sealed).flat()).toEqual(Array.from({ length: 2 * MOST_BATCH_UPDATES + 3 }, (_, n) => n));
      expect(sealed.map(({ header }) => header.n)).toEqual([1, 2, 3]);
    });

    test('what another host took in is kept with its rows, given on as it was signed, and never sealed here', () => {
      const { store, texts } = create();
      local(store, update(30, 1));
      const theirs1 = batchAfter(null, update(10, 2), update(20, 3, 3));
      const binding = { document: NOTES, clientId: 7, deviceId: laptop, at: instant(10) };
      expect(texts.follows(theirs1.header)).toBe(true);
      texts.receive(theirs1, [binding]);
      local(store, update(40, 4));
      expect(store.history(NOTES).map(({ at, host, data }) => [at, host, [...data]])).toEqual([
        [30, null, [1]],
        [10, theirs!.publicKey, [2]],
        [20, theirs!.publicKey, [3, 3]],
        [40, null, [4]],
      ]);
      expect(store.outline(NOTES).bindings).toEqual([{ clientId: 7, deviceId: laptop, at: 10 }]);
      const [own] = seal(texts);
      if (!own) throw new Error('nothing was sealed');
      expect(timesOf([own])).toEqual([[30, 40]]);
      expect(texts.lacking(NOTES, [textHeadOf(own)], 10)).toEqual([theirs1]);
      expect(texts.lacking(NOTES, [], 10)).toEqual([theirs1, own]);
      expect(texts.standing(NOTES, textBatchHash(theirs1.header))).toBe('taken');
      expect(texts.standing(NOTES, textBatchHash(own.header))).toBe('signed');
      const authors = [ours!, theirs!].map(({ publicKey }) => publicKey).sort();
      expect(texts.tips(NOTES).map(({ author }) => author)).toEqual(authors);
    });

    test('a batch follows only what is held', () => {
      const { texts } = create();
      const first = batchAfter(null, update(1, 1));
      const second = batchAfter(textHeadOf(first), update(2, 2));
      const third = batchAfter(textHeadOf(second), update(3, 3));
      expect(texts.follows(second.header)).toBe(false);
      texts.receive(first, []);
      expect([second, third].map(({ header }) => texts.follows(header))).toEqual([true, false]);
      // Nor behind a batch of somebody else.
      expect(texts.follows({ ...second.header, author: sha256Hex('another host') as never })).toBe(false);
      expect(() => texts.receive(third, [])).toThrow('in its place');
      texts.receive(second, []);
      expect(() => texts.receive(second, [])).toThrow('taken once');
      expect(texts.tips(NOTES)).toEqual([textHeadOf(second)]);
    });

    test('two batches of one author with one number are two branches, and both are given on', () => {
      const { texts } = create();
      const first = batchAfter(null, update(1, 1));
      const [left, right] = [batchAfter(textHeadOf(first), update(2, 2)), batchAfter(textHeadOf(first), update(2, 3))];
      const after = batchAfter(textHeadOf(left), update(3, 4));
      for (const batch of [first, left, right, after]) texts.receive(batch, []);
      const tips = [textHeadOf(after), textHeadOf(right)].sort((a, b) => (a.hash < b.hash ? -1 : 1));
      expect(texts.tips(NOTES)).toEqual(tips);
      expect(texts.lacking(NOTES, [textHeadOf(after)], 10)).toEqual([right]);
      expect(texts.lacking(NOTES, [textHeadOf(right)], 10)).toEqual([left, after]);
      expect(texts.lacking(NOTES, tips, 10)).toEqual([]);
    });

    test('who is further on with an author is sent nothing of it, who is on another branch everything', () => {
      const { texts } = create();
      const first = batchAfter(null, update(1, 1));
      const second = batchAfter(textHeadOf(first), update(2, 2));
      texts.receive(first, []);
      texts.receive(second, []);
      const third = batchAfter(textHeadOf(second), update(3, 3));
      const other = batchAfter(textHeadOf(first), update(2, 9));
      expect(texts.lacking(NOTES, [textHeadOf(third)], 10)).toEqual([]);
      expect(texts.lacking(NOTES, [textHeadOf(other)], 10)).toEqual([first, second]);
    });

    test('what was refused is kept without rows, given on, shown, and may be taken later', () => {
      const { store, texts } = create();
      const first = batchAfter(null, update(1, 1), update(2, 2));
      const second = batchAfter(textHeadOf(first), update(3, 3));
      texts.refuse(first, 'not allowed');
      texts.refuse(first, 'not allowed');
      expect(texts.documents()).toEqual([NOTES]);
      texts.receive(second, []);
      expect(store.history(NOTES).map(({ at }) => at)).toEqual([3]);
      expect(texts.standing(NOTES, textBatchHash(first.header))).toBe('refused');
      expect(texts.lacking(NOTES, [], 10)).toEqual([first, second]);
      expect(texts.refused(NOTES)).toEqual([{ batch: first, why: 'not allowed' }]);
      texts.receive(first, []);
      expect(texts.refused(NOTES)).toEqual([]);
      expect(texts.standing(NOTES, textBatchHash(first.header))).toBe('taken');
      expect(texts.lacking(NOTES, [], 10)).toEqual([first, second]);
      expect(store.history(NOTES).map(({ at }) => at)).toEqual([3, 1, 2]);
      expect(texts.tips(NOTES)).toEqual([textHeadOf(second)]);
    });

    test('who has lost its newest batch and goes on from an earlier one forks, and both branches are kept', () => {
      const { store, texts } = create();
      local(store, update(1, 1));
      const [first] = seal(texts);
      if (!first) throw new Error('nothing was sealed');
      const about = { workspace: WORKSPACE, document: NOTES, head: textHeadOf(first) };
      const lost = signTextBatch(ours!, about, [update(2, 2)]);
      local(store, update(3, 3));
      const [again] = seal(texts);
      if (!again) throw new Error('nothing was sealed');
      texts.receive(lost, []);
      expect(texts.tips(NOTES)).toHaveLength(2);
      expect(texts.lacking(NOTES, [textHeadOf(first)], 10)).toEqual([again, lost]);
      expect(updatesOf(lost).map(({ at }) => at)).toEqual([2]);
    });

    test('each key that this host signs with has a chain of its own', () => {
      const { store, texts } = create();
      local(store, update(1, 1));
      const [before] = texts.seal(NOTES, others!, WORKSPACE);
      local(store, update(2, 2));
      const [after] = seal(texts);
      expect([before?.header.n, after?.header.n]).toEqual([1, 1]);
      expect(timesOf([before!, after!])).toEqual([[1], [2]]);
    });

    test('only so many at once, and the rest after them', () => {
      const { store, texts } = create();
      for (let at = 1; at <= 5; at++) {
        local(store, update(at, at));
        seal(texts);
      }
      const first = texts.lacking(NOTES, [], 2);
      expect(timesOf(first)).toEqual([[1], [2]]);
      expect(timesOf(texts.lacking(NOTES, [textHeadOf(first[1]!)], 2))).toEqual([[3], [4]]);
    });
  });
}
