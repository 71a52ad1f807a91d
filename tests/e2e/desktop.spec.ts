// The desktop door, in real Electron where its binary is there and in the stand-in otherwise: see ../README.md.
import type { ElectronApplication, Page } from '@playwright/test';
import type {} from '../../src-renderer/api/electron-transport.ts';
import { acknowledge, declare, editorOf, fillSlots, submit, textOf } from '../support/e2e-acts.ts';
import { expect, listeningPorts, startAgain, test } from '../support/desktop.ts';

/** What the program showed outside its window. */
interface Shown {
  readonly notifications: string[];
  readonly tips: string[];
  readonly flashes: boolean[];
}

/** Everything the page complains about: a refused style or script is an error in its console. */
function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  return complaints;
}

/** From now on the program's surfaces note what they are told, and do it as before. */
async function watchSurfaces(app: ElectronApplication): Promise<void> {
  await app.evaluate(({ BrowserWindow, Notification, Tray }) => {
    const shown: Shown = { notifications: [], tips: [], flashes: [] };
    const open: Electron.Notification[] = [];
    Object.assign(globalThis, { shown, openNotifications: open });
    const { show } = Notification.prototype;
    Notification.prototype.show = function (this: Electron.Notification) {
      shown.notifications.push(this.title);
      open.push(this);
      show.call(this);
    };
    const { setToolTip } = Tray.prototype;
    Tray.prototype.setToolTip = function (this: Electron.Tray, tip: string) {
      shown.tips.push(tip);
      setToolTip.call(this, tip);
    };
    const { flashFrame } = BrowserWindow.prototype;
    BrowserWindow.prototype.flashFrame = function (this: Electron.BrowserWindow, flash: boolean) {
      shown.flashes.push(flash);
      flashFrame.call(this, flash);
    };
    // Nobody looks at the window: a headless machine and a developer's own then behave alike.
    BrowserWindow.prototype.isFocused = () => false;
  });
}

function shownBy(app: ElectronApplication): Promise<Shown> {
  return app.evaluate(() => (globalThis as unknown as { readonly shown: Shown }).shown);
}

function titleOf(app: ElectronApplication): Promise<string | undefined> {
  return app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getTitle());
}

function isMenuItemEnabled(app: ElectronApplication, id: string): Promise<boolean | undefined> {
  return app.evaluate(({ Menu }, item) => Menu.getApplicationMenu()?.getMenuItemById(item)?.enabled, id);
}

test('the crisis begins in the window, is answered there, and is there again after a restart', async ({
  launch,
  dataDir,
}) => {
  let app = await launch();
  let page = await app.firstWindow();
  let complaints = complaintsOf(page);
  for (const choice of ['Run the demo crisis', 'Set up my organisation', 'Join a room'])
    await expect(page.getByRole('button', { name: choice })).toBeVisible();
  await watchSurfaces(app);

  // The demo, and its alarm: in the page, in a notification, in the tray, in the taskbar and in the menu.
  await page.getByRole('button', { name: 'Run the demo crisis' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Tamarrow Kitchens' })).toBeVisible();
  await expect(page.getByText(/^Alarm: /)).toBeVisible({ timeout: 90_000 });
  await expect.poll(() => titleOf(app)).toMatch(/alarm/i);
  await expect.poll(async () => (await shownBy(app)).notifications.length).toBe(1);
  const ringing = await shownBy(app);
  expect(ringing.notifications[0]).toMatch(/^Alarm: /);
  expect(ringing.tips.at(-1)).toMatch(/^Firebreak: alarm, /);
  expect(ringing.flashes.at(-1)).toBe(true);
  expect(await isMenuItemEnabled(app, 'go-to-alarm')).toBe(true);
  await app.evaluate(() => {
    const { openNotifications } = globalThis as unknown as {
      readonly openNotifications: readonly Electron.Notification[];
    };
    openNotifications[0]?.emit('click');
  });
  await expect(page).toHaveURL(/#\/room\//);

  // Answered: everything is calm again.
  await acknowledge(page);
  await expect.poll(async () => (await shownBy(app)).tips.at(-1)).toBe('Firebreak: no alarm');
  expect((await shownBy(app)).flashes.at(-1)).toBe(false);
  expect(await isMenuItemEnabled(app, 'go-to-alarm')).toBe(false);
  await expect.poll(() => titleOf(app)).not.toMatch(/alarm/i);

  // Declared, written over the bridge, submitted.
  await declare(page, 'Steamwell lids');
  await page.getByRole('button', { name: /^Begin with "/ }).click();
  await expect(editorOf(page)).toContainText('[product]');
  await editorOf(page).focus();
  await page.keyboard.press('Control+Home');
  await page.keyboard.type('Safety first. ');
  await fillSlots(page);
  const written = await textOf(editorOf(page));
  expect(written).toMatch(/^Safety first\. /);
  await submit(page);
  await expect(page.getByTestId('sign-off')).toContainText('Revision 1');
  await editorOf(page).focus();
  await page.keyboard.press('Control+End');
  await page.keyboard.type(' Not yet submitted.');
  await expect(page.getByText('the draft differs from revision 1').first()).toBeVisible();
  await page.screenshot({ path: test.info().outputPath('desktop-room.png') });
  expect(complaints).toEqual([]);
  const roomUrl = page.url();

  await app.close();
  app = await launch();
  page = await app.firstWindow();
  complaints = complaintsOf(page);
  await expect(page.getByRole('heading', { level: 1, name: 'Steamwell lids' })).toBeVisible();
  expect(page.url()).toBe(roomUrl);
  await expect.poll(() => textOf(editorOf(page))).toBe(`${written} Not yet submitted.`);
  await expect(page.getByTestId('sign-off')).toContainText('Revision 1');

  // A link from outside reaches the window that is open, and navigates.
  const roomId = /#\/room\/([a-z0-9-]+)$/.exec(roomUrl)?.[1] ?? '';
  expect(await startAgain(dataDir, `firebreak://replay/${roomId}`)).toBe(0);
  await expect(page).toHaveURL(new RegExp(`#/replay/${roomId}$`));
  for (const hostile of [
    `firebreak://approve/${roomId}`,
    `firebreak://room/${roomId}?do=publish`,
    'firebreak://room/../../settings',
  ])
    expect(await startAgain(dataDir, hostile)).toBe(0);
  await expect(page).toHaveURL(new RegExp(`#/replay/${roomId}$`));
  expect(app.windows()).toHaveLength(1);
  expect(complaints).toEqual([]);
});

test('the page has two functions and nothing of Node, and cannot leave its own origin', async ({ launch }) => {
  const app = await launch('--demo');
  const page = await app.firstWindow();
  const complaints = complaintsOf(page);
  await expect(page.getByRole('navigation', { name: 'Views' })).toBeVisible();

  expect(await page.evaluate(() => Object.keys(window.firebreak ?? {}).sort())).toEqual(['invoke', 'subscribe']);
  expect(await page.evaluate(() => Object.isFrozen(window.firebreak))).toBe(true);
  expect(
    await page.evaluate(() =>
      ['require', 'process', 'module', 'Buffer', 'global', 'electron', 'ipcRenderer'].filter((name) => name in window),
    ),
  ).toEqual([]);

  // The bridge answers refusals as values, and knows no endpoint that is inherited.
  for (const endpoint of ['no.such.endpoint', '__proto__', 'constructor'])
    expect(await page.evaluate((name) => window.firebreak?.invoke(name, {}), endpoint)).toMatchObject({ ok: false });
  // Of the file system nothing is reached: not beside the page's folder, and not by another scheme.
  for (const path of ['/../main/main.js', '/..%2fmain%2fmain.js', '/package.json', '/.built-from'])
    expect(await page.evaluate(async (name) => (await fetch(name)).status, path)).toBe(404);

  const before = page.url();
  const asked = await app.evaluate(({ dialog, shell }) => {
    const seen: string[] = [];
    Object.assign(globalThis, { askedAbout: seen });
    dialog.showMessageBox = ((options: Electron.MessageBoxOptions) => {
      seen.push(options.detail ?? '');
      return Promise.resolve({ response: 0, checkboxChecked: false });
    }) as typeof dialog.showMessageBox;
    shell.openExternal = (url) => {
      seen.push(`opened ${url}`);
      return Promise.resolve();
    };
    return seen;
  });
  expect(asked).toEqual([]);
  await page.evaluate(() => {
    window.open('https://example.invalid/post');
    window.open('file:///etc/passwd');
    window.open('javascript:alert(1)');
  });
  const askedAbout = () =>
    app.evaluate(() => (globalThis as unknown as { readonly askedAbout: readonly string[] }).askedAbout);
  await expect.poll(askedAbout).toEqual(['https://example.invalid/post', 'opened https://example.invalid/post']);
  await page.evaluate(() => {
    location.href = 'https://example.invalid/';
  });
  // Another round trip after the refused one: had the page left, this would fail.
  expect(await page.evaluate(() => window.firebreak?.invoke('time.now', {}))).toMatchObject({ ok: true });
  expect(page.url()).toBe(before);
  expect(app.windows()).toHaveLength(1);

  // What the program itself is told about its window.
  const granted = await page.evaluate(async () => (await navigator.permissions.query({ name: 'geolocation' })).state);
  expect(granted).toBe('denied');
  expect(complaints.filter((text) => !/Failed to load resource.*404/.test(text))).toEqual([]);
});

test('a foreign script or style never runs in the page', async ({ launch }) => {
  const app = await launch();
  const page = await app.firstWindow();
  await expect(page.getByRole('heading', { level: 1, name: 'Firebreak' })).toBeVisible();
  const violated = await page.evaluate(async () => {
    const seen: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) => seen.push(event.effectiveDirective));
    const script = document.createElement('script');
    try {
      script.text = 'window.injected = true';
    } catch {
      seen.push('trusted-types');
    }
    document.head.append(script);
    const style = document.createElement('style');
    style.textContent = 'body { color: red }';
    document.head.append(style);
    const image = document.createElement('img');
    image.src = 'https://example.invalid/pixel.png';
    document.body.append(image);
    await fetch('https://example.invalid/').catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
    return seen;
  });
  expect(violated).toEqual(expect.arrayContaining(['style-src-elem', 'img-src', 'connect-src']));
  expect(violated).toContain('trusted-types');
  expect(await page.evaluate(() => 'injected' in window)).toBe(false);
});

test('no port is open until the room is shared, and none after', async ({ launch, browser }) => {
  const app = await launch('--demo');
  const page = await app.firstWindow();
  const complaints = complaintsOf(page);
  await page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: 'Settings' }).click();
  await expect(page.getByText('No port is open')).toBeVisible();
  expect(await listeningPorts(app)).toEqual([]);

  await page.getByRole('button', { name: 'Share this room', exact: true }).click();
  await page.getByRole('button', { name: 'Share this room now' }).click();
  await expect(page.getByText('The room is shared.')).toBeVisible();
  expect(await listeningPorts(app)).toHaveLength(1);

  // Somebody comes in by an invitation, in a browser of their own.
  const form = page.getByRole('form', { name: 'Invite somebody' });
  await form.getByLabel('Name').fill('Odile Brandt');
  await form.getByRole('button', { name: 'Invite' }).click();
  const link = (await page.getByTestId('invite-link').textContent()) ?? '';
  expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=/);
  const context = await browser.newContext();
  const guest = await context.newPage();
  await guest.goto(link);
  await expect(guest.getByRole('heading', { level: 1, name: 'Tamarrow Kitchens' })).toBeVisible();
  expect(guest.url()).not.toContain('token');

  // Closing the window would end it for everybody, so it asks.
  const stillOpen = await app.evaluate(async ({ BrowserWindow, dialog }) => {
    let asked = '';
    dialog.showMessageBox = ((_window: unknown, options: Electron.MessageBoxOptions) => {
      asked = options.message;
      return Promise.resolve({ response: 0, checkboxChecked: false });
    }) as typeof dialog.showMessageBox;
    BrowserWindow.getAllWindows()[0]?.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { asked, windows: BrowserWindow.getAllWindows().length };
  });
  expect(stillOpen).toEqual({ asked: 'This room is shared. Close it for everybody?', windows: 1 });

  await page.getByRole('button', { name: 'Stop sharing' }).click();
  await expect(page.getByText('No port is open')).toBeVisible();
  expect(await listeningPorts(app)).toEqual([]);
  await expect(guest.getByText(/The host is unreachable|signed out/i).first()).toBeVisible();
  await context.close();
  expect(complaints).toEqual([]);
});

test('the menu exports the room that the window shows', async ({ launch, dataDir }) => {
  const app = await launch('--demo');
  const page = await app.firstWindow();
  await expect(page.getByRole('navigation', { name: 'Views' })).toBeVisible();
  const file = `${dataDir}/room.md`;
  const exportTo = (filePath: string) =>
    app.evaluate(async ({ dialog, Menu }, chosen) => {
      let said = '';
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: chosen });
      dialog.showMessageBox = ((options: Electron.MessageBoxOptions) => {
        said = options.message;
        return Promise.resolve({ response: 0, checkboxChecked: false });
      }) as typeof dialog.showMessageBox;
      Menu.getApplicationMenu()?.getMenuItemById('export-room')?.click();
      await new Promise((resolve) => setTimeout(resolve, 300));
      return said;
    }, filePath);
  await expect.poll(() => exportTo(file)).toBe('No room is open.');
  const raised = await page.evaluate(() =>
    window.firebreak?.invoke('alarm.raise', { what: 'A lid came off', why: '', mention: null }),
  );
  expect(raised).toMatchObject({ ok: true });
  const { roomId } = (raised as { readonly value: { readonly roomId: string } }).value;
  await page.evaluate((id) => (location.hash = `#/room/${id}`), roomId);
  await expect(page).toHaveURL(new RegExp(roomId));
  await expect.poll(() => exportTo(`${dataDir}/room.exe`)).toBe('The room was not exported.');
  expect(await exportTo(file)).toBe('');
  const { readFile } = await import('node:fs/promises');
  await expect.poll(() => readFile(file, 'utf8').catch(() => '')).toContain('A lid came off');
});
