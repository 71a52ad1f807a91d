import { copyFileSync, existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test, vi } from 'vitest';
import * as Y from 'yjs';
import { createDocumentStore } from '../../../src-main/store/document-store.ts';
import { createDocumentHistory } from '../../../src-renderer/state/document-history.ts';
import { createRandom } from '../../support/random.ts';
import { connectStock, NOTES } from '../../support/sync-host.ts';
import { startSyncProcess, syncFolder } from '../../support/sync-process.ts';
import { createUniqueTypist, type UniqueTypist } from '../../support/unique-typist.ts';

const KILLS = Number(process.env['TEST_KILLS'] ?? 50);
const PATIENCE_MS = 30_000;

test(
  `the host is killed ${String(KILLS)} times while three type: what anybody saw is there, what was not sent arrives, once`,
  { timeout: 240_000 },
  async () => {
    const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
    console.info(`kill-typing seed ${String(seed)}`);
    const because = `seed ${String(seed)}`;
    const random = createRandom(seed);
    const below = (limit: number): number => Math.floor(random() * limit);
    const startedAt = performance.now();
    const { file, folder, remove } = syncFolder();
    onTestFinished(remove);
    let server = await startSyncProcess({ file });
    const { port, url } = server;
    let death = Promise.withResolvers<unknown>();
    let next = startSyncProcess({ file, port }, death.promise);
    onTestFinished(async () => {
      death.resolve(undefined);
      await server.kill();
      await (await next).kill();
    });

    const people = ['anna', 'ben', 'cleo'].map((token, number) => {
      const client = connectStock(url, NOTES, token);
      client.provider.maxBackoffTime = 20;
      onTestFinished(client.destroy);
      return { ...client, typist: createUniqueTypist(number, client.text, random) };
    });
    const typists = people.map(({ typist }) => typist);
    await allSynced();

    async function allSynced(): Promise<void> {
      await vi.waitFor(() => expect(people.map(({ provider }) => provider.synced)).toEqual([true, true, true]), {
        timeout: PATIENCE_MS,
        interval: 5,
      });
    }

    /** Types on; every edit may share its turn of the event loop with others, or wait for what others wrote. */
    async function type(edits: number): Promise<void> {
      for (let n = 0; n < edits; n += 1) {
        typists[below(3)]?.edit();
        if (random() < 0.7) await new Promise((resolve) => setImmediate(resolve));
      }
    }

    /** What the dead host's files say, read from a copy: the next host must find them as the last one left them. */
    function checkDisk(): void {
      const copy = join(mkdtempSync(join(folder, 'copy-')), 'room.db');
      for (const ending of ['', '-wal']) if (existsSync(file + ending)) copyFileSync(file + ending, copy + ending);
      const db = new Database(copy);
      expect(db.pragma('integrity_check', { simple: true }), because).toBe('ok');
      const held = textOfUpdates(createDocumentStore(db).history(NOTES));
      db.close();
      checkSeen(new Set(held), typists, because);
    }

    /** Nobody is left out, nothing is there twice: each of the three, and somebody who comes now. */
    async function checkTexts(): Promise<void> {
      const expected = [...new Set(typists.flatMap(({ typed, deleted }) => typed.filter((one) => !deleted.has(one))))];
      await allSynced();
      const fresh = connectStock(url, NOTES, 'dora');
      try {
        await vi.waitFor(
          () => {
            const texts = [...people, fresh].map(({ text }) => text.toString());
            expect(new Set(texts).size, because).toBe(1);
            expect([...(texts[0] ?? '')].sort(), because).toEqual(expected.toSorted());
          },
          { timeout: PATIENCE_MS, interval: 5 },
        );
      } finally {
        fresh.destroy();
      }
      const [text] = people.map((person) => person.text.toString());
      expect((await server.ask.textOf(NOTES))?.text, because).toBe(text);
      expect(await server.ask.replayed(NOTES), because).toBe(text);
    }

    let unsent = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      await type(5 + below(40));
      server.shoot();
      const dead = { yet: false };
      void server.exited.then(() => (dead.yet = true));
      while (!dead.yet) await type(1); // somebody types in the very moment
      checkDisk();
      const without = below(6);
      await type(without); // and goes on without a host
      unsent += without;
      death.resolve(undefined);
      server = await next;
      death = Promise.withResolvers();
      next = startSyncProcess({ file, port }, death.promise);
      await type(below(4)); // while they come back
      await checkTexts();
      expect(await server.ask.logged(), because).toEqual([]);
    }

    const history = await server.ask.history(NOTES);
    const { times, textAt } = createDocumentHistory(history);
    expect(textAt(times.at(-1) ?? 0).text, because).toBe(people[0]?.text.toString());
    expect(times, because).toEqual(times.toSorted((a, b) => a - b));
    for (const { closes } of people) {
      expect(
        closes.filter(({ code }) => code !== 1006),
        because,
      ).toEqual([]);
    }
    const [typed, seen] = [typists.flatMap((one) => one.typed), typists.flatMap((one) => [...one.seen])];
    console.info(
      `${String(KILLS)} kills in ${((performance.now() - startedAt) / 1000).toFixed(1)} s: ${String(typed.length)} characters ` +
        `typed, ${String(seen.length)} times seen by another, at least ${String(unsent)} edits without a host`,
    );
    expect(seen.length).toBeGreaterThan(KILLS);
  },
);

function textOfUpdates(updates: readonly { readonly data: Uint8Array }[]): string {
  const doc = new Y.Doc();
  for (const { data } of updates) Y.applyUpdate(doc, data);
  expect(doc.store.pendingStructs).toBeNull();
  const text = doc.getText('text').toString();
  doc.destroy();
  return text;
}

/** A character that another had on the screen is held unless its writer took it away; one that went stays away. */
function checkSeen(held: ReadonlySet<string>, typists: readonly UniqueTypist[], because: string): void {
  const deleted = new Set(typists.flatMap((one) => [...one.deleted]));
  for (const { seen, seenGone } of typists) {
    expect(
      [...seen].filter((character) => !held.has(character) && !deleted.has(character)),
      because,
    ).toEqual([]);
    expect(
      [...seenGone].filter((character) => held.has(character)),
      because,
    ).toEqual([]);
  }
}
