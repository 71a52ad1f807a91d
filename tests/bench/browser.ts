import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Browser, chromium, type Page } from '@playwright/test';
import { gzipSync } from 'node:zlib';
import { chromiumPath } from '../../scripts/browser.mjs';
import { acknowledge, declare } from '../support/e2e-acts.ts';
import { percentile, type BenchRow } from './report.ts';

const ROOT = join(import.meta.dirname, '../..');
const CLI = join(ROOT, 'out/main/cli.js');
const KEYSTROKES = 300;

/** What only real browsers on a real host can tell: first paint, keystroke to the other window, the host's memory. */
export async function benchBrowser(): Promise<readonly BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-bench-'));
  const env = { ...process.env, XDG_CONFIG_HOME: join(folder, 'config') };
  const data = join(folder, 'data');
  const host = spawn(process.execPath, [CLI, 'serve', '--data', data, '--demo', '--demo-speed', '20'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const executablePath = chromiumPath();
  const browser = await chromium.launch({
    ...(executablePath === null ? {} : { executablePath }),
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    await listening(host);
    const links = [await linkFor(data, env, 'Bench One'), await linkFor(data, env, 'Bench Two')];
    const pages = await Promise.all(links.map((link) => open(browser, link)));
    const paintMs = await firstPaint(pages[0] as Page);
    const latencies = await keystrokes(pages as [Page, Page]);
    const rss = residentBytes(host.pid ?? 0);
    const p50 = percentile(latencies, 0.5);
    const p99 = percentile(latencies, 0.99);
    const plain = { against: null, ratio: null };
    return [
      ...bundleRows(),
      { what: 'first contentful paint', value: paintMs, unit: 'ms', ...plain, goal: '', met: null },
      { what: 'keystroke to the other window, p50', value: p50, unit: 'ms', ...plain, goal: '', met: null },
      {
        what: 'keystroke to the other window, p99',
        value: p99,
        unit: 'ms',
        ...plain,
        goal: '<= 50 ms',
        met: p99 <= 50,
      },
      { what: 'memory of the host, demo room open', value: rss / 2 ** 20, unit: 'MiB', ...plain, goal: '', met: null },
    ];
  } finally {
    await browser.close();
    host.kill('SIGTERM');
    await new Promise((ended) => host.once('exit', ended));
    rmSync(folder, { recursive: true, force: true });
  }
}

function bundleRows(): readonly BenchRow[] {
  const assets = join(ROOT, 'out/renderer/assets');
  const scripts = readdirSync(assets).filter((name) => name.endsWith('.js'));
  const bytes = scripts.reduce((sum, name) => sum + statSync(join(assets, name)).size, 0);
  const zipped = scripts.reduce((sum, name) => sum + gzipSync(readFileSync(join(assets, name))).length, 0);
  const plain = { unit: 'kB', against: null, ratio: null, goal: '', met: null };
  return [
    { what: 'scripts of the page', value: bytes / 1000, ...plain },
    { what: 'scripts of the page, gzipped', value: zipped / 1000, ...plain },
  ];
}

async function listening(host: ChildProcess): Promise<void> {
  if (!host.stdout) throw new Error('the host has no standard output');
  for await (const line of createInterface({ input: host.stdout })) if (line.includes('"listening"')) return;
  throw new Error('the host ended before it listened');
}

async function linkFor(data: string, env: NodeJS.ProcessEnv, name: string): Promise<string> {
  const child = spawn(process.execPath, [CLI, 'invite', '--data', data, '--name', name, '--role', 'comms-lead'], {
    env,
  });
  let text = '';
  for await (const chunk of child.stdout) text += String(chunk);
  return (JSON.parse(text) as { readonly url: string }).url;
}

async function open(browser: Browser, link: string): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1366, height: 768 } })).newPage();
  await page.goto(link);
  return page;
}

async function firstPaint(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        new PerformanceObserver((list) => {
          for (const entry of list.getEntriesByName('first-contentful-paint')) resolve(entry.startTime);
        }).observe({ type: 'paint', buffered: true });
      }),
  );
}

/** Types in one window and waits until each letter stands in the other's editor; both clocks are this process's. */
async function keystrokes([one, two]: readonly [Page, Page]): Promise<readonly number[]> {
  await acknowledge(one);
  await declare(one, 'Benchmark');
  await one
    .getByRole('button', { name: /blank page/i })
    .first()
    .click();
  await two.evaluate((hash) => (location.hash = hash), new URL(one.url()).hash);
  const editors = [one, two].map((page) => page.locator('.cm-content').first());
  await Promise.all(editors.map((editor) => editor.waitFor()));
  await two.evaluate(() => {
    const seen: number[] = [];
    Object.assign(window, { seen });
    const editor = document.querySelector('.cm-content');
    if (!editor) throw new Error('no editor');
    // The caret of the other has a name in it, and no x.
    const lettersIn = () => editor.textContent.split('x').length - 1;
    new MutationObserver(() => {
      while (seen.length < lettersIn()) seen.push(performance.timeOrigin + performance.now());
    }).observe(editor, { subtree: true, childList: true, characterData: true });
  });
  await editors[0]?.click();
  const latencies: number[] = [];
  for (let stroke = 0; stroke < KEYSTROKES; stroke += 1) {
    const sentAt = await one.evaluate(() => {
      const at = performance.timeOrigin + performance.now();
      document.execCommand('insertText', false, 'x');
      return at;
    });
    await two.waitForFunction((count) => (window as unknown as { seen: number[] }).seen.length > count, stroke, {
      polling: 5,
    });
    const seenAt = await two.evaluate((index) => (window as unknown as { seen: number[] }).seen[index] ?? 0, stroke);
    latencies.push(seenAt - sentAt);
  }
  return latencies;
}

function residentBytes(pid: number): number {
  if (process.platform !== 'linux') return 0;
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}
