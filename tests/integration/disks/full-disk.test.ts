import { expect, onTestFinished, test, vi } from 'vitest';
import { declaredRoom, type HostOnDisk, startedText, startOnDisk, storageNotice } from '../../support/disk-host.ts';
import { testFolder } from '../../support/host-process.ts';
import { mountSmallDisk, NO_MOUNTS } from '../../support/small-disk.ts';
import { connectStock } from '../../support/sync-host.ts';

const MEGABYTES = 20;
const PATIENCE = { timeout: 20_000, interval: 50 };

test('a full disk under a host that is killed and started on it: it can be read all the time, and goes on when there is room', async ({
  skip,
}) => {
  const at = testFolder();
  const disk = mountSmallDisk(at.dataDir, MEGABYTES);
  if (!disk) return skip(NO_MOUNTS);
  let on = await startOnDisk(at);
  const roomId = await declaredRoom(on.api);
  const document = await startedText(on.api, roomId);
  const connect = () => {
    const client = connectStock(`ws://127.0.0.1:${String(on.host.port)}/yjs`, document, on.token);
    onTestFinished(client.destroy);
    return client;
  };
  const [writer, reader] = [connect(), connect()];
  writer.text.insert(0, 'Before. ');
  await vi.waitFor(() => expect(reader.text.toString()).toBe('Before. '), PATIENCE);
  const acknowledged: string[] = [];
  const refused: string[] = [];

  async function write(times: number): Promise<void> {
    for (let n = 0; n < times; n += 1) {
      const text = `note ${String(acknowledged.length + refused.length)} ${'x'.repeat(3_000)}`;
      const refusal = await on.write(roomId, text);
      if (refusal !== null) expect(refusal).toBe('StorageFailed');
      (refusal === null ? acknowledged : refused).push(text);
    }
  }

  /** Everything that was acknowledged, nothing that was refused, and whoever comes now reads the same. */
  async function expectReadable(host: HostOnDisk, text: string): Promise<void> {
    expect(await host.notes(roomId)).toEqual(acknowledged);
    expect(await host.verified(roomId)).toBe(true);
    expect((await host.api.get('room.export', { roomId, format: 'jsonl' })).text).toContain('"IncidentDeclared"');
    const late = connect();
    await vi.waitFor(() => expect([late.provider.synced, late.text.toString()]).toEqual([true, text]), PATIENCE);
    late.destroy();
  }

  await write(3);
  expect(refused).toEqual([]);
  disk.fill();
  // What is free inside of the files is used up first.
  await vi.waitFor(async () => {
    await write(10);
    expect(refused.length).toBeGreaterThan(10);
  }, PATIENCE);
  await storageNotice(on, /full/);
  const typed = `Typed on a full disk. ${'y'.repeat(20_000)}`;
  writer.text.insert(writer.text.length, typed);
  await write(5);
  await expectReadable(on, 'Before. ');
  expect(reader.text.toString()).toBe('Before. ');

  // The machine goes off: the next host finds not one free byte either. Nobody may bring words back meanwhile.
  writer.provider.disconnect();
  await on.host.kill();
  on = await startOnDisk(at, { ...on, port: on.host.port });
  await expectReadable(on, 'Before. ');
  const refusedBefore = refused.length;
  await write(5);
  expect(refused.length).toBeGreaterThan(refusedBefore);
  await storageNotice(on, /full/);
  await expectReadable(on, 'Before. ');

  disk.makeRoom();
  await vi.waitFor(async () => expect(await on.write(roomId, 'room again')).toBeNull(), PATIENCE);
  acknowledged.push('room again');
  await vi.waitFor(() => expect(on.notices()).toEqual([]), PATIENCE);
  writer.provider.connect();
  await vi.waitFor(() => expect(reader.text.toString()).toBe(`Before. ${typed}`), PATIENCE);
  await write(3);
  await on.host.kill();
  on = await startOnDisk(at, { ...on, port: on.host.port });
  await expectReadable(on, `Before. ${typed}`);
  expect(refused.length).toBeGreaterThan(20);
  await on.host.stop();
});
