import { expect, onTestFinished, test } from 'vitest';
import type WebSocket from 'ws';
import * as Y from 'yjs';
import { createDocumentHistory } from '../../../src-renderer/state/document-history.ts';
import { eventually } from '../../support/attack-stage.ts';
import { startCuttingProxy } from '../../support/cutting-proxy.ts';
import { createRandom } from '../../support/random.ts';
import { connectStock, NOTES } from '../../support/sync-host.ts';
import { startSyncProcess, syncFolder } from '../../support/sync-process.ts';

const SECONDS = 3600;
const KILLS = 5;
const MEETINGS = 6;
/** Two tabs of one browser, two of another, and a script. */
const TOKENS = ['anna.desk', 'anna.desk', 'ben.phone', 'ben.phone', 'cleo'];

test(
  'five clients edit one document for an hour over a bad line, and end with one text, which the replay has',
  { timeout: 240_000 },
  async () => {
    const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    console.info(`hour seed ${String(seed)}`);
    const because = `seed ${String(seed)}`;
    const random = createRandom(seed);
    const below = (limit: number): number => Math.floor(random() * limit);
    const startedAt = performance.now();
    const { file, remove } = syncFolder();
    onTestFinished(remove);
    let server = await startSyncProcess({ file });
    onTestFinished(() => server.kill());
    const line = await startCuttingProxy(server.port);
    onTestFinished(line.close);

    const clients = TOKENS.map((token) => {
      const client = connectStock(`ws://127.0.0.1:${String(line.port)}/yjs`, NOTES, token);
      client.provider.maxBackoffTime = 20;
      onTestFinished(client.destroy);
      return { ...client, undo: new Y.UndoManager(client.text, { captureTimeout: 0 }), backAt: 0 };
    });
    const counts = { edits: 0, cuts: 0, drops: 0, absences: 0, kills: 0 };

    /** What people do to a text: mostly type, sometimes take away, paste, or change their minds. */
    function edit({ text, undo }: (typeof clients)[number]): void {
      counts.edits += 1;
      const [at, what] = [below(text.length + 1), random()];
      if (what < 0.55) text.insert(at, letters(1 + below(3)));
      else if (what < 0.6) text.insert(at, letters(10 + below(50)));
      else if (what < 0.86) text.delete(at, Math.min(1 + below(8), text.length - at));
      else if (what < 0.95) undo.undo();
      else undo.redo();
    }

    function letters(count: number): string {
      return Array.from({ length: count }, () => 'abcdefghij klmno\npqrstuv wxyz€é'.charAt(below(31))).join('');
    }

    async function bringTogether(): Promise<string> {
      for (const { provider } of clients) provider.connect();
      let text = '';
      await eventually(async () => {
        expect(
          clients.map(({ provider }) => provider.synced),
          because,
        ).toEqual(clients.map(() => true));
        text = (await server.ask.textOf(NOTES))?.text ?? '';
        expect(new Set([text, ...clients.map((one) => one.text.toString())]).size, because).toBe(1);
      });
      return text;
    }

    let ahead = 0;
    const killAt = new Set(
      Array.from({ length: KILLS }, (_, n) => (n + 1) * Math.floor(SECONDS / (KILLS + 1)) - below(200)),
    );
    const moments: { readonly at: number; readonly text: string }[] = [];
    for (let second = 1; second <= SECONDS; second += 1) {
      ahead += 1000;
      await server.ask.pass(1000);
      for (const client of clients) {
        if (client.backAt === second) client.provider.connect();
        if (random() < 0.3) edit(client);
      }
      if (random() < 0.01) {
        line.cut(below(5), random() < 0.5 ? 'page' : 'host');
        counts.cuts += 1;
      }
      const one = clients[below(clients.length)];
      if (one !== undefined && random() < 0.01) {
        (one.provider.ws as unknown as WebSocket | null)?.terminate();
        counts.drops += 1;
      }
      if (one !== undefined && one.backAt <= second && random() < 0.01) {
        one.provider.disconnect();
        one.backAt = second + 5 + below(120);
        counts.absences += 1;
      }
      if (killAt.has(second)) {
        await server.kill();
        for (const client of clients) edit(client);
        server = await startSyncProcess({ file, port: server.port, aheadMs: ahead });
        counts.kills += 1;
      }
      if (second % (SECONDS / MEETINGS) === 0) {
        const text = await bringTogether();
        moments.push({ at: await server.ask.now(), text });
      }
      await new Promise((resolve) => setImmediate(resolve));
    }

    const text = await bringTogether();
    expect(text.length, because).toBeGreaterThan(0);
    expect(await server.ask.replayed(NOTES), because).toBe(text);
    const history = await server.ask.history(NOTES);
    const { times, textAt } = createDocumentHistory(history);
    expect(times, because).toEqual(times.toSorted((a, b) => a - b));
    const end = times.at(-1) ?? 0;
    expect(textAt(end).text, because).toBe(text);
    for (const moment of moments) expect(textAt(moment.at).text, because).toBe(moment.text);
    expect(end - (times[0] ?? 0), 'it took an hour').toBeGreaterThan(3_500_000);
    expect(new Set(history.map(({ deviceId }) => deviceId)), because).toEqual(
      new Set(['token:anna_desk', 'token:ben_phone', 'token:cleo']),
    );
    const fresh = connectStock(server.url, NOTES, 'dora');
    onTestFinished(fresh.destroy);
    await eventually(() => expect(fresh.text.toString(), because).toBe(text));
    const refusals = clients.flatMap(({ closes }) => closes.filter(({ code }) => code >= 4000 || code === 1003));
    expect(refusals, because).toEqual([]);
    console.info(
      `an hour in ${((performance.now() - startedAt) / 1000).toFixed(1)} s: ${JSON.stringify(counts)}, ` +
        `${String(history.length)} updates, ${String(text.length)} characters at the end`,
    );
  },
);
