import { expect, test } from '../support/zz-nc.ts';
test('nc', async ({ launch }) => {
  const app = await launch();
  const page = await app.firstWindow();
  await expect(page.getByRole('button', { name: 'Run the demo crisis' })).toBeVisible({ timeout: 6000 });
  const before = page.url();
  await page.evaluate(() => void (location.href = 'http://127.0.0.1:9/'));
  await new Promise((r) => setTimeout(r, 500));
  expect(page.url()).toBe(before);
});
