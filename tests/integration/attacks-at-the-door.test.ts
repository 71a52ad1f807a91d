import { expect, test, vi } from 'vitest';
import WebSocket from 'ws';
import { createKeyPair, createSigner } from '../../src-main/identity/ed25519.ts';
import { BrowserChallenge, browserProofBytes } from '../../shared/protocol/browser-proof.ts';
import { connectApi, openApi, signIn } from '../support/api-client.ts';
import { setUpPeople } from '../support/crisis-story.ts';
import { serveInProcess } from '../support/host-in-process.ts';
import { testFolder } from '../support/host-process.ts';
import { connectStock } from '../support/sync-host.ts';
import { ask } from './host/start-host.ts';

const SOON = { timeout: 10_000 };
const NOTES = 'workspace/notes';

/** A whole host with three people at it. */
async function peopled() {
  const served = await serveInProcess(testFolder());
  const admin = await connectApi(served.url, served.host.access.issueToken(served.host.founded()?.owner() ?? null));
  const tokens = await setUpPeople(admin, ['writer', 'legal', 'observer']);
  return { ...served, admin, tokens };
}

/** How an upgrade was answered: 'open', or the status. */
function upgrade(port: number, path: string, headers: Record<string, string>): Promise<'open' | number> {
  const socket = new WebSocket(`ws://127.0.0.1:${String(port)}${path}`, { headers });
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.once('open', () => {
      resolve('open');
      socket.terminate();
    });
    socket.once('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
  });
}

test('DNS rebinding: a page of a name that was re-pointed here gets nothing, though its Origin is its Host', async () => {
  const { url, port, tokens } = await peopled();
  const cookie = await signIn(url, tokens.writer);
  const host = `evil.test:${String(port)}`;
  const headers = { host, origin: `http://${host}`, cookie };
  for (const path of ['/', '/session', '/api']) expect((await ask(port, { path, headers })).status, path).toBe(421);
  const body = JSON.stringify({ token: tokens.writer });
  expect((await ask(port, { method: 'POST', path: '/session', headers, body })).status).toBe(421);
  for (const path of ['/api', `/yjs/${NOTES}?token=${tokens.writer}`, '/replica'])
    expect(await upgrade(port, path, headers), path).toBe(421);
  // With our own Host a foreign page is told apart by its Origin, which it cannot choose.
  for (const path of ['/api', `/yjs/${NOTES}?token=${tokens.writer}`])
    expect(await upgrade(port, path, { origin: 'http://evil.test', cookie }), path).toBe(403);
});

test('an observer writing: no document takes a letter, no endpoint an act, whatever the page would send', async () => {
  const { url, port, host, tokens } = await peopled();
  const sync = `ws://127.0.0.1:${String(port)}/yjs`;
  const writer = connectStock(sync, NOTES, tokens.writer);
  writer.text.insert(0, 'Known facts.');
  await vi.waitFor(() => expect(host.sync.textOf(NOTES)?.text).toBe('Known facts.'), SOON);

  const observer = connectStock(sync, NOTES, tokens.observer);
  await vi.waitFor(() => expect(observer.text.toString()).toBe('Known facts.'), SOON);
  observer.text.insert(0, 'Not ');
  const api = await connectApi(url, tokens.observer);
  expect(await api.ask('alarm.raise', { what: 'Mine', why: '' })).toMatchObject({
    ok: false,
    error: { refusal: { type: 'NotAllowed' } },
  });
  const invited = await api.ask('people.invite', { name: 'Me Again', role: 'administrator' });
  expect(invited).toMatchObject({ ok: false });
  writer.text.insert(12, ' More.');
  await vi.waitFor(() => expect(host.sync.textOf(NOTES)?.text).toBe('Known facts. More.'), SOON);
  for (const client of [writer, observer]) client.destroy();
});

test('a token of another operator: it makes nobody more than the person it was made for, and dies with their access', async () => {
  const { url, port, host, tokens, admin } = await peopled();
  const [writer, legal] = [await connectApi(url, tokens.writer), await connectApi(url, tokens.legal)];
  const { token: forNotes } = await writer.get('document.token', { document: NOTES });

  // A document's token opens that document and nothing else, and is no way to sign in.
  expect(host.authorise(forNotes, NOTES)).toMatchObject({ type: 'Authorised' });
  expect(host.authorise(forNotes, 'aaaaaaaa/notes')).toEqual({ type: 'BadToken' });
  await expect(signIn(url, forNotes)).rejects.toThrow(/answered 400/);
  // Neither does one that was changed by a character, nor one that names somebody else.
  const changed = `${forNotes.slice(0, -1)}${forNotes.endsWith('A') ? 'B' : 'A'}`;
  expect(host.authorise(changed, NOTES)).toEqual({ type: 'BadToken' });

  // Whoever signs in with another's link in their own browser is that person there, and their own session is over.
  const cookie = await signIn(url, tokens.legal);
  const answer = await ask(port, {
    method: 'POST',
    path: '/session',
    headers: { cookie, origin: url },
    body: JSON.stringify({ token: tokens.observer }),
  });
  expect(answer.status).toBe(200);
  expect(JSON.parse((await ask(port, { path: '/session', headers: { cookie } })).body)).toMatchObject({
    signedIn: false,
  });

  // A key proves a browser and nobody's rights: without a link of its own it opens nothing.
  const key = createSigner(createKeyPair().seed, 'device');
  const asked = JSON.parse((await ask(port, { path: '/session' })).body) as { challenge: unknown };
  const challenge = BrowserChallenge.parse(asked.challenge);
  const signature = Buffer.from(key.sign(browserProofBytes(challenge, key.publicKey))).toString('hex');
  const proof = { key: key.publicKey, nonce: challenge.nonce, signature };
  const proved = await ask(port, { method: 'POST', path: '/session', body: JSON.stringify({ proof }) });
  expect(JSON.parse(proved.body)).toMatchObject({ signedIn: false });
  expect(proved.headers['set-cookie']).toBeUndefined();

  // The revocation of the writer ends what their tokens opened and nothing of anybody else's.
  const operatorId = host.access.operatorOfToken(tokens.writer)?.operatorId;
  if (!operatorId) throw new Error('the writer has a token');
  await admin.get('people.revoke', { operatorId });
  expect(await writer.closed).toBe(4401);
  expect(host.authorise(forNotes, NOTES)).toEqual({ type: 'BadToken' });
  expect(host.authorise(tokens.writer, NOTES)).toEqual({ type: 'BadToken' });
  await expect(signIn(url, tokens.writer)).rejects.toThrow(/401/);
  expect(await legal.ask('alarm.raise', { what: 'Ovens', why: '' })).toBeDefined();
  const again = await openApi(url, { cookie: await signIn(url, tokens.legal), origin: url });
  again.close();
});

test('the workspace and the certificate are what a browser is asked to sign for', async () => {
  const { port, host } = await peopled();
  const { challenge } = JSON.parse((await ask(port, { path: '/session' })).body) as { challenge: BrowserChallenge };
  expect(challenge.workspaceId).toBe(host.founded()?.workspace.events()[0]?.hash);
  expect(challenge.certificate).toBeNull();
});
