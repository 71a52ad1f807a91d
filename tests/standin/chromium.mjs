// The machine's own Chromium, driven over the DevTools protocol.
import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';
import { chromiumPath } from '../../scripts/browser.mjs';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-startup-window',
  '--remote-debugging-port=0',
];

export const events = new EventEmitter().setMaxListeners(0);
const pending = new Map();
let lastId = 0;
let browser = null;
let socket = null;

/** Resolves once commands can be sent. The profile is the application's own, so it survives a restart. */
export async function startChromium(profile) {
  mkdirSync(profile, { recursive: true });
  const flags = [...FLAGS, `--user-data-dir=${profile}`, ...(process.env.STANDIN_HEADED === '1' ? [] : ['--headless'])];
  browser = spawn(chromiumPath() ?? 'chromium', flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  for await (const line of createInterface({ input: browser.stderr })) {
    const address = /^DevTools listening on (ws:\S+)/.exec(line)?.[1];
    if (!address) continue;
    socket = new WebSocket(address, { maxPayload: 0 });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.on('message', (data) => receive(JSON.parse(data)));
    await send('Target.setDiscoverTargets', { discover: true });
    process.stderr.write(`${line}\n`); // Playwright waits for it
    browser.stderr.resume();
    return;
  }
  throw new Error('Chromium ended before it was ready.');
}

function receive({ id, method, params, sessionId, result, error }) {
  if (id === undefined) return events.emit(sessionId ? `${sessionId} ${method}` : method, params);
  const waiting = pending.get(id);
  pending.delete(id);
  if (error) waiting.reject(new Error(error.message));
  else waiting.resolve(result);
}

export function send(method, params = {}, sessionId = undefined) {
  const id = ++lastId;
  socket.send(JSON.stringify({ id, method, params, sessionId }));
  return new Promise((resolve, reject) => pending.set(id, { resolve, reject }));
}

export async function stopChromium() {
  if (!browser || browser.exitCode !== null || browser.signalCode !== null) return;
  const ended = new Promise((resolve) => browser.once('exit', resolve));
  send('Browser.close').catch(() => browser.kill()); // it writes its storage down first
  const timer = setTimeout(() => browser.kill('SIGKILL'), 5000);
  await ended;
  clearTimeout(timer);
}
