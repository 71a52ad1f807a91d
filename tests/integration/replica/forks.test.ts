import { describe, expect, it } from 'vitest';
import type { SignedEvent, StoredEvent } from '../../../shared/log/envelope.ts';
import { createRandom } from '../../support/random.ts';
import { signerOf } from '../../support/log-fixtures.ts';
import { connectStranger } from '../../support/replica-stranger.ts';
import { createReplicaWorld, FIRST_ROOM, held, type ReplicaHost } from '../../support/replica-world.ts';
import { signedByHand } from '../../support/signed-by-hand.ts';

const NOTE = { type: 'NoteTaken', text: 'a note' };

/** One author's beginning, and two ways on from there: one with the approval, one that would have it never happen. */
function branches(lengths: { readonly common: number; readonly one: number; readonly other: number }) {
  const hand = signedByHand(FIRST_ROOM);
  const common = Array.from({ length: lengths.common }, () => hand.sign('carla', NOTE));
  const grow = (length: number, what: object): StoredEvent[] => {
    const grown: StoredEvent[] = [];
    for (let n = 0; n < length; n += 1) {
      grown.push(hand.sign('carla', { ...NOTE, ...what }, { after: grown.at(-1) ?? common.at(-1) ?? null }));
    }
    return grown;
  };
  return { common, one: grow(lengths.one, { approves: 'the text' }), other: grow(lengths.other, { text: 'nothing' }) };
}

function receive(host: ReplicaHost, ...parts: readonly (readonly SignedEvent[])[]): void {
  host.local.receive(FIRST_ROOM, parts.flat());
}

const SHAPES = [
  { common: 3, one: 1, other: 1 },
  { common: 3, one: 1, other: 6 },
  { common: 3, one: 6, other: 1 },
  { common: 0, one: 2, other: 5 },
  { common: 1, one: 700, other: 900 },
];

describe('a fork that would erase its author’s own approval', () => {
  it.each(SHAPES)('reaches both hosts with both branches: %o', async (shape) => {
    const { common, one, other } = branches(shape);
    const world = createReplicaWorld();
    const [a, b] = [world.founded('a'), world.founded('b')];
    receive(a, common, one);
    receive(b, common, other);
    const wire = world.connect(a, b);
    await world.pass(5_000, 10);
    expect(a.hashes(FIRST_ROOM)).toHaveLength(common.length + one.length + other.length);
    expect(held(b)).toEqual(held(a));
    const said = wire.sent.length;
    await world.pass(20_000, 50);
    expect(wire.sent.length).toBe(said);
  });

  it.each(SHAPES)('reaches everybody through a relay that has neither: %o', async (shape) => {
    const { common, one, other } = branches(shape);
    const world = createReplicaWorld();
    const hosts = [world.founded('a'), world.founded('b'), world.founded('relay'), world.founded('late')] as const;
    const [a, b, relay, late] = hosts;
    receive(a, common, one);
    receive(b, common, other);
    world.connect(a, relay);
    world.connect(b, relay);
    await world.pass(3_000, 10);
    world.connect(relay, late);
    await world.pass(3_000, 10);
    for (const host of hosts) {
      expect(host.hashes(FIRST_ROOM)).toHaveLength(common.length + one.length + other.length);
    }
  });

  it('reaches everybody while both branches still grow', async () => {
    const { common, one, other } = branches({ common: 2, one: 8, other: 8 });
    const world = createReplicaWorld();
    const [a, b, relay] = [world.founded('a'), world.founded('b'), world.founded('relay')];
    receive(a, common);
    receive(b, common);
    world.connect(a, relay);
    world.connect(b, relay);
    for (let n = 0; n < 8; n += 1) {
      receive(a, one.slice(n, n + 1));
      receive(b, other.slice(n, n + 1));
      await world.pass(n % 3, 1);
    }
    await world.pass(4_000, 10);
    expect(held(a)).toEqual(held(relay));
    expect(held(b)).toEqual(held(relay));
    expect(relay.hashes(FIRST_ROOM)).toHaveLength(18);
  });

  it('is asked for when the end of a branch comes whose beginning is not here', async () => {
    const { common, one, other } = branches({ common: 2, one: 3, other: 3 });
    const world = createReplicaWorld();
    const host = world.founded('host');
    receive(host, common, one);
    const stranger = connectStranger(world, host);
    await world.pass();
    const before = stranger.count('vector');
    stranger.sendEvents(FIRST_ROOM, other.slice(2));
    await world.pass();
    const asked = stranger.heard.filter(({ kind, log }) => kind === 'vector' && log === FIRST_ROOM).at(-1);
    expect(stranger.count('vector')).toBe(before + 1);
    expect(asked?.['tips']).toEqual([expect.objectContaining({ seq: 5, hash: one.at(-1)?.hash })]);
    stranger.sendEvents(FIRST_ROOM, other.slice(0, 2));
    await world.pass();
    expect(host.hashes(FIRST_ROOM)).toHaveLength(8);
  });
});

describe('hosts that meet and part at random, one author forking', () => {
  const SEEDS = Array.from({ length: 40 }, (_, n) => 1_000 + n);

  it.each(SEEDS)('hold the same in the end (seed %i)', async (seed) => {
    const random = createRandom(seed);
    const below = (limit: number): number => Math.floor(random() * limit);
    const world = createReplicaWorld();
    const hosts = ['a', 'b', 'c', 'd'].slice(0, 3 + below(2)).map((name) => world.founded(name));
    const authors = ['anna', 'ben', 'founder', 'more'];
    const { common, one, other } = branches({ common: below(4), one: 1 + below(9), other: 1 + below(9) });
    let [oneAt, otherAt] = [0, 0];
    const [first, second] = hosts as [ReplicaHost, ReplicaHost];
    receive(first, common);
    receive(second, common);
    const wires = new Map<string, ReturnType<typeof world.connect>>();

    function toggle(from: number, to: number): void {
      if (from === to) return;
      const key = [from, to].sort().join();
      const wire = wires.get(key);
      if (wire?.a.isOpen === true && wire.b.isOpen) return wire.cut();
      const [x, y] = [hosts[from], hosts[to]];
      if (x && y) wires.set(key, world.connect(x, y, undefined, 1 + below(10)));
    }

    for (let step = 0; step < 60; step += 1) {
      const at = below(hosts.length);
      switch (below(5)) {
        case 0:
          hosts[at]?.append(FIRST_ROOM, signerOf(authors[at] ?? 'anna'), [{ text: `step ${String(step)}` }]);
          break;
        case 1:
          hosts[at]?.append(`room-number-${String(at)}` as typeof FIRST_ROOM, signerOf(authors[at] ?? ''), [
            { at: step },
          ]);
          break;
        case 2:
          if (below(2) === 0) receive(first, one.slice(oneAt, (oneAt += 1)));
          else receive(second, other.slice(otherAt, (otherAt += 1)));
          break;
        default:
          toggle(at, below(hosts.length));
      }
      await world.pass(below(12), 2);
    }
    first.append('workspace', signerOf('founder'), [{ key: signerOf('more').publicKey }]);
    for (const wire of wires.values()) wire.cut();
    await world.pass(10, 2);
    for (const [n, host] of hosts.entries()) if (n > 0) world.connect(host, hosts[below(n)] as ReplicaHost);
    await world.pass(6_000, 10);
    for (const host of hosts) expect(held(host), `seed ${String(seed)}, host ${host.name}`).toEqual(held(first));
    for (const host of hosts) {
      for (const peer of host.replica.status().peers)
        expect(peer).toMatchObject({ behind: 0, ahead: 0, bad: 0, waiting: 0 });
    }
    world.stop();
  });
});
