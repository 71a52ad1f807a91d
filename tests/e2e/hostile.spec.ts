import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { acknowledge, declare, editorOf, openRoom } from '../support/e2e-acts.ts';
import { found, test } from '../support/e2e-host.ts';

const LONGEST_PAUSE_MS = 2000;
const MARKUP =
  '<img src=x onerror="window.hit=1"><script>window.hit=2</script><a href="javascript:window.hit=3">go</a>';

/** How long the page needs until it draws again. */
function pause(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const before = performance.now();
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - before)));
      }),
  );
}

test('a text of 100,000 characters that is pasted stays whole, and the page stays responsive', async ({ stage }) => {
  const host = await stage.serve();
  await found(host, 'Leith Bakery');
  const ines = await stage.person(host, 'Inês Okafor', 'incident-commander');
  const maren = await stage.person(host, 'Maren Solheim', 'comms-lead');
  await host.ask('alarm.raise', { what: 'A long text', why: '', mention: null });
  await acknowledge(ines);
  await declare(ines, 'A long text');
  await openRoom(maren);
  await ines.getByRole('button', { name: 'A blank page' }).click();
  await expect(editorOf(maren)).toBeVisible();
  await editorOf(ines).focus();
  await ines.keyboard.type('Start. ');
  const words = 'We know what happened, and we say it here as often as it takes.\n'.repeat(1563).slice(0, 100_000);
  await editorOf(ines).evaluate((content, pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', pasted);
    content.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, words);
  const master = (page: Page) => page.getByRole('tab', { name: /^Master/ });
  await expect(master(ines)).toContainText('100,007');
  await expect(master(maren)).toContainText('100,007');
  expect(await pause(ines)).toBeLessThan(LONGEST_PAUSE_MS);
  await ines.keyboard.type('End.');
  await expect(editorOf(ines)).toContainText('End.');
  await expect(master(maren)).toContainText('100,011');
  expect(await pause(maren)).toBeLessThan(LONGEST_PAUSE_MS);
  await ines.getByRole('button', { name: /for sign-off/ }).click();
  await expect(maren.getByTestId('approver-card')).toBeVisible();
  expect(await pause(maren)).toBeLessThan(LONGEST_PAUSE_MS);
});

test('names and titles with hidden or turning characters, and very long ones, are shown for what they are', async ({
  stage,
}) => {
  const host = await stage.serve();
  await found(host, 'Leith Bakery');
  await expect(host.ask('people.invite', { name: 'n'.repeat(10_000), role: 'writer' })).rejects.toThrow(/name/i);
  await expect(host.ask('alarm.raise', { what: 'w'.repeat(10_000), why: '', mention: null })).rejects.toThrow(/what/i);
  const ines = await stage.person(host, 'Inês Okafor', 'incident-commander');
  const turned = 'Ana\u202Egro.elpmaxe\u202C\u200B\u2066Ruiz';
  const { url } = await host.ask('people.invite', { name: turned, role: 'comms-lead' });
  const ana = await stage.blankPage();
  await ana.goto(url ?? '');
  await expect(ana.getByRole('navigation', { name: 'Views' })).toContainText('You are');

  await host.ask('alarm.raise', { what: `${MARKUP} \u202Etxet denrut\u200B`, why: MARKUP, mention: null });
  await expect(ines.getByText(/^Alarm: /)).toContainText('<img src=x onerror=');
  await acknowledge(ana);
  await openRoom(ines);
  const title = ines.getByLabel('Title');
  await title.fill('T'.repeat(10_000));
  expect((await title.inputValue()).length).toBeLessThanOrEqual(10_000);
  await declare(ines, `Store \u202Eoediv\u202C ${'x'.repeat(180)}`, /^Store .*oediv.* x{20}/);
  for (const page of [ines, ana]) {
    const shown = await page.locator('body').innerText();
    expect(shown, 'no character turns or hides what stands beside it').not.toMatch(
      /[\u202A-\u202E\u2066-\u2069\u200B]/,
    );
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    expect(await page.evaluate(() => (globalThis as { hit?: number }).hit)).toBeUndefined();
    expect(await pause(page)).toBeLessThan(LONGEST_PAUSE_MS);
  }
});

test('mentions with markup are text, and nothing in them runs', async ({ stage }) => {
  const host = await stage.serve();
  await found(host, 'Leith Bakery');
  const ines = await stage.person(host, 'Inês Okafor', 'incident-commander');
  const at = new Date().toISOString();
  const mentions = [
    MARKUP,
    `"><svg onload=window.hit=4>`,
    `[link](javascript:alert(1)) \u202Etxet`,
    'w'.repeat(20_000),
  ].map((text, index) => ({
    id: `h${String(index)}`,
    author: MARKUP,
    text,
    url: index === 0 ? 'javascript:window.hit=5' : 'https://example.org/<b>',
    observedAt: at,
  }));
  await mkdir(join(host.dataDir, 'feeds'), { recursive: true });
  await writeFile(
    join(host.dataDir, 'feeds', 'hostile.ndjson'),
    mentions.map((one) => `${JSON.stringify(one)}\n`).join(''),
  );
  await host.time.pass(5_000);
  await host.time.pass(2_000);
  await ines.getByRole('list', { name: 'Watch queries' }).getByRole('link').first().click();
  const newest = ines.getByRole('list', { name: /^Newest mentions/ });
  await expect(newest).toContainText('<img src=x onerror="window.hit=1">');
  await expect(newest).toContainText('<svg onload=window.hit=4>');
  expect(await newest.locator('img, script, svg[onload], a[href^="javascript"]').count()).toBe(0);
  expect(await ines.evaluate(() => (globalThis as { hit?: number }).hit)).toBeUndefined();
  expect(await ines.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});
