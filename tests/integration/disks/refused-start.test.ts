import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { declaredRoom, startOnDisk } from '../../support/disk-host.ts';
import { runCommand, testFolder } from '../../support/host-process.ts';
import { mountSmallDisk, NO_MOUNTS } from '../../support/small-disk.ts';

// Where not even the lock or what SQLite shares between its connections can be written, no host can open the folder.

/** Every database and every key of a folder, with what is in it. */
function recordsIn(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(?:db|key)$/.test(name));
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'latin1')]));
}

test.each([
  ['cannot be written', /read-only|refuses to write/, 'makeReadOnly', 'makeWritable'],
  ['is full to the last byte', /is full/, 'fill', 'makeRoom'],
] as const)(
  'a folder that %s: every door says so in a sentence, nothing in it changes, and it serves again',
  async (_, sentence, turnBad, turnGood) => {
    const at = testFolder();
    const disk = mountSmallDisk(at.dataDir, 20);
    if (!disk) return void console.info(`not tried: ${NO_MOUNTS}`);
    let on = await startOnDisk(at);
    const roomId = await declaredRoom(on.api);
    expect(await on.write(roomId, 'before')).toBeNull();
    await on.host.stop();

    disk[turnBad]();
    const before = recordsIn(at.dataDir);
    for (const command of [['serve'], ['export', roomId], ['restore']]) {
      const ended = await runCommand(at, [...command, '--data', at.dataDir]);
      expect(ended, command.join(' ')).toMatchObject({ code: 1, stdout: '' });
      expect(ended.stderr.trim().split('\n'), command.join(' ')).toHaveLength(1);
      expect(ended.stderr).toContain(at.dataDir);
      expect(ended.stderr).toMatch(sentence);
      // Nothing that is only waiting for room may be restored, or thrown away.
      expect(ended.stderr).not.toMatch(/damaged|remove it/);
    }
    expect(recordsIn(at.dataDir)).toEqual(before);

    disk[turnGood]();
    on = await startOnDisk(at, { token: on.token });
    expect(await on.notes(roomId)).toEqual(['before']);
    expect(await on.write(roomId, 'after')).toBeNull();
    expect(await on.verified(roomId)).toBe(true);
    await on.host.stop();
  },
);
