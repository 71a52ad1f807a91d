import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { callLocalHost } from '../../../src-main/host/call-local-host.ts';
import { lockFolder } from '../../../src-main/store/folder-lock.ts';
import { act } from '../../support/crisis-story.ts';
import { declaredRoom, startOnDisk } from '../../support/disk-host.ts';
import { runCommand, startHostProcess, testFolder, type TestFolder } from '../../support/host-process.ts';
import { note, notesIn } from '../../support/notes-in-log.ts';
import { unwrap } from '../../support/unwrap.ts';

// Two processes that both want to be the host of one folder.

/** Other ways to the same folder. The last is one that no path can tell from another folder. */
function spellingsOf(at: TestFolder): readonly string[] {
  const link = join(at.folder, 'link');
  symlinkSync(at.dataDir, link);
  const linkAbove = join(at.folder, 'link-above');
  symlinkSync(at.folder, linkAbove);
  const spellings = [link, `${linkAbove}/config/..//data/.`, relative(process.cwd(), at.dataDir)];
  const bound = join(at.folder, 'bound');
  mkdirSync(bound);
  if (spawnSync('mount', ['--bind', at.dataDir, bound]).status !== 0) return spellings;
  onTestFinished(() => void spawnSync('umount', ['-l', bound]));
  return [...spellings, bound];
}

test('whoever comes second is refused with a sentence, by whatever way it came; whoever was first goes on', async () => {
  const at = testFolder();
  const { host: first, api } = await startOnDisk(at);
  const roomId = await declaredRoom(api);
  const kept: string[] = [];
  for (const spelling of spellingsOf(at)) {
    const second = await runCommand(at, [kept.length === 0 ? 'restore' : 'serve', '--data', spelling]);
    expect(second, spelling).toMatchObject({ code: 1, stdout: '' });
    expect(second.stderr, spelling).toMatch(/^Another host already runs on .*process \d+, since .*\.\n$/);
    expect(second.stderr, spelling).toContain(`process ${String(first.pid)},`);
    kept.push(spelling);
    await act(api, roomId, note(spelling));
    expect(await notesIn(api, roomId)).toEqual(kept);
  }
  expect(await api.get('room.verify', { roomId })).toMatchObject({ ok: true, voids: [] });
  await first.stop();
});

test('a host that was killed leaves a folder that is free, with all that it acknowledged', async () => {
  const at = testFolder();
  const link = join(at.folder, 'link');
  let on = await startOnDisk(at);
  symlinkSync(at.dataDir, link);
  const roomId = await declaredRoom(on.api);
  const authors = async () => (await on.api.get('room.verify', { roomId })).authors.map(({ key }) => key);
  const known = await authors();
  const kept: string[] = [];
  for (const dataDir of [link, at.dataDir]) {
    kept.push(`before the kill, then ${dataDir}`);
    expect(await on.write(roomId, kept.at(-1) ?? '')).toBeNull();
    await on.host.kill();
    on = await startOnDisk({ ...at, dataDir }, { token: on.token });
    expect(await on.notes(roomId)).toEqual(kept);
    // The same folder by another way is not taken for a copy, which would get new keys.
    expect(await authors()).toEqual(known);
  }
  await on.host.stop();
});

test('four that start in the same moment: one serves, three are refused, and one organisation is there', async () => {
  const at = testFolder();
  const starts = await Promise.allSettled([1, 2, 3, 4].map(() => startHostProcess(at)));
  const served = starts.filter((start) => start.status === 'fulfilled');
  const refused = starts.filter((start) => start.status === 'rejected');
  expect(served).toHaveLength(1);
  for (const { reason } of refused)
    expect(String(reason)).toMatch(/ended with 1 before it listened: Another host already runs/);
  const rooms = await callLocalHost(at.dataDir, 'rooms.list', {});
  expect(rooms).toEqual({ ok: true, value: [] });
  const holder = z.object({ pid: z.int() }).parse(JSON.parse(readFileSync(join(at.dataDir, 'host.json'), 'utf8')));
  expect(holder.pid).toBe(served[0]?.value.pid);
});

test('who tidies the lock away while a host runs does not let a second one in', async () => {
  const at = testFolder();
  const { host: first, api } = await startOnDisk(at);
  const roomId = await declaredRoom(api);
  for (const name of ['host.lock', 'host.json']) rmSync(join(at.dataDir, name));
  const second = await runCommand(at, ['serve', '--data', at.dataDir]);
  expect(second).toMatchObject({ code: 1, stdout: '' });
  expect(second.stderr).toMatch(/Another host/);
  await act(api, roomId, note('it goes on'));
  expect(await notesIn(api, roomId)).toEqual(['it goes on']);
  await first.stop();
  unwrap(lockFolder(at.dataDir, { pid: process.pid, door: 'test', since: '' })).release();
});
