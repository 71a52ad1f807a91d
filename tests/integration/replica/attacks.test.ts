import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../../shared/log/envelope.ts';
import { signerOf } from '../../support/log-fixtures.ts';
import { connectStranger, forged, signedUnder } from '../../support/replica-stranger.ts';
import { createReplicaWorld, FIRST_ROOM, held } from '../../support/replica-world.ts';
import { signedByHand } from '../../support/signed-by-hand.ts';

const NOTE = { type: 'NoteTaken', text: 'as it was' };

function scene() {
  const world = createReplicaWorld();
  const host = world.founded('host');
  const stranger = connectStranger(world, host);
  const hand = signedByHand(FIRST_ROOM, world.time.clock.now());
  return { world, host, stranger, hand };
}

/** What the host holds of the room, as hashes in the order of arrival. */
function roomOf(host: ReturnType<typeof scene>['host']): readonly string[] {
  return host.events(FIRST_ROOM).map(({ hash }) => hash);
}

function hashes(events: readonly StoredEvent[]): readonly string[] {
  return events.map(({ hash }) => hash);
}

describe('an event that is not what it says', () => {
  it('with a forged signature is dropped and charged to the sender', async () => {
    const { world, host, stranger, hand } = scene();
    stranger.sendEvents(FIRST_ROOM, [forged(hand.sign('anna', NOTE))]);
    await world.pass();
    expect(roomOf(host)).toEqual([]);
    expect(stranger.status()).toMatchObject({ bad: 1, waiting: 0 });
    expect(stranger.count('ack')).toBe(1);
  });

  it.each(['firebreak/text/1\n', 'firebreak/session/1\n', 'firebreak/manifest/1\n', ''])(
    'signed under the domain %j is dropped',
    async (domain) => {
      const { world, host, stranger, hand } = scene();
      stranger.sendEvents(FIRST_ROOM, [signedUnder(domain, hand.sign('anna', NOTE), signerOf('anna'))]);
      await world.pass();
      expect(roomOf(host)).toEqual([]);
      expect(stranger.status()).toMatchObject({ bad: 1 });
    },
  );

  it('with another body, or none, is dropped', async () => {
    const { world, host, stranger, hand } = scene();
    const event = hand.sign('anna', NOTE);
    stranger.sendEvents(FIRST_ROOM, [
      { ...event, body: { text: 'as somebody would like it' } },
      { ...event, body: null, salt: null },
    ]);
    await world.pass();
    expect(roomOf(host)).toEqual([]);
    expect(stranger.status()).toMatchObject({ bad: 2 });
    stranger.sendEvents(FIRST_ROOM, [event]);
    await world.pass();
    expect(roomOf(host)).toEqual([event.hash]);
  });

  it('of another log than the frame says, or at a time before its parents, is dropped', async () => {
    const { world, host, stranger, hand } = scene();
    const first = hand.sign('anna', NOTE);
    const elsewhere = signedByHand('workspace', world.time.clock.now()).sign('anna', NOTE);
    const { envelope } = signedByHand(FIRST_ROOM, 1_000).sign('ben', NOTE);
    expect(envelope.time.wall).toBeLessThan(first.envelope.time.wall);
    const early = backdated(first);
    stranger.sendEvents(FIRST_ROOM, [first, elsewhere, early]);
    await world.pass();
    expect(roomOf(host)).toEqual([first.hash]);
    expect(stranger.status()).toMatchObject({ bad: 2 });
  });

  it('does not block the author whose name it carries', async () => {
    const { world, host, stranger, hand } = scene();
    const real = Array.from({ length: 5 }, () => hand.sign('anna', NOTE));
    stranger.sendEvents(FIRST_ROOM, real.map(forged));
    await world.pass();
    const honest = connectStranger(world, host, 'honest');
    honest.sendEvents(FIRST_ROOM, real);
    await world.pass();
    expect(roomOf(host)).toEqual(hashes(real));
    expect(honest.status()).toMatchObject({ bad: 0 });
    expect(stranger.status()).toMatchObject({ bad: 5 });
  });

  it('in the name of an author who is not known yet does not stand in the way when the author is', async () => {
    const { world, host, stranger, hand } = scene();
    const real = Array.from({ length: 3 }, () => hand.sign('newcomer', NOTE));
    stranger.sendEvents(
      FIRST_ROOM,
      real.map((event) => ({ ...event, body: { text: 'garbage' } })),
    );
    const honest = connectStranger(world, host, 'honest');
    await world.pass(20);
    honest.sendEvents(FIRST_ROOM, real);
    await world.pass();
    expect(roomOf(host)).toEqual([]);
    expect(host.verified.count).toBe(0);
    expect(honest.status()).toMatchObject({ waiting: 3, bad: 0 });
    host.append('workspace', signerOf('founder'), [{ key: signerOf('newcomer').publicKey }]);
    await world.pass();
    expect(roomOf(host)).toEqual(hashes(real));
    expect(stranger.status()).toMatchObject({ bad: 3, waiting: 0 });
    expect(honest.status()).toMatchObject({ bad: 0, waiting: 0 });
  });
});

describe('replayed', () => {
  it('events are held once, cost no verification, and are nobody’s fault', async () => {
    const { world, host, stranger, hand } = scene();
    const events = Array.from({ length: 4 }, () => hand.sign('anna', NOTE));
    for (let times = 0; times < 5; times += 1) {
      stranger.sendEvents(FIRST_ROOM, events);
      await world.pass(40);
    }
    expect(roomOf(host)).toEqual(hashes(events));
    expect(host.verified.count).toBe(4);
    expect(stranger.status()).toMatchObject({ bad: 0 });
  });
});

describe('what comes too early', () => {
  it('waits for its parents, whoever brings them, in whatever order', async () => {
    const { world, host, stranger, hand } = scene();
    const events = Array.from({ length: 6 }, () => hand.sign('anna', NOTE));
    for (const event of events.slice(1).reverse()) {
      stranger.sendEvents(FIRST_ROOM, [event]);
      await world.pass(40);
    }
    expect(roomOf(host)).toEqual([]);
    expect(stranger.status()).toMatchObject({ waiting: 5 });
    // It is told what is here, a few times, and then no longer.
    await world.pass(20_000, 50);
    const asked = stranger.count('vector');
    await world.pass(60_000, 200);
    expect(stranger.count('vector')).toBe(asked);

    const other = connectStranger(world, host, 'other');
    other.sendEvents(FIRST_ROOM, events.slice(0, 1));
    await world.pass();
    expect(roomOf(host)).toEqual(hashes(events));
    expect(stranger.status()).toMatchObject({ waiting: 0, bad: 0 });
  });

  it('waits for the workspace event that it relies on', async () => {
    const { world, host, stranger, hand } = scene();
    const role = signedByHand('workspace', world.time.clock.now()).sign('ben', { type: 'RoleGiven' });
    const event = hand.sign('anna', NOTE, { workspace: [role] });
    stranger.sendEvents(FIRST_ROOM, [event]);
    await world.pass();
    expect(roomOf(host)).toEqual([]);
    stranger.sendEvents('workspace', [role]);
    await world.pass();
    expect(roomOf(host)).toEqual([event.hash]);
  });

  it('is dropped, the oldest first, when its sender has too much there; others lose nothing', async () => {
    const world = createReplicaWorld();
    const host = world.founded('host', { limits: { waitingPerPeer: 10 } });
    const stranger = connectStranger(world, host);
    const honest = connectStranger(world, host, 'honest');
    const hand = signedByHand(FIRST_ROOM, world.time.clock.now());
    const mine = Array.from({ length: 3 }, () => hand.sign('newcomer', NOTE));
    honest.sendEvents(FIRST_ROOM, mine);
    stranger.sendEvents(
      FIRST_ROOM,
      Array.from({ length: 40 }, (_, n) => hand.sign(`nobody ${String(n)}`, NOTE)),
    );
    await world.pass();
    expect(stranger.status()).toMatchObject({ waiting: 10 });
    expect(honest.status()).toMatchObject({ waiting: 3 });
    const asked = stranger.count('vector');
    host.append('workspace', signerOf('founder'), [{ key: signerOf('newcomer').publicKey }]);
    await world.pass(1_500);
    expect(roomOf(host)).toEqual(hashes(mine));
    // Who lost something there is asked for it again, now that more is known.
    expect(stranger.heard.filter(({ kind, log }) => kind === 'vector' && log === FIRST_ROOM).length).toBeGreaterThan(0);
    expect(stranger.count('vector')).toBeGreaterThan(asked);
  });
});

describe('a host that sends too much that is bad', () => {
  it('is cut, not let in again for a while that doubles, and reported; its victims are not', async () => {
    const { world, host, stranger, hand } = scene();
    const bad = Array.from({ length: 150 }, () => forged(hand.sign('anna', NOTE)));
    stranger.sendEvents(FIRST_ROOM, bad);
    await world.pass();
    expect(stranger.closed()).toMatchObject({ code: 4429 });
    const [first] = host.replica.status().quarantined;
    expect(first).toMatchObject({ hostId: stranger.key, bad: 150 });
    expect(first?.until).toBeGreaterThan(world.time.clock.now());
    const again = connectStranger(world, host);
    expect([again.isIn, again.closed()?.code]).toEqual([false, 4429]);
    const honest = connectStranger(world, host, 'honest');
    expect(honest.isIn).toBe(true);

    const waits: number[] = [];
    for (let times = 0; times < 3; times += 1) {
      const until = host.replica.status().quarantined[0]?.until ?? 0;
      waits.push(until - world.time.clock.now());
      world.time.pass(until - world.time.clock.now() + 1);
      const back = connectStranger(world, host);
      expect(back.isIn).toBe(true);
      back.sendEvents(FIRST_ROOM, bad);
      await world.pass(200);
    }
    expect(waits[1]).toBeGreaterThan(1.5 * (waits[0] ?? 0));
    expect(waits[2]).toBeGreaterThan(1.5 * (waits[1] ?? 0));

    const anna = hand.sign('anna', NOTE, { after: null });
    honest.sendEvents(FIRST_ROOM, [anna]);
    await world.pass();
    expect(roomOf(host)).toEqual([anna.hash]);
  });

  it('is not cut for a little now and then', async () => {
    const { world, stranger, hand } = scene();
    for (let times = 0; times < 8; times += 1) {
      stranger.sendEvents(
        FIRST_ROOM,
        Array.from({ length: 20 }, () => forged(hand.sign('anna', NOTE))),
      );
      await world.pass(100);
      world.time.pass(6 * 60_000);
    }
    expect(stranger.closed()).toBeNull();
    expect(stranger.status()).toMatchObject({ bad: 160 });
  });
});

describe('a session', () => {
  it.each([
    ['no JSON', 'hello?'],
    ['an unknown frame', '{"kind":"please"}'],
    ['a frame with too much in it', '{"kind":"ready","and":1}'],
    ['a log that cannot be', '{"kind":"vector","log":"../../etc","tips":[],"length":0}'],
  ])('ends at %s', async (_, text) => {
    const { world, stranger } = scene();
    stranger.sendText(text);
    await world.pass();
    expect(stranger.closed()).toMatchObject({ code: 1003 });
  });

  it('ends with whoever sends more than was acknowledged', async () => {
    const { world, stranger, hand } = scene();
    for (let n = 0; n < 20; n += 1) stranger.sendEvents(FIRST_ROOM, [hand.sign('anna', NOTE)]);
    await world.pass();
    expect(stranger.closed()).toMatchObject({ code: 1003 });
  });

  it('acknowledges nothing that the disk refused, and has it all when the disk is well again', async () => {
    const world = createReplicaWorld();
    const a = world.founded('a');
    const b = world.founded('b');
    a.append(FIRST_ROOM, signerOf('anna'), [{ text: 'kept' }]);
    b.refuse(new Error('no space left'));
    const wire = world.connect(a, b);
    await world.pass();
    expect(wire.b.closed).toMatchObject({ code: 1013 });
    expect(wire.sent.filter(({ from, text }) => from === 'b' && text.includes('"ack"'))).toEqual([]);
    b.refuse(null);
    world.connect(a, b);
    await world.pass();
    expect(held(b)).toEqual(held(a));
  });
});

describe('a disk that cannot be read', () => {
  it('ends the session, and not whoever wrote at that moment', async () => {
    const world = createReplicaWorld();
    const [a, b] = [world.founded('a'), world.founded('b')];
    const wire = world.connect(a, b);
    await world.pass();
    const { log } = a.local;
    Object.assign(a.local, {
      log() {
        throw new Error('cannot be read');
      },
    });
    expect(() => a.append(FIRST_ROOM, signerOf('anna'), [{ text: 'kept' }])).not.toThrow();
    await world.pass();
    expect(wire.a.closed).toMatchObject({ code: 1013 });
    Object.assign(a.local, { log });
    world.connect(a, b);
    await world.pass();
    expect(held(b)).toEqual(held(a));
  });
});

describe('1,000,000 events of authors whom nobody knows', () => {
  it('cost a bounded store, and an honest host beside it is served', { timeout: 300_000 }, async () => {
    const world = createReplicaWorld();
    const host = world.founded('host');
    const honest = world.founded('honest');
    world.connect(host, honest);
    const stranger = connectStranger(world, host);
    await world.pass(40);

    const frames = 2_000;
    let [sent, most, written] = [0, 0, 0];
    while (sent < frames) {
      const acknowledged = stranger.count('ack');
      while (sent < frames && sent - acknowledged < 4) {
        stranger.sendText(floodFrame(sent));
        sent += 1;
      }
      if (sent % 100 === 0) {
        honest.append(FIRST_ROOM, signerOf('anna'), [{ text: `while flooded ${String(sent)}` }]);
        written += 1;
      }
      await world.pass(4, 1);
      most = Math.max(most, stranger.status()?.waiting ?? 0);
      expect(written - host.events(FIRST_ROOM).length).toBeLessThan(5);
    }
    await world.pass();
    expect(stranger.count('ack')).toBe(frames);
    expect(most).toBe(2_000);
    expect(host.verified.count).toBe(written);
    expect(held(host)).toEqual(held(honest));
    expect(stranger.closed()).toBeNull();
  });
});

/** 500 events that parse, each of another author, signed by nobody. */
function floodFrame(frame: number): string {
  const events = Array.from({ length: 500 }, (_, n) => {
    const number = (frame * 500 + n).toString(16).padStart(16, '0');
    const hash = number.repeat(4);
    const what = `"type":"X","bodyHash":"${hash}","signature":"${number.repeat(8)}"`;
    const place = `"seq":1,"time":{"wall":1700000000000,"counter":0},"previous":null,"seen":[],"workspace":[]`;
    const envelope = `{"v":1,"log":"${FIRST_ROOM}","author":"${hash}",${place},${what}}`;
    return `{"envelope":${envelope},"body":{},"salt":"${number.repeat(2)}"}`;
  });
  return `{"kind":"events","log":"${FIRST_ROOM}","events":[${events.join(',')}]}`;
}

/** Signed by its author, and placed before what it stands on. */
function backdated(parent: StoredEvent): StoredEvent {
  const hand = signedByHand(FIRST_ROOM, 1_000);
  const { author, seq } = parent.envelope;
  const lying = { ...parent, envelope: { ...parent.envelope, time: { wall: 1_000 as never, counter: 0 } } };
  const event = hand.sign('ben', NOTE, { seen: [lying], at: 2_000 });
  expect(event.envelope.seen).toEqual([{ author, seq, hash: parent.hash }]);
  return event;
}
