import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { ChannelId, PublicationId, RoomId } from '../../shared/base/ids.ts';
import { type ApiClient, connectApi } from '../support/api-client.ts';
import { act, blankStatement, declaration, submit, stepIds } from '../support/crisis-story.ts';
import { type HostProcess, invite, startHostProcess, testFolder, type TestFolder } from '../support/host-process.ts';
import { connectStock } from '../support/sync-host.ts';

const WORDS = 'We know of it – “all of it”. 🚨';

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A receiving system on the loopback address. It answers when the test says so. */
async function startReceiver(answer: (response: ServerResponse, request: IncomingMessage) => void) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
      answer(response, request);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { received, url: `http://127.0.0.1:${String(port)}/publish` };
}

/** A host with a room in which the first words are cleared by the one step of a new organisation. */
async function clearedRoom(at: TestFolder, webhook: string, args: readonly string[]) {
  const { token } = await invite(at, 'Administrator', 'administrator');
  const host = await startHostProcess(at, args);
  const api = await connectApi(host.url, token);
  const channel = {
    channelId: 'press' as ChannelId,
    name: 'Press system',
    limit: null,
    via: { kind: 'webhook', url: webhook },
  } as const;
  await api.get('workspace.change', { change: { type: 'saveChannel', channel } });
  const { roomId } = await api.get('alarm.raise', { what: 'Ovens', why: '' });
  await act(api, roomId, declaration);
  const { statementId } = await act(api, roomId, blankStatement);
  if (!statementId) throw new Error('no statement');
  const document = `${roomId}/statement/${statementId}`;
  const client = connectStock(`${host.url.replace(/^http/, 'ws')}/yjs`, document, token);
  client.text.insert(0, WORDS);
  client.doc.getMap('variants'); // the press has no text of its own
  await vi.waitFor(async () => expect((await api.get('document.history', { document })).updates).not.toHaveLength(0), {
    timeout: 15_000,
  });
  client.destroy();
  const { revision } = await submit(api, roomId, statementId, WORDS);
  for (const stepId of await stepIds(api, roomId))
    await act(api, roomId, { type: 'approve', ...revision, stepId, findingsSeen: [] });
  const publish = async () => {
    const { publicationId } = await act(api, roomId, { type: 'publish', ...revision, channelId: channel.channelId });
    return publicationId as PublicationId;
  };
  return { host, api, roomId, revision, publish, token };
}

async function typesOf(api: ApiClient, roomId: RoomId): Promise<readonly string[]> {
  const { events } = await api.follow('room', { roomId });
  return events.map(({ event }) => event.type).filter((type) => type.startsWith('Publication'));
}

async function settled(api: ApiClient, roomId: RoomId, types: readonly string[]): Promise<void> {
  await vi.waitFor(async () => expect(await typesOf(api, roomId)).toEqual(types), { timeout: 15_000, interval: 100 });
}

async function failureReason(api: ApiClient, roomId: RoomId): Promise<string> {
  const { events } = await api.follow('room', { roomId });
  const failed = events.findLast(({ event }) => event.type === 'PublicationFailed')?.event;
  return failed?.type === 'PublicationFailed' ? failed.reason : '';
}

test('a cleared text goes out once, signed, with an idempotency key, and is recorded with its address', async () => {
  const at = testFolder();
  const receiver = await startReceiver((response) => response.end('{"address":"https://press.example/17"}'));
  const { api, roomId, revision, publish } = await clearedRoom(at, receiver.url, ['--allow-private', '127.0.0.1']);
  const publicationId = await publish();
  await settled(api, roomId, ['PublicationStarted', 'PublicationConfirmed']);
  expect(receiver.received).toHaveLength(1);
  const [{ headers, body } = { headers: {}, body: '' }] = receiver.received;
  const secretFile = readFileSync(join(at.dataDir, 'keys', 'webhook.secret'));
  const secrets = [
    secretFile,
    Buffer.from(secretFile.toString('utf8').trim(), 'hex'),
    Buffer.from(secretFile.toString('utf8').trim(), 'base64url'),
  ];
  const timestamp = String(headers['firebreak-timestamp']);
  const signatures = secrets.map(
    (secret) => `v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`,
  );
  expect(signatures).toContain(headers['firebreak-signature']);
  expect(Math.abs(Date.now() / 1000 - Number(timestamp))).toBeLessThan(120);
  expect(headers['idempotency-key']).toBe(publicationId);
  expect(JSON.parse(body)).toMatchObject({
    room: roomId,
    publication: publicationId,
    channel: 'press',
    text: WORDS,
    revisionHash: revision.hash,
    demo: false,
  });
  expect(await api.get('room.verify', { roomId })).toMatchObject({
    ok: true,
    publications: [{ phase: 'confirmed', address: 'https://press.example/17' }],
  });
  const again = await api.ask('room.command', {
    roomId,
    command: { type: 'publish', ...revision, channelId: 'press' as ChannelId },
  });
  expect(again).toMatchObject({ ok: false, error: { code: 'AlreadyPublished' } });
  expect(receiver.received).toHaveLength(1);
});

test('a private address is not called unless it is allowed by name', async () => {
  const receiver = await startReceiver((response) => response.end());
  const { api, roomId, publish } = await clearedRoom(testFolder(), receiver.url, []);
  await publish();
  await settled(api, roomId, ['PublicationStarted', 'PublicationFailed']);
  expect(await failureReason(api, roomId)).toMatch(/private address/);
  const named = {
    channelId: 'press' as ChannelId,
    name: 'Press',
    limit: null,
    via: { kind: 'webhook', url: receiver.url.replace('127.0.0.1', 'localhost') },
  } as const;
  await api.get('workspace.change', { change: { type: 'saveChannel', channel: named } });
  await publish();
  await settled(api, roomId, ['PublicationStarted', 'PublicationFailed', 'PublicationStarted', 'PublicationFailed']);
  expect(await failureReason(api, roomId)).toMatch(/private address/);
  expect(receiver.received).toEqual([]);
});

test('a redirect is not followed, and an error of the receiver is for a person to judge', async () => {
  const elsewhere = await startReceiver((response) => response.end());
  const answers = [
    (response: ServerResponse) => response.writeHead(307, { location: elsewhere.url }).end(),
    (response: ServerResponse) => response.writeHead(403).end(),
    (response: ServerResponse) => response.writeHead(502).end(),
  ];
  const receiver = await startReceiver((response) => answers[receiver.received.length - 1]?.(response));
  const { api, roomId, publish } = await clearedRoom(testFolder(), receiver.url, ['--allow-private', '127.0.0.1']);
  await publish();
  await settled(api, roomId, ['PublicationStarted', 'PublicationFailed']);
  expect(await failureReason(api, roomId)).toContain('307');
  await publish();
  await settled(api, roomId, ['PublicationStarted', 'PublicationFailed', 'PublicationStarted', 'PublicationFailed']);
  const doubtful = await publish();
  const all = [
    'PublicationStarted',
    'PublicationFailed',
    'PublicationStarted',
    'PublicationFailed',
    'PublicationStarted',
    'PublicationInDoubt',
  ];
  await settled(api, roomId, all);
  await act(api, roomId, { type: 'failPublication', publicationId: doubtful, reason: 'it is not on their page' });
  expect(receiver.received).toHaveLength(3);
  expect(elsewhere.received).toEqual([]);
});

test('killed between sending and recording: a person is asked, and nothing is ever sent again by itself', async () => {
  const at = testFolder();
  const receiver = await startReceiver(() => undefined); // takes it, and does not say so
  const args = ['--allow-private', '127.0.0.1'];
  const before = await clearedRoom(at, receiver.url, args);
  const publicationId = await before.publish();
  await vi.waitFor(() => expect(receiver.received).toHaveLength(1), { timeout: 15_000 });
  await before.host.kill();

  const { roomId, revision, token } = before;
  let host: HostProcess = await startHostProcess(at, args);
  let api = await connectApi(host.url, token);
  expect(await typesOf(api, roomId)).toEqual(['PublicationStarted', 'PublicationInDoubt']);
  await host.kill(); // once more: the doubt is recorded once
  host = await startHostProcess(at, args);
  api = await connectApi(host.url, token);
  expect(await typesOf(api, roomId)).toEqual(['PublicationStarted', 'PublicationInDoubt']);
  const again = await api.ask('room.command', {
    roomId,
    command: { type: 'publish', ...revision, channelId: 'press' as ChannelId },
  });
  expect(again).toMatchObject({ ok: false, error: { code: 'PublicationRunning' } });
  await act(api, roomId, {
    type: 'confirmPublication',
    publicationId,
    address: 'https://press.example/17',
    publishedAt: null,
    evidence: null,
  });
  expect(await typesOf(api, roomId)).toEqual(['PublicationStarted', 'PublicationInDoubt', 'PublicationConfirmed']);
  expect(await api.get('room.verify', { roomId })).toMatchObject({
    ok: true,
    voids: [],
    publications: [{ phase: 'confirmed' }],
  });
  expect(receiver.received).toHaveLength(1);
});
