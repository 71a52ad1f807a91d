import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { verifyChain } from '../../../shared/log/chain.ts';
import { verifyEd25519 } from '../../../src-main/identity/ed25519.ts';
import { openRoom } from '../../support/log-database.ts';
import { ROOM } from '../../support/log-fixtures.ts';
import { createRandom } from '../../support/random.ts';

const APPENDER = fileURLToPath(new URL('../../support/crash-appender.ts', import.meta.url));

/** Runs the appender until it has acknowledged `count` events, kills it, and returns every hash it acknowledged. */
function acknowledgedUntilKilled(file: string, count: number): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [APPENDER, file], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.split('\n').length > count) child.kill('SIGKILL');
    });
    child.on('close', (_code, signal) => {
      if (signal === 'SIGKILL') resolve(output.split('\n').slice(0, -1));
      else reject(new Error(errors));
    });
  });
}

test('killed 10 times in the middle of appending, no acknowledged event is lost and the chain verifies', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-'));
  const file = join(folder, 'room.db');
  const seed = 4_711;
  const random = createRandom(seed);
  const acknowledged: string[] = [];
  for (let round = 0; round < 10; round += 1) {
    acknowledged.push(...(await acknowledgedUntilKilled(file, 1 + Math.floor(random() * 120))));
    const { db, log } = openRoom(file);
    const events = log.read();
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    const held = new Set<string>(events.map((event) => event.hash));
    expect(
      acknowledged.filter((hash) => !held.has(hash)),
      `seed ${String(seed)}, round ${String(round)}`,
    ).toEqual([]);
    if (round % 5 === 4) expect(verifyChain({ log: ROOM, events, verifier: verifyEd25519 }).ok).toBe(true);
    db.close();
  }
  expect(acknowledged.length).toBeGreaterThan(100);
  rmSync(folder, { recursive: true });
});
