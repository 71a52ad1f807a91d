import { expect, type Page } from '@playwright/test';
import { acknowledge, declare, openRoom, shownSeconds, timelineKinds } from '../support/e2e-acts.ts';
import { found, test } from '../support/e2e-host.ts';

function announced(page: Page) {
  return page.getByTestId('clock-announcement').first();
}

test('45 seconds without an answer: the deputy is called, then the incident commander', async ({ stage }) => {
  const host = await stage.serve();
  await found(host, 'Leith Bakery');
  const maren = await stage.person(host, 'Maren Solheim', 'comms-lead');
  await host.ask('alarm.raise', { what: 'A video of a lid that bursts', why: '', mention: null });
  const call = maren.getByTestId('alarm-call');
  await expect(call).toContainText('Calling Rafael Nakamura');
  await host.time.pass(40_000);
  await expect(call).toContainText(/In 0:0[1-5] it goes to Tomasz Adeyemi/);
  await expect(call).toContainText('Calling Tomasz Adeyemi');
  await host.time.pass(45_000);
  await expect(call).toContainText('Calling Inês Okafor');
  await host.time.pass(45_000);
  await expect(call).toContainText('Nobody is left to call after that');
  await acknowledge(maren);
  await openRoom(maren);
  expect((await timelineKinds(maren)).filter((kind) => kind === 'AlarmEscalated')).toHaveLength(2);
});

test('a simple incident breaches at T0 plus 5:00, through sleep and a clock that was set; the clock counts up', async ({
  stage,
}) => {
  const host = await stage.serve();
  await found(host, 'Leith Bakery');
  const ines = await stage.person(host, 'Inês Okafor', 'incident-commander');
  const { roomId } = await host.ask('alarm.raise', { what: 'A video of a lid that bursts', why: '', mention: null });
  await acknowledge(ines);
  await declare(ines, 'Steamwell lids');
  const before = await shownSeconds(ines);
  expect(before).toBeGreaterThan(240);

  await host.time.setMachineClock(-3_600_000);
  await host.time.setMachineClock(7_200_000);
  await expect.poll(() => shownSeconds(ines)).toBeLessThan(before);
  expect(await shownSeconds(ines)).toBeGreaterThan(before - 30);

  await host.time.sleep(120_000);
  await expect.poll(() => shownSeconds(ines)).toBeLessThanOrEqual(before - 120);
  expect(await shownSeconds(ines)).toBeGreaterThan(before - 150);

  await host.time.pass((await shownSeconds(ines)) * 1000 - 1500);
  await expect(announced(ines)).toHaveText(/deadline/);
  await expect.poll(() => shownSeconds(ines)).toBeLessThan(-1);
  await expect(ines.getByText('deadline passed, in the log')).toBeVisible();
  await expect(ines.locator('[data-event="DeadlinePassed"]')).toHaveCount(1);
  const [room] = await host.ask('rooms.list', {});
  expect(room).toMatchObject({ id: roomId, phase: 'open' });
  expect((room?.deadline ?? 0) - (room?.t0 ?? 0)).toBe(300_000);
});

test('complex once, with a reason: 10:00 and never beyond; every moment is announced', async ({ stage }) => {
  const host = await stage.serve();
  await found(host, 'Leith Bakery');
  const ines = await stage.person(host, 'Inês Okafor', 'incident-commander');
  const { roomId } = await host.ask('alarm.raise', { what: 'A video of a lid that bursts', why: '', mention: null });
  await acknowledge(ines);
  await declare(ines, 'Steamwell lids');
  await ines.getByRole('button', { name: 'Incident acts' }).click();
  await ines.getByRole('button', { name: 'Declare complex' }).click();
  await ines.getByLabel('Why it is complex').fill('Four countries and an injury');
  await ines.getByRole('button', { name: 'Declare it complex now' }).click();
  await expect.poll(() => shownSeconds(ines)).toBeGreaterThan(300);
  expect(await shownSeconds(ines)).toBeLessThanOrEqual(600);
  await expect(ines.getByRole('button', { name: 'Declare complex' })).toHaveCount(0);
  await expect(
    host.ask('room.command', { roomId, command: { type: 'declareComplex', reason: 'More time' } }),
  ).rejects.toThrow(/complex/i);
  const [room] = await host.ask('rooms.list', {});
  expect((room?.deadline ?? 0) - (room?.t0 ?? 0)).toBe(600_000);

  for (const [seconds, words] of [
    [300, /^(5 minutes|4 minutes 5\d seconds) left\.$/],
    [120, /^(2 minutes|1 minute 5\d seconds) left\.$/],
    [60, /^(1 minute|5\d seconds) left\.$/],
    [30, /^(30|2\d) seconds left\.$/],
    [0, /^The deadline (has passed|passed \d seconds? ago)\.$/],
  ] as const) {
    await host.time.pass((await shownSeconds(ines)) * 1000 - seconds * 1000 - 200);
    await expect(announced(ines)).toHaveText(words);
  }
  await expect(ines.locator('[data-event="DeadlinePassed"]')).toHaveCount(1);
});
