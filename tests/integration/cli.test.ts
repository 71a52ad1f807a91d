import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { ImportReport } from '../../shared/protocol/endpoints.ts';
import type { RoomSummary } from '../../shared/protocol/views.ts';
import { connectApi } from '../support/api-client.ts';
import { act, declaration } from '../support/crisis-story.ts';
import {
  commandJson,
  invite,
  REPOSITORY,
  runCommand,
  startHostProcess,
  testFolder,
  type TestFolder,
} from '../support/host-process.ts';
import { connectStock } from '../support/sync-host.ts';

const NAME = `=cmd|' /C calc'!A0`;
const HOSTILE =
  '<script>alert(1)</script> <img src=x onerror=alert(2)> | [x](javascript:alert(3)) "quoted", and\na second line';

function rooms(at: TestFolder): Promise<readonly RoomSummary[]> {
  return commandJson(at, ['rooms', '--data', at.dataDir]) as Promise<readonly RoomSummary[]>;
}

/** One burst, as a file: what would alarm if it came in live. */
function burst(file: string, from: number, count: number, everyMs = 100): void {
  const observedAt = (n: number) => new Date(from + n * everyMs).toISOString();
  const line = (n: number) =>
    JSON.stringify({
      id: `m${String(n)}`,
      text: `My organisation is down, part ${String(n)}`,
      observedAt: observedAt(n),
    });
  writeFileSync(file, Array.from({ length: count }, (_, n) => `${line(n)}\n`).join(''));
}

test('serve prints one line with its own pid, logs elsewhere, and stops cleanly on SIGTERM and SIGINT', async () => {
  const at = testFolder();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const host = await startHostProcess(at, ['--port', '0'], { FIREBREAK_LOG: 'trace' });
    expect(host.url).toBe(`http://127.0.0.1:${String(host.port)}`);
    expect(() => process.kill(host.pid, 0)).not.toThrow();
    if (process.platform !== 'win32') expect(statSync(join(at.dataDir, 'host.sock')).mode & 0o777).toBe(0o600);
    const { token } = await invite(at, 'Ana', 'writer');
    const api = await connectApi(host.url, token);
    expect((await api.get('session.get', {})).operator?.name).toBe('Ana');
    expect(
      (
        await fetch(`${host.url}/session`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"token":"fb_wrong"}',
        })
      ).status,
    ).toBe(401);
    host.signal(signal);
    expect(await host.exited).toEqual({ code: 0, signal: null });
    expect(await api.closed).toBe(1001);
    expect(host.stdout().trim().split('\n')).toHaveLength(1);
    expect(host.stderr()).not.toContain(token);
    expect(existsSync(join(at.dataDir, 'host.sock'))).toBe(false);
  }
});

test('serve refuses what it cannot be asked for, and a second host on one folder says so and leaves', async () => {
  const at = testFolder();
  const pem = join(at.folder, 'nothing.pem');
  for (const [options, sentence] of [
    [['--host', '0.0.0.0', '--insecure', '--tls'], /--insecure asks for plain HTTP/],
    [['--tls-cert', pem, '--tls-key', pem], /nothing\.pem cannot be read/],
    [['--host', ''], /empty address/],
  ] as const) {
    const open = await runCommand(at, ['serve', '--data', at.dataDir, ...options]);
    expect(open).toMatchObject({ code: 1, stdout: '' });
    expect(open.stderr).toMatch(sentence);
    expect(existsSync(join(at.dataDir, 'workspace.db'))).toBe(false);
  }

  const host = await startHostProcess(at);
  const second = await runCommand(at, ['serve', '--data', at.dataDir]);
  expect(second).toMatchObject({ code: 1, stdout: '' });
  expect(second.stderr).toMatch(/Another host already runs/);
  expect(second.stderr).toContain(String(host.pid));
  const restore = await runCommand(at, ['restore', '--data', at.dataDir]);
  expect(restore).toMatchObject({ code: 1, stdout: '' });
  expect(restore.stderr).toMatch(/Another host already runs/);
});

test('wrong usage is one sentence and exit code 2; --help is everything and exit code 0', async () => {
  const at = testFolder();
  const data = ['--data', at.dataDir];
  const wrong = [
    ['frobnicate'],
    ['serve', '--port', 'many', ...data],
    ['serve', '--port', '70000', ...data],
    ['serve', '--port', '1.5', ...data],
    ['serve', '--colour', 'red', ...data],
    ['serve', '--tls-cert', 'chain.pem', ...data],
    ['invite', '--name', 'Ana', '--role', 'emperor', ...data],
    ['invite', '--role', 'writer', ...data],
    ['revoke', '--operator', 'not an id', ...data],
    ['import', ...data],
    ['import', '--file', 'x', '--replay', 'fast', ...data],
    ['export', ...data],
    ['export', 'workspace', ...data],
    ['export', 'room-of-the-test', '--format', 'docx', ...data],
    ['verify'],
    ['verify', 'one', 'two'],
    ['restore', '--room', 'x', ...data],
  ];
  for (const args of wrong) {
    const { code, stdout, stderr } = await runCommand(at, args);
    expect({ args, code, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({
      args,
      code: 2,
      stdout: '',
      lines: 1,
    });
  }
  expect(existsSync(at.dataDir)).toBe(false);
  const help = await runCommand(at, ['--help']);
  expect(help.code).toBe(0);
  for (const command of ['serve', 'invite', 'revoke', 'import', 'rooms', 'export', 'verify', 'restore'])
    expect(help.stdout).toContain(`  ${command} `);
});

test('invite works with and without a host, again for the same person, and across restarts; revoke cuts at once', async () => {
  const at = testFolder();
  const offline = await invite(at, 'Bo Ek', 'legal');
  expect(offline).toMatchObject({ url: null, operatorId: 'bo-ek', role: 'legal' });

  const first = await startHostProcess(at);
  const online = await invite(at, 'Bo Ek', 'legal');
  expect(online).toMatchObject({ operatorId: 'bo-ek', url: `${first.url}/#token=${online.token}` });
  expect(online.token).not.toBe(offline.token);
  for (const { token } of [offline, online, offline]) {
    const api = await connectApi(first.url, token);
    expect((await api.get('session.get', {})).operator?.operatorId).toBe('bo-ek');
  }
  await first.stop();

  const second = await startHostProcess(at, ['--port', String(first.port)]);
  const api = await connectApi(second.url, offline.token);
  const texts = connectStock(`ws://127.0.0.1:${String(second.port)}/yjs`, 'workspace/notes', online.token);
  try {
    await vi.waitFor(() => expect(texts.provider.synced).toBe(true), { timeout: 10_000 });
    expect(await commandJson(at, ['revoke', '--data', at.dataDir, '--operator', 'bo-ek'])).toEqual({ done: true });
    expect(await api.closed).toBe(4401);
    await vi.waitFor(() => expect(texts.closes.map(({ code }) => code)).toEqual([4401]));
  } finally {
    texts.destroy();
  }
  for (const { token } of [offline, online]) await expect(connectApi(second.url, token)).rejects.toThrow('401');
  // Again does no harm: it is how an end that a crash interrupted is finished.
  expect(await commandJson(at, ['revoke', '--data', at.dataDir, '--operator', 'bo-ek'])).toEqual({ done: true });
  const nobody = await runCommand(at, ['revoke', '--data', at.dataDir, '--operator', 'nobody-here']);
  expect(nobody).toMatchObject({ code: 1, stdout: '' });
  const last = await runCommand(at, ['revoke', '--data', at.dataDir, '--operator', 'administrator']);
  expect(last.code).toBe(1);
  await second.stop();

  // Somebody new may have the name of whoever left, and is somebody else.
  const other = await invite(at, 'Bo Ek', 'writer');
  expect(other.operatorId).not.toBe('bo-ek');
  expect(await commandJson(at, ['revoke', '--data', at.dataDir, '--operator', other.operatorId])).toEqual({
    done: true,
  });
});

test('import is history: it never alarms, and counts what it had to skip with record, line and reason', async () => {
  const at = testFolder();
  mkdirSync(at.dataDir);
  const malformed = join(at.folder, 'malformed.ndjson');
  const time = '2026-04-17T14:00:00Z';
  writeFileSync(
    malformed,
    [`{"id":"1","text":"a","observedAt":"${time}"}`, '{"id":', `{"id":"3","text":"b","observedAt":"${time}"}`, ''].join(
      '\n',
    ),
  );
  const csv = join(at.folder, 'posts.csv');
  writeFileSync(csv, `id,text,observedAt\nc1,"two\nlines, ""quoted""",${time}\nc2,only two fields\nc3,fine,${time}\n`);
  const binary = join(at.folder, 'picture.ndjson');
  writeFileSync(binary, Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3, 0xff, 0xfe, 0]));

  async function checkImports(fresh: boolean): Promise<void> {
    const lines = (await commandJson(at, ['import', '--data', at.dataDir, '--file', malformed])) as ImportReport;
    expect(lines).toEqual({
      read: 3,
      added: fresh ? 2 : 0,
      skipped: 1,
      replaying: false,
      problems: [{ record: 2, line: 2, reason: 'it is not valid JSON' }],
    });
    const rows = (await commandJson(at, ['import', '--data', at.dataDir, '--file', csv])) as ImportReport;
    expect(rows).toMatchObject({ read: 3, added: fresh ? 2 : 0, skipped: 1, problems: [{ record: 2, line: 4 }] });
    const picture = await runCommand(at, ['import', '--data', at.dataDir, '--file', binary]);
    expect(picture).toMatchObject({ code: 1, stdout: '' });
    expect(picture.stderr).toMatch(/not.*text|not a text/i);
    const missing = await runCommand(at, ['import', '--data', at.dataDir, '--file', join(at.folder, 'none.csv')]);
    expect(missing).toMatchObject({ code: 1, stdout: '' });
  }

  await checkImports(true);
  const alone = await runCommand(at, ['import', '--data', at.dataDir, '--file', malformed, '--replay', 'x60']);
  expect(alone).toMatchObject({ code: 1, stdout: '' });
  expect(alone.stderr).toMatch(/needs a running host/);

  const host = await startHostProcess(at);
  await checkImports(false);
  const storm = join(at.folder, 'storm.ndjson');
  burst(storm, Date.now() - 60_000, 500);
  expect(await commandJson(at, ['import', '--data', at.dataDir, '--file', storm])).toMatchObject({
    read: 500,
    added: 500,
    skipped: 0,
  });
  const api = await connectApi(host.url, (await invite(at, 'Ana', 'analyst')).token);
  let looks = 0;
  await api.follow('watch', {}, () => (looks += 1));
  await vi.waitFor(() => expect(looks).toBeGreaterThan(3), { timeout: 15_000 });
  expect(await rooms(at)).toEqual([]);
});

test('import --replay plays a file as if it came now, up to x600, and says at once that it does', async () => {
  const at = testFolder();
  const host = await startHostProcess(at);
  const ordinary = join(at.folder, 'ordinary.ndjson');
  burst(ordinary, Date.now() - 3 * 3_600_000, 178, 60_000);
  expect(await commandJson(at, ['import', '--data', at.dataDir, '--file', ordinary])).toMatchObject({ added: 178 });
  const storm = join(at.folder, 'storm.ndjson');
  burst(storm, Date.parse('2026-04-17T14:00:00Z'), 400);
  // Known as history already: played, its mentions are new ones all the same.
  await commandJson(at, ['import', '--data', at.dataDir, '--file', storm]);
  for (const speed of ['x1', '600']) {
    const report = await commandJson(at, ['import', '--data', at.dataDir, '--file', storm, '--replay', speed]);
    expect(report).toMatchObject({ replaying: true, skipped: 0 });
  }
  await vi.waitFor(async () => expect(await rooms(at)).toHaveLength(1), { timeout: 30_000, interval: 500 });
  expect((await rooms(at))[0]).toMatchObject({ phase: 'alarm', ringing: true });
  expect(host.stdout().trim().split('\n')).toHaveLength(1);
});

test('rooms, export and verify say the same with and without a host; what strangers wrote is escaped', async () => {
  const at = testFolder();
  const host = await startHostProcess(at);
  expect(await rooms(at)).toEqual([]);
  const { token } = await invite(at, NAME, 'comms-lead');
  const api = await connectApi(host.url, token);
  const { roomId } = await api.get('alarm.raise', { what: HOSTILE.slice(0, 200), why: '' });
  await act(api, roomId, { ...declaration, title: '# <b>Title</b> | x' } as typeof declaration);
  await act(api, roomId, {
    type: 'addLogEntry',
    text: HOSTILE,
    kind: 'note',
    occurredAt: null,
    lateReason: null,
    corrects: null,
  });
  await act(api, roomId, {
    type: 'addLogEntry',
    text: '=2+5',
    kind: 'decision',
    occurredAt: null,
    lateReason: null,
    corrects: null,
  });

  async function exported(format: string): Promise<string> {
    const out = join(at.folder, `room.${format}`);
    const toFile = await runCommand(at, ['export', roomId, '--data', at.dataDir, '--format', format, '--out', out]);
    expect(toFile).toMatchObject({ code: 0, stdout: '', stderr: '' });
    return readFileSync(out, 'utf8');
  }

  async function checkAll(): Promise<void> {
    const [summary] = await rooms(at);
    expect(summary).toMatchObject({ id: roomId, title: '# <b>Title</b> | x', phase: 'open', severity: 'sev2' });
    expect((summary?.deadline ?? 0) - (summary?.t0 ?? 0)).toBe(300_000);

    const csv = await exported('csv');
    expect(csv).not.toMatch(/(^|,)"?[=+@-][^\n]*calc/m);
    expect(csv).toContain(`'=cmd`);
    const html = await exported('html');
    expect(html).not.toMatch(/<script|<img|<b>Title/);
    expect(html).toContain('&lt;script&gt;');
    const md = await exported('md');
    expect(md).not.toMatch(/<script|<img|<b>/);
    const table = md.split('\n').filter((line) => line.startsWith('| 20'));
    for (const row of table) expect(row.match(/(?<!\\)\|/g)).toHaveLength(4);
    expect(md).not.toContain('](javascript');

    const direct = await runCommand(at, ['export', roomId, '--data', at.dataDir]);
    expect(direct).toMatchObject({ code: 0, stderr: '' });
    expect(direct.stdout).toMatch(/^\{"body":.*\}\n$/s);
    const jsonl = await exported('jsonl');
    const file = join(at.folder, 'room.jsonl');
    const good = await runCommand(at, ['verify', file]);
    expect(good).toMatchObject({ code: 0, stderr: '' });
    const digest = /"sha256":"([0-9a-f]{64})"/.exec(jsonl)?.[1];
    expect(digest).toBeDefined();
    const fingerprint = /"workspace":"([0-9a-f]{64})"/.exec(jsonl)?.[1] ?? '';
    expect((await runCommand(at, ['verify', file, '--trust', fingerprint])).code).toBe(0);
    expect((await runCommand(at, ['verify', file, '--trust', 'f'.repeat(64)])).code).toBe(1);
    const tampered = join(at.folder, 'tampered.jsonl');
    writeFileSync(tampered, jsonl.replace('=2+5', '=2+6'));
    const bad = await runCommand(at, ['verify', tampered]);
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(/line \d+/i);
    expect((await runCommand(at, ['verify', join(at.folder, 'none.jsonl')])).code).toBe(1);
    const unknown = await runCommand(at, ['export', '20260101-0000-abcde', '--data', at.dataDir]);
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
  }

  await checkAll();
  const link = (await commandJson(at, ['access-link', '--data', at.dataDir])) as { url: string };
  expect(link.url).toContain(`${host.url}/#token=`);
  await host.stop();
  await checkAll();
  expect(await runCommand(at, ['access-link', '--data', at.dataDir])).toMatchObject({ code: 1, stdout: '' });
  const nothing = await runCommand(at, ['restore', '--data', at.dataDir]);
  expect(nothing).toMatchObject({ code: 0, stdout: 'Nothing is damaged. Nothing was changed.\n' });
});

test('a command is run from the folder its paths are meant from', async () => {
  const at = testFolder();
  burst(join(at.folder, 'few.ndjson'), 0, 3);
  const { code } = await runCommand(at, ['import', '--data', 'data', '--file', 'few.ndjson'], at.folder);
  expect(code).toBe(0);
  expect(existsSync(join(at.dataDir, 'workspace.db'))).toBe(true);
  expect(existsSync(join(REPOSITORY, 'data'))).toBe(false);
});
