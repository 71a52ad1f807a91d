import { appendFileSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, test, vi } from 'vitest';
import { instant, type Instant, type OperatorId, type RoomId } from '../../shared/base/ids.ts';
import type { RoomCommand } from '../../shared/protocol/commands.ts';
import { connectApi } from '../support/api-client.ts';
import { declaration } from '../support/crisis-story.ts';
import { serveInProcess } from '../support/host-in-process.ts';
import { testFolder } from '../support/host-process.ts';
import { createFakeTime } from '../support/mention-fixtures.ts';

/** What is full: the mention store, all rooms, or one of them. */
const full = vi.hoisted((): { mentions: boolean; rooms: boolean | string } => ({ mentions: false, rooms: false }));

function refuse(): never {
  throw new Sqlite.SqliteError('database or disk is full', 'SQLITE_FULL');
}

vi.mock(import('../../src-main/app/mentions.ts'), async (original) => {
  const { openMentions } = await original();
  return {
    openMentions(...args) {
      const opened = openMentions(...args);
      const { insert, setCursor } = opened.store;
      const store: typeof opened.store = {
        ...opened.store,
        insert: (mentions) => (full.mentions ? refuse() : insert(mentions)),
        setCursor: (feedId, cursor) => (full.mentions ? refuse() : setCursor(feedId, cursor)),
      };
      return { ...opened, store };
    },
  };
});

vi.mock(import('../../src-main/app/data-folder.ts'), async (original) => {
  const real = await original();
  return {
    ...real,
    openLogFile(file, logId, options) {
      const opened = real.openLogFile(file, logId, options);
      if (!opened.ok) return opened;
      const { log } = opened.value;
      const append: typeof log.append = (...args) =>
        logId !== 'workspace' && (full.rooms === true || full.rooms === logId) ? refuse() : log.append(...args);
      return { ok: true, value: { ...opened.value, log: withAppend(log, append) } };
    },
  };
});

function withAppend<Log extends object>(log: Log, append: unknown): Log {
  return new Proxy(log, { get: (target, key) => (key === 'append' ? append : Reflect.get(target, key, target)) });
}

/** A host whose clock and timers stand still until they are told to move. */
async function startHost() {
  Object.assign(full, { mentions: false, rooms: false });
  const at = testFolder();
  const time = createFakeTime(Date.now());
  let ahead = 0;
  const clock = { now: (): Instant => instant(time.clock.now() + ahead) };
  const served = await serveInProcess(at, { clock, schedule: time.schedule });
  const founded = served.host.founded();
  if (!founded) throw new Error('nothing is founded');
  return {
    ...served,
    ...founded,
    founded,
    at,
    pass: time.pass,
    /** Hours go by in which nothing ran. */
    jump: (ms: number) => void (ahead += ms),
    now: clock.now,
    notices: () => served.host.notices.all().map(({ id }) => id),
    rooms: () => [...founded.warRoom.rooms.values()],
    feedFile: (name: string) => join(at.dataDir, 'feeds', name),
    token: served.host.access.issueToken(founded.owner()),
  };
}

const HOUR = 60 * 60_000;

function lines(mentions: readonly { readonly id: string; readonly at: number; readonly author?: string }[]): string {
  return mentions
    .map(({ id, at, author = '@a' }) => `${JSON.stringify({ id, author, text: `about ${id}`, observedAt: at })}\n`)
    .join('');
}

/** Two quiet hours, so that the monitor knows what is usual. */
function quietHours(now: number): string {
  return lines(
    Array.from({ length: 60 }, (_, n) => ({ id: `q${String(now)}-${String(n)}`, at: now - 2 * HOUR + n * 100_000 })),
  );
}

function outbreak(now: number): string {
  return lines(
    Array.from({ length: 80 }, (_, n) => ({
      id: `o${String(now)}-${String(n)}`,
      at: now,
      author: `@p${String(n % 30)}`,
    })),
  );
}

test('a mention store on a full disk: the host lives and says so, and everything arrives when there is room', async () => {
  const host = await startHost();
  writeFileSync(host.feedFile('press.ndjson'), lines([{ id: 'before', at: host.now() }]));
  host.pass(6_000);
  full.mentions = true;
  appendFileSync(
    host.feedFile('press.ndjson'),
    lines([
      { id: 'while-1', at: host.now() },
      { id: 'while-2', at: host.now() },
    ]),
  );
  host.pass(30_000);
  expect(host.notices()).toEqual(['storage']);
  expect(host.watchView(host.now()).feeds).toMatchObject([{ state: 'failed', accepted: 1 }]);
  full.mentions = false;
  host.pass(6_000);
  expect(host.notices()).toEqual([]);
  expect(host.watchView(host.now()).feeds).toMatchObject([{ state: 'live', accepted: 3, skipped: 0 }]);
  const stored = host.mentions.search({ text: '', watchQueryId: null, before: null, limit: 10 });
  expect(stored.map(({ id }) => id).sort()).toEqual(['before', 'while-1', 'while-2']);
});

test('an alarm that could not be recorded rings as soon as there is room, once, and leaves no empty rooms behind', async () => {
  const host = await startHost();
  writeFileSync(host.feedFile('press.ndjson'), quietHours(host.now()));
  host.pass(6 * 60_000);
  full.rooms = true;
  const brokeOutAt = host.now();
  appendFileSync(host.feedFile('press.ndjson'), outbreak(host.now()));
  host.pass(90_000);
  expect(host.rooms()).toEqual([]);
  expect(readdirSync(join(host.at.dataDir, 'rooms'))).toEqual([]);
  expect(host.notices()).toEqual(['storage']);
  full.rooms = false;
  host.pass(5_000);
  expect(host.notices()).toEqual([]);
  const [room, ...others] = host.rooms();
  expect(others).toEqual([]);
  expect(room?.state.alarm).toMatchObject({ phase: 'ringing', cause: 'spike' });
  if (room?.state.alarm.phase !== 'ringing') throw new Error('nothing rings');
  expect(room.state.alarm.t0).toBeGreaterThanOrEqual(brokeOutAt);
  expect(room.state.alarm.t0).toBeLessThanOrEqual(brokeOutAt + 2_000);
});

test.each(['acknowledged', 'still ringing'])(
  'an alarm that was %s and never declared does not keep the next storm quiet',
  async (answer) => {
    const host = await startHost();
    writeFileSync(host.feedFile('press.ndjson'), quietHours(host.now()));
    host.pass(6 * 60_000);
    appendFileSync(host.feedFile('press.ndjson'), outbreak(host.now()));
    host.pass(90_000);
    const [first] = host.rooms();
    if (first?.state.alarm.phase !== 'ringing') throw new Error('nothing rings');
    if (answer === 'acknowledged') {
      const caller = { sessionId: 'test', operatorId: host.owner() as OperatorId, door: 'local' } as const;
      const command: RoomCommand = { type: 'acknowledgeAlarm', alarmId: first.state.alarm.alarmId };
      expect(host.warRoom.handle(caller, first.file.roomId, command)).toMatchObject({ ok: true });
    }
    host.jump(2 * HOUR);
    host.pass(12 * 60_000);
    appendFileSync(host.feedFile('press.ndjson'), outbreak(host.now()));
    host.pass(90_000);
    expect(host.rooms()).toHaveLength(1); // the same storm: evidence, not another alarm
    host.jump(7 * HOUR);
    host.pass(12 * 60_000);
    appendFileSync(host.feedFile('press.ndjson'), outbreak(host.now()));
    host.pass(90_000);
    expect(host.rooms().map(({ state }) => state.alarm.phase)).toEqual([
      answer === 'acknowledged' ? 'acknowledged' : 'ringing',
      'ringing',
    ]);
  },
);

test('a room that cannot record does not silence the others', async () => {
  const host = await startHost();
  const roomIds: RoomId[] = [];
  const caller = { sessionId: 'test', operatorId: host.owner() as OperatorId, door: 'local' } as const;
  for (const what of ['Ovens', 'Fridges']) {
    const alarm = { cause: 'person', what, why: '', t0: host.now(), spike: null } as const;
    const raised = host.warRoom.raiseAlarm(alarm, host.owner());
    if (!raised.ok) throw new Error(raised.error.code);
    const { roomId } = raised.value.file;
    expect(host.warRoom.handle(caller, roomId, declaration)).toMatchObject({ ok: true });
    roomIds.push(roomId);
  }
  const breaches = () =>
    host.rooms().map(({ state }) => (state.incident.phase === 'open' ? state.incident.breaches.length : -1));
  const samples = () =>
    host.rooms().map(({ events }) => events.filter(({ event }) => event.type === 'RateSampled').length);
  full.rooms = roomIds[0] ?? false;
  host.jump(24 * HOUR);
  host.pass(2_000);
  expect(breaches()).toEqual([0, 1]);
  host.pass(3 * 60_000);
  const [first, second] = samples();
  expect(first).toBe(0);
  expect(second).toBeGreaterThanOrEqual(3);
  full.rooms = false;
  host.pass(2_000);
  expect(breaches()).toEqual([1, 1]);
  expect(samples()).toEqual([second, second]); // what the room was owed, it got
  expect(host.notices()).toEqual([]);
});

test('a room can be entered and read on a full disk; that somebody came is recorded later', async () => {
  const host = await startHost();
  const api = await connectApi(host.url, host.token);
  const { roomId } = await api.get('alarm.raise', { what: 'Ovens', why: '' });
  full.rooms = true;
  const { events } = await api.follow('room', { roomId, present: true });
  expect(events.map(({ event }) => event.type)).toEqual(['AlarmRaised']);
  expect(host.notices()).toEqual(['storage']);
  host.pass(10_000);
  full.rooms = false;
  host.pass(10_000);
  const present = () => Object.keys(host.warRoom.rooms.get(roomId)?.state.present ?? {});
  expect(present()).toEqual([host.owner()]);

  full.rooms = true;
  api.close();
  await api.closed;
  await vi.waitFor(() => expect(host.host.founded()).not.toBeNull());
  await new Promise((resolve) => setImmediate(resolve));
  host.pass(30_000);
  expect(present()).toEqual([host.owner()]);
  full.rooms = false;
  host.pass(10_000);
  expect(present()).toEqual([]);
});

test('files whose names an id cannot tell apart are feeds of their own, and a folder that cannot be read is tried again', async () => {
  const host = await startHost();
  const long = 'the-same-beginning-of-a-name-that-is-much-too-long-for-an-id';
  for (const name of [`${long}-one.csv`, `${long}-two.csv`, 'пресса.csv', 'форум.csv'])
    writeFileSync(host.feedFile(name), `id,text\n${name},"about us"\n`);
  host.pass(6_000);
  const { feeds } = host.watchView(host.now());
  expect(new Set(feeds.map(({ feedId }) => feedId)).size).toBe(4);
  expect(feeds.map(({ accepted }) => accepted)).toEqual([1, 1, 1, 1]);

  const folder = join(host.at.dataDir, 'feeds');
  renameSync(folder, `${folder}-aside`);
  writeFileSync(folder, 'a file in its place');
  host.pass(12_000);
  expect(host.logged.some(([, about]) => JSON.stringify(about).includes('feed folder'))).toBe(true);
  renameSync(folder, `${folder}-file`);
  mkdirSync(folder);
  writeFileSync(host.feedFile('new.csv'), 'id,text\nx,"about us"\n');
  host.pass(12_000);
  expect(existsSync(host.feedFile('new.csv'))).toBe(true);
  expect(host.watchView(host.now()).feeds).toHaveLength(5);
});
