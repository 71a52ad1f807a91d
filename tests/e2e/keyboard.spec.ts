import { expect, type Locator, type Page } from '@playwright/test';
import { approve, editorOf, fillSlots } from '../support/e2e-acts.ts';
import { test } from '../support/e2e-host.ts';

/** Walks with Tab, as somebody without a mouse does, until the focus is there. */
async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  await expect(target).toBeVisible();
  for (let steps = 0; steps < 150; steps += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  throw new Error('The keyboard does not lead there.');
}

async function pressAt(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press('Enter');
}

test('the whole story is done with the keyboard alone', async ({ stage }) => {
  const host = await stage.serve();
  const page = await stage.blankPage();
  const { url } = await host.ask('access.link', {});
  await page.goto(url ?? '');
  await pressAt(page, page.getByRole('button', { name: 'Run the demo crisis' }));

  await expect(page.getByText(/^Alarm: /)).toBeVisible();
  // J, Enter and Escape: into the monitor and out of it.
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/#\/storm\//);
  await expect(page.getByTestId('storm-sentence')).toBeVisible();
  await page.keyboard.press('1');
  await expect(page.getByRole('button', { name: '1 hour' })).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('F6');
  await expect(page.locator('[data-place="chart"]')).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page).toHaveURL(/#\/watch$/);
  await pressAt(page, page.getByRole('button', { name: /^Acknowledge as / }));

  await expect(page.getByLabel('Title')).toBeFocused();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('Steamwell lids');
  await tabTo(page, page.getByLabel('Playbook'));
  await page.keyboard.type('Product');
  await tabTo(page, page.getByRole('radio', { checked: true }));
  if (!(await page.getByRole('radio', { name: /Simple/ }).isChecked())) await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Steamwell lids' })).toBeVisible();

  await expect(page.getByRole('button', { name: /^Begin with "Product safety"/ })).toBeVisible();
  await page.keyboard.press('Control+Enter');
  await expect(editorOf(page)).toContainText('[product]');
  await page.keyboard.press('Escape');
  await expect(editorOf(page)).toBeFocused();
  await fillSlots(page);
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' Thank you.');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByTestId('sign-off')).toContainText('Revision 1');

  for (const name of ['Maren Solheim', 'Leila Haddad', 'Anneli Moreau']) {
    await pressAt(page, page.getByRole('button', { name: new RegExp(`act as ${name}$`) }));
    await approve(page);
  }

  await expect(page.getByTestId('publish')).toBeVisible();
  await page.keyboard.press('Control+Enter');
  await expect(page.locator('[data-place="decision"]')).toBeFocused();
  const website = page.locator('[data-channel="website"]');
  await pressAt(page, website.getByRole('button', { name: 'Publish', exact: true }));
  await pressAt(page, website.getByRole('button', { name: /^Begin on .* now$/ }));
  await tabTo(page, website.getByLabel('Address where it stands'));
  await page.keyboard.type('https://www.example.org/steamwell');
  await page.keyboard.press('Enter');
  await expect(website.getByText(/published at/)).toBeVisible();

  // F6 walks the places, J and K a list, ? shows the keys.
  await page.keyboard.press('Escape');
  await expect(editorOf(page)).toBeFocused();
  for (const place of ['decision', 'needs', 'timeline']) {
    await page.keyboard.press('F6');
    await expect(page.locator(`[data-place="${place}"]`)).toBeFocused();
  }
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys of this screen' })).toBeVisible();
  await page.keyboard.press('Escape');

  await page.keyboard.press('Control+k');
  await page.keyboard.type('replay');
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('replay-time')).toBeVisible();
  const shown = await page.getByTestId('replay-time').textContent();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByTestId('replay-time')).not.toHaveText(shown ?? '');
  await page.keyboard.press('6');
  await expect(page.getByRole('button', { name: '×60' })).toHaveAttribute('aria-pressed', 'true');
  await pressAt(page, page.getByRole('button', { name: 'Export and verify' }));
  await pressAt(page, page.getByRole('button', { name: 'Verify', exact: true }));
  await expect(page.getByTestId('verify-report')).toContainText('verified');
  await expect(page.getByTestId('verify-report')).toContainText(/demo/i);
});
