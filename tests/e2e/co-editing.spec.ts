import { expect, type Locator, type Page } from '@playwright/test';
import { acknowledge, declare, editorOf, openRoom, textOf } from '../support/e2e-acts.ts';
import { type E2eHost, found, type Stage, test } from '../support/e2e-host.ts';

const WORDS =
  'We know that people were hurt in our store this afternoon. Our first thought is with them and their families. ' +
  'We have closed the store, and we work with the fire service. We will say more at 18:30.';

/** A room with an empty statement, open for these. */
async function roomWithText(host: E2eHost, lead: Page, others: readonly Page[]): Promise<void> {
  await host.ask('alarm.raise', { what: 'A fire in the store', why: '', mention: null });
  await acknowledge(lead);
  await declare(lead, 'A fire in the store');
  for (const page of others) await openRoom(page);
  await lead.getByRole('button', { name: 'A blank page' }).click();
  for (const page of others) await expect(editorOf(page)).toBeVisible();
}

/** The replay at its last second, with the history of the text there. */
async function replayAtItsEnd(page: Page): Promise<Locator> {
  await page.getByRole('link', { name: 'Replay', exact: true }).click();
  const scrubber = page.getByRole('slider', { name: 'Moment of the incident' });
  await expect
    .poll(async () => {
      await scrubber.press('End');
      return page.getByRole('button', { name: 'Bring this text back' }).isVisible();
    })
    .toBe(true);
  // The text may have been edited after the last event: only now is the end known.
  await scrubber.press('End');
  return scrubber;
}

async function people(stage: Stage) {
  const host = await stage.serve();
  await found(host, 'Leith Bakery');
  const maren = await stage.person(host, 'Maren Solheim', 'comms-lead');
  const tomasz = await stage.person(host, 'Tomasz Adeyemi', 'writer');
  return { host, maren, tomasz };
}

test('much of a text is deleted: everybody is told, one act brings it back, and any second comes back from the replay', async ({
  stage,
}) => {
  const { host, maren, tomasz } = await people(stage);
  const eve = await stage.person(host, 'Eve Sand', 'observer');
  await roomWithText(host, maren, [tomasz, eve]);
  await editorOf(tomasz).focus();
  await tomasz.keyboard.insertText(WORDS);
  for (const page of [maren, eve]) await expect.poll(() => textOf(editorOf(page))).toBe(WORDS);
  await host.time.pass(2_000);

  // Somebody else is writing, and is not disturbed by what they are told.
  await editorOf(maren).focus();
  await tomasz.keyboard.press('Control+a');
  await tomasz.keyboard.press('Delete');
  const told = /^Tomasz Adeyemi deleted [\d,]+ of [\d,]+ characters at \d\d:\d\d:\d\d\.$/;
  for (const page of [maren, tomasz, eve]) await expect(page.getByText(told)).toBeVisible();
  await expect(editorOf(maren)).toBeFocused();
  await expect(eve.getByRole('button', { name: 'Restore the text from before' })).toHaveCount(0);
  await eve.getByRole('button', { name: 'Dismiss' }).click();
  await expect(eve.getByText(told)).toHaveCount(0);
  await expect(maren.getByText(told)).toBeVisible();

  await host.time.pass(2_000);
  await maren.getByRole('button', { name: 'Restore the text from before' }).click();
  for (const page of [maren, tomasz, eve]) await expect.poll(() => textOf(editorOf(page))).toBe(WORDS);
  for (const page of [maren, tomasz]) await expect(page.getByText(told)).toHaveCount(0);
  await host.time.pass(2_000);
  await maren.getByRole('button', { name: 'Undo', exact: true }).click();
  for (const page of [maren, tomasz]) await expect.poll(() => textOf(editorOf(page))).toBe('');

  // From the replay: what would change is shown before, and the act can be undone there, too.
  await host.time.pass(2_000);
  const scrubber = await replayAtItsEnd(maren);
  await expect(maren.getByText('Nothing is written yet.')).toBeVisible();
  const replayed = maren.getByTestId('replay-text');
  for (let steps = 0; steps < 60 && !(await replayed.isVisible()); steps += 1) await scrubber.press('ArrowLeft');
  await expect(replayed).toHaveText(WORDS);
  await maren.getByRole('button', { name: 'Bring this text back' }).click();
  await expect(maren.getByRole('region', { name: 'What would change: Master' })).toContainText('We know that people');
  await maren.getByRole('button', { name: /^Bring back the text of / }).click();
  await expect(maren.getByText(/^The text reads as at \d\d:\d\d:\d\d again, for everybody\.$/)).toBeVisible();
  await expect.poll(() => textOf(editorOf(tomasz))).toBe(WORDS);
  await host.time.pass(2_000);
  await maren.getByRole('button', { name: 'Undo', exact: true }).click();
  await expect.poll(() => textOf(editorOf(tomasz))).toBe('');

  // Who only reads sees why they cannot.
  await replayAtItsEnd(eve);
  await expect(eve.getByRole('button', { name: 'Bring this text back' })).toHaveAttribute('aria-disabled', 'true');
});

test('a text that the host will not take any more stays in the tab, can be copied, and gives way to the room’s', async ({
  stage,
}) => {
  const { host, maren, tomasz } = await people(stage);
  await tomasz.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  let full = false;
  await tomasz.routeWebSocket(/\/yjs\//, (socket) => {
    const server = socket.connectToServer();
    // As the host answers an edit once the document has reached its largest size.
    socket.onMessage((frame) => {
      const isEdit = typeof frame !== 'string' && frame[0] === 0 && frame[1] !== 0;
      if (full && isEdit) void socket.close({ code: 4413, reason: 'document full' });
      else server.send(frame);
    });
  });
  await roomWithText(host, maren, [tomasz]);
  await editorOf(tomasz).focus();
  await tomasz.keyboard.insertText('Kept by the host. ');
  await expect.poll(() => textOf(editorOf(maren))).toBe('Kept by the host. ');
  await expect(tomasz.getByText("on the host's disk")).toBeVisible();
  full = true;
  await tomasz.keyboard.insertText('Only here.');
  await expect(tomasz.getByText('This text has reached its largest size')).toBeVisible();
  await expect(editorOf(tomasz)).toBeFocused();
  await tomasz.getByRole('button', { name: 'Copy my text' }).click();
  await expect(tomasz.getByText('Copied: 28 characters.')).toBeVisible();
  expect(await tomasz.evaluate(() => navigator.clipboard.readText())).toBe('Kept by the host. Only here.');

  // What only this tab has is named before it goes, and is still there after a reload until then.
  await tomasz.reload();
  await expect.poll(() => textOf(editorOf(tomasz))).toBe('Kept by the host. Only here.');
  await tomasz.getByRole('button', { name: "Take the room's text" }).click();
  await expect(tomasz.getByText('Drops 10 characters that only this tab has')).toBeVisible();
  full = false;
  await tomasz.getByRole('button', { name: 'Drop them and take it' }).click();
  await expect.poll(() => textOf(editorOf(tomasz))).toBe('Kept by the host. ');
  await expect(tomasz.getByText("on the host's disk")).toBeVisible();
  await editorOf(tomasz).focus();
  await tomasz.keyboard.press('Control+End');
  await tomasz.keyboard.type('And on.');
  await expect.poll(() => textOf(editorOf(maren))).toBe('Kept by the host. And on.');
});
