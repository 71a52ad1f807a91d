import { join } from 'node:path';
import { type Browser, type CDPSession, chromium, type Page } from '@playwright/test';
import { chromiumPath } from '../../scripts/browser.mjs';
import { servePretendHost } from '../support/pretend-host.ts';
import { type BenchRow, percentile } from './report.ts';

const QUERIES = 20;
const SIZE = { width: 1920, height: 1080 };
const STARE_MS = 20_000;
const WHEEL_MS = 5_000;

/**
 * What the monitor costs while people stare at it: 20 watch queries that change once a second, pushed by a host that
 * makes them up, so that nothing but the page is measured. `rendererRoot` is the built page.
 */
export async function benchMonitor(
  rendererRoot = join(import.meta.dirname, '../../out/renderer'),
): Promise<readonly BenchRow[]> {
  const host = await servePretendHost({ rendererRoot, queries: QUERIES });
  const executablePath = chromiumPath();
  const browser = await chromium.launch({
    ...(executablePath === null ? {} : { executablePath }),
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const page = await (await browser.newContext({ viewport: SIZE })).newPage();
    const openMs = await openMonitor(page, `${host.url}#/watch`);
    const staring = await stare(browser, page);
    const { frames, idle, cpuMs } = await wheelFrames(browser, page, `${host.url}#/storm/q1`);
    const plain = { against: null, ratio: null };
    const p95 = percentile(frames, 0.95);
    const fps = framesASecond(frames);
    const idleFps = framesASecond(idle);
    return [
      { what: 'monitor of 20 queries: open to the last picture', value: openMs, unit: 'ms', ...plain, goal: '<= 1,000 ms', met: openMs <= 1000 },
      { what: 'monitor of 20 queries: main thread', value: staring.mainThread * 100, unit: '% of a core', ...plain, goal: '< 10 %', met: staring.mainThread < 0.1 },
      { what: 'monitor of 20 queries: whole renderer process', value: staring.process * 100, unit: '% of a core', ...plain, goal: '< 10 %', met: staring.process < 0.1 },
      { what: 'large chart while the wheel turns, CPU of a frame', value: cpuMs, unit: 'ms', ...plain, goal: '<= 12 ms', met: cpuMs <= 12 },
      { what: 'large chart while the wheel turns', value: fps, unit: 'frames/s', against: 'the same page at rest',
        ratio: fps / idleFps, goal: '>= 55', met: fps >= 55 },
      { what: 'large chart while the wheel turns, p95 of a frame', value: p95, unit: 'ms', ...plain, goal: '<= 20 ms', met: p95 <= 20 },
    ]; // prettier-ignore
  } finally {
    await browser.close();
    await host.close();
  }
}

/** From asking for the page until every small multiple has been drawn. */
async function openMonitor(page: Page, url: string): Promise<number> {
  await page.goto(url);
  return page.evaluate(
    (count) =>
      new Promise<number>((resolve) => {
        function look(): void {
          const canvases = [...document.querySelectorAll<HTMLCanvasElement>('.monitor canvas')];
          // A canvas that nobody has drawn on has the size that it is born with.
          if (canvases.length === count && canvases.every(({ width }) => width !== 300)) resolve(performance.now());
          else requestAnimationFrame(look);
        }
        look();
      }),
    QUERIES,
  );
}

/** Shares of one core: what the page's main thread did, and all threads of its process together. */
async function stare(browser: Browser, page: Page): Promise<{ readonly mainThread: number; readonly process: number }> {
  await page.waitForTimeout(3000); // what is only done once is not what staring costs
  const session = await page.context().newCDPSession(page);
  const whole = await browser.newBrowserCDPSession();
  await session.send('Performance.enable');
  const before = await readCosts(session, whole);
  await page.waitForTimeout(STARE_MS);
  const after = await readCosts(session, whole);
  const seconds = after.at - before.at;
  return {
    mainThread: (after.tasks - before.tasks) / seconds,
    process: (after.cpu - before.cpu) / seconds,
  };
}

async function readCosts(session: CDPSession, whole: CDPSession) {
  const { metrics } = await session.send('Performance.getMetrics');
  const value = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? NaN;
  return { at: value('Timestamp'), tasks: value('TaskDuration'), cpu: await rendererCpu(whole) };
}

/** Seconds on a core of all renderer processes so far. */
async function rendererCpu(whole: CDPSession): Promise<number> {
  const { processInfo } = await whole.send('SystemInfo.getProcessInfo');
  return processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

/** How long each frame of three weeks took while somebody turns the wheel in and out without a pause. */
async function wheelFrames(
  browser: Browser,
  page: Page,
  url: string,
): Promise<{ readonly frames: readonly number[]; readonly idle: readonly number[]; readonly cpuMs: number }> {
  await page.goto(url);
  await page.getByRole('button', { name: '3 weeks' }).click();
  const chart = page.locator('.plots');
  await chart.locator('canvas').first().waitFor();
  await page.waitForTimeout(1500);
  const idle = await turnWheel(page, false);
  const whole = await browser.newBrowserCDPSession();
  const before = await rendererCpu(whole);
  const frames = await turnWheel(page, true);
  // The time on a core is what the page is to blame for; on a busy machine frames are late for other reasons, too.
  const cpuMs = (1000 * ((await rendererCpu(whole)) - before)) / frames.length;
  return { frames, idle, cpuMs };
}

/** Milliseconds between the frames of the next seconds, with the wheel turning or with nothing to do. */
async function turnWheel(page: Page, turning: boolean): Promise<readonly number[]> {
  return page.evaluate(
    ({ forMs, turning }) =>
      new Promise<number[]>((resolve) => {
        const target = document.querySelector('.plots');
        if (!target) throw new Error('no chart');
        const box = target.getBoundingClientRect();
        const frames: number[] = [];
        const begun = performance.now();
        let before: number | undefined;
        function turn(now: number): void {
          if (before !== undefined) frames.push(now - before);
          before = now;
          if (now - begun > forMs) return resolve(frames);
          const wheel = new WheelEvent('wheel', {
            deltaY: Math.sin((now - begun) / 400) * -60,
            clientX: box.left + box.width * (0.3 + 0.4 * Math.abs(Math.sin((now - begun) / 900))),
            clientY: box.top + 80,
            bubbles: true,
            cancelable: true,
          });
          if (turning) target?.dispatchEvent(wheel);
          requestAnimationFrame(turn);
        }
        requestAnimationFrame(turn);
      }),
    { forMs: WHEEL_MS, turning },
  );
}

function framesASecond(frames: readonly number[]): number {
  return (1000 * frames.length) / frames.reduce((sum, ms) => sum + ms, 0);
}
