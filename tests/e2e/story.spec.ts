import { readFile } from 'node:fs/promises';
import { expect } from '@playwright/test';
import { verifyExport } from '../../src-main/app/verify-file.ts';
import {
  acknowledge,
  approve,
  declare,
  editorOf,
  fillSlots,
  openRoom,
  publishByHand,
  secondsOf,
  shownSeconds,
  submit,
  textOf,
  timelineKinds,
} from '../support/e2e-acts.ts';
import { test } from '../support/e2e-host.ts';

test('the story in two windows, from the first mention to a verified export', async ({ stage }) => {
  const host = await stage.serve();

  // 1. First run: three choices, and the demo crisis.
  const ines = await stage.blankPage();
  const { url } = await host.ask('access.link', {});
  await ines.goto(url ?? '');
  for (const choice of ['Run the demo crisis', 'Set up my organisation', 'Join a room'])
    await expect(ines.getByRole('button', { name: choice })).toBeVisible();
  await ines.getByRole('button', { name: 'Run the demo crisis' }).click();
  await expect(ines.getByRole('heading', { level: 1, name: 'Tamarrow Kitchens' })).toBeVisible();
  await expect(ines.getByRole('navigation', { name: 'Views' }).getByText('demo', { exact: true })).toBeVisible();

  // 2. The watch shows the storm; Maren's own clock is ten minutes ahead.
  const maren = await stage.person(host, 'Maren Solheim', 'comms-lead', { wallAheadMs: 600_000 });
  await expect(ines.locator('.storms article').first()).toContainText('Tamarrow Kitchens');
  await ines.locator('.storms article').first().getByRole('link').click();
  await expect(ines).toHaveURL(/#\/storm\//);
  await expect(
    ines
      .getByRole('list', { name: /^Newest mentions/ })
      .getByRole('listitem')
      .first(),
  ).toBeVisible();
  await ines.keyboard.press('Escape');
  await expect(ines).toHaveURL(/#\/watch$/);

  // 3. The alarm rings in both windows, and is answered by name.
  for (const page of [ines, maren]) {
    await expect(page.getByText(/^Alarm: /)).toBeVisible();
    await expect(page).toHaveTitle(/alarm/i);
  }
  await acknowledge(maren);
  await expect(ines.getByText(/^Alarm: /)).toHaveCount(0);

  // 4. Declared in one act; the same second in both windows, whatever their own clocks say.
  for (const page of [ines, maren]) await openRoom(page);
  await expect(ines.locator('[data-event="AlarmAcknowledged"]')).toContainText('Maren Solheim');
  await declare(ines, 'Steamwell lids');
  await expect(maren.getByRole('heading', { level: 1, name: 'Steamwell lids' })).toBeVisible();
  await expect.poll(() => shownSeconds(ines)).toBeGreaterThan(200);
  const apart = async () => {
    const [one, other] = await Promise.all([shownSeconds(ines), shownSeconds(maren)]);
    return Math.abs(one - other);
  };
  expect(await apart()).toBeLessThanOrEqual(1);

  // 5. A holding statement from the playbook's template, written by two at once.
  await maren.getByRole('button', { name: /^Begin with "/ }).click();
  const marenEditor = editorOf(maren);
  const inesEditor = editorOf(ines);
  await expect(inesEditor).toContainText('[product]');
  await expect(marenEditor).toContainText('[product]');
  await expect(ines.getByText('Also in the text: Maren Solheim')).toBeVisible();
  await marenEditor.focus();
  await maren.keyboard.press('Control+End');
  await inesEditor.focus();
  await ines.keyboard.press('Control+Home');
  await Promise.all([
    maren.keyboard.type('\n\nWe are calling every shop. PLEASE STOP SELLING IT NOW.'),
    ines.keyboard.type('Safety first: from all of us here. '),
  ]);
  await expect.poll(async () => (await textOf(inesEditor)) === (await textOf(marenEditor))).toBe(true);
  expect(await textOf(marenEditor)).toMatch(
    /^Safety first: from all of us here\. Please stop[^]*every shop\. PLEASE STOP SELLING IT NOW\.$/,
  );

  // The slots are filled, and a finding is settled by its quick fix.
  await expect(maren.getByTestId('needs')).toContainText(/0 of \d+ slots filled/);
  await fillSlots(maren);
  await expect(maren.getByTestId('needs')).toContainText(/(\d+) of \1 slots filled/);
  const fix = maren
    .getByRole('list', { name: 'Findings' })
    .locator('.fix')
    .filter({ hasText: /lower|sentence|small|capital/i })
    .first();
  await fix.click();
  await expect(marenEditor).not.toContainText('PLEASE STOP SELLING');

  // 6. Submitted, signed off in turn; a draft that moves on says so and needs everybody again.
  const first = await textOf(marenEditor);
  await submit(maren);
  await expect(maren.getByTestId('approver-card')).toContainText('Revision 1');
  await approve(maren);
  await inesEditor.focus();
  await ines.keyboard.press('Control+End');
  await ines.keyboard.type(' Thank you.');
  await expect(maren.getByText('the draft differs from revision 1').first()).toBeVisible();
  await expect(ines.getByText('the draft differs from revision 1').first()).toBeVisible();
  await submit(ines);
  await expect(maren.getByTestId('approver-card')).toContainText('Revision 2');
  await expect(maren.getByTestId('approver-card')).toContainText('Changed since you last saw revision 1');
  const cleared = await textOf(inesEditor);
  expect(cleared).toBe(`${first} Thank you.`);
  const leila = await stage.person(host, 'Leila Haddad', 'legal');
  const anneli = await stage.person(host, 'Anneli Moreau', 'spokesperson');
  for (const page of [leila, anneli]) await openRoom(page);
  await expect(leila.getByTestId('sign-off')).toBeVisible();
  await expect(leila.getByTestId('approver-card')).toHaveCount(0);
  await approve(maren);
  await expect(leila.getByTestId('approver-card').getByTestId('card-text')).toContainText('Thank you.');
  await approve(leila);
  await approve(anneli);

  // 7. Published by hand, with a capture.
  await publishByHand(maren, 'website', 'https://www.example.org/steamwell');
  await expect(ines.locator('[data-place="bar"]')).toContainText('published in time');

  // 8. Every act is in the timeline of the other window.
  await expect
    .poll(() => timelineKinds(ines))
    .toEqual(
      expect.arrayContaining([
        'AlarmRaised',
        'AlarmAcknowledged',
        'IncidentDeclared',
        'StatementStarted',
        'RevisionSubmitted',
        'RevisionApproved',
        'PublicationStarted',
        'PublicationConfirmed',
        'OperatorJoined',
      ]),
    );

  // 10. Reopening the window returns to the same second of the same incident.
  await maren.reload();
  await expect(maren.getByRole('heading', { level: 1, name: 'Steamwell lids' })).toBeVisible();
  await expect.poll(() => textOf(editorOf(maren))).toBe(cleared);
  await expect.poll(apart).toBeLessThanOrEqual(1);

  // 8. Replay: any second, as it was.
  await ines.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Replay' }).click();
  const scrubber = ines.getByRole('slider', { name: 'Moment of the incident' });
  const replayed = ines.getByTestId('replay-text');
  await scrubber.press('Home');
  await expect(ines.getByText('No text is begun at this moment.')).toBeVisible();
  await scrubber.press('End');
  await expect(replayed).toHaveText(cleared);
  await expect(ines.getByRole('main')).toContainText('cleared by Anneli Moreau');
  const seen = new Set<string>();
  let clockBefore = Number.NEGATIVE_INFINITY;
  for (let second = 0; second < 60; second += 1) {
    const [text, digits] = await ines.evaluate(() => [
      document.querySelector<HTMLElement>('[data-testid="replay-text"]')?.innerText,
      document.querySelector('.clock .digits')?.textContent ?? '',
    ]);
    if (text === undefined) break;
    seen.add(text);
    expect(secondsOf(digits ?? ''), 'the clock of then').toBeGreaterThanOrEqual(clockBefore);
    clockBefore = secondsOf(digits ?? '');
    await ines.keyboard.press('ArrowLeft');
  }
  const partial = [...seen].filter(
    (text) => text.includes('Safety first') && !text.includes('from all of us here. Please'),
  );
  expect(seen.size, 'texts as typed so far, second by second').toBeGreaterThan(3);
  expect(partial.length + [...seen].filter((text) => text.includes('[')).length).toBeGreaterThan(0);

  // 9. Exported from the screen, verified by nobody's word, marked as a demo.
  await ines.getByRole('button', { name: 'Export and verify' }).click();
  const [download] = await Promise.all([
    ines.waitForEvent('download'),
    ines.getByRole('button', { name: 'Download JSON Lines' }).click(),
  ]);
  const report = verifyExport(await readFile(await download.path()));
  expect(report).toMatchObject({ ok: true, demo: true, title: 'Steamwell lids', failure: null });
  expect(report.publications).toMatchObject([{ channelId: 'website', phase: 'confirmed' }]);
  await ines.getByRole('button', { name: 'Verify', exact: true }).click();
  await expect(ines.getByTestId('verify-report')).toContainText(/demo/i);
});

test('a host that is killed while somebody types loses nothing, and the room goes on', async ({ stage }) => {
  const host = await stage.spawn(['--demo', '--demo-speed', '10']);
  const ines = await stage.person(host, 'Inês Okafor', 'incident-commander');
  const maren = await stage.person(host, 'Maren Solheim', 'comms-lead');
  await acknowledge(ines);
  for (const page of [ines, maren]) await openRoom(page);
  await declare(ines, 'Killed while typing');
  await ines.getByRole('button', { name: 'A blank page' }).click();
  await expect(editorOf(maren)).toBeVisible();
  await editorOf(ines).focus();
  await ines.keyboard.type('Before. ');
  await expect(editorOf(maren)).toContainText('Before.');

  stage.expectOutage();
  const typing = ines.keyboard.type('Typed while the host dies, and after it. ', { delay: 20 });
  await expect(editorOf(maren)).toContainText('Typed');
  await host.kill();
  await typing;
  await expect(ines.getByText(/^The host is unreachable since/)).toBeVisible();
  await expect(editorOf(ines)).toContainText('and after it.');
  await expect(ines.getByText('what you type is kept in this browser')).toBeVisible();

  await host.restart();
  await expect(ines.getByText(/^The host is unreachable since/)).toHaveCount(0);
  await expect(editorOf(maren)).toContainText('Before. Typed while the host dies, and after it.');
  await expect(maren.getByRole('heading', { level: 1, name: 'Killed while typing' })).toBeVisible();
  const [room] = await host.ask('rooms.list', {});
  if (!room) throw new Error('the room is gone');
  const { text } = await host.ask('room.export', { roomId: room.id, format: 'jsonl' });
  expect(verifyExport(text)).toMatchObject({ ok: true, demo: true });
});
