import { appendFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { instant, type WatchQueryId } from '../../shared/base/ids.ts';
import { hostInFakeTime, lines, outbreak, quietHours } from '../support/host-in-fake-time.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const OURS = 'my-organisation' as WatchQueryId;

/** A host whose feed was quiet for two hours, and then was not. */
async function ringingHost() {
  const host = await quietHost();
  appendFileSync(host.feedFile('press.ndjson'), outbreak(host.now()));
  host.pass(90_000);
  const [room] = host.rooms();
  if (room?.state.alarm.phase !== 'ringing') throw new Error('nothing rings');
  return { ...host, room, roomId: room.file.roomId, alarm: room.state.alarm };
}

async function quietHost() {
  const host = await hostInFakeTime();
  writeFileSync(host.feedFile('press.ndjson'), quietHours(host.now()));
  host.pass(6 * MINUTE);
  expect(host.rooms()).toEqual([]);
  return host;
}

test('watching instead of answering rings again by itself when its time is over, once', async () => {
  const { room, roomId, alarm, ...host } = await ringingHost();
  const until = instant(host.now() + 30 * MINUTE);
  const watch = { type: 'watchInstead', alarmId: alarm.alarmId, reason: 'Two angry fans.', until } as const;
  await host.get('room.command', { roomId, command: watch });
  expect(room.state.alarm).toMatchObject({ phase: 'watching', watchUntil: until });
  host.pass(29 * MINUTE);
  expect(room.state.alarm.phase).toBe('watching');
  host.pass(2 * MINUTE);
  expect(room.state.alarm).toMatchObject({ phase: 'ringing', acknowledgedBy: null, t0: alarm.t0 });
  const ends = room.events.filter(({ event }) => event.type === 'WatchEnded');
  expect(ends.map(({ event, at }) => [event, at >= until && at <= until + 2_000])).toEqual([
    [{ type: 'WatchEnded', alarmId: alarm.alarmId, why: 'time' }, true],
  ]);
  host.pass(5 * MINUTE);
  expect(room.events.filter(({ event }) => event.type === 'WatchEnded')).toHaveLength(1);
});

test('a watch ends at most a day from now, and its end is not in the past', async () => {
  const { roomId, alarm, ...host } = await ringingHost();
  for (const until of [host.now(), instant(host.now() + 25 * HOUR)]) {
    const watch = { type: 'watchInstead', alarmId: alarm.alarmId, reason: 'Later.', until } as const;
    expect(await host.ask('room.command', { roomId, command: watch })).toMatchObject({
      error: { code: 'WatchTooLong' },
    });
  }
});

test('a watch whose time went by while no host ran rings at the next start', async () => {
  const { roomId, alarm, at, ...host } = await ringingHost();
  const until = instant(host.now() + 30 * MINUTE);
  const watch = { type: 'watchInstead', alarmId: alarm.alarmId, reason: 'Wait for the shop.', until } as const;
  await host.get('room.command', { roomId, command: watch });
  await host.close();
  const next = await hostInFakeTime({ at, from: until + HOUR });
  expect(next.rooms().map(({ state }) => state.alarm.phase)).toEqual(['ringing']);
});

test('a storm that gets worse while somebody watches wakes them before the time', async () => {
  const { room, roomId, alarm, ...host } = await ringingHost();
  const until = instant(host.now() + 5 * HOUR);
  const watch = { type: 'watchInstead', alarmId: alarm.alarmId, reason: 'It may pass.', until } as const;
  await host.get('room.command', { roomId, command: watch });
  host.pass(10 * MINUTE);
  expect(room.state.alarm.phase).toBe('watching');
  appendFileSync(host.feedFile('press.ndjson'), outbreak(host.now(), 900));
  host.pass(2 * MINUTE);
  expect(host.rooms()).toHaveLength(1);
  expect(room.state.alarm.phase).toBe('ringing');
  expect(room.events.map(({ event }) => event.type)).toContain('WatchEnded');
});

test('a peak that people expect wakes nobody, is shown, and ends by itself', async () => {
  const host = await quietHost();
  const watch = host.follow('watch', {});
  const span = { from: host.now(), to: instant(host.now() + 20 * MINUTE) };
  const { peakId } = await host.get('storm.expect', { watchQueryId: OURS, ...span, label: 'Results day' });
  appendFileSync(host.feedFile('press.ndjson'), outbreak(host.now()));
  host.pass(90_000);
  expect(host.rooms()).toEqual([]);
  expect(watch.latest().storms[0]).toMatchObject({ roomId: null, expectedPeak: { peakId, label: 'Results day' } });
  host.pass(20 * MINUTE);
  expect(watch.latest().storms[0]?.expectedPeak).toBeNull();
  expect(await host.ask('storm.unexpect', { peakId })).toMatchObject({ ok: true });
  expect(await host.ask('storm.unexpect', { peakId })).toMatchObject({ error: { code: 'NoSuchPeak' } });
});

test('an expected peak has a fair length and is not over', async () => {
  const host = await hostInFakeTime();
  const expected = async (from: number, to: number) => {
    const input = { watchQueryId: OURS, from: instant(from), to: instant(to), label: 'Campaign' };
    const reply = await host.ask('storm.expect', input);
    return reply.ok ? 'done' : reply.error.code;
  };
  const now = host.now();
  expect(await expected(now, now)).toBe('PeakTooLong');
  expect(await expected(now, now + 8 * 24 * HOUR)).toBe('PeakTooLong');
  expect(await expected(now - 2 * HOUR, now - HOUR)).toBe('PeakOver');
  expect(await expected(now - HOUR, now + HOUR)).toBe('done');
});

test('"this is a crisis" opens a room with the mention in it, and a rise of that storm joins it', async () => {
  const host = await quietHost();
  const { mentions } = await host.get('mentions.search', { text: '', watchQueryId: null, before: null, limit: 1 });
  const [mention] = mentions;
  if (!mention) throw new Error('nothing is stored');
  const key = { watchQueryId: mention.watchQueryId, id: mention.id };
  const { roomId } = await host.get('alarm.raise', { what: 'Glass in the yoghurt', why: '', mention: key });
  const [room] = host.rooms();
  expect(room?.events.map(({ event }) => event.type)).toEqual(['AlarmRaised', 'MentionPinned']);
  expect(room?.events[1]?.event).toMatchObject({ mention: { id: mention.id, text: mention.text }, capture: null });
  appendFileSync(host.feedFile('press.ndjson'), outbreak(host.now()));
  host.pass(90_000);
  expect(host.rooms().map(({ file }) => file.roomId)).toEqual([roomId]);
  expect(host.follow('watch', {}).latest().storms[0]).toMatchObject({ state: 'spike', roomId });
  const none = { ...key, id: 'nothing' };
  expect(await host.ask('alarm.raise', { what: 'x', why: '', mention: none })).toMatchObject({
    error: { code: 'NoSuchMention' },
  });
  expect(host.rooms()).toHaveLength(1);
});

test('a backlog that shows an old storm opens it as history, without a sound', async () => {
  const host = await quietHost();
  host.jump(2 * HOUR);
  host.pass(MINUTE);
  const outbreakAt = host.now() - 50 * MINUTE;
  const before = lines([{ id: 'before', at: outbreakAt - HOUR }]);
  const after = lines([{ id: 'after', at: host.now() - 20 * MINUTE }]);
  appendFileSync(host.feedFile('press.ndjson'), before + outbreak(outbreakAt) + after);
  host.pass(MINUTE);
  const [room, ...others] = host.rooms();
  expect(others).toEqual([]);
  expect(room?.state.alarm).toMatchObject({ phase: 'watching', acknowledgedBy: null });
  expect(room?.events.find(({ event }) => event.type === 'AlarmRaised')?.event).toMatchObject({ isHistory: true });
  host.pass(10 * MINUTE);
  expect(host.rooms()).toHaveLength(1);
  expect(host.rooms()[0]?.state.alarm.phase).toBe('watching');
});

test('a host that starts again in the middle of a storm goes on with it', async () => {
  const { at, roomId, ...host } = await ringingHost();
  const now = host.now();
  await host.close();
  const next = await hostInFakeTime({ at, from: now + MINUTE });
  next.pass(5 * MINUTE);
  expect(next.rooms().map(({ file }) => file.roomId)).toEqual([roomId]);
  expect(next.follow('watch', {}).latest().storms[0]).toMatchObject({ state: 'spike', roomId });
});
