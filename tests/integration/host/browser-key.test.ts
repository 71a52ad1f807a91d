import { expect, test } from 'vitest';
import type { Sha256Hex } from '../../../shared/base/ids.ts';
import { BrowserChallenge, type BrowserProof, browserProofBytes } from '../../../shared/protocol/browser-proof.ts';
import type { Signer } from '../../../shared/log/signing.ts';
import { createKeyPair, createSigner } from '../../../src-main/identity/ed25519.ts';
import { ana, type Answer, ask, ben, openSocket, startHost } from './start-host.ts';

type Host = Awaited<ReturnType<typeof startHost>>;
const HOUR_MS = 60 * 60 * 1000;

function newKey(): Signer {
  return createSigner(createKeyPair().seed, 'device');
}

function proofBy(key: Signer, challenge: BrowserChallenge, bytes = browserProofBytes(challenge, key.publicKey)) {
  const signature = Buffer.from(key.sign(bytes)).toString('hex') as BrowserProof['signature'];
  return { key: key.publicKey, nonce: challenge.nonce, signature };
}

/** What one browser profile does: it keeps its key and, unless it is cleared, its cookie. */
function browser(host: Host, key = newKey()) {
  const jar = new Map<string, string>();
  async function visit(method: string, body?: object): Promise<Answer> {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { origin: host.url, ...(cookie === '' ? {} : { cookie }) };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await ask(host.port, { method, path: '/session', headers, ...sent });
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [name = '', value = ''] = (line.split('; ')[0] ?? '').split('=');
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    return answer;
  }
  async function standing(): Promise<Record<string, unknown>> {
    return JSON.parse((await visit('GET')).body) as Record<string, unknown>;
  }
  const challenge = async () => BrowserChallenge.parse((await standing())['challenge']);
  const cookie = () => jar.get(`firebreak_session_${host.port}`) ?? '';
  return {
    key,
    jar,
    cookie,
    standing,
    challenge,
    post: (body: object) => visit('POST', body),
    signOut: () => visit('DELETE'),
    signIn: async (token: string) => visit('POST', { token, proof: proofBy(key, await challenge()) }),
    prove: async () => visit('POST', { proof: proofBy(key, await challenge()) }),
    session: () => host.access.sessionOf(cookie()),
    openApi: () =>
      host.openApi({ origin: host.url, cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') }),
  };
}

test('a browser signs in with its key, is that device, and keeps no device cookie', async () => {
  const host = await startHost();
  const page = browser(host);
  const answer = await page.signIn(host.access.issueToken(ana));
  expect([answer.status, answer.headers['set-cookie']?.length]).toEqual([200, 1]);
  expect(page.session()).toMatchObject({ operatorId: 'ana', deviceId: expect.stringMatching(/^key:/) as string });
  expect(await page.standing()).toMatchObject({ signedIn: true, device: 'key', proveWithinMs: 12 * HOUR_MS });
});

test('without its cookie, or after its end, the key alone opens a session, for as long as the link is in force', async () => {
  const host = await startHost();
  const page = browser(host);
  await page.signIn(host.access.issueToken(ana));
  page.jar.clear();
  expect(JSON.parse((await page.prove()).body)).toMatchObject({ signedIn: true, operatorId: 'ana' });
  host.pass(13 * HOUR_MS);
  expect(await page.standing()).toMatchObject({ signedIn: false });
  expect(JSON.parse((await page.prove()).body)).toMatchObject({ signedIn: true, operatorId: 'ana' });
  host.access.revokeOperator(ana);
  const after = await page.prove();
  expect([after.status, JSON.parse(after.body)]).toMatchObject([200, { signedIn: false }]);
  expect(page.session()).toBeNull();
});

test('a stolen cookie is over, open sockets and all, when its browser proves its key again', async () => {
  const host = await startHost();
  const page = browser(host);
  await page.signIn(host.access.issueToken(ana));
  const stolen = `firebreak_session_${host.port}=${page.cookie()}`;
  const thief = host.openApi({ origin: host.url, cookie: stolen });
  expect(await thief.outcome).toBe('open');
  const own = page.openApi();
  await own.outcome;
  host.pass(8 * HOUR_MS);
  await page.prove();
  expect([await thief.closed, await own.closed]).toEqual([1012, 1012]);
  const again = host.openApi({ origin: host.url, cookie: stolen });
  expect(await again.closed).toBe(4401);
  const back = page.openApi();
  await back.outcome;
  back.send({ kind: 'invoke', id: 1, endpoint: 'echo', input: null });
  expect(await back.next()).toMatchObject({ reply: { ok: true, value: { operatorId: 'ana' } } });
});

test('a command that is at work when the session is renewed is answered first', async () => {
  const host = await startHost();
  const page = browser(host);
  await page.signIn(host.access.issueToken(ana));
  const open = page.openApi();
  await open.outcome;
  open.send({ kind: 'invoke', id: 1, endpoint: 'waits', input: null });
  await expect.poll(() => host.waiting.length).toBe(1);
  await page.prove();
  host.waiting[0]?.();
  expect(await open.next()).toMatchObject({ kind: 'reply', id: 1, reply: { ok: true } });
  expect(await open.closed).toBe(1012);
});

test('a session with a key that nobody proves ends after twelve hours, its open sockets at their next frame', async () => {
  const host = await startHost();
  const page = browser(host);
  await page.signIn(host.access.issueToken(ana));
  const open = page.openApi();
  await open.outcome;
  host.pass(12 * HOUR_MS);
  open.send({ kind: 'invoke', id: 1, endpoint: 'echo', input: null });
  expect(await open.closed).toBe(4401);
  expect(host.calls).toEqual([]);
});

test('signing out needs a link again: the key alone does not bring the person back', async () => {
  const host = await startHost();
  const page = browser(host);
  await page.signIn(host.access.issueToken(ana));
  await page.signOut();
  expect(JSON.parse((await page.prove()).body)).toMatchObject({ signedIn: false });
});

test('signing in again with the same key replaces the session and leaves the key known', async () => {
  const host = await startHost();
  const page = browser(host);
  await page.signIn(host.access.issueToken(ana));
  const first = page.session();
  await page.signIn(host.access.issueToken(ben));
  expect(host.access.sessionById(first?.sessionId ?? '')).toBeNull();
  expect(page.session()).toMatchObject({ operatorId: 'ben', deviceId: first?.deviceId });
  page.jar.clear();
  expect(JSON.parse((await page.prove()).body)).toMatchObject({ operatorId: 'ben' });
});

type Forgery = (proof: BrowserProof, key: Signer, challenge: BrowserChallenge) => BrowserProof;
const FORGERIES: readonly (readonly [string, Forgery])[] = [
  ['by another key', (proof, _key, challenge) => ({ ...proofBy(newKey(), challenge), key: proof.key })],
  ['for another nonce', (proof) => ({ ...proof, nonce: '00'.repeat(32) })],
  [
    'for another host',
    (_proof, key, challenge) =>
      proofBy(
        key,
        challenge,
        browserProofBytes({ ...challenge, certificate: 'cc'.repeat(32) as Sha256Hex }, key.publicKey),
      ),
  ],
  [
    'for another organisation',
    (_proof, key, challenge) =>
      proofBy(
        key,
        challenge,
        browserProofBytes({ ...challenge, workspaceId: 'cc'.repeat(32) as Sha256Hex }, key.publicKey),
      ),
  ],
  ...['firebreak/event/1\n', 'firebreak/session/1\n', ''].map((domain): readonly [string, Forgery] => [
    `in the domain "${domain.trim()}"`,
    (_proof, key, challenge) => {
      const ours = Buffer.from(browserProofBytes(challenge, key.publicKey)).toString('utf8');
      return proofBy(key, challenge, Buffer.from(ours.replace('firebreak/browser/1\n', domain)));
    },
  ]),
];

test.each(FORGERIES)('a proof %s opens nothing, not even with a good token', async (_what, forge) => {
  const host = await startHost();
  const page = browser(host);
  const token = host.access.issueToken(ana);
  await page.signIn(token);
  page.jar.clear();
  for (const more of [{}, { token }]) {
    const challenge = await page.challenge();
    const proof = forge(proofBy(page.key, challenge), page.key, challenge);
    const answer = await page.post({ ...more, proof });
    expect([answer.status, answer.headers['set-cookie']]).toEqual([401, undefined]);
  }
});

test('a proof is good once: whoever heard it opens nothing with it, also right after', async () => {
  const host = await startHost();
  const page = browser(host);
  const token = host.access.issueToken(ana);
  const proof = proofBy(page.key, await page.challenge());
  expect((await page.post({ token, proof })).status).toBe(200);
  const thief = browser(host, page.key);
  expect((await thief.post({ proof })).status).toBe(401);
  expect((await thief.post({ token, proof })).status).toBe(401);
});

test('a challenge that went wrong once is gone, and one that is a minute old too', async () => {
  const host = await startHost();
  const page = browser(host);
  await page.signIn(host.access.issueToken(ana));
  const challenge = await page.challenge();
  const wrong = { ...proofBy(newKey(), challenge), key: page.key.publicKey };
  expect((await page.post({ proof: wrong })).status).toBe(401);
  expect((await page.post({ proof: proofBy(page.key, challenge) })).status).toBe(401);
  const old = await page.challenge();
  host.pass(60_000);
  expect((await page.post({ proof: proofBy(page.key, old) })).status).toBe(401);
});

test("a token of another operator: it signs its own person in, and leaves everybody else's key and session alone", async () => {
  const host = await startHost();
  const [anas, bens] = [browser(host), browser(host)];
  await anas.signIn(host.access.issueToken(ana));
  const benToken = host.access.issueToken(ben);
  await bens.signIn(benToken);
  // Ben's token with Ana's key, which Ben does not hold.
  const challenge = await bens.challenge();
  const claimed = { ...proofBy(bens.key, challenge), key: anas.key.publicKey };
  expect((await bens.post({ token: benToken, proof: claimed })).status).toBe(401);
  // Ben's key with Ana's cookie renews nothing of hers.
  bens.jar.set(`firebreak_session_${host.port}`, anas.cookie());
  expect(JSON.parse((await bens.prove()).body)).toMatchObject({ operatorId: 'ben' });
  anas.jar.clear();
  expect(JSON.parse((await anas.prove()).body)).toMatchObject({ operatorId: 'ana' });
});

test('bad proofs slow their address down as bad links do, and challenges are not handed out without end', async () => {
  const host = await startHost();
  const page = browser(host);
  const proof = { key: page.key.publicKey, nonce: '00'.repeat(32), signature: '00'.repeat(64) };
  const statuses = [];
  for (let attempt = 0; attempt < 7; attempt += 1) statuses.push((await page.post({ proof })).status);
  expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 429]);
  const asked = [];
  for (let attempt = 0; attempt < 201; attempt += 1) asked.push((await ask(host.port, { path: '/session' })).status);
  expect([asked.slice(0, 200).every((status) => status === 200), asked[200]]).toEqual([true, 429]);
});

test('a browser without a key goes on by its cookies, as before', async () => {
  const host = await startHost();
  const page = browser(host);
  await page.post({ token: host.access.issueToken(ana) });
  expect(page.session()?.deviceId).toMatch(/^browser:/);
  expect(await page.standing()).toMatchObject({ signedIn: true, device: 'cookie', proveWithinMs: null });
  expect((await page.post({})).status).toBe(400);
});

test('a cookie is for TLS alone when the page came by TLS, also through a proxy in front', async () => {
  const host = await startHost({ allowedHosts: ['relay.example'] });
  const headers = { host: 'relay.example', origin: 'https://relay.example' };
  const body = JSON.stringify({ token: host.access.issueToken(ana) });
  const answer = await ask(host.port, { method: 'POST', path: '/session', headers, body });
  for (const cookie of answer.headers['set-cookie'] ?? []) expect(cookie).toMatch(/; Secure$/);
});

test('the sockets and the bytes of one device are limited, and other devices go on', async () => {
  const host = await startHost({ limits: { apiSocketsPerDevice: 2, apiBytesPerDeviceAndMinute: 10_000 } });
  const token = host.access.issueToken(ana);
  const [page, other] = [browser(host), browser(host)];
  await page.signIn(token);
  await other.signIn(token);
  const [first, second, third] = [page.openApi(), page.openApi(), page.openApi()];
  await Promise.all([first.outcome, second.outcome]);
  expect(await third.closed).toBe(1013);
  first.send({ kind: 'invoke', id: 1, endpoint: 'echo', input: 'x'.repeat(9000) });
  expect(await first.next()).toMatchObject({ reply: { ok: true } });
  second.send({ kind: 'invoke', id: 1, endpoint: 'echo', input: 'x'.repeat(9000) });
  expect(await second.closed).toBe(4429);
  expect(host.calls).toHaveLength(1);
  expect(await page.openApi().closed).toBe(1013);
  const fine = other.openApi();
  await fine.outcome;
  fine.send({ kind: 'invoke', id: 1, endpoint: 'echo', input: 'x' });
  expect(await fine.next()).toMatchObject({ reply: { ok: true } });
});

test('what is for other hosts is for no page: any Origin is refused there, our own included', async () => {
  const upgrades: (string | undefined)[] = [];
  const enrolled: string[] = [];
  const host = await startHost({
    replica: {
      handleUpgrade(request, socket) {
        upgrades.push(request.headers.cookie);
        socket.end('HTTP/1.1 418 Teapot\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      },
    },
    enrol: (request) => {
      enrolled.push(request.headers.host ?? '');
      return Promise.resolve({ status: 403, body: { code: 'Used', message: 'This invite was used.' } });
    },
  });
  const replica = (headers: Record<string, string>) =>
    openSocket(`ws://127.0.0.1:${host.port}/replica`, headers).outcome;
  for (const origin of [host.url, 'http://evil.test', 'null']) expect(await replica({ origin })).toBe(403);
  expect(await replica({ host: 'evil.test' })).toBe(421);
  expect(upgrades).toEqual([]);
  expect(await replica({ cookie: `firebreak_session_${host.port}=x` })).toBe(418);
  expect(upgrades).toEqual([undefined]);

  const enrol = (headers: Record<string, string> = {}, method = 'POST') =>
    ask(host.port, { method, path: '/enrol', headers, body: '{}' });
  for (const origin of [host.url, 'http://evil.test']) expect((await enrol({ origin })).status).toBe(403);
  expect((await enrol({}, 'PUT')).status).toBe(405);
  expect(enrolled).toEqual([]);
  const statuses = [];
  for (let attempt = 0; attempt < 7; attempt += 1) statuses.push((await enrol()).status);
  expect(statuses).toEqual([403, 403, 403, 403, 403, 403, 429]);
});
