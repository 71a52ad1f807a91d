import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import WebSocket from 'ws';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import type { RoomId, StatementId } from '../../shared/base/ids.ts';
import type { Role } from '../../shared/domain/roster/roles.ts';
import type { TopicPayloads } from '../../shared/protocol/endpoints.ts';
import type { ApiClient } from '../support/api-client.ts';
import {
  act,
  blankStatement,
  connectAdministrator,
  declaration,
  setUpPeople,
  stepIds,
  submit,
} from '../support/crisis-story.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { commandJson, runCommand, startHostProcess, testFolder, type TestFolder } from '../support/host-process.ts';
import { note as line } from '../support/notes-in-log.ts';

// Three people's desktops and a relay, each a process with a folder, keys and a log of its own; the line of each desktop
// to the relay can be cut. A fifth machine never meets any of them.

const WORDS = 'We know of the ovens that do not stop, and are looking into it.';

interface Machine {
  readonly folder: TestFolder;
  readonly url: string;
  readonly api: ApiClient;
}

async function ownerOf(folder: TestFolder, url: string): Promise<ApiClient> {
  const { url: link } = (await commandJson(folder, ['access-link', '--data', folder.dataDir])) as { url: string };
  return connectAdministrator(url, link);
}

async function joinTeam(relay: Machine, name: string, role: Role) {
  const proxy = await startCuttingProxy(Number(new URL(relay.url).port));
  onTestFinished(() => proxy.close());
  const enrol = ['enrol', '--data', relay.folder.dataDir, '--name', name, '--role', role];
  const { link } = (await commandJson(relay.folder, enrol)) as { link: string };
  const folder = testFolder();
  const joined = await runCommand(folder, ['join', link, '--data', folder.dataDir]);
  expect(joined).toMatchObject({ code: 0 });
  const file = join(folder.dataDir, 'keys', 'follow.json');
  const follow = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...follow, url: `http://127.0.0.1:${String(proxy.port)}` }));
  const running = await startHostProcess(folder);
  const { url } = running;
  const api = await ownerOf(folder, url);
  await expect.poll(async () => (await api.get('session.get', {})).operator?.name, LONG).toBe(name);
  return { folder, url, api, setDown: (down: boolean) => proxy.setDown(down), stop: () => running.stop() };
}

const LONG = { timeout: 30_000, interval: 50 };

/** Opens a document as a page does. */
async function open({ url, api }: Machine, document: string) {
  const { token } = await api.get('document.token', { document });
  const doc = new Y.Doc();
  const provider = new WebsocketProvider(`${url.replace(/^http/, 'ws')}/yjs`, document, doc, {
    WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
    params: { token },
    disableBc: true,
  });
  onTestFinished(() => provider.destroy());
  await expect.poll(() => provider.synced, LONG).toBe(true);
  return doc.getText('text');
}

type Events = TopicPayloads['room']['events'];

const followed = new WeakMap<ApiClient, Promise<{ events: Events }>>();

/** As a page has it: followed once, and what arrives late put where it belongs. */
async function room({ api }: Machine, roomId: RoomId): Promise<{ readonly events: Events }> {
  const known = followed.get(api);
  if (known) return known;
  const view: { events: Events } = { events: [] };
  const begun = api
    .follow('room', { roomId }, ({ from, events }) => (view.events = [...view.events.slice(0, from), ...events]))
    .then(() => view);
  followed.set(api, begun);
  return begun;
}

/** What everybody must see alike: the events in their order, who did them, and what was decided about them. */
async function story(machine: Machine, roomId: RoomId) {
  const { events } = await room(machine, roomId);
  return events.map(({ index, hash, at, actor, event, verdict }) => ({ index, hash, at, actor, event, verdict }));
}

async function note(machine: Machine, roomId: RoomId, text: string): Promise<string> {
  const { events } = await act(machine.api, roomId, line(text));
  return events[0]?.hash ?? '';
}

async function historyOf({ api }: Machine, document: string): Promise<readonly string[]> {
  const { updates } = await api.get('document.history', { document });
  return updates.map(({ at, operatorId, data }) => `${String(at)} ${operatorId} ${data}`).sort();
}

test(
  'three desktops and a relay, two of them cut off for half of it, tell one story; a fifth reads it from a stick',
  { timeout: 300_000 },
  async () => {
    const folder = testFolder();
    const { url } = await startHostProcess(folder);
    const relay: Machine = { folder, url, api: await ownerOf(folder, url) };
    await setUpPeople(relay.api, []);
    const cora = await joinTeam(relay, 'Cora', 'comms-lead');
    const lena = await joinTeam(relay, 'Lena', 'legal');
    const sam = await joinTeam(relay, 'Sam', 'spokesperson');
    const desktops = [cora, lena, sam];
    const machines = [relay, ...desktops];
    const acknowledged: string[] = [];

    // Together: an alarm, an incident, a statement.
    const { roomId } = await cora.api.get('alarm.raise', { what: 'Ovens', why: 'They do not stop.' });
    await act(cora.api, roomId, declaration);
    const statementId = (await act(cora.api, roomId, blankStatement)).statementId as StatementId;
    const document = `${roomId}/statement/${statementId}`;
    for (const machine of machines) {
      await expect
        .poll(async () => (await machine.api.get('rooms.list', {})).some(({ id }) => id === roomId), LONG)
        .toBe(true);
      await expect.poll(async () => (await story(machine, roomId)).length, LONG).toBeGreaterThanOrEqual(3);
    }

    // Apart: Cora and the relay write, submit and approve; Lena and Sam go on by themselves.
    lena.setDown(true);
    sam.setDown(true);
    const cutAt = Date.now();
    const [atCora, atLena] = [await open(cora, document), await open(lena, `${roomId}/notes`)];
    atCora.insert(0, WORDS);
    atLena.insert(0, 'Lena was on a train.');
    await expect
      .poll(async () => (await cora.api.get('document.history', { document })).updates.length, LONG)
      .toBeGreaterThan(0);
    const { revision } = await submit(cora.api, roomId, statementId, WORDS);
    const steps = await stepIds(cora.api, roomId);
    const [comms, legal, voice] = steps;
    if (!comms || !legal || !voice) throw new Error('the chain has three steps');
    await act(cora.api, roomId, { type: 'approve', ...revision, stepId: comms, findingsSeen: [] });
    for (let turn = 0; turn < 3; turn += 1) {
      acknowledged.push(await note(lena, roomId, `Lena alone ${String(turn)}`));
      acknowledged.push(await note(sam, roomId, `Sam alone ${String(turn)}`));
      acknowledged.push(await note(cora, roomId, `Cora ${String(turn)}`));
    }
    expect(await story(lena, roomId)).not.toEqual(await story(relay, roomId));
    let standing: TopicPayloads['replica'] | null = null;
    await sam.api.follow('replica', {}, (view) => (standing = view));
    await expect.poll(() => standing?.peers[0]?.state, LONG).not.toBe('connected');
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, 3000 - (Date.now() - cutAt))));

    // Together again: nobody does anything for it.
    lena.setDown(false);
    sam.setDown(false);
    await alike();
    const healed = await room(relay, roomId);
    const late = healed.events.filter(({ at, arrivedAt }) => arrivedAt !== undefined && arrivedAt - at > 2000);
    expect(late.length).toBeGreaterThanOrEqual(4);
    for (const { actor } of late)
      expect(['lena', 'sam', undefined]).toContain('operatorId' in actor ? actor.operatorId : undefined);
    expect(healed.events.map(({ hash }) => hash)).toEqual(expect.arrayContaining(acknowledged));

    // The rest of it, each at their own machine.
    await act(lena.api, roomId, { type: 'approve', ...revision, stepId: legal, findingsSeen: [] });
    await alike();
    await act(sam.api, roomId, { type: 'approve', ...revision, stepId: voice, findingsSeen: [] });
    await alike();
    const channelId = (await cora.api.follow('workspace', {})).channels[0]?.channelId;
    if (!channelId) throw new Error('there is no channel');
    const { publicationId } = await act(cora.api, roomId, { type: 'publish', ...revision, channelId });
    await act(cora.api, roomId, {
      type: 'confirmPublication',
      publicationId: publicationId as never,
      address: 'https://example.org/ovens',
      publishedAt: null,
      evidence: null,
    });
    await alike();
    for (const one of [document, `${roomId}/notes`]) {
      const history = await historyOf(relay, one);
      expect(history.length).toBeGreaterThan(0);
      for (const machine of desktops) await expect.poll(() => historyOf(machine, one), LONG).toEqual(history);
      const texts = await Promise.all(machines.map(async (machine) => (await open(machine, one)).toString()));
      expect(new Set(texts).size).toBe(1);
    }

    // A machine that lost what it had signed gets new keys, says so itself, and has everything back.
    await lena.stop();
    rmSync(join(lena.folder.dataDir, 'rooms'), { recursive: true });
    const restarted = await startHostProcess(lena.folder);
    const again: Machine = { ...lena, url: restarted.url, api: await ownerOf(lena.folder, restarted.url) };
    await expect.poll(async () => (await again.api.get('rooms.list', {})).map(({ id }) => id), LONG).toEqual([roomId]);
    desktops[1] = { ...lena, ...again };
    await alike();
    const anew = await note(again, roomId, 'Lena with another key');
    await alike();
    const signed = (await room(relay, roomId)).events.find(({ hash }) => hash === anew);
    expect(signed).toMatchObject({ actor: { operatorId: 'lena' } });
    expect(signed?.verdict).toBeUndefined();

    // A machine that is lost is out at once, and says so.
    const hosts = (await relay.api.follow('replica', {})).hosts;
    const lost = hosts.find(({ operatorId }) => operatorId === 'sam');
    if (!lost) throw new Error('sam has a desktop');
    await relay.api.get('hosts.retire', { hostId: lost.hostId, reason: 'left in a train' });
    await expect.poll(() => standing?.peers.map(({ state }) => state), LONG).toEqual(['refused']);

    // Who never met them.
    const { fingerprint } = await relay.api.follow('workspace', {});
    const bundle = join(folder.folder, 'all.firebreak-bundle');
    await commandJson(folder, ['bundle', 'export', '--data', folder.dataDir, '--out', bundle]);
    const fifth = testFolder();
    const verified = await runCommand(fifth, ['verify', bundle, '--trust', fingerprint]);
    expect(verified).toMatchObject({ code: 0 });
    expect(verified.stdout).toContain('the one you trust');
    const changed = join(fifth.folder, 'changed.firebreak-bundle');
    writeFileSync(changed, readFileSync(bundle, 'utf8').replace('Sam alone 1', 'Sam alone 2'));
    expect(await runCommand(fifth, ['verify', changed])).toMatchObject({ code: 1 });
    expect(await runCommand(fifth, ['bundle', 'import', changed, '--data', fifth.dataDir])).toMatchObject({ code: 1 });
    const take = ['bundle', 'import', bundle, '--data', fifth.dataDir, '--trust', fingerprint];
    expect(await commandJson(fifth, take)).toMatchObject({ isWhole: true });
    expect(await commandJson(fifth, take)).toEqual({ events: 0, batches: 0, isWhole: true });
    const reading = await startHostProcess(fifth);
    const reader: Machine = { folder: fifth, url: reading.url, api: await ownerOf(fifth, reading.url) };
    // The rate is sampled every minute where the room began: what came after the bundle is not in it.
    const read = await story(reader, roomId);
    expect(read.length).toBeGreaterThan(15);
    expect((await story(relay, roomId)).slice(0, read.length)).toEqual(read);
    expect(await historyOf(reader, document)).toEqual(await historyOf(relay, document));
    const refused = await reader.api.ask('room.command', { roomId, command: { type: 'standDown', reason: 'I can' } });
    expect(refused).toMatchObject({ ok: false });
    expect(await story(reader, roomId)).toEqual(read);

    async function alike(): Promise<void> {
      for (const machine of desktops)
        await expect
          .poll(
            async () => JSON.stringify(await story(machine, roomId)) === JSON.stringify(await story(relay, roomId)),
            LONG,
          )
          .toBe(true);
    }
  },
);
