import { expect, test, vi } from 'vitest';
import { verifyRoom } from '../../shared/log/verify-room.ts';
import { verifyEd25519 } from '../../src-main/identity/ed25519.ts';
import { act, blankStatement, CHAIN, declaration, setUpPeople, stepIds, submit } from '../support/crisis-story.ts';
import { connectApi } from '../support/api-client.ts';
import { serveInProcess } from '../support/host-in-process.ts';
import { testFolder } from '../support/host-process.ts';
import { createRandom } from '../support/random.ts';
import { connectStock } from '../support/sync-host.ts';

const CHANGES = 1000;

/** A whole incident, as the host exports it. */
async function realExport(): Promise<Buffer> {
  const { host, url, port } = await serveInProcess(testFolder());
  const admin = await connectApi(url, host.access.issueToken(host.founded()?.owner() ?? null));
  const tokens = await setUpPeople(admin, [...CHAIN]);
  const comms = await connectApi(url, tokens['comms-lead']);
  const { roomId } = await comms.get('alarm.raise', { what: 'Ovens – “do not stop” 🚨', why: 'three calls' });
  await act(comms, roomId, declaration);
  const { statementId } = await act(comms, roomId, blankStatement);
  if (!statementId) throw new Error('no statement');
  const client = connectStock(
    `ws://127.0.0.1:${String(port)}/yjs`,
    `${roomId}/statement/${statementId}`,
    tokens['comms-lead'],
  );
  client.text.insert(0, 'We know of it. Next update at 15:00.');
  await vi.waitFor(() => expect(host.sync.textOf(`${roomId}/statement/${statementId}`)?.text).toMatch(/15:00/), {
    timeout: 10_000,
  });
  client.destroy();
  const { revision } = await submit(comms, roomId, statementId, 'We know of it. Next update at 15:00.');
  for (const [n, stepId] of (await stepIds(comms, roomId)).entries()) {
    const approver = await connectApi(url, tokens[CHAIN[n] ?? 'legal']);
    await act(approver, roomId, { type: 'approve', ...revision, stepId, findingsSeen: [] });
  }
  const { publicationId } = await act(comms, roomId, { type: 'publish', ...revision, channelId: 'website' as never });
  await act(comms, roomId, {
    type: 'confirmPublication',
    publicationId: publicationId as never,
    address: 'https://example.org/1',
    publishedAt: null,
    evidence: null,
  });
  return Buffer.from((await comms.get('room.export', { roomId, format: 'jsonl' })).text);
}

test('no byte of an export can be changed, put in or cut: verify fails and names a line', async () => {
  const original = await realExport();
  expect(verifyRoom(original, { verifier: verifyEd25519 })).toMatchObject({ ok: true, failure: null });
  const lines = original.toString('utf8').split('\n').length;
  const seed = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  console.info(`tamper seed ${String(seed)}, ${String(original.length)} bytes in ${String(lines - 1)} lines`);
  const random = createRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);

  const missed: string[] = [];
  const kinds = { changed: 0, inserted: 0, cut: 0, truncated: 0 };
  for (let n = 0; n < CHANGES; n += 1) {
    // Every tenth near the end: the tail is where a check is easily forgotten.
    const at = n % 10 === 0 ? original.length - 1 - below(200) : below(original.length);
    const kind = (['changed', 'inserted', 'cut', 'truncated'] as const)[below(n % 10 === 0 ? 4 : 3)] ?? 'cut';
    kinds[kind] += 1;
    const byte = Buffer.of(((original[at] ?? 0) + (kind === 'changed' ? 1 + below(255) : below(256))) % 256);
    const before = original.subarray(0, at);
    const after = original.subarray(kind === 'inserted' ? at : at + 1);
    const tampered =
      kind === 'truncated' ? before : Buffer.concat(kind === 'cut' ? [before, after] : [before, byte, after]);
    const report = verifyRoom(tampered, { verifier: verifyEd25519 });
    if (report.ok || !report.failure || report.failure.line < 1 || report.failure.line > lines)
      missed.push(`change ${String(n)} (${kind}) at byte ${String(at)}: ${JSON.stringify(report.failure)}`);
  }
  expect(missed).toEqual([]);
  expect(Object.values(kinds).reduce((sum, count) => sum + count)).toBe(CHANGES);
});

test('whole lines cut from the end, repeated, swapped or added are found too', async () => {
  const lines = (await realExport()).toString('utf8').split('\n').slice(0, -1);
  const verified = (changed: readonly string[]) =>
    verifyRoom(changed.map((line) => `${line}\n`).join(''), { verifier: verifyEd25519 });
  expect(verified(lines).ok).toBe(true);
  for (let end = 0; end < lines.length; end += 1)
    expect(verified(lines.slice(0, end))).toMatchObject({ ok: false, failure: { line: expect.any(Number) } });
  for (let at = 0; at + 1 < lines.length; at += 1) {
    const [one = '', other = ''] = [lines[at], lines[at + 1]];
    expect(verified(lines.toSpliced(at, 2, other, one)).ok).toBe(false);
    expect(verified(lines.toSpliced(at, 1)).ok).toBe(false);
    expect(verified(lines.toSpliced(at, 0, one)).ok).toBe(false);
  }
  expect(verified([...lines, '{}']).ok).toBe(false);
  expect(verified([...lines, '']).ok).toBe(false);
});
