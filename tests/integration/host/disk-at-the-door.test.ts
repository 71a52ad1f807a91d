import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, onTestFinished, test, vi } from 'vitest';
import { instant } from '../../../shared/base/ids.ts';
import { openAccessDatabase } from '../../../src-main/identity/access-database.ts';
import { createAccess } from '../../../src-main/identity/access.ts';
import { serveInProcess } from '../../support/host-in-process.ts';
import { testFolder } from '../../support/host-process.ts';
import { unwrap } from '../../support/unwrap.ts';
import { ana, ask, cookieOf, startHost } from './start-host.ts';

const MANY = 1_073_741_823;

/** Sessions in a database that may be forbidden to grow, which is how SQLite meets a full disk. */
function accessOnDisk() {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-access-'));
  const db = unwrap(openAccessDatabase(folder));
  const access = createAccess(db, { clock: { now: () => instant(1_750_000_000_000) }, randomBytes });
  onTestFinished(() => {
    access.close();
    rmSync(folder, { recursive: true });
  });
  const count = () => db.prepare<[], number>('SELECT count(*) FROM browser_session').pluck().get();
  return { access, count, mayGrow: (may: boolean) => void db.pragma(`max_page_count = ${String(may ? MANY : 1)}`) };
}

test('signing in on a full disk: 503 with a sentence, nobody is signed in, and the same link works when there is room', async () => {
  const { access, count, mayGrow } = accessOnDisk();
  const { port, url, logLines } = await startHost({ access });
  const token = access.issueToken(ana);
  const signIn = () => ask(port, { method: 'POST', path: '/session', body: JSON.stringify({ token }) });
  const cookie = cookieOf((await signIn()).headers);
  const whoAmI = async () => (await ask(port, { path: '/session', headers: { cookie, origin: url } })).body;

  mayGrow(false);
  let answer = await signIn();
  // What is free inside of the file is used up first.
  for (let n = 0; n < 200 && answer.status === 200; n += 1) answer = await signIn();
  const before = count();
  answer = await signIn();
  expect(answer.status).toBe(503);
  expect(JSON.parse(answer.body)).toEqual({
    code: 'StorageFailed',
    message: "The host's disk is full: nothing was changed. Make room on it, then try again.",
  });
  expect(answer.headers['set-cookie']).toBeUndefined();
  expect(count()).toBe(before);
  expect(await whoAmI()).toContain('"operatorId":"ana"');
  expect(logLines.join('')).toContain('SQLITE_FULL');
  expect(logLines.join('')).not.toContain(token);

  mayGrow(true);
  expect((await signIn()).status).toBe(200);
});

test('the whole host says the same of its disk, and of anything else that fails that it is its own fault', async () => {
  const { host, port } = await serveInProcess(testFolder());
  const token = host.access.issueToken(host.founded()?.owner() ?? null);
  const body = JSON.stringify({ token });
  const status = async () => (await ask(port, { method: 'POST', path: '/session', body })).status;
  const opening = vi.spyOn(host.access, 'openSession');
  onTestFinished(() => opening.mockRestore());
  for (const [code, expected] of [
    ['SQLITE_FULL', 503],
    ['SQLITE_IOERR_FSYNC', 503],
    ['SQLITE_READONLY', 503],
    ['SQLITE_CONSTRAINT_UNIQUE', 500],
  ] as const) {
    opening.mockImplementationOnce(() => {
      throw new Sqlite.SqliteError('refused', code);
    });
    expect(await status(), code).toBe(expected);
  }
  expect(await status()).toBe(200);
});
