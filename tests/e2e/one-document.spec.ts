import { expect, type Page } from '@playwright/test';
import { createDocumentHistory } from '../../src-renderer/state/document-history.ts';
import { acknowledge, declare, editorOf, openRoom, textOf } from '../support/e2e-acts.ts';
import { type E2eHost, found, test } from '../support/e2e-host.ts';
import { createRandom } from '../support/random.ts';
import { connectStock } from '../support/sync-host.ts';

/** An hour: a minute passes for the host with each. */
const ROUNDS = 60;
/** In leaps that a page's token for the text, which lives a minute, outlives on its way. */
const LEAP_MS = 10_000;

/** Runs in the page before anything else: its lines to texts can be cut by an event. */
function keepLines(): void {
  const RealWebSocket = WebSocket;
  const open = new Set<WebSocket>();
  globalThis.WebSocket = new Proxy(RealWebSocket, {
    construct(target, args: unknown[]) {
      const socket = Reflect.construct(target, args) as WebSocket;
      if (socket.url.includes('/yjs/')) open.add(socket);
      socket.addEventListener('close', () => open.delete(socket));
      return socket;
    },
  });
  document.addEventListener('cut-lines', () => {
    for (const socket of open) {
      socket.send = () => undefined; // a line that is cut takes with it what is still sent
      socket.close();
    }
  });
}

async function cut(page: Page): Promise<void> {
  await page.evaluate(() => document.dispatchEvent(new Event('cut-lines')));
}

/** The document of the one statement that there is. */
async function documentOf(host: E2eHost): Promise<string> {
  const [room] = await host.ask('rooms.list', {});
  if (!room) throw new Error('no room');
  const { text } = await host.ask('room.export', { roomId: room.id, format: 'jsonl' });
  for (const line of text.split('\n').slice(0, -2)) {
    const { envelope, body } = JSON.parse(line) as { envelope: { type: string }; body: { statementId?: string } };
    if (envelope.type === 'StatementStarted') return `${room.id}/statement/${String(body.statementId)}`;
  }
  throw new Error('no statement');
}

test('two tabs, two browsers and a script write one text for an hour over bad lines: one text, which the replay has', async ({
  stage,
}) => {
  test.setTimeout(300_000);
  const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  console.info(`one-document seed ${String(seed)}`);
  const because = `seed ${String(seed)}`;
  const random = createRandom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const words = (count: number): string =>
    Array.from({ length: count }, () => 'abcdefghij klmno pqrstuv wxyz'.charAt(below(29))).join('');

  const host = await stage.serve();
  await found(host, 'Leith Bakery');
  const maren = await stage.person(host, 'Maren Solheim', 'comms-lead');
  const tomasz = await stage.person(host, 'Tomasz Adeyemi', 'writer');
  for (const page of [maren, tomasz]) {
    await page.context().addInitScript(keepLines);
    await page.reload();
  }
  const { token } = await host.ask('people.invite', { name: 'Noor Haile', role: 'writer' });
  await host.ask('alarm.raise', { what: 'A fire in the store', why: '', mention: null });
  await acknowledge(maren);
  await declare(maren, 'A fire in the store');
  const marenAgain = await maren.context().newPage();
  await marenAgain.goto(maren.url());
  await openRoom(tomasz);
  await maren.getByRole('button', { name: 'A blank page' }).click();
  const pages = [maren, marenAgain, tomasz];
  for (const page of pages) await expect(editorOf(page)).toBeVisible();

  const document = await documentOf(host);
  const script = connectStock(`ws://127.0.0.1:${String(host.port)}/yjs`, document, token);
  try {
    await expect.poll(() => script.provider.synced).toBe(true);
    for (const page of pages) await editorOf(page).focus();

    /** What hands do to a text, one thing of it. */
    async function act({ keyboard }: Page): Promise<void> {
      const what = random();
      if (what < 0.4) await keyboard.type(words(2 + below(8)));
      else if (what < 0.5) await keyboard.insertText(words(10 + below(40)));
      else if (what < 0.53) await keyboard.press('Enter');
      else if (what < 0.65) await keyboard.press(random() < 0.5 ? 'Control+Home' : 'Control+End');
      else if (what < 0.75) for (let n = 1 + below(9); n > 0; n -= 1) await keyboard.press('ArrowLeft');
      else if (what < 0.9) for (let n = 1 + below(5); n > 0; n -= 1) await keyboard.press('Backspace');
      else await keyboard.press(random() < 0.7 ? 'Control+z' : 'Control+Shift+z');
    }

    function actByScript(): void {
      const at = below(script.text.length + 1);
      if (random() < 0.6) script.text.insert(at, words(1 + below(6)));
      else script.text.delete(at, Math.min(1 + below(4), script.text.length - at));
    }

    /** Each with its own network: the two tabs share one. */
    const machines = [
      { context: maren.context(), pages: [maren, marenAgain], backAt: 0 },
      { context: tomasz.context(), pages: [tomasz], backAt: 0 },
    ];
    let scriptBackAt = 0;
    stage.expectOutage();
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const machine of machines) {
        if (machine.backAt === round) await machine.context.setOffline(false);
        if (machine.backAt > round) continue;
        for (const page of machine.pages) if (random() < 0.1) await cut(page);
        if (random() < 0.08) {
          machine.backAt = round + 2 + below(5);
          await machine.context.setOffline(true);
          await Promise.all(machine.pages.map(cut));
        }
      }
      if (scriptBackAt === round) script.provider.connect();
      if (scriptBackAt <= round && random() < 0.1) {
        scriptBackAt = round + 1 + below(6);
        script.provider.disconnect();
      }
      actByScript();
      const acting = Promise.all(pages.map(act)); // each draws its lot before it first waits
      for (let leap = 0; leap < 60_000 / LEAP_MS; leap += 1) await host.time.pass(LEAP_MS);
      actByScript();
      await acting;
    }

    for (const { context } of machines) await context.setOffline(false);
    script.provider.connect();
    /** Which pages show something else than the script holds. */
    const others = async () => {
      const shown = await Promise.all(pages.map((page) => textOf(editorOf(page))));
      return shown.filter((text) => text !== script.text.toString());
    };
    // Whoever was away long waits longest before the next attempt.
    await expect.poll(others, { message: because, timeout: 60_000 }).toEqual([]);
    const text = script.text.toString();
    expect(text.length, because).toBeGreaterThan(0);

    const { updates } = await host.ask('document.history', { document });
    const history = createDocumentHistory(updates.map(({ at, data }) => ({ at, data: Buffer.from(data, 'base64') })));
    const [first = 0, last = 0] = [history.times[0], history.times.at(-1)];
    expect(history.textAt(last).text, because).toBe(text);
    expect(last - first, 'it took an hour').toBeGreaterThan(50 * 60_000);
    expect(
      script.closes.filter(({ code }) => code >= 4000),
      because,
    ).toEqual([]);
    console.info(`${String(updates.length)} updates, ${String(text.length)} characters at the end`);
  } finally {
    script.destroy();
  }
});
