import { describe, expect, it } from 'vitest';
import type { PublicKeyHex, Sha256Hex } from '../../../../shared/base/ids.ts';
import { verifyEd25519 } from '../../../../src-main/identity/ed25519.ts';
import { shakeHands, type HandshakeDeps } from '../../../../src-main/replica/handshake.ts';
import { createFakeTime, turn } from '../../../fuzz/fake-time.ts';
import { sampleRoom, signerOf } from '../../../support/log-fixtures.ts';
import { createMemoryWire } from '../../../support/replica-links.ts';

const WORKSPACE = '1'.repeat(64) as Sha256Hex;
const CERTIFICATE = '2'.repeat(64) as Sha256Hex;
const OTHER = '3'.repeat(64) as Sha256Hex;

function scene(options: { client?: Partial<HandshakeDeps>; server?: Partial<HandshakeDeps> } = {}) {
  const time = createFakeTime();
  const enrolled = new Set<PublicKeyHex>([signerOf('client').publicKey, signerOf('server').publicKey]);
  const wire = createMemoryWire(time.schedule);
  let count = 0;
  const common = {
    workspaceId: WORKSPACE,
    verifier: verifyEd25519,
    isHostKey: (key: PublicKeyHex) => enrolled.has(key),
    certificate: CERTIFICATE,
    clock: time.clock,
    schedule: time.schedule,
    nonce: () => (count += 1).toString(16).padStart(64, '0'),
  };
  const startServer = () =>
    shakeHands(wire.b, { ...common, side: 'server', signer: signerOf('server'), ...options.server });
  const startClient = () =>
    shakeHands(wire.a, { ...common, side: 'client', signer: signerOf('client'), ...options.client });
  async function pass(ms = 50): Promise<void> {
    for (let gone = 0; gone < ms; gone += 1) {
      time.pass(1);
      await turn();
    }
  }
  return { time, enrolled, wire, startServer, startClient, pass, common };
}

async function both(options?: Parameters<typeof scene>[0]) {
  const made = scene(options);
  const [server, client] = [made.startServer(), made.startClient()];
  await made.pass();
  return { ...made, server: await server, client: await client };
}

function kinds(wire: ReturnType<typeof scene>['wire']): readonly string[] {
  return wire.sent.map(({ from, text }) => `${from} ${(JSON.parse(text) as { kind: string }).kind}`);
}

describe('two hosts of a workspace', () => {
  it('prove themselves to each other, the server first', async () => {
    const { wire, server, client } = await both();
    expect(server).toMatchObject({ ok: true, value: { key: signerOf('client').publicKey } });
    expect(client).toMatchObject({ ok: true, value: { key: signerOf('server').publicKey } });
    expect(kinds(wire)).toEqual(['a hello', 'b hello', 'b proof', 'a proof']);
  });

  it('lose nothing that is said right behind the proof', async () => {
    const { wire, server, client, pass } = await both();
    const heard: string[] = [];
    if (!client.ok || !server.ok) throw new Error('both were proved');
    client.value.link.send('first');
    client.value.link.send('second');
    await pass();
    server.value.link.onMessage((text) => void heard.push(text));
    expect(heard).toEqual(['first', 'second']);
    expect(wire.a.isOpen).toBe(true);
  });

  it('learn how far apart their clocks are', async () => {
    const behind = createFakeTime(1_700_000_000_000 - 7_000);
    const { server, client } = await both({ client: { clock: behind.clock } });
    expect(server).toMatchObject({ value: { clockOffMs: expect.closeTo(-7_000, -2) as number } });
    expect(client).toMatchObject({ value: { clockOffMs: expect.closeTo(7_000, -2) as number } });
  });
});

describe('whoever does not belong', () => {
  it('is told nothing with a key that was never enrolled', async () => {
    const { wire, server } = await both({ client: { signer: signerOf('nobody') } });
    expect(server).toEqual({ ok: false, error: 'notEnrolled' });
    expect(kinds(wire)).toEqual(['a hello']);
    expect(wire.b.closed).toMatchObject({ code: 4401 });
  });

  it('is told nothing with a key that was retired, also between its hello and its proof', async () => {
    const first = scene();
    first.enrolled.delete(signerOf('client').publicKey);
    const refused = first.startServer();
    void first.startClient();
    await first.pass();
    expect(await refused).toEqual({ ok: false, error: 'notEnrolled' });

    const second = scene();
    const server = second.startServer();
    void second.startClient();
    await second.pass(1);
    expect(kinds(second.wire)).toContain('b proof');
    second.enrolled.delete(signerOf('client').publicKey);
    await second.pass();
    expect(await server).toEqual({ ok: false, error: 'notEnrolled' });
  });

  it('is told nothing when it names another workspace', async () => {
    const { wire, server } = await both({ client: { workspaceId: OTHER } });
    expect(server).toEqual({ ok: false, error: 'otherWorkspace' });
    expect(kinds(wire)).toEqual(['a hello']);
    expect(wire.b.closed).toMatchObject({ code: 4404 });
  });

  it('is refused by a client that it proves nothing to', async () => {
    const { client, wire } = await both({
      server: { signer: { ...signerOf('nobody'), publicKey: signerOf('server').publicKey } },
    });
    expect(client).toEqual({ ok: false, error: 'notEnrolled' });
    expect(kinds(wire)).not.toContain('a proof');
  });

  it('is refused with a proof for another certificate: somebody stands in between', async () => {
    const { server, client, wire } = await both({ client: { certificate: OTHER } });
    expect(client).toEqual({ ok: false, error: 'notEnrolled' });
    expect(kinds(wire)).not.toContain('a proof');
    expect(server.ok).toBe(false);
  });

  it('is refused with the proof of an earlier session', async () => {
    const earlier = await both();
    const said = earlier.wire.sent.filter(({ from }) => from === 'a').map(({ text }) => text);
    const again = scene({ server: { nonce: () => 'f'.repeat(64) } });
    const server = again.startServer();
    for (const text of said) again.wire.a.send(text);
    await again.pass();
    expect(await server).toEqual({ ok: false, error: 'notEnrolled' });
  });

  it('is refused with its own side’s proof sent back', async () => {
    const { startServer, wire, pass } = scene();
    const server = startServer();
    wire.a.onMessage((text) => {
      if (text.includes('"proof"')) wire.a.send(text);
    });
    const hello = {
      kind: 'hello',
      v: 1,
      workspace: WORKSPACE,
      key: signerOf('client').publicKey,
      nonce: '9'.repeat(64),
    };
    wire.a.send(JSON.stringify({ ...hello, now: 1_700_000_000_000 }));
    await pass();
    expect(await server).toEqual({ ok: false, error: 'notEnrolled' });
  });

  it('is refused as a copy of the host itself', async () => {
    const { server } = await both({ client: { signer: signerOf('server') } });
    expect(server).toEqual({ ok: false, error: 'sameHost' });
  });

  it('is cut when it says nothing', async () => {
    const { startServer, time, wire } = scene();
    const server = startServer();
    time.pass(10_001);
    expect(await server).toEqual({ ok: false, error: 'late' });
    expect(wire.b.closed).toMatchObject({ code: 1013 });
  });

  it.each([
    ['no JSON', 'hello', 'malformed'],
    ['another frame', '{"kind":"ready"}', 'malformed'],
    ['another version', '{"kind":"hello","v":2,"what":"ever"}', 'otherVersion'],
    ['far too much', `{"kind":"hello","v":1,"key":"${'a'.repeat(5_000)}"}`, 'malformed'],
  ])('is cut when it says %s', async (_, text, why) => {
    const { startServer, wire, pass } = scene();
    const server = startServer();
    wire.a.send(text);
    await pass();
    expect(await server).toEqual({ ok: false, error: why });
    expect(kinds({ ...wire, sent: wire.sent.filter(({ from }) => from === 'b') })).toEqual([]);
  });
});

describe('a host that is not known', () => {
  it('is let in by those who take in what makes it one of the workspace, and hears the same of them', async () => {
    const made = scene();
    const renewed = signerOf('client after the backup');
    expect(made.enrolled.has(renewed.publicKey)).toBe(false);
    const heard: unknown[] = [];
    const introduce = (said: unknown): void => {
      heard.push(said);
      made.enrolled.add(renewed.publicKey);
    };
    const [shown] = sampleRoom(1).workspaceEvents;
    if (!shown) throw new Error('there is an event');
    const { envelope, body, salt } = shown;
    const introduction = () => [{ envelope, body, salt }];
    const about = { ...made.common, introduction, introduce };
    const server = shakeHands(made.wire.b, { ...about, side: 'server', signer: signerOf('server') });
    const client = shakeHands(made.wire.a, { ...about, side: 'client', signer: renewed, introduces: true });
    await made.pass();
    expect(heard).toEqual([introduction()]); // the server’s key is known, so nothing of it was taken in
    const hellos = made.wire.sent.map(({ text }) => JSON.parse(text) as { introduction?: unknown });
    expect(hellos.filter((hello) => hello.introduction !== undefined)).toHaveLength(2);
    expect(await server).toMatchObject({ ok: true, value: { key: renewed.publicKey } });
    expect((await client).ok).toBe(true);
  });

  it('is turned away where that does not hold', async () => {
    const { server } = await both({
      client: { signer: signerOf('nobody'), introduces: true, introduction: () => [] },
      server: { introduce: () => undefined },
    });
    expect(server).toEqual({ ok: false, error: 'notEnrolled' });
  });

  it('is not asked for more than its key while it is known', async () => {
    const { wire } = await both({ client: { introduction: () => [] }, server: { introduction: () => [] } });
    expect(wire.sent.every(({ text }) => !text.includes('introduction'))).toBe(true);
  });
});
