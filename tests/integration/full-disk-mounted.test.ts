import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { HostView, WatchView } from '../../shared/protocol/views.ts';
import { connectApi } from '../support/api-client.ts';
import { act, declaration } from '../support/crisis-story.ts';
import { invite, startHostProcess, testFolder } from '../support/host-process.ts';
import { mountSmallDisk, NO_MOUNTS } from '../support/small-disk.ts';
import { note } from '../support/notes-in-log.ts';

test('a real disk that is full: the host never ends, nothing acknowledged is lost, and it goes on when there is room', async ({
  skip,
}) => {
  const at = testFolder();
  const disk = mountSmallDisk(at.dataDir, 12);
  if (disk === null) return skip(NO_MOUNTS);
  const { token } = await invite(at, 'Administrator', 'administrator');
  // Whatever writes the feed has a disk of its own.
  const feedFile = join(at.folder, 'press.ndjson');
  writeFileSync(feedFile, '');
  mkdirSync(join(at.dataDir, 'feeds'), { recursive: true });
  symlinkSync(feedFile, join(at.dataDir, 'feeds', 'press.ndjson'));

  let host = await startHostProcess(at);
  let ended = false;
  void host.exited.then(() => (ended = true));
  let api = await connectApi(host.url, token);
  const { roomId } = await api.get('alarm.raise', { what: 'Ovens', why: '' });
  await act(api, roomId, declaration);
  let notices: HostView['notices'] = [];
  let watch: WatchView | null = null;
  await api.follow('host', {}, (view) => (notices = view.notices));
  await api.follow('watch', {}, (view) => (watch = view));

  const kept: string[] = [];
  const refusals = new Set<string>();
  let sent = 0;
  let mentions = 0;
  async function writeMore(): Promise<void> {
    const text = `entry ${String(sent++)} ${'x'.repeat(3000)}`;
    appendFileSync(
      feedFile,
      `${JSON.stringify({ id: `m${String(mentions++)}`, text: `about us ${'y'.repeat(2000)}`, observedAt: Date.now() })}\n`,
    );
    const reply = await api.ask('room.command', { roomId, command: note(text) });
    if (reply.ok) kept.push(text);
    else refusals.add(reply.error.code);
  }

  for (let n = 0; n < 5; n += 1) await writeMore();
  disk.fill();
  const until = Date.now() + 8_000;
  while (Date.now() < until) {
    await writeMore();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(ended).toBe(false);
  expect([...refusals]).toEqual(['StorageFailed']);
  expect(notices).toMatchObject([{ id: 'storage', kind: 'alarm' }]);
  // Reading goes on, also for whoever comes in now.
  expect((await api.follow('room', { roomId, present: true })).events.length).toBeGreaterThan(kept.length);

  disk.makeRoom();
  const refusedBefore = sent - kept.length;
  await vi.waitFor(async () => {
    await writeMore();
    expect(notices).toEqual([]);
  }, 20_000);
  await vi.waitFor(() => expect(watch).toMatchObject({ feeds: [{ state: 'live', accepted: mentions }] }), 20_000);
  await writeMore();
  expect(sent - kept.length).toBe(refusedBefore);
  const texts = async () =>
    (await api.follow('room', { roomId })).events.flatMap(({ event }) =>
      event.type === 'LogEntryAdded' ? [event.text] : [],
    );
  expect(await texts()).toEqual(kept);
  expect(await api.get('room.verify', { roomId })).toMatchObject({ ok: true, voids: [] });
  expect(ended).toBe(false);
  await host.kill();

  host = await startHostProcess(at);
  api = await connectApi(host.url, token);
  expect(await texts()).toEqual(kept);
  expect(await api.get('room.verify', { roomId })).toMatchObject({ ok: true, voids: [] });
  await host.stop();
});
