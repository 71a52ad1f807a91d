import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { ImportReport } from '../../shared/protocol/endpoints.ts';
import type { WatchView } from '../../shared/protocol/views.ts';
import { connectApi } from '../support/api-client.ts';
import {
  asNdjson,
  convertCrisislex,
  type ConvertedMention,
  isCrisislexThere,
  timeOfSnowflake,
} from '../support/crisislex.ts';
import { type HostInside, serveInProcess } from '../support/host-in-process.ts';
import { testFolder } from '../support/host-process.ts';

const GLASGOW = '2013_Glasgow_helicopter_crash';
const MISSING = !isCrisislexThere(GLASGOW);
const NOT_BESIDE = 'the data set ../shared/data/crisislex is not beside the repository';
const HOUR_MS = 3_600_000;
/** A helicopter fell on the Clutha in Glasgow at 22:22 on this day; the first tweet of it came two minutes later. */
const OUTBREAK = Date.parse('2013-11-29T22:24:00Z');

test('the time of a tweet is in its id', () => {
  expect(new Date(timeOfSnowflake('406495271334719488')).toISOString()).toBe('2013-11-29T18:49:59.660Z');
});

test('Glasgow: every labelled tweet is one of the timeline, in order, none twice', (context) => {
  context.skip(MISSING, NOT_BESIDE);
  const { labelled, records } = convertCrisislex(GLASGOW);
  expect(labelled).toBe(1100);
  expect(records).toHaveLength(2563);
  expect(records.every(({ text }) => text !== '')).toBe(true);
  expect(new Set(records.map(({ id }) => id)).size).toBe(records.length);
  const times = records.map(({ observedAt }) => observedAt);
  expect(times).toEqual(times.toSorted());
});

async function importedInto({ host }: HostInside, file: string, replay: number | null): Promise<ImportReport> {
  const caller = { sessionId: 'command', operatorId: null, door: 'local' } as const;
  const reply = await host.api.invoke(caller, 'mentions.import', { file, replay });
  if (!reply.ok) throw new Error(reply.error.message);
  return reply.value as ImportReport;
}

function movedTo(records: readonly ConvertedMention[], end: number): readonly ConvertedMention[] {
  const by = end - Date.parse(records.at(-1)?.observedAt ?? '');
  return records.map((record) => ({
    ...record,
    id: `before-${record.id}`,
    observedAt: new Date(Date.parse(record.observedAt) + by).toISOString(),
  }));
}

test('Glasgow: imported it is history and calm; played at speed after ordinary days it alarms within seconds', async (context) => {
  context.skip(MISSING, NOT_BESIDE);
  const at = testFolder();
  const served = await serveInProcess(at);
  const { host, url } = served;
  const api = await connectApi(url, host.access.issueToken(host.founded()?.owner() ?? null));
  const { records } = convertCrisislex(GLASGOW);
  const write = (name: string, part: readonly ConvertedMention[]) => {
    const file = join(at.folder, name);
    writeFileSync(file, asNdjson(part));
    return file;
  };
  const whole = await importedInto(served, write('whole.ndjson', records), null);
  expect(whole).toMatchObject({ read: 2563, added: 2563, skipped: 0, problems: [] });

  // The quiet weeks at its end stand for the ordinary days before: moved so that they end now.
  const quiet = records.filter(({ observedAt }) => Date.parse(observedAt) > OUTBREAK + 14 * 24 * HOUR_MS);
  const ordinary = await importedInto(served, write('ordinary.ndjson', movedTo(quiet, Date.now() - 60_000)), null);
  expect(ordinary.added).toBe(quiet.length);
  const looks: WatchView[] = [];
  await api.follow('watch', {}, (view) => looks.push(view));
  await vi.waitFor(() => expect(looks.length).toBeGreaterThan(3), { timeout: 20_000 });
  expect(looks.at(-1)?.storms[0]?.state).not.toBe('spike');
  expect(await api.get('rooms.list', {})).toEqual([]);

  const crisis = records.filter(
    ({ observedAt }) => Date.parse(observedAt) > OUTBREAK && Date.parse(observedAt) < OUTBREAK + 12 * HOUR_MS,
  );
  expect(await importedInto(served, write('crisis.ndjson', crisis), 60)).toMatchObject({
    replaying: true,
    skipped: 0,
  });
  const startedAt = Date.now();
  await vi.waitFor(async () => expect(await api.get('rooms.list', {})).toHaveLength(1), {
    timeout: 60_000,
    interval: 100,
  });
  const seconds = (Date.now() - startedAt) / 1000;
  const [room] = await api.get('rooms.list', {});
  if (!room) throw new Error('no room');
  expect(room).toMatchObject({ phase: 'alarm', ringing: true });
  const { events } = await api.follow('room', { roomId: room.id });
  const spike = events.find(({ event }) => event.type === 'SpikeDetected')?.event;
  const alarm = events.find(({ event }) => event.type === 'AlarmRaised')?.event;
  if (spike?.type !== 'SpikeDetected' || alarm?.type !== 'AlarmRaised') throw new Error('no alarm');
  expect(spike.observed).toBeGreaterThanOrEqual(6);
  expect(spike.observed).toBeGreaterThan(spike.upper);
  expect(alarm).toMatchObject({ cause: 'spike', t0: spike.abnormalSince });
  // The replay is moved to now, and T0 is when the first abnormal mention came in here.
  expect(alarm.t0).toBeGreaterThanOrEqual(startedAt - 2_000);
  const newest = await api.get('mentions.search', { text: '', watchQueryId: null, before: null, limit: 1 });
  expect(newest.mentions[0]?.id).toMatch(/^replay-crisis-ndjson-.*:/);
  console.info(
    `Glasgow at x60: alarm after ${seconds.toFixed(1)} s, ${String(spike.observed)} mentions where at most ${spike.upper.toFixed(0)} were normal`,
  );
});
