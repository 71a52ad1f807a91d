import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { invite, REPOSITORY, startHostProcess, testFolder } from '../support/host-process.ts';
import { connectStock } from '../support/sync-host.ts';

/** As the documentation says it, and nothing else: what anybody would write who has only npm and a token. */
const SCRIPT = `
import * as Y from 'yjs';
import WebSocket from 'ws';
import { WebsocketProvider } from 'y-websocket';
const [address, document, token, words] = process.argv.slice(2);
const ydoc = new Y.Doc();
const provider = new WebsocketProvider(address, document, ydoc, { WebSocketPolyfill: WebSocket, params: { token } });
const text = ydoc.getText('text');
provider.on('connection-close', (event) => console.log(JSON.stringify({ closed: event.code, again: provider.shouldConnect })));
provider.on('sync', (synced) => { if (synced && words) text.insert(text.length, words); });
text.observe(() => console.log(JSON.stringify({ text: text.toString() })));
`;

function runScript(folder: string, args: readonly string[]) {
  const file = join(folder, 'client.mjs');
  writeFileSync(file, SCRIPT);
  // Its packages come from where the script says it is: the repository's.
  const loader = `data:text/javascript,${encodeURIComponent(`import { register } from 'node:module'; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(`export function resolve(name, context, next) { return /^[a-z]/.test(name) && !name.includes(':') && context.parentURL?.endsWith('client.mjs') ? next(name, { ...context, parentURL: ${JSON.stringify(new URL(`file://${REPOSITORY}/package.json`).href)} }) : next(name, context); }`)}`)});`)}`;
  const child = spawn(process.execPath, ['--import', loader, file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => (output += piece));
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (errors += piece));
  return {
    errors: () => errors,
    said: () => output.split('\n').filter(Boolean).map((line) => JSON.parse(line) as { text?: string; closed?: number; again?: boolean }),
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
  const first = runScript(at.folder, [address, 'workspace/notes', token, 'Who calls? ']);
  await vi.waitFor(() => expect(page.text.toString(), first.errors()).toBe('Call the plant. Who calls? '), { timeout: 30_000 });
  const second = runScript(at.folder, [address, 'workspace/notes', other, 'I do. ']);
  const whole = 'Call the plant. Who calls? I do. ';
  await vi.waitFor(
    () => expect([page.text.toString(), first.said().at(-1)?.text, second.said().at(-1)?.text]).toEqual([whole, whole, whole]),
    { timeout: 30_000 },
  );

  const refused = [
    runScript(at.folder, [address, 'workspace/notes', 'fb_nobody', 'x']),
    runScript(at.folder, [address, 'workspace/other', token, 'x']),
    runScript(at.folder, [address, 'no-such-room/notes', token, 'x']),
  ];
  await vi.waitFor(() => expect(refused.map((client) => client.said())).toEqual([4401, 4404, 4404].map((closed) => [{ closed, again: false }])), {
    timeout: 30_000,
  });
  expect(page.text.toString()).toBe(whole);

  // What they wrote is there after the host died.
  page.destroy();
  await host.kill();
  const restarted = await startHostProcess(at);
  const late = connectStock(`ws://127.0.0.1:${String(restarted.port)}/yjs`, 'workspace/notes', token);
  onTestFinished(() => late.destroy());
  await vi.waitFor(() => expect(late.text.toString()).toBe(whole), { timeout: 15_000 });
});
