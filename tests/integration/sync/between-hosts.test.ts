import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import * as Y from 'yjs';
import { DeviceId, instant, OperatorId } from '../../../shared/base/ids.ts';
import { signTextBatch, textHeadOf, type TextBatch } from '../../../shared/log/text-batch.ts';
import {
  createDocumentStore,
  DOCUMENT_DEVICES_SCHEMA,
  DOCUMENT_SCHEMA,
} from '../../../src-main/store/document-store.ts';
import { openTextLog, TEXT_BATCH_SCHEMA } from '../../../src-main/store/text-log.ts';
import { textOfPieces } from '../../../src-main/host/sync/restore-text.ts';
import { createDocumentHistory } from '../../../src-renderer/state/document-history.ts';
import { createDraws, type Draws } from '../../fuzz/draws.ts';
import { editAsPage } from '../../fuzz/random-edit.ts';
import {
  createTextHost,
  TEXT,
  wordsOf,
  WORKSPACE,
  type TextHost,
  type TextHostOptions,
} from '../../support/text-host.ts';
import { unwrap } from '../../support/unwrap.ts';

// Several hosts of one workspace, each with pages of its own: what one takes in reaches the others in signed batches.

const START = 1_700_000_000_000;

function onDisk(): NonNullable<TextHostOptions['files']> {
  const db = new Database(':memory:');
  db.exec(DOCUMENT_SCHEMA + DOCUMENT_DEVICES_SCHEMA + TEXT_BATCH_SCHEMA);
  return { store: createDocumentStore(db), texts: unwrap(openTextLog(db)) };
}

/** Gives everything that one has and the other lacks, a few batches at a time. */
async function give(from: TextHost, to: TextHost): Promise<void> {
  from.seal();
  for (;;) {
    const batches = from.texts.lacking(TEXT, to.texts.tips(TEXT), 3);
    if (batches.length === 0) return;
    for (const batch of batches) await to.bring(batch);
  }
}

async function exchangeAll(hosts: readonly TextHost[]): Promise<void> {
  for (let round = 0; round < hosts.length; round++) {
    for (const from of hosts) for (const to of hosts) if (from !== to) await give(from, to);
  }
}

/** Whatever order, how often and how late it all comes, everybody holds the same now and at every moment of the past. */
async function expectSame(
  hosts: readonly TextHost[],
  time: { now: number },
  draws: Draws,
  note: string,
): Promise<void> {
  await exchangeAll(hosts);
  const [first, ...others] = hosts;
  if (first === undefined) throw new Error('no host');
  for (const host of hosts) {
    expect(host.waiting, note).toEqual([]);
    expect(host.texts.refused(TEXT), note).toEqual([]);
  }
  for (const other of others) {
    expect(other.words(), `${note}: ${other.name}`).toEqual(first.words());
    expect(other.texts.tips(TEXT), note).toEqual(first.texts.tips(TEXT));
  }
  const replays = hosts.map(({ store }) => createDocumentHistory(store.history(TEXT)));
  const times = first.store.history(TEXT).map(({ at }) => at);
  const moments = [...Array.from({ length: 12 }, () => draws.pick(times)), START - 1, time.now + 60_000];
  for (const at of moments) {
    const words = first.wordsAt(at);
    const whole = wholeLetters(words);
    for (const [index, host] of hosts.entries()) {
      expect(host.wordsAt(at), `${note}, ${host.name} at ${String(at - START)}`).toEqual(words);
      const restored = await textOfPieces(host.store.stateAt(TEXT, instant(at)));
      expect(restored, `${note}, restored at ${host.name} to ${String(at - START)}`).toEqual(words);
      expect(
        wholeLetters(replays[index]?.textAt(at)),
        `${note}, replay of ${host.name} at ${String(at - START)}`,
      ).toEqual(whole);
    }
  }
}

/** A letter of two units that is cut in two later is replaced by two marks, in the page's replay from its beginning. */
function wholeLetters(words: unknown): unknown {
  return JSON.parse(JSON.stringify(words).replaceAll(/\ufffd|🚒|\\ud[89a-f]../g, ''));
}

async function play(seed: number, count: number, files: (index: number) => TextHostOptions['files']): Promise<void> {
  const draws = createDraws(seed);
  const time = { now: START };
  const hosts = Array.from({ length: count }, (_, index) => {
    const stored = files(index);
    return createTextHost(`host-${String(index)}`, {
      time,
      // Segments are made all the time, and one clock is off by as much as an hour.
      limits: { segmentUpdates: 20 },
      aheadMs: index === 1 ? draws.below(120_000) - 60_000 : index === 2 && draws.chance(0.3) ? 3_600_000 : 0,
      ...(stored === undefined ? {} : { files: stored }),
    });
  });
  const pages = hosts.flatMap((host) => ['anna', 'ben'].map((operator) => host.page(operator)));
  const under: { readonly to: TextHost; readonly batch: TextBatch }[] = [];
  for (let step = 0; step < 150; step++) {
    time.now += draws.below(400);
    const page = draws.pick(pages);
    for (let edits = draws.below(4); edits > 0; edits--) editAsPage(draws, page.doc);
    if (draws.chance(0.1)) page.leave();
    else if (draws.chance(0.3)) page.connect();
    const host = draws.pick(hosts);
    if (draws.chance(0.5)) host.service.flush();
    if (draws.chance(0.3)) {
      host.seal(1 + draws.below(3));
      for (const to of hosts) {
        if (to === host) continue;
        // Some of it, as if frames were lost; more than is lacking, as if they came twice.
        const batches = host.texts.lacking(TEXT, draws.chance(0.2) ? [] : to.texts.tips(TEXT), 1 + draws.below(6));
        for (const batch of batches) if (draws.chance(0.8)) under.push({ to, batch });
      }
    }
    // What is under way arrives in any order.
    while (under.length > 0 && draws.chance(0.6)) {
      const [one] = under.splice(draws.below(under.length), 1);
      if (one) await one.to.bring(one.batch);
    }
    if (draws.chance(0.03)) {
      for (const each of pages) each.leave();
      host.idle();
    }
  }
  for (const page of pages) page.connect();
  for (const { service } of hosts) service.flush();
  await expectSame(hosts, time, draws, `seed ${String(seed)}, ${String(count)} hosts`);
  for (const [index, page] of pages.entries()) {
    expect(page.state.closed, `seed ${String(seed)}`).toBeNull();
    expect(wordsOf(page.doc), `seed ${String(seed)}, page ${String(index)}`).toEqual(hosts[0]?.words());
  }
}

test('two hosts that exchange batches in any order, late, twice and in part end with one text and one past', async () => {
  for (let seed = 1; seed <= 8; seed++) await play(seed, 2, () => undefined);
});

test('so do three, one of them on SQLite, one with a clock that is off', async () => {
  for (let seed = 101; seed <= 106; seed++) await play(seed, 3, (index) => (index === 0 ? onDisk() : undefined));
});

function two(options: Partial<TextHostOptions> = {}) {
  const time = { now: START };
  return { time, left: createTextHost('left', { time }), right: createTextHost('right', { ...options, time }) };
}

test('a batch is on the disk before the pages here see it, in one frame, and says who wrote what, where and when', async () => {
  const { time, left, right } = two();
  const [anna, dora] = [left.page('anna'), right.page('dora')];
  anna.insert(0, 'We know');
  time.now += 5000;
  anna.insert(7, ' of it.');
  time.now += 60_000;
  const [batch] = left.seal();
  if (!batch) throw new Error('nothing was sealed');
  right.fail(new Error('disk full'));
  await expect(right.bring(batch)).rejects.toThrow('disk full');
  expect([dora.text(), right.text(), right.failures.length]).toEqual(['', '', 1]);
  expect(right.texts.tips(TEXT)).toEqual([]);
  right.fail(null);
  expect(await right.bring(batch)).toEqual({ type: 'Taken' });
  expect([dora.text(), right.text()]).toEqual(['We know of it.', 'We know of it.']);
  expect(
    right.store.history(TEXT).map(({ at, operatorId, deviceId, host }) => [at, operatorId, deviceId, host]),
  ).toEqual([START, START + 5000].map((at) => [at, 'anna', 'browser:left-anna', left.signer.publicKey]));
  expect(await right.bring(batch)).toEqual({ type: 'Held' });
  // What came from elsewhere is nobody's who types here, and is not given back as ours.
  expect(right.seal()).toEqual([]);
  expect(left.grown).toEqual([TEXT, TEXT]);
  expect(right.grown).toEqual([]);
});

test('a batch with a gap waits, and is taken when that is filled; nothing of it is shown before', async () => {
  const { left, right } = two();
  const third = createTextHost('third', { time: { now: START } });
  const [anna, dora, eve] = [left.page('anna'), right.page('dora'), third.page('eve')];
  anna.insert(0, 'one ');
  const [first] = left.seal();
  if (!first) throw new Error('nothing was sealed');
  await right.bring(first);
  dora.insert(4, 'two ');
  const [second] = right.seal();
  if (!second) throw new Error('nothing was sealed');
  anna.insert(0, 'zero ');
  const [next] = left.seal();
  if (!next) throw new Error('nothing was sealed');
  expect(await third.service.takeBatch(TEXT, second), 'it builds on what another host took in').toEqual({
    type: 'Waits',
  });
  expect(await third.service.takeBatch(TEXT, next), 'it follows what is not here').toEqual({ type: 'Waits' });
  expect([eve.text(), third.store.history(TEXT)]).toEqual(['', []]);
  for (const batch of [second, next, first]) await third.bring(batch);
  expect(third.waiting).toEqual([]);
  expect(eve.text()).toBe('zero one two ');
});

test('what contradicts is refused whole, kept, shown and given on, and so is what builds on it', async () => {
  const { left, right } = two();
  const [anna, dora] = [left.page('anna'), right.page('dora')];
  // One client id at two hosts, for two devices: as a copied page would.
  anna.doc.clientID = dora.doc.clientID = 77;
  anna.insert(0, 'of anna');
  dora.insert(0, 'of dora');
  const [first] = left.seal();
  anna.insert(7, ' and more');
  const [second] = left.seal();
  if (!first || !second) throw new Error('nothing was sealed');
  expect(await right.bring(first)).toEqual({ type: 'Refused', why: 'contradiction' });
  expect(await right.bring(second)).toEqual({ type: 'Refused', why: 'contradiction' });
  expect([right.text(), dora.text(), dora.state.closed]).toEqual(['of dora', 'of dora', null]);
  expect(right.texts.refused(TEXT)).toEqual([
    { batch: first, why: 'contradiction' },
    { batch: second, why: 'contradiction' },
  ]);
  expect(await right.bring(first)).toEqual({ type: 'Held' });
  const third = createTextHost('third', { time: { now: START } });
  await give(right, third);
  expect(third.texts.tips(TEXT)).toHaveLength(2);
  expect(third.texts.refused(TEXT).length, 'seen there, too').toBeGreaterThan(0);
  // Others who write go on.
  right.page('ben').insert(0, 'Ben: ');
  expect(dora.text()).toBe('Ben: of dora');
});

test('words of a device under a client id that is another one’s are refused', async () => {
  const { left, right } = two();
  const anna = left.page('anna');
  anna.insert(0, 'mine');
  await give(left, right);
  // A host that says that somebody else went on with anna's client id.
  const before = left.texts.tips(TEXT)[0] ?? null;
  anna.insert(4, ' more');
  const forged = left.store
    .history(TEXT)
    .slice(-1)
    .map((row) => ({ ...row, deviceId: 'browser:other' as typeof row.deviceId }));
  const batch = signTextBatch(left.signer, { workspace: WORKSPACE, document: TEXT, head: before }, forged);
  expect(await right.bring(batch)).toEqual({ type: 'Refused', why: 'contradiction' });
  expect(right.text()).toBe('mine');
});

test('a host speaks only for whom it may, all of a batch or nothing, and is heard when it may', async () => {
  let allowed = false;
  const { left, right } = two({ mayCarry: (_, operatorId) => allowed || operatorId === 'anna' });
  const [anna, ben] = [left.page('anna'), left.page('ben')];
  anna.insert(0, 'anna');
  await give(left, right);
  anna.insert(4, ' again');
  ben.insert(0, 'ben ');
  const [batch] = left.seal();
  if (!batch) throw new Error('nothing was sealed');
  expect(await right.bring(batch)).toEqual({ type: 'Refused', why: 'not allowed' });
  expect(right.text()).toBe('anna');
  expect(await right.service.retryRefused(TEXT)).toBe(0);
  allowed = true;
  expect(await right.service.retryRefused(TEXT)).toBe(1);
  expect(right.text()).toBe('ben anna again');
  expect(right.texts.refused(TEXT)).toEqual([]);
});

test('a document that is not here, garbage in a signed batch, and a full document are told apart', async () => {
  const { left, right } = two({ limits: { documentUnits: 10 } });
  left.page('anna').insert(0, 'twelve words');
  const [batch] = left.seal();
  if (!batch) throw new Error('nothing was sealed');
  expect(await right.service.takeBatch('workspace/other', batch)).toEqual({ type: 'Refused', why: 'no such document' });
  expect(await right.bring(batch)).toEqual({ type: 'Refused', why: 'full' });
  expect(right.text()).toBe('');
  const [row] = left.store.history(TEXT);
  if (!row) throw new Error('nothing was written');
  const about = { workspace: WORKSPACE, document: TEXT, head: textHeadOf(batch) };
  const garbage = signTextBatch(left.signer, about, [{ ...row, data: Uint8Array.of(1, 2, 3) }]);
  expect(await right.bring(garbage)).toEqual({ type: 'Refused', why: 'unfit' });
  expect(right.page('dora').state.closed).toBeNull();
});

test('one bit of a batch changed on the way, and it gets nowhere', async () => {
  const { left, right } = two();
  left.page('anna').insert(0, 'words');
  const [batch] = left.seal();
  if (!batch) throw new Error('nothing was sealed');
  const data = Uint8Array.from(batch.data);
  data[data.length - 2]! ^= 1;
  const header = {
    ...batch.header,
    updates: batch.header.updates.map((one) => ({ ...one, at: (one.at + 1) as typeof one.at })),
  };
  for (const tampered of [
    { ...batch, data },
    { ...batch, header },
  ]) {
    await expect(right.bring(tampered)).rejects.toThrow('tampered');
  }
  expect(right.texts.tips(TEXT)).toEqual([]);
});

test('a host that was copied signs two batches with one number: both are kept, and everybody sees two tips', async () => {
  const { left, right } = two();
  const anna = left.page('anna');
  anna.insert(0, 'before. ');
  await give(left, right);
  const head = left.texts.tips(TEXT)[0] ?? null;
  const copy = createTextHost('copy', { time: { now: START } });
  await give(left, copy);
  copy.page('ben').insert(0, 'Of the copy. ');
  const rows = copy.store.history(TEXT).filter(({ host }) => host === null);
  const forked = signTextBatch(left.signer, { workspace: WORKSPACE, document: TEXT, head }, rows);
  anna.insert(0, 'Of the original. ');
  await give(left, right);
  expect(await right.bring(forked)).toEqual({ type: 'Taken' });
  await give(right, left);
  for (const host of [left, right]) {
    expect(host.texts.tips(TEXT).map(({ author, n }) => [author, n])).toEqual([
      [left.signer.publicKey, 2],
      [left.signer.publicKey, 2],
    ]);
  }
  expect(left.words()).toEqual(right.words());
});

test('a device that began many client ids elsewhere is not held up by it, and its limit here is its own', async () => {
  const { left, right } = two({ limits: { newClientIdsPerHour: 3 } });
  for (let n = 0; n < 5; n++) {
    const page = left.page('anna', 'phone');
    page.insert(0, String(n));
    page.leave();
  }
  await give(left, right);
  expect(right.text()).toBe('43210');
});

test('much of a text that was taken away elsewhere is announced here with its own time, and holds nobody up', async () => {
  const { time, left, right } = two();
  const [anna, dora] = [left.page('anna'), right.page('dora')];
  anna.insert(0, 'word '.repeat(100));
  await give(left, right);
  time.now += 10_000;
  const at = time.now;
  anna.doc.getText('text').delete(0, 400);
  left.service.flush();
  time.now += 3_600_000;
  await give(left, right);
  expect(right.massDeletions).toMatchObject([{ operatorId: 'anna', at, deleted: 400, held: 500, restoreAt: at - 1 }]);
  const restored = await right.service.restoreText(TEXT, right.massDeletions[0]!.restoreAt, 'dora' as never);
  expect(restored.ok).toBe(true);
  expect(dora.text()).toBe('word '.repeat(100));
  await give(right, left);
  expect(anna.text()).toBe('word '.repeat(100));
});

test('a host that only ever received a document serves it like its own, cold and after it was left', async () => {
  const { left, right } = two({ limits: { segmentUpdates: 8 } });
  const anna = left.page('anna');
  for (let n = 0; n < 50; n++) anna.insert(n, String(n % 10));
  await give(left, right);
  right.idle();
  expect(right.service.documentsInMemory()).toBe(0);
  const dora = right.page('dora');
  expect(dora.text()).toBe(anna.text());
  dora.insert(0, 'Read: ');
  await give(right, left);
  expect(anna.text()).toBe(dora.text());
});

test('a moment of the past shows what was written elsewhere then, however late it came', async () => {
  const { time, left, right } = two();
  const [anna, dora] = [left.page('anna'), right.page('dora')];
  anna.insert(0, 'start ');
  await give(left, right);
  time.now = START + 10_000;
  anna.insert(6, 'left ');
  time.now = START + 20_000;
  dora.insert(0, 'right ');
  right.idle();
  time.now = START + 30_000;
  dora.doc.getText('text').delete(6, 6);
  right.service.flush();
  time.now = START + 900_000;
  await exchangeAll([left, right]);
  for (const host of [left, right]) {
    const replay = createDocumentHistory(host.store.history(TEXT));
    expect(replay.times).toEqual([START, START + 10_000, START + 20_000, START + 30_000]);
    for (const [offset, text] of [
      [0, 'start '],
      [10_000, 'start left '],
      [20_000, 'right start left '],
      [30_000, 'right left '],
    ] as const) {
      expect(host.wordsAt(START + offset)).toEqual({ text, variants: {} });
      expect(replay.textAt(START + offset).text).toBe(text);
    }
  }
});

/** Somebody's typing, here and there, as a host has it on its disk: one update for each key. */
function typed(host: TextHost, keys: number): readonly Uint8Array[] {
  const draws = createDraws(11);
  const doc = new Y.Doc();
  const text = doc.getText('text');
  const updates: Uint8Array[] = [];
  doc.on('update', (update: Uint8Array) => void updates.push(update));
  for (let n = 0, place = 0; n < keys; n++) {
    if (draws.chance(0.02)) place = draws.below(text.length + 1);
    if (place > 0 && draws.chance(0.12)) text.delete(--place, 1);
    else text.insert(place++, 'x');
  }
  const row = { document: TEXT, operatorId: OperatorId.parse('anna'), deviceId: DeviceId.parse('browser:anna') };
  host.store.append({
    updates: updates.map((data, n) => ({ ...row, at: instant(START + n * 100), data })),
    bindings: [{ document: TEXT, clientId: doc.clientID, deviceId: row.deviceId, at: instant(START) }],
  });
  return updates;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

test('100,000 updates are sealed and taken in pieces that all cost about the same, and whoever types has a turn between', async () => {
  const time = { now: START };
  const left = createTextHost('left', { time });
  const right = createTextHost('right', { time, files: onDisk() });
  typed(left, 100_000);
  const dora = right.page('dora');
  const seals: number[] = [];
  const batches: TextBatch[] = [];
  for (;;) {
    const before = cpuMs();
    const [batch] = left.seal(1);
    if (batch === undefined) break;
    seals.push(cpuMs() - before);
    batches.push(batch);
  }
  expect(batches).toHaveLength(196);

  const takes: number[] = [];
  let keys = 0;
  let before = cpuMs();
  const taking = batches.map(async (batch) => {
    expect(await right.service.takeBatch(TEXT, batch)).toEqual({ type: 'Taken' });
    takes.push(cpuMs() - before);
    // What was typed after the batch before is on the disk.
    expect(right.grown).toHaveLength(keys);
    dora.doc.getText('text').insert(0, 'd');
    keys += 1;
    before = cpuMs();
  });
  await Promise.all(taking);
  right.service.flush();
  expect(right.text()).toBe('d'.repeat(196) + (left.text() ?? ''));
  expect(dora.text()).toBe(right.text());

  const [early, late] = [quarter(takes, 0), quarter(takes, 3)];
  console.info(
    `a batch of 512 costs, in ms of processor time: sealed ${median(seals).toFixed(1)}, ` +
      `taken ${median(takes).toFixed(1)} (first quarter ${early.toFixed(1)}, last ${late.toFixed(1)})`,
  );
  expect(late / early, 'of a long document it costs what it costs of a short one').toBeLessThan(4);
});

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

function quarter(numbers: readonly number[], which: number): number {
  const size = numbers.length / 4;
  return median(numbers.slice(which * size, (which + 1) * size));
}
