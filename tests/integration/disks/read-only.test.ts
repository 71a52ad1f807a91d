import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { declaredRoom, startOnDisk, storageNotice } from '../../support/disk-host.ts';
import { testFolder } from '../../support/host-process.ts';
import { makeFileReadOnly, NO_MOUNTS } from '../../support/small-disk.ts';
import { attachStrace, whyNoStrace } from '../../support/strace.ts';

test("a room's file that cannot be written: it is read, the others record, and nothing is acknowledged that is not kept", async ({
  skip,
}) => {
  const at = testFolder();
  let on = await startOnDisk(at);
  const roomId = await declaredRoom(on.api);
  const other = await declaredRoom(on.api, 'Fridges');
  expect(await on.write(roomId, 'before')).toBeNull();
  await on.host.stop();
  const makeWritable = makeFileReadOnly(join(at.dataDir, 'rooms', `${roomId}.db`));
  if (!makeWritable) return skip(NO_MOUNTS);

  on = await startOnDisk(at, { token: on.token });
  expect(await on.notes(roomId)).toEqual(['before']);
  for (let n = 0; n < 3; n += 1) expect(await on.write(roomId, `refused ${String(n)}`)).toBe('StorageFailed');
  await storageNotice(on, /refuses to write/);
  expect(await on.notes(roomId)).toEqual(['before']);
  expect(await on.verified(roomId)).toBe(true);
  expect(await on.write(other, 'elsewhere')).toBeNull();
  await on.host.kill();

  makeWritable();
  on = await startOnDisk(at, { token: on.token });
  expect(await on.notes(roomId)).toEqual(['before']);
  expect(await on.notes(other)).toEqual(['elsewhere']);
  expect(await on.write(roomId, 'after')).toBeNull();
  expect(await on.verified(roomId)).toBe(true);
  await on.host.stop();
});

// A kernel that meets a broken disk refuses writes to files that are open already, which no mount can imitate.
const FAULTS = {
  'refuses every write': 'pwrite64:error=EROFS',
  'fails to write': 'pwrite64:error=EIO',
  'takes writes and cannot keep them': 'fsync,fdatasync:error=EIO',
};

test('a disk that turns bad in the middle of the work: nothing is acknowledged, reading goes on, and it heals', async ({
  skip,
}) => {
  const why = whyNoStrace();
  if (why !== null) return skip(why);
  const at = testFolder();
  let on = await startOnDisk(at);
  const roomId = await declaredRoom(on.api);
  const kept: string[] = [];
  for (const [what, fault] of Object.entries(FAULTS)) {
    const [calls = ''] = fault.split(':');
    const strace = await attachStrace(on.host.pid, ['-e', `trace=${calls}`, '-e', `inject=${fault}`]);
    for (let n = 0; n < 5; n += 1) expect(await on.write(roomId, `${what}, ${String(n)}`), what).toBe('StorageFailed');
    await storageNotice(on, /refuses to write/);
    expect(await on.notes(roomId), what).toEqual(kept);
    expect(await on.verified(roomId), what).toBe(true);
    await strace.stop();
    expect(await on.write(roomId, `after it ${what}`), what).toBeNull();
    kept.push(`after it ${what}`);
    await vi.waitFor(() => expect(on.notices()).toEqual([]), 10_000);
    expect(await on.notes(roomId), what).toEqual(kept);
  }
  await on.host.kill();
  on = await startOnDisk(at, { token: on.token });
  expect(await on.notes(roomId)).toEqual(kept);
  expect(await on.verified(roomId)).toBe(true);
  await on.host.stop();
});
