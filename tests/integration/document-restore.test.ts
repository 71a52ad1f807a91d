import { expect, onTestFinished, test, vi } from 'vitest';
import { instant } from '../../shared/base/ids.ts';
import type { Role } from '../../shared/domain/roster/roles.ts';
import type { Reply } from '../../shared/protocol/wire.ts';
import type { DocumentNotices } from '../../shared/protocol/views.ts';
import { type ApiClient, connectApi } from '../support/api-client.ts';
import { act, blankStatement, declaration } from '../support/crisis-story.ts';
import { serveInProcess } from '../support/host-in-process.ts';
import { testFolder } from '../support/host-process.ts';
import { connectStock } from '../support/sync-host.ts';

const NOTES = 'workspace/notes';
const SOON = { timeout: 10_000 };
const WORDS = 'We know that people were hurt in our store, and we are with them. '.repeat(6);

function code(reply: Reply): string {
  return reply.ok ? 'done' : reply.error.code;
}

async function host() {
  const served = await serveInProcess(testFolder());
  const { url, port } = served;
  const admin = await connectApi(url, served.host.access.issueToken(served.host.founded()?.owner() ?? null));

  async function join(name: string, role: Role) {
    const { token, operatorId } = await admin.get('people.invite', { name, role });
    const api = await connectApi(url, token);
    async function open(document: string) {
      const own = await api.get('document.token', { document });
      const client = connectStock(`ws://127.0.0.1:${String(port)}/yjs`, document, own.token);
      onTestFinished(() => client.destroy());
      await vi.waitFor(() => expect(client.provider.synced).toBe(true), SOON);
      return client;
    }
    return { api, operatorId, open };
  }

  /** A moment of the host's clock with everything that happened so far before it, and the rest after it. */
  async function moment() {
    const { now } = await admin.get('time.now', {});
    await vi.waitFor(async () => expect((await admin.get('time.now', {})).now).toBeGreaterThan(now), SOON);
    return now;
  }

  return { ...served, admin, join, moment };
}

async function follow(api: ApiClient, document: string) {
  const pushed: DocumentNotices[] = [];
  await api.follow('document.notices', { document }, (notices) => pushed.push(notices));
  return { pushed, latest: () => pushed.at(-1)?.massDeletions ?? [] };
}

test('an earlier second of a text is brought back in one act, reaches everybody, and another act undoes it', async () => {
  const { join, moment } = await host();
  const [ada, bo] = [await join('Ada Lindt', 'writer'), await join('Bo', 'comms-lead')];
  const [adas, bos] = [await ada.open(NOTES), await bo.open(NOTES)];
  adas.text.insert(0, WORDS);
  await vi.waitFor(() => expect(bos.text.toString()).toBe(WORDS), SOON);
  const written = await moment();
  bos.text.insert(0, 'Draft: ');
  await vi.waitFor(() => expect(adas.text.toString()).toBe(`Draft: ${WORDS}`), SOON);
  await moment();

  const restored = await bo.api.get('document.restore', { document: NOTES, at: written });
  expect(restored.changed).toBe(true);
  await vi.waitFor(() => expect([adas.text.toString(), bos.text.toString()]).toEqual([WORDS, WORDS]), SOON);
  expect((await bo.api.get('document.restore', { document: NOTES, at: written })).changed).toBe(false);
  await bo.api.get('document.restore', { document: NOTES, at: restored.before });
  await vi.waitFor(() => expect(adas.text.toString()).toBe(`Draft: ${WORDS}`), SOON);

  // It is an edit like any other: it has a name, and both go on from it.
  adas.text.insert(adas.text.length, 'More follows.');
  await vi.waitFor(() => expect(bos.text.toString()).toBe(`Draft: ${WORDS}More follows.`), SOON);
  const { updates } = await bo.api.get('document.history', { document: NOTES });
  expect(updates.at(-2)?.operatorId).toBe(bo.operatorId);
});

test('whoever has the text open is told of a mass deletion, whoever comes later too, until the text is back', async () => {
  const { join, moment } = await host();
  const [ada, bo, eve] = [
    await join('Ada Lindt', 'writer'),
    await join('Bo', 'comms-lead'),
    await join('Eve', 'observer'),
  ];
  const adas = await ada.open(NOTES);
  const eves = await eve.open(NOTES);
  const told = await follow(bo.api, NOTES);
  expect(told.pushed).toEqual([{ massDeletions: [] }]);
  adas.text.insert(0, WORDS);
  await vi.waitFor(() => expect(eves.text.toString()).toBe(WORDS), SOON);
  await moment();
  adas.text.delete(0, WORDS.length - 10);
  await vi.waitFor(() => expect(told.latest()).toHaveLength(1), SOON);
  const [deletion] = told.latest();
  if (!deletion) throw new Error('nobody was told');
  expect(deletion).toMatchObject({
    operatorId: ada.operatorId,
    deleted: WORDS.length - 10,
    held: WORDS.length,
  });
  const late = await follow(eve.api, NOTES);
  expect(late.latest()).toEqual([deletion]);

  // An observer is told, and brings nothing back.
  const refused = await eve.api.ask('document.restore', { document: NOTES, at: deletion.restoreAt });
  expect(code(refused)).toBe('MayNotWrite');
  expect(eves.text.toString()).toHaveLength(10);
  expect(late.latest()).toHaveLength(1);

  await bo.api.get('document.restore', { document: NOTES, at: deletion.restoreAt });
  await vi.waitFor(() => expect([adas.text.toString(), eves.text.toString()]).toEqual([WORDS, WORDS]), SOON);
  await vi.waitFor(() => expect([told.latest(), late.latest()]).toEqual([[], []]), SOON);
});

test('what cannot be brought back is refused with a sentence, and nothing is changed', async () => {
  const { join, admin, host: inside } = await host();
  const bo = await join('Bo', 'comms-lead');
  const { roomId } = await bo.api.get('alarm.raise', { what: 'Ovens', why: '' });
  await act(bo.api, roomId, declaration);
  const { statementId } = await act(bo.api, roomId, blankStatement);
  if (!statementId) throw new Error('no statement');
  const document = `${roomId}/statement/${statementId}`;
  const bos = await bo.open(document);
  bos.text.insert(0, 'We know of it.');
  await vi.waitFor(() => expect(inside.sync.textOf(document)?.text).toBe('We know of it.'), SOON);

  async function refusal(name: string, at: number): Promise<string> {
    const reply = await bo.api.ask('document.restore', { document: name, at: instant(at) });
    if (reply.ok) throw new Error('it was brought back');
    expect(reply.error.message).toMatch(/^[A-Z].*\.$/s);
    return reply.error.code;
  }
  expect(await refusal(document, 1_000)).toBe('NothingBefore');
  expect(await refusal('workspace/other', 1_000)).toBe('NoSuchDocument');
  expect(await refusal(`${roomId}/statement/none`, 1_000)).toBe('NoSuchDocument');
  await expect(bo.api.follow('document.notices', { document: 'workspace/other' })).rejects.toThrow('NoSuchDocument');

  // When the room has ended its texts stay as they are, whoever asks.
  const { now } = await admin.get('time.now', {});
  await act(bo.api, roomId, { type: 'standDown', reason: 'It is over.' });
  expect(await refusal(document, now)).toBe('MayNotWrite');
  expect(inside.sync.textOf(document)?.text).toBe('We know of it.');
});
