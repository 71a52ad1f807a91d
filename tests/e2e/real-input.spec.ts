import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from '@playwright/test';
import { verifyExport } from '../../src-main/app/verify-file.ts';
import { asNdjson, type ConvertedMention, convertCrisislex, isCrisislexThere } from '../support/crisislex.ts';
import {
  acknowledge,
  approve,
  declare,
  editorOf,
  fillSlots,
  openRoom,
  publishByHand,
  submit,
} from '../support/e2e-acts.ts';
import { test } from '../support/e2e-host.ts';

const GLASGOW = '2013_Glasgow_helicopter_crash';
/** The first tweet came two minutes after a helicopter had fallen on a pub in Glasgow. */
const OUTBREAK = Date.parse('2013-11-29T22:24:00Z');
const MINUTE_MS = 60_000;

test('an organisation of its own, a real storm through the file feed, and a chain of one, to a verified export', async ({
  stage,
}) => {
  test.skip(!isCrisislexThere(GLASGOW), `The tweets of ${GLASGOW} are not on this machine.`);
  const host = await stage.serve();
  const ana = await stage.blankPage();
  const { url } = await host.ask('access.link', {});
  await ana.goto(url ?? '');
  await ana.getByRole('button', { name: 'Set up my organisation' }).click();
  await ana.getByLabel('Organisation').fill('Clyde Air');
  await ana.getByLabel('What to watch').fill('helicopter');
  await ana.getByRole('checkbox', { name: /^Just me/ }).check();
  await ana.getByLabel('Your name').fill('Ana Ruiz');
  await ana.getByRole('button', { name: 'Set up', exact: false }).last().click();
  await expect(ana.getByRole('heading', { name: 'Keep the recovery key' })).toBeVisible();
  await ana.getByRole('button', { name: 'I have kept it' }).click();
  await expect(ana.getByRole('heading', { level: 1, name: 'Clyde Air' })).toBeVisible();

  // The storm as it came, minute by minute, from half an hour before it; the file grows as the host's time goes on.
  const { records } = convertCrisislex(GLASGOW);
  const start = OUTBREAK - 30 * MINUTE_MS;
  const { now } = await host.ask('time.now', {});
  const file = join(host.dataDir, 'feeds', 'glasgow.ndjson');
  await mkdir(join(host.dataDir, 'feeds'), { recursive: true });
  const alarm = ana.getByText(/^Alarm: /);
  const feeds = ana.getByRole('region', { name: 'Feeds' });
  let written = 0;
  for (let minute = 1; minute <= 120 && !(await alarm.isVisible()); minute += 1) {
    await host.time.pass(MINUTE_MS);
    const until = start + minute * MINUTE_MS;
    const due = records.filter(
      ({ observedAt }) => Date.parse(observedAt) >= until - MINUTE_MS && Date.parse(observedAt) < until,
    );
    await appendFile(file, asNdjson(due.map((record) => moved(record, now - start))));
    written += due.length;
    await host.time.pass(6_000);
    if (due.length > 0) await expect(feeds).toContainText(`${written.toLocaleString('en-US')} mention`);
  }
  await expect(alarm).toBeVisible();
  await ana.getByRole('list', { name: 'Watch queries' }).getByRole('link').first().click();
  await expect(ana.getByRole('list', { name: /^Newest mentions/ })).toContainText(/glasgow|helicopter/i);

  await acknowledge(ana);
  await declare(ana, 'Glasgow helicopter');
  await openRoom(ana);
  await ana.getByRole('button', { name: /^Begin with "/ }).click();
  await expect(editorOf(ana)).toContainText('[product]');
  await fillSlots(ana);
  await submit(ana);
  await approve(ana);
  await publishByHand(ana, 'website', 'https://www.example.org/glasgow');
  await ana.getByRole('link', { name: 'Replay', exact: true }).click();
  await ana.getByRole('button', { name: 'Export and verify' }).click();
  const [download] = await Promise.all([
    ana.waitForEvent('download'),
    ana.getByRole('button', { name: 'Download JSON Lines' }).click(),
  ]);
  const report = verifyExport(await readFile(await download.path()));
  expect(report).toMatchObject({ ok: true, demo: false, title: 'Glasgow helicopter', organisation: 'Clyde Air' });
  expect(report.publications).toMatchObject([{ channelId: 'website', phase: 'confirmed', approvals: ['Ana Ruiz'] }]);

  function moved(record: ConvertedMention, byMs: number): ConvertedMention {
    return { ...record, observedAt: new Date(Date.parse(record.observedAt) + byMs).toISOString() };
  }
});
