import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { commandJson, runCommand, startHostProcess, testFolder } from '../support/host-process.ts';
import { serveInProcess } from '../support/host-in-process.ts';
import { joinFolder, recoverFolder } from '../../src-main/app/folder-identity.ts';
import type { OperatorId } from '../../shared/base/ids.ts';

const Printed = z.strictObject({
  link: z.string(),
  code: z.string(),
  expiresAt: z.int(),
  operatorId: z.string().nullable(),
  addresses: z.array(z.url()).min(1),
});

test('enrol and join: the whole way by the command line, and nothing secret is printed', async () => {
  const [at, there] = [testFolder(), testFolder()];
  const none = await runCommand(at, ['enrol', '--data', at.dataDir, '--relay', 'Relay']);
  expect(none).toMatchObject({ code: 1 });
  expect(none.stderr).toContain('No host runs');
  await startHostProcess(at);
  const picture = join(at.folder, 'invite.svg');
  const args = ['enrol', '--data', at.dataDir, '--name', 'Ada Byron', '--role', 'legal', '--qr', picture];
  const invite = Printed.parse(await commandJson(at, args));
  expect(invite.operatorId).toBe('ada-byron');
  expect(readFileSync(picture, 'utf8')).toMatch(/^<svg/);
  if (process.platform !== 'win32') expect(statSync(picture).mode & 0o777).toBe(0o600);

  const joined = await runCommand(there, ['join', invite.code, '--data', there.dataDir]);
  expect(joined).toMatchObject({ code: 0, stderr: '' });
  expect(joined.stdout).toMatch(/^Joined "My organisation" for ada-byron\./);
  for (const name of readdirSync(join(there.dataDir, 'keys')).filter((one) => one.endsWith('.key')))
    expect(joined.stdout).not.toContain(readFileSync(join(there.dataDir, 'keys', name), 'utf8').trim());
  expect(existsSync(join(there.dataDir, 'keys', 'follow.json'))).toBe(true);
  const again = await runCommand(testFolder(), ['join', invite.link, '--data', testFolder().dataDir]);
  expect(again).toMatchObject({ code: 1, stdout: '' });
  expect(again.stderr).toContain('used already');

  for (const wrong of [
    ['enrol', '--data', at.dataDir, '--relay', 'X', '--operator', 'y'],
    ['join', '--data', at.dataDir],
  ])
    expect(await runCommand(at, wrong), wrong.join(' ')).toMatchObject({ code: 2, stdout: '' });
});

test('recover reads the printed key from its input, and only on a folder on which no host runs', async () => {
  const at = testFolder();
  const configDir = join(at.configHome, 'Firebreak');
  const served = await serveInProcess(at);
  const key = served.host.newRecoveryKey ?? '';
  const administrator = 'administrator' as OperatorId;
  const inUse = await recoverFolder(at.dataDir, administrator, key, { configDir });
  expect(inUse).toMatchObject({ ok: false });
  const joined = await joinFolder(at.dataDir, 'anything', { configDir });
  expect(joined).toMatchObject({ ok: false });
  const before = served.host.founded()?.workspace.state.keys ?? {};
  await served.close();

  expect(await recoverFolder(at.dataDir, administrator, 'wrong', { configDir })).toMatchObject({ ok: false });
  const said = await recoverFolder(at.dataDir, administrator, key, { configDir });
  expect(said).toEqual({ ok: true, value: expect.stringContaining('an administrator again') as string });
  const again = await serveInProcess(at);
  const state = again.host.founded()?.workspace.state;
  const bound = Object.entries(state?.keys ?? {}).filter(([, one]) => one.operatorId === administrator && !one.retired);
  expect(bound).toHaveLength(1);
  expect(Object.keys(before)).not.toContain(bound[0]?.[0]);
  const invited = await again.host.api.invoke(
    { sessionId: 'command', operatorId: null, door: 'local' },
    'people.invite',
    { name: 'Bo', role: 'legal' },
  );
  expect(invited.ok).toBe(true);
});

test('a join with nonsense says why', async () => {
  const at = testFolder();
  const nonsense = await runCommand(at, ['join', 'hello', '--data', at.dataDir]);
  expect(nonsense).toMatchObject({ code: 1, stdout: '' });
  expect(nonsense.stderr).toContain('no invite');
});
