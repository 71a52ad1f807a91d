import * as encoding from 'lib0/encoding';
import { writeSyncStep1, writeUpdate } from 'y-protocols/sync';
import { expect, onTestFinished, test, vi } from 'vitest';
import * as Y from 'yjs';
import type { RoomId } from '../../../shared/base/ids.ts';
import type { CommandAccepted } from '../../../shared/protocol/endpoints.ts';
import { callLocalHost } from '../../../src-main/host/call-local-host.ts';
import { act } from '../../support/crisis-story.ts';
import { declaredRoom, startedText, startOnDisk } from '../../support/disk-host.ts';
import { testFolder } from '../../support/host-process.ts';
import { note } from '../../support/notes-in-log.ts';
import { attachStrace, whyNoStrace } from '../../support/strace.ts';
import { connectRaw, connectStock } from '../../support/sync-host.ts';
import { checkOrder, earlyCheckpoints, isToSocket, readTrace, withoutOneSync } from '../../support/trace.ts';

const EVENTS = 220;
const WORDS = 220;
/** Every call by which bytes get to the disk or out of the process; nothing of them left out. */
const WATCHED = ['-yy', '-s', '1000000', '-e', 'trace=pwrite64,pwritev,write,writev,sendto,sendmsg,fsync,fdatasync'];

test('no answer leaves before its commit was synced, read from the system calls of a host at work', async ({
  skip,
}) => {
  const why = whyNoStrace();
  if (why !== null) return skip(why);
  const at = testFolder();
  const { host, api, token } = await startOnDisk(at);
  const roomId = await declaredRoom(api);
  const [shared, alone] = [await startedText(api, roomId), await startedText(api, roomId)];
  const address = `ws://127.0.0.1:${String(host.port)}/yjs`;
  const asker = await createAsker(address, alone, token);
  const [writer, reader] = [connectStock(address, shared, token), connectStock(address, shared, token)];
  onTestFinished(() => [asker, writer, reader].forEach(({ destroy }) => destroy()));
  await vi.waitFor(() => expect([writer, reader].map(({ provider }) => provider.synced)).toEqual([true, true]), 10_000);

  const strace = await attachStrace(host.pid, WATCHED);
  const hashes: string[] = [];
  const words: string[] = [];
  for (let n = 0; n < Math.max(EVENTS, WORDS); n += 1) {
    // By the two doors in turn; the text while the act is under way, so that their commits come between each other.
    const acted =
      n % 2 === 0 ? act(api, roomId, note(`n${String(n)}`)) : actLocally(at.dataDir, roomId, `n${String(n)}`);
    const word = `w${String(n).padStart(4, '0')}z `;
    words.push(word.trim());
    // Half are seen by somebody else first, some of them several at once; half are in an answer to who wrote them.
    if (n % 2 === 0) writer.text.insert(writer.text.length, word);
    else await asker.writeAndAsk(word);
    if (n % 16 === 0) await vi.waitFor(() => expect(reader.text.toString()).toContain(word), { interval: 2 });
    hashes.push(...(await acted).events.map(({ hash }) => hash));
  }
  await vi.waitFor(() => expect(reader.text.toString()).toBe(writer.text.toString()), 10_000);
  const calls = readTrace(await strace.stop());

  const events = checkOrder(calls, hashes);
  expect(events.tooEarly).toEqual([]);
  expect(events.left.length).toBeGreaterThanOrEqual(200);
  const texts = checkOrder(calls, words);
  expect(texts.tooEarly).toEqual([]);
  expect(texts.left.length).toBeGreaterThanOrEqual(200);
  // A mark that led would make a log look older than it is.
  const marks = checkOrder(calls, hashes, ({ file }) => file.endsWith('high-water.txt'));
  expect(marks.tooEarly).toEqual([]);
  expect(marks.left.length).toBeGreaterThanOrEqual(200);
  expect(earlyCheckpoints(calls)).toEqual([]);

  // The check itself: of the same calls without one sync, what waited for that one left too early.
  const { without, syncs } = withoutOneSync(calls, [...hashes, ...words]);
  expect(checkOrder(without, [...hashes, ...words]).tooEarly.length).toBeGreaterThan(0);
  console.info(
    `${String(events.left.length)} events and ${String(texts.left.length)} texts left in ` +
      `${String(calls.filter(isToSocket).length)} writes to sockets, after ${String(syncs)} syncs of a log`,
  );
});

async function actLocally(dataDir: string, roomId: RoomId, text: string): Promise<CommandAccepted> {
  const reply = await callLocalHost(dataDir, 'room.command', { roomId, command: note(text) });
  if (!reply?.ok) throw new Error(`refused: ${JSON.stringify(reply)}`);
  return reply.value as CommandAccepted;
}

/** Writes into a text that nobody else has open, and asks in the same breath for all that the host holds of it. */
async function createAsker(address: string, document: string, token: string) {
  const { socket } = await connectRaw(address, document, token);
  const doc = new Y.Doc();
  const text = doc.getText('text');
  const received: Buffer[] = [];
  socket.on('message', (frame: Buffer) => void received.push(frame));
  doc.on('update', (update: Uint8Array) => {
    socket.send(syncFrame((encoder) => writeUpdate(encoder, update)));
    socket.send(syncFrame((encoder) => writeSyncStep1(encoder, new Y.Doc())));
  });
  return {
    async writeAndAsk(word: string): Promise<void> {
      text.insert(text.length, word);
      await vi.waitFor(() => expect(received.some((frame) => frame.includes(word))).toBe(true), { interval: 2 });
      received.length = 0;
    },
    destroy: () => socket.terminate(),
  };
}

function syncFrame(write: (encoder: encoding.Encoder) => void): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, 0);
  write(encoder);
  return encoding.toUint8Array(encoder);
}
