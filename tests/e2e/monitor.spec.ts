import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { type PretendHost, servePretendHost } from '../support/pretend-host.ts';
import { coloursSettled } from '../support/e2e-acts.ts';

// The monitor on a host that makes everything up: twenty watch queries of every kind at once, always the same.

const rendererRoot = path.join(import.meta.dirname, '../../out/renderer');
let host: PretendHost;
let problems: string[] = [];

test.beforeEach(async ({ page }) => {
  host = await servePretendHost({ rendererRoot, queries: 20 });
  problems = [];
  page.on('pageerror', (error) => problems.push(error.message));
});
test.afterEach(async () => {
  await host.close();
  expect(problems).toEqual([]);
});

const tiles = (page: Page) => page.getByRole('list', { name: 'Watch queries' }).getByRole('link');

/** What was asked of the host under this name, the newest first. */
const asked = (endpoint: string) => host.asked.filter((one) => one.endpoint === endpoint).map(({ input }) => input);

async function look(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await coloursSettled(page);
    const { violations } = await new AxeBuilder({ page }).analyze();
    const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    const found = grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`);
    expect.soft(found, `${name}, ${colorScheme}`).toEqual([]);
    for (const [size, width, height] of [
      ['small', 1366, 768],
      ['large', 1920, 1080],
      ['phone', 390, 844],
    ] as const) {
      await page.setViewportSize({ width, height });
      expect.soft(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
      const file = path.join(test.info().project.outputDir, 'screens', `${name}-${colorScheme}-${size}.png`);
      await page.screenshot({ path: file, animations: 'disabled' });
    }
    await page.setViewportSize({ width: 1366, height: 768 });
  }
  await page.emulateMedia({ colorScheme: null });
}

test('twenty watch queries stand on one screen, the spike first, and the keyboard walks them', async ({ page }) => {
  await page.setViewportSize({ width: 1920, height: 1080 });
  await page.goto(`${host.url}#/watch`);
  await expect(tiles(page)).toHaveCount(20);
  await expect(tiles(page).first()).toContainText('Steamwell');
  await expect(tiles(page).first()).toContainText('spike');
  const names = (await tiles(page).locator('.name').allTextContents()).slice(1);
  expect(names).toEqual(names.toSorted((one, other) => one.localeCompare(other, 'en')));
  const hidden = () =>
    page.evaluate(() => {
      const view = document.querySelector('.scroll');
      return view ? view.scrollHeight - view.clientHeight : NaN;
    });
  expect(await hidden()).toBe(0);
  await page.setViewportSize({ width: 1366, height: 768 });
  expect(await hidden()).toBeLessThan(160);

  await page.keyboard.press('j');
  await expect(tiles(page).first()).toBeFocused();
  await page.keyboard.press('j');
  await expect(tiles(page).nth(1)).toBeFocused();
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Steamwell' })).toBeVisible();
  await expect(page.getByTestId('storm-sentence')).toContainText('once in 40 days');
  await page.keyboard.press('Escape');
  await expect(tiles(page)).toHaveCount(20);
});

test('a peak is expected by a drag over the chart, and withdrawn again', async ({ page }) => {
  await page.goto(`${host.url}#/storm/q1`);
  await page.getByRole('button', { name: 'Mark a peak as expected' }).click();
  const form = page.locator('form', { hasText: 'Drag over the chart' });
  const from = form.getByLabel('From');
  const before = await from.inputValue();
  const box = await page.locator('.plots').boundingBox();
  if (!box) throw new Error('no chart');
  await page.mouse.move(box.x + box.width * 0.4, box.y + 80);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 80, { steps: 5 });
  await page.mouse.up();
  await expect(from).not.toHaveValue(before);
  await form.getByLabel('What is expected').fill('Summer campaign');
  await form.getByRole('button', { name: 'Expect it' }).click();
  await expect(page.getByText('It is expected now')).toBeVisible();
  expect(asked('storm.expect')).toMatchObject([{ watchQueryId: 'q1', label: 'Summer campaign' }]);
  await page.getByRole('button', { name: 'Withdraw Results day' }).click();
  await expect(page.getByText('It is withdrawn')).toBeVisible();
  expect(asked('storm.unexpect')).toEqual([{ peakId: 'p2' }]);
});

test('one mention is a crisis by one deliberate act, and another is pinned into the open room', async ({ page }) => {
  await page.goto(`${host.url}#/storm/q1`);
  const newest = page.getByRole('list', { name: /^Newest mentions/ });
  const first = newest.getByRole('listitem').first();
  await first.getByRole('button', { name: 'Pin it into the room' }).click();
  await newest.getByLabel('Why').fill('The first video');
  await newest.getByRole('button', { name: 'Pin it', exact: true }).click();
  await expect.poll(() => asked('mention.pin')).toMatchObject([{ roomId: 'pretend-room', reason: 'The first video' }]);
  await newest.getByRole('button', { name: 'This is a crisis' }).nth(1).click();
  await newest.getByRole('button', { name: 'Raise the alarm now' }).click();
  await expect(page).toHaveURL(/#\/room\/pretend-room$/);
  expect(asked('alarm.raise')).toMatchObject([{ mention: { watchQueryId: 'q1' } }]);
});

test('the dial says what it would have done, and a post is entered by hand', async ({ page }) => {
  await page.goto(`${host.url}#/storm/q1`);
  await page.getByRole('radio', { name: /false alarm a day/ }).check();
  await expect(page.getByText(/would have alarmed/)).toContainText('3 times');
  await expect(page.getByRole('button', { name: '3 weeks' })).toHaveAttribute('aria-pressed', 'true');
  await page.getByRole('button', { name: 'Use this from now on' }).click();
  await expect.poll(() => asked('workspace.change')).toMatchObject([{ change: { sensitivity: 'daily' } }]);
  await expect(page.getByRole('button', { name: '3 weeks' })).toHaveAttribute('aria-pressed', 'false');

  await page.getByRole('button', { name: 'Enter a post by hand' }).click();
  await page.getByLabel('Address of the post').fill('https://www.tiktok.com/@mara/video/1');
  await expect(page.getByLabel('Channel')).toHaveValue('tiktok');
  await page.getByLabel('What it says').fill('The lid came off');
  await page.getByRole('button', { name: 'Enter the post' }).click();
  await expect(page.getByText('It is counted and stored.')).toBeVisible();
  expect(asked('mention.enter')).toMatchObject([{ channel: 'tiktok', text: 'The lid came off', author: null }]);
});

test('a mistake in a watch query is shown where it is, and what it would find is shown before it is saved', async ({
  page,
}) => {
  await page.goto(`${host.url}#/settings`);
  await page.getByRole('button', { name: 'Add a watch query' }).click();
  const panel = page.getByRole('region', { name: 'What is watched' });
  await panel.getByLabel('Name', { exact: true }).fill('Lids');
  await panel.getByLabel('What is looked for').fill('steamwell AND (lid');
  await expect(panel.getByRole('alert').filter({ hasText: 'At character' })).toBeVisible();
  await expect(panel.getByRole('button', { name: 'Save' })).toHaveAttribute('aria-disabled', 'true');
  await panel.getByLabel('What is looked for').fill('steamwell AND (lid OR recall*)');
  await expect(panel.getByText('1,318 stored posts')).toBeVisible();
  await panel.getByRole('button', { name: 'Save' }).click();
  await expect
    .poll(() => asked('workspace.change'))
    .toMatchObject([{ change: { name: 'Lids', sensitivity: 'weekly' } }]);
});

test('the secret of a webhook is shown once, with a request that works', async ({ page }) => {
  await page.goto(`${host.url}#/settings`);
  const panel = page.getByRole('region', { name: 'Where mentions come from' });
  await expect(panel).toContainText('X, Meta');
  await panel.getByRole('button', { name: 'Add Webhook' }).click();
  await panel.getByLabel('Name', { exact: true }).fill('Second vendor');
  await panel.getByRole('button', { name: 'Save' }).click();
  await expect(panel.getByTestId('secret')).toBeVisible();
  await expect(panel).toContainText(`${host.url}feeds/second-vendor`);
  await panel.getByRole('button', { name: 'I have kept it' }).click();
  await expect(panel.getByTestId('secret')).toHaveCount(0);
});

test('the monitor and its large view have no serious fault for assistive technology', async ({ page }) => {
  test.slow();
  await page.goto(`${host.url}#/watch`);
  await expect(tiles(page)).toHaveCount(20);
  await look(page, 'monitor-twenty');
  await page.goto(`${host.url}#/storm/q1`);
  await expect(page.getByTestId('storm-sentence')).toBeVisible();
  await look(page, 'monitor-large');
});
