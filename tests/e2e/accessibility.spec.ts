import path from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import {
  acknowledge,
  approve,
  declare,
  editorOf,
  fillSlots,
  openRoom,
  publishByHand,
  submit,
  coloursSettled,
} from '../support/e2e-acts.ts';
import { test } from '../support/e2e-host.ts';

const SIZES = {
  small: { width: 1366, height: 768 },
  large: { width: 1920, height: 1080 },
  phone: { width: 390, height: 844 },
};
type Size = keyof typeof SIZES;

/** Looks at one view in light and dark: by axe always, by camera in the sizes asked for. */
async function look(page: Page, name: string, sizes: readonly Size[] = []): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await coloursSettled(page);
    const axe = new AxeBuilder({ page });
    // The dark scheme has the same elements: only its colours can be wrong.
    const { violations } = await (colorScheme === 'dark' ? axe.withRules(['color-contrast']) : axe).analyze();
    const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    const found = grave.map(
      ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary ?? ''}`).join('\n')}`,
    );
    expect.soft(found, `${name}, ${colorScheme}`).toEqual([]);
    for (const size of sizes) {
      await page.setViewportSize(SIZES[size]);
      await page.screenshot({
        path: path.join(test.info().project.outputDir, 'screens', `${name}-${colorScheme}-${size}.png`),
        animations: 'disabled',
      });
    }
    await page.setViewportSize(SIZES.small);
  }
  await page.emulateMedia({ colorScheme: null });
}

test('the first screens have no serious fault for assistive technology', async ({ stage }) => {
  const host = await stage.serve();
  const stranger = await stage.blankPage();
  await stranger.goto(host.url);
  await expect(stranger.getByRole('heading', { name: 'You are not signed in' })).toBeVisible();
  await look(stranger, 'signed-out');
  const page = await stage.blankPage();
  const { url } = await host.ask('access.link', {});
  await page.goto(url ?? '');
  await expect(page.getByRole('heading', { name: 'Run the demo crisis' })).toBeVisible();
  await look(page, 'first-run', ['small', 'large']);
  await page.getByRole('button', { name: 'Join a room' }).click();
  await page.getByRole('button', { name: 'Set up my organisation' }).click();
  await expect(page.getByLabel('Organisation')).toBeVisible();
  await look(page, 'set-up');
});

test('every view of an incident has no serious fault for assistive technology', async ({ stage }) => {
  test.slow(); // some thirty analyses, one after the other
  const host = await stage.serve({ demo: true, demoSpeed: 10 });
  const maren = await stage.person(host, 'Maren Solheim', 'comms-lead');
  await expect(maren.getByText(/^Alarm: /)).toBeVisible();
  await host.ask('demo.setSpeed', { speed: 1 }); // the storm is there; the analyses need the machine now
  await look(maren, 'alarm', ['small', 'large']);
  await acknowledge(maren);
  await maren.getByRole('link', { name: 'Watch', exact: true }).click();
  await look(maren, 'watch', ['small', 'large', 'phone']);
  await maren.getByRole('list', { name: 'Watch queries' }).getByRole('link').first().click();
  await expect(maren.getByTestId('storm-sentence')).toBeVisible();
  await look(maren, 'storm', ['small', 'large', 'phone']);
  await maren.getByRole('button', { name: 'Mark a peak as expected' }).click();
  await maren
    .getByRole('list', { name: /^Newest mentions/ })
    .getByRole('button', { name: 'This is a crisis' })
    .first()
    .click();
  await look(maren, 'storm-acts');
  await maren.getByRole('link', { name: 'Watch', exact: true }).click();
  await openRoom(maren);
  await expect(maren.getByLabel('Title')).toBeVisible();
  await look(maren, 'declare');
  await declare(maren, 'Steamwell lids');
  await look(maren, 'begin');
  await maren.getByRole('button', { name: /^Begin with "/ }).click();
  await expect(editorOf(maren)).toContainText('[product]');
  await editorOf(maren).focus();
  await look(maren, 'drafting', ['small', 'large', 'phone']);
  await maren.keyboard.press('Control+k');
  await expect(maren.getByRole('dialog')).toBeVisible();
  await look(maren, 'palette');
  await maren.keyboard.press('Escape');
  await fillSlots(maren);
  await submit(maren);
  await expect(maren.getByTestId('approver-card')).toBeVisible();
  await look(maren, 'clearing', ['small', 'large', 'phone']);
  await approve(maren);

  const ines = await stage.person(host, 'Inês Okafor', 'incident-commander');
  await openRoom(ines);
  await editorOf(ines).focus();
  await ines.keyboard.press('Control+End');
  await ines.keyboard.type(' Thank you.');
  await submit(ines);
  await expect(maren.getByTestId('approver-card')).toContainText('Changed since');
  await look(maren, 'clearing-again');
  await approve(maren);
  for (const [name, role] of [
    ['Leila Haddad', 'legal'],
    ['Anneli Moreau', 'spokesperson'],
  ] as const) {
    const page = await stage.person(host, name, role);
    await openRoom(page);
    await approve(page);
  }
  await expect(maren.getByTestId('publish')).toBeVisible();
  await look(maren, 'publish', ['small', 'large']);
  await publishByHand(maren, 'website', 'https://www.example.org/steamwell');
  await look(maren, 'published');
  await maren.getByRole('link', { name: 'Replay', exact: true }).click();
  await maren.getByRole('slider', { name: 'Moment of the incident' }).press('End');
  await expect(maren.getByTestId('replay-text')).toContainText('Thank you.');
  await look(maren, 'replay', ['small', 'large']);
  await maren.getByRole('button', { name: 'Export and verify' }).click();
  await maren.getByRole('button', { name: 'Verify', exact: true }).click();
  await look(maren, 'export');
  await ines.getByRole('link', { name: 'Settings' }).click();
  await expect(ines.getByRole('heading', { level: 1 })).toBeVisible();
  await ines.getByRole('button', { name: 'Add a watch query' }).click();
  await ines.getByLabel('What is looked for').fill('steamwell AND (lid OR');
  await ines.getByRole('button', { name: 'Add Mastodon' }).click();
  await look(ines, 'settings', ['small', 'large']);
});
