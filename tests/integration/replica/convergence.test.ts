import { describe, expect, it } from 'vitest';
import { createReplicaWorld, FIRST_ROOM, held, SECOND_ROOM, type ReplicaHost } from '../../support/replica-world.ts';
import { signerOf } from '../../support/log-fixtures.ts';

const DOCUMENT = 'rooms/first-room/notes';

function notes(count: number, what = 'note'): readonly object[] {
  return Array.from({ length: count }, (_, n) => ({ text: `${what} ${String(n)}` }));
}

/** Two hosts that worked apart: each has what the other lacks, of everything there is. */
function apart() {
  const world = createReplicaWorld();
  const a = world.founded('a');
  const b = world.founded('b');
  a.append(FIRST_ROOM, signerOf('anna'), notes(7, 'anna'));
  b.append(FIRST_ROOM, signerOf('ben'), notes(5, 'ben'));
  b.append(SECOND_ROOM, signerOf('ben'), notes(3, 'second'));
  a.append('workspace', signerOf('founder'), [{ key: signerOf('dora').publicKey }]);
  a.append(SECOND_ROOM, signerOf('dora'), notes(2, 'dora'));
  a.write(DOCUMENT, a.signer, 'one');
  a.write(DOCUMENT, a.signer, 'two');
  b.append('workspace', signerOf('ben'), [{ key: a.signer.publicKey }, { key: b.signer.publicKey }]);
  b.write(DOCUMENT, b.signer, 'three');
  return { world, a, b };
}

function expectSame(...hosts: readonly ReplicaHost[]): void {
  const [first, ...others] = hosts.map(held);
  for (const other of others) expect(other).toEqual(first);
}

describe('two hosts', () => {
  it('hold the same after they worked apart, and then nothing more is said', async () => {
    const { world, a, b } = apart();
    const wire = world.connect(a, b);
    await world.pass();
    expectSame(a, b);
    expect(new Set(Object.keys(held(a)))).toEqual(new Set(['first-room', 'second-room', 'workspace', DOCUMENT]));
    const said = wire.sent.length;
    await world.pass(30_000, 100);
    expect(wire.sent.length).toBe(said);
    expect(a.replica.status().peers[0]).toMatchObject({
      name: 'b',
      behind: 0,
      ahead: 0,
      progress: null,
      bad: 0,
      waiting: 0,
    });
  });

  it('send what grows, and never what the other sent', async () => {
    const { world, a, b } = apart();
    const wire = world.connect(a, b);
    await world.pass();
    const from = wire.sent.length;
    a.append(FIRST_ROOM, signerOf('anna'), notes(1, 'live'));
    a.append(FIRST_ROOM, signerOf('anna'), notes(2, 'live'));
    await world.pass();
    b.write(DOCUMENT, b.signer, 'four');
    await world.pass();
    expectSame(a, b);
    const kinds = wire.sent
      .slice(from)
      .map(({ from: side, text }) => `${side} ${(JSON.parse(text) as { kind: string }).kind}`);
    expect(kinds).toEqual(['a events', 'b ack', 'b text', 'a text-ack']);
  });

  it('resume wherever the line is cut, and lose nothing', async () => {
    const whole = apart();
    const wire = whole.world.connect(whole.a, whole.b);
    await whole.world.pass();
    const frames = wire.sent.length;
    expect(frames).toBeGreaterThan(12);
    for (let at = 0; at < frames; at += 1) {
      const { world, a, b } = apart();
      world.connect(a, b, (index) => (index === at ? 'cut' : 'pass'));
      await world.pass();
      expect(a.replica.status().peers, `cut at ${String(at)}`).toEqual([]);
      world.connect(a, b);
      await world.pass();
      expect(held(b), `cut at ${String(at)}`).toEqual(held(a));
      expect(a.hashes('workspace').length).toBe(7);
      world.stop();
    }
  });

  it('notice a frame that never came, whichever it was, and come together on the next line', async () => {
    const whole = apart();
    const wire = whole.world.connect(whole.a, whole.b);
    await whole.world.pass();
    for (let at = 0; at < wire.sent.length; at += 1) {
      const { world, a, b } = apart();
      const broken = world.connect(a, b, (index) => (index === at ? 'lose' : 'pass'));
      await world.pass(130_000, 200);
      const isMended = !broken.a.isOpen;
      if (isMended) world.connect(a, b);
      await world.pass();
      expect(held(b), `lost ${String(at)}, ${isMended ? 'noticed' : 'not noticed'}`).toEqual(held(a));
      world.stop();
    }
  });

  it('take every frame twice as once', async () => {
    const { world, a, b } = apart();
    world.connect(a, b, () => 'double');
    await world.pass();
    // Doubled frames are more than were acknowledged, which ends the line; over a second line the rest comes.
    world.connect(a, b);
    await world.pass();
    expectSame(a, b);
    expect(a.receipts.reduce((sum, { count }) => sum + count, 0)).toBe(5 + 3 + 2);
  });
});

describe('three hosts', () => {
  it('come together through a relay, also while rooms are made and events grow', async () => {
    const { world, a, b } = apart();
    const relay = world.host('relay');
    world.connect(a, relay);
    await world.pass();
    world.connect(b, relay);
    await world.pass();
    expectSame(a, b, relay);
    a.append('late-room-1' as typeof FIRST_ROOM, signerOf('anna'), notes(2));
    b.append('late-room-2' as typeof FIRST_ROOM, signerOf('ben'), notes(2));
    b.append('workspace', signerOf('ben'), [{ key: signerOf('new').publicKey }]);
    b.append('late-room-2' as typeof FIRST_ROOM, signerOf('new'), notes(1));
    await world.pass();
    expectSame(a, b, relay);
    expect(Object.keys(held(a))).toHaveLength(6);
  });

  it('store what two peers bring at once a single time, verified a single time', async () => {
    const { world, a, b } = apart();
    world.connect(a, b);
    await world.pass();
    const c = world.host('c');
    world.connect(a, c);
    world.connect(b, c);
    await world.pass();
    expectSame(a, b, c);
    const events = c.events('workspace').length + c.events(FIRST_ROOM).length + c.events(SECOND_ROOM).length;
    expect(c.verified.count).toBe(events);
  });

  it('lose nothing in a circle of lines, and fall silent', async () => {
    const { world, a, b } = apart();
    const c = world.host('c');
    const wires = [world.connect(a, b), world.connect(b, c), world.connect(c, a)];
    await world.pass(1_000);
    expectSame(a, b, c);
    const said = wires.map(({ sent }) => sent.length);
    await world.pass(20_000, 100);
    expect(wires.map(({ sent }) => sent.length)).toEqual(said);
  });
});

describe('a long join', () => {
  it('goes in windows, with its progress shown', async () => {
    const world = createReplicaWorld();
    const a = world.founded('a');
    a.append(FIRST_ROOM, signerOf('anna'), notes(4_000));
    const b = world.host('b');
    const wire = world.connect(a, b, undefined, 20);
    const seen: number[] = [];
    let most = 0;
    for (let step = 0; step < 400; step += 1) {
      await world.pass(10, 2);
      const progress = b.replica.status().peers[0]?.progress ?? null;
      if (progress !== null) seen.push(progress.done / progress.of);
      most = Math.max(most, unacknowledged(wire.sent));
    }
    expect(held(b)).toEqual(held(a));
    expect(seen.length).toBeGreaterThan(3);
    expect([...seen].sort((x, y) => x - y)).toEqual(seen);
    expect(b.replica.status().peers[0]?.progress).toBeNull();
    expect(most).toBe(4);
  });

  it('waits for a network that takes nothing, and goes on when it does', async () => {
    const world = createReplicaWorld();
    const a = world.founded('a');
    a.append(FIRST_ROOM, signerOf('anna'), notes(1_200));
    const b = world.host('b');
    const wire = world.connect(a, b);
    wire.a.buffered = 5_000_000;
    await world.pass(2_000);
    expect(held(b)).toEqual({});
    wire.a.buffered = 0;
    await world.pass(2_000);
    expect(held(b)).toEqual(held(a));
  });
});

function unacknowledged(sent: readonly { readonly text: string }[]): number {
  const about = (kind: string): number =>
    sent.filter(({ text }) => text.startsWith(`{"kind":"${kind}","log":"${FIRST_ROOM}"`)).length;
  return about('events') - about('ack');
}
