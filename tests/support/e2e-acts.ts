import { expect, type Locator, type Page } from '@playwright/test';

/** The words in the editor, without the names and carets that others leave in it. */
export function textOf(editor: Locator): Promise<string> {
  return editor.evaluate((content) =>
    [...content.querySelectorAll('.cm-line')]
      .map((line) => {
        const copy = line.cloneNode(true) as HTMLElement;
        const drawn = '.cm-ySelectionInfo, .cm-ySelectionCaret, .cm-widgetBuffer, .cm-placeholder';
        for (const widget of copy.querySelectorAll(drawn)) widget.remove();
        return copy.textContent.replaceAll('\u2060', '');
      })
      .join('\n'),
  );
}

export function editorOf(page: Page): Locator {
  return page.locator('[data-place="text"] .cm-content');
}

/** The countdown in seconds as this page shows it; negative after the deadline. */
export async function shownSeconds(page: Page): Promise<number> {
  return secondsOf((await page.locator('.clock .digits').first().textContent()) ?? '');
}

/** What a countdown's digits mean: `02:47` is before the deadline, `+00:12` after it. */
export function secondsOf(digits: string): number {
  const match = /^(\+?)(?:(\d+):)?(\d+):(\d+)$/.exec(digits.trim());
  if (!match) throw new Error(`No countdown is shown: ${digits}`);
  const seconds = Number(match[2] ?? 0) * 3600 + Number(match[3]) * 60 + Number(match[4]);
  return match[1] === '+' ? -seconds : seconds;
}

/** From the ringing band to the open room, by mouse. */
export async function acknowledge(page: Page): Promise<void> {
  await page
    .getByRole('button', { name: /^Acknowledge as / })
    .first()
    .click();
  await expect(page.getByRole('button', { name: /^Acknowledge as / })).toHaveCount(0);
  await expect(page).toHaveURL(/#\/room\//);
}

/** `shown` is how the title reads on the screen, where that is not letter by letter. */
export async function declare(page: Page, title: string, shown: string | RegExp = title): Promise<void> {
  await page.getByLabel('Title').fill(title);
  await page.getByLabel('Playbook').selectOption({ label: 'Product safety or recall' });
  await page.getByRole('radio', { name: /Simple/ }).check();
  await page.getByRole('button', { name: /^Declare SEV\d, simple/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: shown })).toBeVisible();
}

/** Writes over every `[slot]` of the text, one after the other, by the keyboard as everybody does it. */
export async function fillSlots(page: Page): Promise<void> {
  const editor = editorOf(page);
  if (!(await editor.evaluate((content) => content === document.activeElement))) await editor.focus();
  for (let guard = 0; guard < 40; guard += 1) {
    const open = [...(await textOf(editor)).matchAll(/\[[^[\]\n]{1,120}\]/g)];
    if (open.length === 0) return;
    await page.keyboard.press('Tab');
    const slot = await page.evaluate(() => getSelection()?.toString() ?? '');
    await page.keyboard.insertText(wordsFor(slot));
    await expect
      .poll(async () => [...(await textOf(editor)).matchAll(/\[[^[\]\n]{1,120}\]/g)].length)
      .toBe(open.length - 1);
  }
  throw new Error('The slots do not come to an end.');
}

function wordsFor(slot: string): string {
  if (/next update/.test(slot)) return '18:30';
  if (/address/.test(slot)) return 'example.org/steamwell';
  if (/product/.test(slot)) return 'the Steamwell cooker';
  return 'the batch of June';
}

export async function submit(page: Page): Promise<void> {
  await page.getByRole('button', { name: /for sign-off/ }).click();
}

/** A chooses and Enter does it, on the card that came up by itself. */
export async function approve(page: Page): Promise<void> {
  const card = page.getByTestId('approver-card');
  await expect(card).toBeFocused();
  await page.keyboard.press('a');
  await expect(card.getByRole('button', { name: 'Approve' })).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('Enter');
  await expect(card).toHaveCount(0);
}

/** Which kinds of event the open timeline shows. */
export function timelineKinds(page: Page): Promise<string[]> {
  return page
    .locator('[data-entry]')
    .evaluateAll((entries) => entries.map((entry) => (entry as HTMLElement).dataset['event'] ?? ''));
}

/** A PNG of one pixel, as the capture of a publication. */
export const CAPTURE = {
  name: 'website.png',
  mimeType: 'image/png',
  buffer: Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  ),
};

/** Begins on one channel by hand, then records where it stands, with a capture. */
export async function publishByHand(page: Page, channelId: string, address: string): Promise<void> {
  const row = page.locator(`[data-channel="${channelId}"]`);
  await row.getByRole('button', { name: 'Publish', exact: true }).click();
  await row.getByRole('button', { name: /^Begin on .* now$/ }).click();
  await row.getByLabel('Address where it stands').fill(address);
  await row.locator('input[type="file"]').setInputFiles(CAPTURE);
  await row.getByRole('button', { name: 'Record as published' }).click();
  await expect(row.getByText(/published at/)).toBeVisible();
}

/** From the watch into its newest room, by mouse. Whoever has answered the alarm is there already. */
export async function openRoom(page: Page): Promise<void> {
  if (!page.url().includes('#/room/'))
    await page.getByRole('region', { name: 'Rooms' }).getByRole('link').first().click();
  await expect(page.locator('[data-place="bar"]')).toBeVisible();
}

/**
 * Colours change over a moment, and half-way between two they have the contrast of neither. A cursor blinks for ever,
 * and is not waited for.
 */
export async function coloursSettled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const changes = document.getAnimations().filter((animation) => animation instanceof CSSTransition);
    await Promise.allSettled(changes.map(({ finished }) => finished));
  });
}
