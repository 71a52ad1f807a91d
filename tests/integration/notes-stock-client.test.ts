import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { invite, REPOSITORY, startHostProcess, testFolder } from '../support/host-process.ts';
import { connectStock } from '../support/sync-host.ts';

function runScript(args: readonly string[]) {
  const script = join(REPOSITORY, 'tests', 'support', 'stock-client.mjs');
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (output += piece));
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (errors += piece));
  return {
    errors: () => errors,
    said: () =>
      output
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as { text?: string; closed?: number; again?: boolean }),
  };
}

test('a plain Node script with the stock client and the token of invite edits the notes together with others', async () => {
  const at = testFolder();
  const { token } = await invite(at, 'Ana', 'writer');
  const { token: other } = await invite(at, 'Bo', 'legal');
  const host = await startHostProcess(at);
  const address = `ws://127.0.0.1:${String(host.port)}/yjs`;
  const page = connectStock(address, 'workspace/notes', other);
  onTestFinished(() => page.destroy());
  await vi.waitFor(() => expect(page.provider.synced).toBe(true), { timeout: 15_000 });
  page.text.insert(0, 'Call the plant. ');
  const first = runScript([address, 'workspace/notes', token, 'Who calls? ']);
  await vi.waitFor(() => expect(page.text.toString(), first.errors()).toBe('Call the plant. Who calls? '), {
    timeout: 30_000,
  });
  const second = runScript([address, 'workspace/notes', other, 'I do. ']);
  const whole = 'Call the plant. Who calls? I do. ';
  await vi.waitFor(
    () =>
      expect([page.text.toString(), first.said().at(-1)?.text, second.said().at(-1)?.text]).toEqual([
        whole,
        whole,
        whole,
      ]),
    { timeout: 30_000 },
  );

  const refused = [
    runScript([address, 'workspace/notes', 'fb_nobody', 'x']),
    runScript([address, 'workspace/other', token, 'x']),
    runScript([address, 'no-such-room/notes', token, 'x']),
  ];
  await vi.waitFor(
    () =>
      expect(refused.map((client) => client.said())).toEqual(
        [4401, 4404, 4404].map((closed) => [{ closed, again: false }]),
      ),
    {
      timeout: 30_000,
    },
  );
  expect(page.text.toString()).toBe(whole);

  // What they wrote is there after the host died.
  page.destroy();
  await host.kill();
  const restarted = await startHostProcess(at);
  const late = connectStock(`ws://127.0.0.1:${String(restarted.port)}/yjs`, 'workspace/notes', token);
  onTestFinished(() => late.destroy());
  await vi.waitFor(() => expect(late.text.toString()).toBe(whole), { timeout: 15_000 });
});
