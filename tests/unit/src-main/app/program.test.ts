import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const PROGRAM = join(import.meta.dirname, '..', '..', '..', '..', 'src-main', 'app', 'program.ts');

test('what nothing caught: a full disk is logged and lived through, a bug ends the process with 1 after its clean-up', () => {
  const script = `
    import { createLog, exitOnBug } from ${JSON.stringify(PROGRAM)};
    exitOnBug(createLog('error'), async () => console.log('cleaned up'), (code) => process.exit(code));
    setTimeout(() => { throw Object.assign(new Error('disk is full'), { code: 'SQLITE_FULL' }); }, 0);
    setTimeout(() => console.log('alive'), 20);
    setTimeout(() => void Promise.reject(new Error('a bug of ours')), 40);
    setTimeout(() => console.log('too late'), 5000);
  `;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect(stdout).toBe('alive\ncleaned up\n');
  expect(status).toBe(1);
  expect(stderr).toContain('disk is full');
  expect(stderr).toContain('a bug of ours');
});
