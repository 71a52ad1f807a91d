import { expect, test, vi } from 'vitest';
import type { RoomId } from '../../../shared/base/ids.ts';
import type { ApiClient } from '../../support/api-client.ts';
import { act, connectAdministrator } from '../../support/crisis-story.ts';
import { declaredRoom } from '../../support/disk-host.ts';
import {
  commandJson,
  type HostProcess,
  runCommand,
  startHostProcess,
  testFolder,
  type TestFolder,
} from '../../support/host-process.ts';
import { note } from '../../support/notes-in-log.ts';
import { attachStrace, whyNoStrace } from '../../support/strace.ts';
import {
  checkOrder,
  earlyCheckpoints,
  isToSocket,
  readTrace,
  type TracedCall,
  withoutOneSync,
} from '../../support/trace.ts';

const EVENTS = 220;
/** Events that a desktop signs at once: they come to the other host several in a frame, and several frames in a row. */
const AT_ONCE = 5;
/** Every call by which bytes get to the disk or out of the process; nothing of them left out. */
const WATCHED = ['-yy', '-s', '1000000', '-e', 'trace=pwrite64,pwritev,write,writev,sendto,sendmsg,fsync,fdatasync'];
const SOON = { timeout: 30_000, interval: 50 };

/** The frames by which a host says to another what it holds. What it sends is unmasked, and so readable in a trace. */
const SAYS_WHAT_IT_HOLDS = /"kind":"(?:ack|vector)"/;
const HASH = /"hash":"([0-9a-f]{64})"/g;

test('what another host sent is acknowledged only when its commit was synced, read from the system calls', async ({
  skip,
}) => {
  const why = whyNoStrace();
  if (why !== null) return skip(why);
  const relay = await startMachine(testFolder());
  const desktop = await joinDesktop(relay);
  const roomId = await declaredRoom(desktop.api);
  await expect.poll(async () => (await relay.api.get('rooms.list', {})).some(({ id }) => id === roomId), SOON).toBe(true); // prettier-ignore
  const seen: string[] = [];
  await relay.api.follow('room', { roomId }, ({ from, events }) => {
    seen.splice(from, seen.length, ...events.map(({ hash }) => hash));
  });

  const strace = await attachStrace(relay.host.pid, WATCHED);
  const written: string[] = [];
  for (let n = 0; n < EVENTS; n += AT_ONCE) {
    const turns = Array.from({ length: AT_ONCE }, (_, offset) => writeLine(desktop.api, roomId, n + offset));
    written.push(...(await Promise.all(turns)));
    // What is signed here meanwhile has commits of its own between those of what comes.
    if (n % 20 === 0) await writeLine(relay.api, roomId, EVENTS + n);
  }
  await vi.waitFor(() => expect(seen).toEqual(expect.arrayContaining(written)), SOON);
  const isWritten = new Set(written);
  const inOrder = seen.filter((hash) => isWritten.has(hash));
  await expect.poll(() => waitsFor(relay.api), SOON).toBe(0);
  const calls = acknowledging(readTrace(await strace.stop()), inOrder);

  const acknowledged = checkOrder(calls, inOrder, ({ name }) => name === 'acknowledges');
  expect(acknowledged.tooEarly).toEqual([]);
  expect(acknowledged.left.length).toBeGreaterThanOrEqual(200);
  // Nor is it shown to people before.
  const shown = checkOrder(calls, inOrder);
  expect(shown.tooEarly).toEqual([]);
  expect(shown.left.length).toBeGreaterThanOrEqual(200);
  expect(earlyCheckpoints(calls)).toEqual([]);

  // The check itself: of the same calls without one sync, what waited for that one was acknowledged too early.
  const { without, syncs } = withoutOneSync(calls, inOrder);
  expect(checkOrder(without, inOrder, ({ name }) => name === 'acknowledges').tooEarly.length).toBeGreaterThan(0);
  console.info(
    `${String(acknowledged.left.length)} events were acknowledged in ` +
      `${String(calls.filter(({ name }) => name === 'acknowledges').length)} frames' writes, ` +
      `after ${String(syncs)} syncs of a log`,
  );
});

/**
 * Puts beside every write that says what is held another call, with the hashes of everything that it says so of: whoever
 * holds an event holds all that its author signed before it. `inOrder` are one author's.
 */
function acknowledging(calls: readonly TracedCall[], inOrder: readonly string[]): readonly TracedCall[] {
  const places = new Map(inOrder.map((hash, place) => [hash, place]));
  return calls.flatMap((call) => {
    if (!isToSocket(call) || !SAYS_WHAT_IT_HOLDS.test(call.bytes)) return [call];
    const named = [...call.bytes.matchAll(HASH)].map(([, hash = '']) => places.get(hash) ?? -1);
    const bytes = inOrder.slice(0, Math.max(...named, -1) + 1).join(' ');
    return [call, { ...call, name: 'acknowledges', bytes }];
  });
}

interface Machine {
  readonly folder: TestFolder;
  readonly host: HostProcess;
  readonly api: ApiClient;
}

async function joinDesktop(relay: Machine): Promise<Machine> {
  const enrol = ['enrol', '--data', relay.folder.dataDir, '--name', 'Cora', '--role', 'comms-lead'];
  const { link } = (await commandJson(relay.folder, enrol)) as { link: string };
  const folder = testFolder();
  expect(await runCommand(folder, ['join', link, '--data', folder.dataDir])).toMatchObject({ code: 0 });
  const desktop = await startMachine(folder);
  await expect.poll(async () => (await desktop.api.get('session.get', {})).operator?.name, SOON).toBe('Cora');
  return desktop;
}

async function startMachine(folder: TestFolder): Promise<Machine> {
  const host = await startHostProcess(folder);
  const { url } = (await commandJson(folder, ['access-link', '--data', folder.dataDir])) as { url: string };
  return { folder, host, api: await connectAdministrator(host.url, url) };
}

/** The hash of what was signed for it. */
async function writeLine(api: ApiClient, roomId: RoomId, n: number): Promise<string> {
  const { events } = await act(api, roomId, note(`n${String(n)}`));
  return events[0]?.hash ?? '';
}

/** How much the hosts here still lack of one another. */
async function waitsFor(api: ApiClient): Promise<number> {
  const { peers } = await api.follow('replica', {});
  return peers.reduce((sum, peer) => sum + Number(peer.state !== 'connected') + peer.ahead + peer.behind, 0);
}
