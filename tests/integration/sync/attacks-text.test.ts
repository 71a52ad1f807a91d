import { expect, onTestFinished, test } from 'vitest';
import * as Y from 'yjs';
import { createDocumentHistory } from '../../../src-renderer/state/document-history.ts';
import { attackTest, type AttackStage, eventually } from '../../support/attack-stage.ts';
import { connectRaw, connectStock, NOTES, type StockClient } from '../../support/sync-host.ts';
import { startSyncProcess, syncFolder } from '../../support/sync-process.ts';
import { idFlood, poison, STATE_QUERY, updateMessage, wordsAs } from '../../support/yjs-attacks.ts';

const OTHER = 'glasgow-2013/notes';

/** The attacker's own page: it shows, as any does, who is in the document under which client id, and how far they are. */
async function spyOf({ stock }: AttackStage, victim: StockClient) {
  const spy = stock('mallory');
  await eventually(() => expect(operatorsIn(spy)).toContain(operatorOf(spy, victim.doc.clientID)));
  return {
    ...spy,
    victimId: victim.doc.clientID,
    clock: () => Y.getState(spy.doc.store, victim.doc.clientID),
  };
}

function operatorsIn({ provider }: StockClient): readonly unknown[] {
  return [...provider.awareness.getStates().values()].map(
    (state) => (state['user'] as { operatorId?: unknown })?.operatorId,
  );
}

function operatorOf({ provider }: StockClient, clientId: number): unknown {
  const state = provider.awareness.getStates().get(clientId);
  if (state === undefined) throw new Error('not there yet');
  return (state['user'] as { operatorId?: unknown } | undefined)?.operatorId;
}

async function refused(stage: AttackStage, update: Uint8Array, code = 4409, document = NOTES): Promise<void> {
  const socket = await stage.attacker.open(document, 'mallory');
  await stage.attacker.send(socket, [updateMessage(update)]);
  await stage.sentAway(socket, code);
}

async function shows(words: string, ...clients: readonly { readonly text: Y.Text }[]): Promise<void> {
  await eventually(() => {
    for (const { text } of clients) expect(text.toString()).toContain(words);
  });
}

attackTest('poison before the first edit: what the victim types later is there for everybody', async (stage) => {
  const victim = stage.stock('cleo');
  const spy = await spyOf(stage, victim);
  await stage.whileTyping(async () => {
    for (let n = 0; n < 20; n += 1) await refused(stage, poison(spy.victimId, 0));
  });
  victim.text.insert(0, 'My very first words.');
  await shows('My very first words.', spy, victim);
  expect(await stage.server.ask.replayed(NOTES)).toContain('My very first words.');
  expect(victim.closes).toEqual([]);
  await stage.textIntact();
});

attackTest('poison between edits: each later word of the victim is there for everybody', async (stage) => {
  const victim = stage.stock('cleo');
  const spy = await spyOf(stage, victim);
  await stage.whileTyping(async () => {
    for (let n = 0; n < 20; n += 1) {
      victim.text.insert(0, `word ${String(n)}; `);
      await shows(`word ${String(n)}; `, spy);
      await refused(stage, poison(spy.victimId, spy.clock()));
    }
  });
  victim.text.insert(0, 'And after it all. ');
  await shows('And after it all. ', spy);
  for (let n = 0; n < 20; n += 1) expect(spy.text.toString()).toContain(`word ${String(n)}; `);
  expect(victim.closes).toEqual([]);
  await stage.textIntact();
});

attackTest(
  'poison while the victim is away: what it brings when it comes back is there for everybody',
  async (stage) => {
    const victim = stage.stock('cleo');
    const spy = await spyOf(stage, victim);
    victim.text.insert(0, 'Before. ');
    await shows('Before. ', spy);
    victim.provider.disconnect();
    await eventually(() => expect(operatorsIn(spy)).not.toContain('cleo'));
    victim.text.insert(0, 'Written on the train. ');
    await stage.whileTyping(async () => {
      for (let n = 0; n < 20; n += 1) await refused(stage, poison(spy.victimId, spy.clock()));
    });
    victim.provider.connect();
    await shows('Written on the train. Before. ', spy, victim);
    victim.text.insert(0, 'Back again. ');
    await shows('Back again. Written on the train. ', spy);
    await stage.textIntact();
  },
);

test('whose a client id is outlives the host, whether its owner has typed or was only there', async () => {
  const { file, remove } = syncFolder();
  onTestFinished(remove);
  const first = await startSyncProcess({ file });
  onTestFinished(() => first.kill());
  const typed = connectStock(first.url, NOTES, 'cleo');
  const silent = connectStock(first.url, NOTES, 'anna');
  const spy = connectStock(first.url, NOTES, 'mallory');
  for (const client of [typed, silent, spy]) onTestFinished(client.destroy);
  typed.text.insert(0, 'Said. ');
  await shows('Said. ', spy);
  await eventually(() => expect(operatorsIn(spy)).toEqual(expect.arrayContaining(['cleo', 'anna'])));
  for (const client of [typed, silent, spy]) client.provider.disconnect();
  await first.kill();
  typed.text.insert(0, 'Typed while the host was dead. ');
  silent.text.insert(0, 'And so was this. ');

  const second = await startSyncProcess({ file, port: first.port });
  onTestFinished(() => second.kill());
  for (const [client, clock] of [
    [typed, Y.getState(spy.doc.store, typed.doc.clientID)],
    [silent, 0],
  ] as const) {
    const { socket, closed } = await connectRaw(second.url, NOTES, 'mallory');
    const codes: number[] = [];
    void closed.then(({ code }) => codes.push(code));
    socket.send(updateMessage(poison(client.doc.clientID, clock)));
    await eventually(() => expect(codes, client === typed ? 'who typed' : 'who was only there').toEqual([4409]));
  }
  for (const client of [typed, silent, spy]) client.provider.connect();
  for (const words of ['Said. ', 'Typed while the host was dead. ', 'And so was this. ']) {
    await shows(words, typed, silent, spy);
  }
});

attackTest('words in the name of another are refused, contiguous clock or not', async (stage) => {
  const victim = stage.stock('cleo');
  const spy = await spyOf(stage, victim);
  victim.text.insert(0, 'We are looking into it. ');
  await shows('We are looking into it. ', spy);
  await stage.whileTyping(async () => {
    for (let n = 0; n < 10; n += 1) {
      await refused(stage, wordsAs(spy.victimId, spy.clock(), 'We knew it all along. '));
      victim.text.insert(0, '.');
      await eventually(() => expect(spy.clock()).toBe(Y.getState(victim.doc.store, victim.doc.clientID)));
    }
  });
  expect(spy.text.toString()).not.toContain('We knew it');
  expect(await stage.server.ask.replayed(NOTES)).not.toContain('We knew it');
  expect((await stage.server.ask.history(NOTES)).map(({ deviceId }) => deviceId)).not.toContain('token:mallory');
  expect(victim.closes).toEqual([]);
  await stage.textIntact();
});

attackTest('the same place with other words is refused, even to whoever wrote it', async (stage) => {
  const victim = stage.stock('cleo');
  const spy = await spyOf(stage, victim);
  victim.text.insert(0, 'truth');
  await shows('truth', spy);
  await refusedNothing(stage, wordsAs(9001, 0, 'first'));
  await stage.whileTyping(async () => {
    for (let n = 0; n < 10; n += 1) {
      await refused(stage, wordsAs(spy.victimId, 0, 'lies!'));
      await refused(stage, wordsAs(9001, 0, 'other'));
    }
  });
  for (const text of [spy.text.toString(), await stage.server.ask.replayed(NOTES)]) {
    expect(text).toContain('truth');
    expect(text).toContain('first');
    expect(text).not.toMatch(/lies|other/);
  }
  expect(victim.closes).toEqual([]);
  await stage.textIntact();
});

/** The socket stays, and what it sent has been dealt with. */
async function refusedNothing(stage: AttackStage, update: Uint8Array, document = NOTES): Promise<void> {
  const socket = await stage.attacker.open(document, 'mallory');
  const before = await stage.attacker.received(socket);
  await stage.attacker.send(socket, [updateMessage(update), STATE_QUERY]);
  await eventually(async () => expect(await stage.attacker.received(socket)).toBeGreaterThan(before));
  await stage.server.ask.textOf(document); // settles what had arrived
  expect(await stage.attacker.isOpen(socket)).toBe(true);
  await stage.attacker.leave(socket);
}

attackTest(
  'another’s update, played again: nothing where it is held, nobody’s place where it is not',
  async (stage) => {
    const victim = stage.stock('cleo');
    const recorded: Uint8Array[] = [];
    victim.doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === null) recorded.push(update);
    });
    const spy = await spyOf(stage, victim);
    for (const word of ['Call ', 'the ', 'plant. '])
      victim.text.insert(victim.text.toString().lastIndexOf('. ') + 1, word);
    await eventually(() => expect(spy.clock()).toBe('Call the plant. '.length));
    const own = Y.mergeUpdates(recorded);
    await stage.whileTyping(async () => {
      for (let n = 0; n < 20; n += 1) await refusedNothing(stage, own);
    });
    const mine = (await stage.server.ask.history(NOTES)).filter(({ deviceId }) => deviceId === 'token:mallory');
    expect(mine).toEqual([]);
    expect(Y.getState(spy.doc.store, spy.victimId)).toBe('Call the plant. '.length);
    await stage.textIntact();

    // In a document where the client id is somebody's it is refused; where it is nobody's, it is the attacker's alone.
    const there = await stage.attacker.open(OTHER, 'cleo');
    await stage.attacker.send(there, [updateMessage(wordsAs(spy.victimId, 0, 'Mine here. '))]);
    await eventually(async () => expect(await stage.server.ask.replayed(OTHER)).toBe('Mine here. '));
    await refused(stage, own, 4409, OTHER);
    expect(await stage.server.ask.replayed(OTHER)).toBe('Mine here. ');
    const third = 'oslo-2014/notes';
    const atHome = stage.stock('cleo', third);
    await eventually(() => expect(atHome.provider.synced).toBe(true));
    const socket = await stage.attacker.open(third, 'mallory');
    await stage.attacker.send(socket, [updateMessage(own)]);
    await eventually(() => expect(atHome.text.length).toBe('Call the plant. '.length));
    atHome.text.insert(0, 'I type as ever. ');
    await eventually(async () => expect(await stage.server.ask.replayed(third)).toBe(atHome.text.toString()));
    expect(atHome.closes).toEqual([]);
  },
);

attackTest('five thousand client ids in one update are refused and make no keystroke dearer', async (stage) => {
  await stage.whileTyping(async () => {
    for (let n = 0; n < 3; n += 1) {
      await refused(stage, idFlood(100_000 + n * 10_000, 5000, 'chain'), 1003);
      await refused(stage, idFlood(500_000 + n * 10_000, 5000, 'heap'), 1003);
    }
  });
  const late = stage.stock('cleo');
  await eventually(() => expect(late.provider.synced).toBe(true));
  expect(late.doc.store.clients.size).toBeLessThanOrEqual(2);
  expect(late.text.toString()).not.toContain('x');
  await stage.textIntact();
});

attackTest(
  'one new client id after the other: a device has so many in an hour, and others have theirs',
  async (stage) => {
    const allowed = 100;
    const ofMallory = async () =>
      (await stage.server.ask.history(NOTES)).filter(({ deviceId }) => deviceId === 'token:mallory').length;
    await stage.whileTyping(async () => {
      const socket = await stage.attacker.open(NOTES, 'mallory');
      const updates = Array.from({ length: allowed + 20 }, (_, n) => updateMessage(idFlood(100_000 + n, 1)));
      for (let n = 0; n < updates.length; n += 10) await stage.attacker.send(socket, updates.slice(n, n + 10));
      await stage.sentAway(socket, 4409);
    });
    expect(await ofMallory()).toBe(allowed);
    await refused(stage, idFlood(200_000, 1));
    const other = stage.stock('cleo');
    other.text.insert(0, 'I have my own. ');
    await eventually(async () => expect(await stage.server.ask.replayed(NOTES)).toContain('I have my own. '));
    expect(other.closes).toEqual([]);
    await stage.textIntact();

    await stage.server.ask.pass(3_600_000);
    await refusedNothing(stage, idFlood(300_000, 1));
    expect(await ofMallory()).toBe(allowed + 1);
  },
);

const HOLD_MS = 1500;

attackTest(
  'a mass deletion is announced and slowed, and one act brings everything back',
  async (stage) => {
    const writer = stage.stock('cleo');
    const vandal = stage.stock('mallory');
    const words = Array.from({ length: 200 }, (_, n) => `line ${String(n)}\n`).join('');
    writer.text.insert(0, words);
    await shows(words, vandal);
    await stage.whileTyping(async () => {
      for (let n = 0; n < 8; n += 1) vandal.text.delete(0, Math.ceil(vandal.text.length / 3));
      await eventually(async () => expect(await stage.server.ask.massDeletions()).not.toEqual([]));
      vandal.text.insert(0, 'gone');
    });
    const [deletion] = await stage.server.ask.massDeletions();
    if (deletion === undefined) throw new Error('announced');
    expect(deletion).toMatchObject({ document: NOTES, operatorId: 'mallory', deviceId: 'token:mallory' });
    expect(deletion.deleted).toBeGreaterThanOrEqual(120);
    expect(deletion.held).toBeGreaterThanOrEqual(words.length);
    expect(deletion.restoreAt).toBeLessThan(deletion.at);

    await shows('gone', writer);
    const before = await stage.server.ask.history(NOTES);
    const slowed = before.filter(({ deviceId }) => deviceId === 'token:mallory').at(-1);
    expect((slowed?.at ?? 0) - deletion.at, 'by the host’s own clock').toBeGreaterThanOrEqual(HOLD_MS);
    const during = before.filter(({ deviceId, at }) => deviceId === 'token:ben' && at > deletion.at);
    expect(during.length, 'others are heard all the while').toBeGreaterThan(0);

    const then = createDocumentHistory(before).textAt(deletion.restoreAt).text;
    expect(then).toContain(words);
    const restored = await stage.server.ask.restoreText(NOTES, deletion.restoreAt, 'anna');
    expect(restored).toEqual({ ok: true, value: { changedAt: expect.any(Number) as unknown } });
    await eventually(() => expect([writer, vandal].map(({ text }) => text.toString())).toEqual([then, then]));
    expect(await stage.server.ask.replayed(NOTES)).toBe(then);
    expect(await stage.server.ask.restoreText(NOTES, deletion.restoreAt, 'anna')).toEqual({
      ok: true,
      value: { changedAt: null },
    });
    const added = (await stage.server.ask.history(NOTES)).slice(before.length);
    expect(new Set(added.map(({ operatorId, deviceId }) => `${operatorId} ${deviceId}`))).toEqual(
      new Set(['anna host:itself']),
    );
  },
  { limits: { massDeletion: { withinMs: 10_000, units: 120, shareAtOnce: 0.3, share: 0.6, holdMs: HOLD_MS } } },
);

attackTest(
  'a paste beyond the largest size is refused and stays in its tab; others write and delete on',
  async (stage) => {
    const tooMuch = 'much too much '.repeat(1000);
    const reader = stage.stock('anna');
    const pasters = await stage.whileTyping(async () => {
      const all: StockClient[] = [];
      for (let n = 0; n < 5; n += 1) {
        const paster = stage.stock('cleo');
        all.push(paster);
        await eventually(() => expect(paster.provider.synced).toBe(true));
        paster.text.insert(0, tooMuch);
        await eventually(() => expect(paster.closes.map(({ code }) => code)).toEqual([4413]));
      }
      return all;
    });
    for (const { provider, text } of pasters) {
      expect(provider.shouldConnect).toBe(false);
      expect(text.toString()).toContain(tooMuch);
    }
    await stage.textIntact();
    expect(reader.text.toString()).not.toContain('much');
    const before = reader.text.length;
    reader.text.delete(0, 10);
    reader.text.insert(0, 'short. ');
    await eventually(async () => expect((await stage.server.ask.textOf(NOTES))?.text).toBe(reader.text.toString()));
    expect(reader.text.length).toBe(before - 3);
    expect(reader.closes).toEqual([]);
  },
  { limits: { documentUnits: 10_000 } },
);
