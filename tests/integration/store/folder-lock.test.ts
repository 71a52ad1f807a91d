import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from '../../../src-main/store/folder-lock.ts';
import { unwrap } from '../../support/unwrap.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firebreak-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const me = { pid: process.pid, door: 'serve', since: '2026-11-21T00:00:00.000Z' };
const MODULE = new URL('../../../src-main/store/folder-lock.ts', import.meta.url).href;

test('a second host is told who holds the folder; released, it is free', () => {
  const lock = unwrap(lockFolder(folder, me));
  expect(lockFolder(folder, { ...me, door: 'desktop' })).toEqual({
    ok: false,
    error: { type: 'FolderInUse', dataDirectory: folder, holder: me },
  });
  lock.release();
  unwrap(lockFolder(folder, me)).release();
});

test('a host that is killed holds nothing any more', async () => {
  const source = `
    const { lockFolder } = await import(${JSON.stringify(MODULE)});
    const lock = lockFolder(${JSON.stringify(join(folder, 'data'))}, { pid: process.pid, door: 'serve', since: '' });
    process.stdout.write(lock.ok ? 'held' : 'refused');
    setInterval(() => lock, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  expect(said.toString()).toBe('held');
  expect(lockFolder(join(folder, 'data'), me)).toMatchObject({ ok: false, error: { holder: { pid: child.pid } } });
  child.kill('SIGKILL');
  await once(child, 'exit');
  unwrap(lockFolder(join(folder, 'data'), me)).release();
});
