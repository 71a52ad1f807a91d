import { expect } from 'vitest';
import { attackTest, type AttackStage, eventually } from '../../support/attack-stage.ts';
import { createRandom } from '../../support/random.ts';
import { NOTES, type StockClient } from '../../support/sync-host.ts';
import { bombV2, presenceMessage, updateMessage, wordsAs } from '../../support/yjs-attacks.ts';

const MIB = 1024 * 1024;
const SEED = 20_261_122;

async function sendAlone(
  stage: AttackStage,
  frame: Uint8Array | string,
  code: number,
  token = 'mallory',
): Promise<void> {
  const socket = await stage.attacker.open(NOTES, token);
  await stage.attacker.send(socket, [frame]);
  await stage.sentAway(socket, code);
}

attackTest('frames that are none: text, empty, truncated, random, and an update in the other format', async (stage) => {
  const random = createRandom(SEED);
  const sound = updateMessage(wordsAs(4711, 0, 'some sound words'));
  const frames: (Uint8Array | string)[] = ['hello', '', new Uint8Array(), updateMessage(bombV2())];
  for (let length = 1; length < sound.length; length += 1) frames.push(sound.slice(0, length));
  for (let n = 0; n < 30; n += 1) frames.push(Uint8Array.from({ length: 40 }, () => Math.floor(random() * 256)));
  expect(bombV2()).toHaveLength(38);
  await stage.whileTyping(async () => {
    for (const frame of frames) await sendAlone(stage, frame, 1003);
  });
  expect((await stage.server.ask.history(NOTES)).map(({ deviceId }) => deviceId)).not.toContain('token:mallory');
  await stage.textIntact();
});

attackTest('frames of 16 and 128 MiB are refused unread', async (stage) => {
  let before = await stage.server.ask.memory();
  await stage.whileTyping(async () => {
    before = await stage.server.ask.memory(); // what typing itself takes is taken by now
    for (const mib of [16, 128]) {
      const socket = await stage.attacker.open(NOTES, 'mallory');
      await stage.attacker.sendHuge(socket, mib * MIB);
      await stage.sentAway(socket, 1009);
    }
  });
  const after = await stage.server.ask.memory();
  // What comes is thrown away in pieces: the frame is never held, nor copied.
  expect(after.peak - before.peak).toBeLessThan(96 * MIB);
  await stage.textIntact();
});

attackTest('a cursor that moves 5,000 times a second reaches others ten times a second', async (stage) => {
  const watcher = stage.stock('cleo');
  const seen: { at: number; seq: unknown }[] = [];
  watcher.provider.awareness.on('update', ({ added, updated }: Record<'added' | 'updated', number[]>) => {
    if ([...added, ...updated].includes(4711)) {
      seen.push({ at: performance.now(), seq: watcher.provider.awareness.getStates().get(4711)?.['seq'] });
    }
  });
  await stage.whileTyping(async () => {
    const socket = await stage.attacker.open(NOTES, 'mallory');
    await stage.attacker.floodPresence(socket, 4711, 5000, 2);
    await eventually(() => expect(seen.at(-1)?.seq, 'the newest comes through').toBe(10_000));
  });
  const [first, last] = [seen[0]?.at ?? 0, seen.at(-1)?.at ?? 0];
  // Two of them may come closer together here than the host sent them.
  expect(seen.length).toBeLessThanOrEqual((last - first) / 100 + 3);
  await stage.textIntact();
});

function userOf({ provider }: StockClient, clientId: number): unknown {
  return provider.awareness.getStates().get(clientId)?.['user'];
}

attackTest('awareness that lies or is none: nobody sees it, and who sent no JSON is sent away', async (stage) => {
  const victim = stage.stock('cleo');
  const watcher = stage.stock('erin');
  const place = { type: null, tname: 'text', item: null, assoc: 0 };
  const cursor = { anchor: place, head: place };
  victim.provider.awareness.setLocalStateField('cursor', cursor);
  const stateOfVictim = () => watcher.provider.awareness.getStates().get(victim.doc.clientID);
  await eventually(() => expect(stateOfVictim()).toMatchObject({ cursor, user: { operatorId: 'cleo' } }));
  const gone: number[] = [];
  watcher.provider.awareness.on('change', ({ removed }: { removed: number[] }) => void gone.push(...removed));
  const announce = async (token: string, clientId: number, json: string, clock = 1): Promise<number> => {
    const socket = await stage.attacker.open(NOTES, token);
    await stage.attacker.send(socket, [presenceMessage([{ clientId, clock, json }])]);
    return socket;
  };

  await stage.whileTyping(async () => {
    for (let n = 0; n < 10; n += 1) {
      await announce('mallory', 5000 + n, JSON.stringify({ pad: 'x'.repeat(MIB) }));
      for (const json of ['{"cursor":', 'undefined', '[1]', '7']) {
        await stage.sentAway(await announce('mallory', 6000 + n, json), 1003);
      }
      for (const json of ['{"cursor":null,"stolen":true}', 'null']) {
        await announce('mallory', victim.doc.clientID, json, 1_000_000 + n);
      }
    }
    await announce('mallory', 7000, JSON.stringify({ user: { name: 'Anna', role: 'Director', operatorId: 'anna' } }));
    await eventually(() =>
      expect(userOf(watcher, 7000)).toMatchObject({
        operatorId: 'mallory',
        name: 'mallory of the host',
        role: 'Communications',
      }),
    );
  });
  const shown = [...watcher.provider.awareness.getStates().keys()];
  expect(shown.filter((id) => id >= 5000 && id < 7000)).toEqual([]);
  expect(stateOfVictim()).toMatchObject({ cursor, user: { operatorId: 'cleo' } });
  expect(gone).not.toContain(victim.doc.clientID);
  expect(victim.closes).toEqual([]);
  await stage.textIntact();
});

const SLOW = 20;
const UNREAD = 512 * 1024;
const GENEROUS = 2 ** 40;

attackTest(
  'twenty readers that never read are cut, cost little memory, and catch up when they come back',
  async (stage) => {
    const sockets: number[] = [];
    for (let n = 1; n < SLOW; n += 1) {
      sockets.push(await stage.attacker.join(NOTES, `slow.${'abcdefghijklmnopqrstuvwxyz'.charAt(n)}`));
    }
    const slow = stage.stock('slow');
    const writer = stage.stock('cleo');
    await eventually(() => expect([slow, writer].every(({ provider }) => provider.synced)).toBe(true));
    const wire = slow.provider.ws as unknown as { pause(): void; resume(): void };
    wire.pause();
    for (const socket of sockets) await stage.attacker.pause(socket);
    const others = (await stage.server.ask.connections()) - SLOW;
    const before = await stage.server.ask.memory();
    const paste = 'All of it, once more, from the very beginning to the very end. '.repeat(256);
    await stage.whileTyping(async () => {
      // Until the kernel's own buffers are full as well, however large they are here.
      for (let n = 0; n < 4000 && (await stage.server.ask.connections()) > others; n += 1) {
        writer.text.insert(0, paste);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    });
    expect(await stage.server.ask.connections()).toBe(others);
    const after = await stage.server.ask.memory();
    console.info(
      `${String(writer.text.length)} characters, +${((after.peak - before.now) / MIB).toFixed(0)} MB at most`,
    );
    expect(after.peak - before.now).toBeLessThan(100 * MIB);
    for (const socket of sockets) {
      await stage.attacker.resume(socket);
      expect([1013, 1006]).toContain((await stage.attacker.closed(socket)).code);
    }
    wire.resume();
    await eventually(() => expect(slow.closes.map(({ code }) => code)).toHaveLength(1));
    expect([1013, 1006]).toContain(slow.closes[0]?.code);
    await eventually(() => expect(slow.text.toString() === writer.text.toString()).toBe(true));
    await stage.textIntact();
  },
  {
    limits: {
      bufferedBytes: UNREAD,
      documentUnits: GENEROUS,
      documentBytes: GENEROUS,
      pace: {
        burstFrames: GENEROUS,
        framesPerSecond: GENEROUS,
        burstBytes: GENEROUS,
        bytesPerSecond: GENEROUS,
        burstParts: GENEROUS,
        partsPerSecond: GENEROUS,
      },
    },
  },
);

attackTest('a thousand half-open connections and two hundred silent ones are in nobody’s way', async (stage) => {
  await stage.whileTyping(async () => {
    await stage.attacker.openHalf(1000, NOTES, 'mallory');
    for (let n = 0; n < 200; n += 1) await stage.attacker.open(NOTES, `silent.${'abcd'.charAt(n % 4)}`);
    const late = stage.stock('cleo');
    late.text.insert(0, 'still welcome ');
    await eventually(() => expect(late.provider.synced).toBe(true));
    await eventually(async () => expect(await stage.server.ask.replayed(NOTES)).toContain('still welcome '));
  });
  expect(await stage.server.ask.connections()).toBeGreaterThanOrEqual(200);
  await stage.textIntact();
});

attackTest(
  'an observer’s update is refused',
  async (stage) => {
    await stage.whileTyping(async () => {
      for (let n = 0; n < 20; n += 1) {
        await sendAlone(stage, updateMessage(wordsAs(4711 + n, 0, 'not mine to write')), 4403, 'reader');
      }
    });
    const reader = stage.stock('reader');
    await eventually(() => expect(reader.provider.synced).toBe(true));
    expect(reader.text.toString()).not.toContain('not mine');
    expect((await stage.server.ask.history(NOTES)).map(({ operatorId }) => operatorId)).not.toContain('reader');
    reader.text.insert(0, 'nor this');
    await eventually(() => expect(reader.closes.map(({ code }) => code)).toEqual([4403]));
    await stage.textIntact();
  },
  { readers: ['reader'] },
);

attackTest('a change of role acts at once on an open socket', async (stage) => {
  const demoted = stage.stock('cleo');
  demoted.text.insert(0, 'Allowed. ');
  await eventually(async () => expect(await stage.server.ask.replayed(NOTES)).toContain('Allowed. '));
  await stage.whileTyping(async () => {
    await stage.server.ask.mayWrite('cleo', false);
    await stage.server.ask.roleChanged('cleo');
    demoted.text.insert(0, 'Too late. ');
    await eventually(() => expect(demoted.closes.map(({ code }) => code)).toEqual([1012, 4403]));
  });
  expect(demoted.provider.shouldConnect).toBe(false);
  expect(await stage.server.ask.replayed(NOTES)).not.toContain('Too late. ');
  await stage.textIntact();

  // Allowed again, the page brings what it kept.
  await stage.server.ask.mayWrite('cleo', true);
  demoted.provider.connect();
  await eventually(async () => expect(await stage.server.ask.replayed(NOTES)).toContain('Too late. Allowed. '));

  const elsewhere = stage.stock('cleo', 'glasgow-2013/notes');
  await eventually(() => expect(elsewhere.provider.synced).toBe(true));
  await stage.server.ask.mayWrite('cleo', false);
  await stage.server.ask.rejudge('glasgow-2013/');
  elsewhere.text.insert(0, 'Nor here.');
  await eventually(() => expect(elsewhere.closes.map(({ code }) => code)).toEqual([1012, 4403]));
  expect(await stage.server.ask.history('glasgow-2013/notes')).toEqual([]);
  await stage.textIntact();
});

attackTest('a revoked operator is cut at once, and the token opens nothing any more', async (stage) => {
  const sockets: number[] = [];
  for (let n = 0; n < 10; n += 1) sockets.push(await stage.attacker.open(NOTES, 'mallory'));
  const words = updateMessage(wordsAs(4711, 0, 'after the end'));
  await stage.whileTyping(async () => {
    await stage.server.ask.revoke('mallory');
    for (const socket of sockets) {
      await stage.attacker.send(socket, [words]);
      await stage.sentAway(socket, 4401);
    }
    for (let n = 0; n < 20; n += 1) await sendAlone(stage, words, 4401);
  });
  expect((await stage.server.ask.history(NOTES)).map(({ operatorId }) => operatorId)).not.toContain('mallory');
  await stage.textIntact();
});
