import { expect, type Page } from '@playwright/test';
import { found, test } from '../support/e2e-host.ts';

const HOUR_MS = 60 * 60 * 1000;

/** The key as this page finds it in its browser. */
function keyOf(page: Page): Promise<{ publicKey: string; extractable: boolean } | null> {
  return page.evaluate(async () => {
    const done = <Value>(request: IDBRequest<Value>): Promise<Value> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error ?? new Error('no database'));
      });
    if (!(await indexedDB.databases()).some(({ name }) => name === 'firebreak-device')) return null;
    const db = await done(indexedDB.open('firebreak-device'));
    const pair = (await done(db.transaction('keys').objectStore('keys').get('this-browser'))) as
      CryptoKeyPair | undefined;
    db.close();
    if (!pair) return null;
    const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
    const publicKey = [...raw].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    return { publicKey, extractable: pair.privateKey.extractable };
  });
}

function standingOf(page: Page): Promise<{ signedIn: boolean; device: string | null }> {
  return page.evaluate(async () => (await fetch('/session')).json() as Promise<{ signedIn: boolean; device: string }>);
}

function signedInAs(page: Page, name: string): Promise<void> {
  return expect(page.getByRole('navigation', { name: 'Views' })).toContainText(name);
}

test('the tabs of a browser share one key, a reload keeps it, and another browser has another', async ({ stage }) => {
  const host = await stage.serve();
  await found(host, 'Northwind');
  const first = await stage.person(host, 'Ana Ruiz', 'comms-lead');
  const key = await keyOf(first);
  expect(key?.extractable).toBe(false);
  expect(await standingOf(first)).toMatchObject({ signedIn: true, device: 'key' });

  const second = await first.context().newPage();
  await second.goto(host.url);
  await signedInAs(second, 'Ana Ruiz');
  expect(await keyOf(second)).toEqual(key);
  await first.reload();
  await signedInAs(first, 'Ana Ruiz');
  expect(await keyOf(first)).toEqual(key);

  const other = await stage.person(host, 'Ben Okoro', 'legal');
  expect((await keyOf(other))?.publicKey).not.toBe(key?.publicKey);
});

test('two tabs that open a link at the same moment make one key', async ({ stage }) => {
  const host = await stage.serve();
  await found(host, 'Northwind');
  const first = await stage.blankPage();
  const second = await first.context().newPage();
  const { url } = await host.ask('people.invite', { name: 'Ana Ruiz', role: 'comms-lead' });
  await Promise.all([first.goto(url ?? ''), second.goto(url ?? '')]);
  await Promise.all([signedInAs(first, 'Ana Ruiz'), signedInAs(second, 'Ana Ruiz')]);
  expect(await keyOf(second)).toEqual(await keyOf(first));
});

test('a browser whose cookie was deleted comes back by its key, without a link', async ({ stage }) => {
  const host = await stage.serve();
  await found(host, 'Northwind');
  const page = await stage.person(host, 'Ana Ruiz', 'comms-lead');
  await page.context().clearCookies();
  await page.goto(host.url);
  await signedInAs(page, 'Ana Ruiz');
  expect(await standingOf(page)).toMatchObject({ signedIn: true, device: 'key' });

  await page.context().clearCookies();
  await host.ask('people.revoke', { operatorId: 'ana-ruiz' as never });
  await page.goto(`${host.url}/?again`);
  await expect(page.getByRole('heading', { name: 'You are not signed in' })).toBeVisible();
});

test('a session that was not proved for half a day is proved by the page itself, and nobody notices', async ({
  stage,
}) => {
  const host = await stage.serve();
  await found(host, 'Northwind');
  const page = await stage.person(host, 'Ana Ruiz', 'comms-lead');
  const before = await page.context().cookies();
  await host.time.pass(13 * HOUR_MS);
  await expect.poll(async () => (await standingOf(page)).signedIn).toBe(true);
  await signedInAs(page, 'Ana Ruiz');
  const session = (cookies: typeof before) => cookies.find(({ name }) => name.startsWith('firebreak_session_'))?.value;
  expect(session(await page.context().cookies())).not.toBe(session(before));
});

test("over TLS with the host's own certificate it is the same, and the cookie stays on TLS", async ({ stage }) => {
  const host = await stage.spawn(['--tls']);
  expect(host.url).toMatch(/^https:/);
  const page = await stage.person(host, 'Ana Ruiz', 'comms-lead', { ignoreHTTPSErrors: true });
  expect(await standingOf(page)).toMatchObject({ signedIn: true, device: 'key' });
  expect((await keyOf(page))?.extractable).toBe(false);
  for (const cookie of await page.context().cookies()) expect(cookie.secure).toBe(true);
});

test('a browser without Ed25519 is told what works less, and goes on by its cookie', async ({ stage }) => {
  const host = await stage.serve();
  await found(host, 'Northwind');
  const page = await stage.blankPage();
  await page.addInitScript(() => {
    const refuse = (): Promise<never> => Promise.reject(new DOMException('no such algorithm', 'NotSupportedError'));
    crypto.subtle.generateKey = refuse as typeof crypto.subtle.generateKey;
  });
  const { url } = await host.ask('people.invite', { name: 'Ana Ruiz', role: 'comms-lead' });
  await page.goto(url ?? '');
  await signedInAs(page, 'Ana Ruiz');
  expect(await standingOf(page)).toMatchObject({ signedIn: true, device: 'cookie' });
  const notice = page.getByRole('complementary', { name: 'About this browser' });
  await expect(notice).toContainText('cannot keep a key');
  await notice.getByRole('button', { name: 'Understood' }).click();
  await expect(notice).toHaveCount(0);
});

test('a page that came by plain HTTP from another machine is refused with a sentence', async ({ stage }) => {
  const host = await stage.serve();
  await found(host, 'Northwind');
  const page = await stage.blankPage();
  await page.addInitScript(() => Object.defineProperty(window, 'isSecureContext', { value: false }));
  await page.goto(host.url);
  await expect(page.getByRole('alert')).toContainText('plain HTTP');
  await expect(page.getByText('https://')).toBeVisible();
});
