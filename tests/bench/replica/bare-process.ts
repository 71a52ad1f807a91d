// What the machine can do at all, in a process of its own: asked by join.ts and relay.ts.
import { verify, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { WebSocket, WebSocketServer } from 'ws';
import type { PublicKeyHex, SignatureHex } from '../../../shared/base/ids.ts';
import { invariant } from '../../../shared/base/invariant.ts';
import { eventBytes, type UnsignedEnvelope } from '../../../shared/log/envelope.ts';
import { MOST_FRAME_EVENTS, MOST_UNACKNOWLEDGED } from '../../../shared/protocol/replica-frames.ts';
import { prepareEd25519 } from '../../../src-main/identity/ed25519.ts';
import { LOG_FILE_MIGRATIONS } from '../../../src-main/store/migrations/log-file.ts';
import { openDatabase } from '../../../src-main/store/open-database.ts';
import { answerTasks } from '../sync/worker.ts';
import { paced, sharedNow } from './pace.ts';

/** As many at once as the program asks of the thread pool, and rows in a commit. */
const VERIFIED_AT_ONCE = 16;
const ROWS_PER_COMMIT = 250;
const PAGE = Buffer.alloc(4096, 1);

export interface Hop {
  /** Where the next one listens; null at the end. */
  readonly next: number | null;
  /** Where a page is written and synced before anything is passed on; null for nothing. */
  readonly folder: string | null;
}

let sockets: WebSocketServer | null = null;
let pass: (message: Buffer) => void = () => undefined;
let arrived: number[] = [];

answerTasks({
  /** In ms: the signatures of this log, with nothing beside. */
  async verify({ file }: { file: string }) {
    const items = rowsOf(file).map((row) => {
      const prepared = prepareEd25519(row['author'] as PublicKeyHex, row['signature'] as SignatureHex);
      invariant(prepared, 'the log was signed');
      return { ...prepared, message: eventBytes(row['envelope'] as string) };
    });
    const began = sharedNow();
    let next = 0;
    async function verifySome(): Promise<void> {
      for (let item = items[next++]; item !== undefined; item = items[next++])
        invariant(await isSigned(item), 'the log was signed');
    }
    await Promise.all(Array.from({ length: VERIFIED_AT_ONCE }, verifySome));
    return sharedNow() - began;
  },

  /** In ms: the same rows put into the same table. */
  insert({ file, folder }: { file: string; folder: string }) {
    const rows = rowsOf(file);
    const opened = openDatabase(join(folder, 'bare.db'), { migrations: LOG_FILE_MIGRATIONS, create: true });
    invariant(opened.ok, 'a new file opens');
    const columns = Object.keys(rows[0] ?? {});
    const places = columns.map((column) => `@${column}`).join();
    const insert = opened.value.prepare(`INSERT INTO event (${columns.join()}) VALUES (${places})`);
    const commit = opened.value.transaction((group: typeof rows) => {
      for (const row of group) insert.run(row);
    });
    const began = sharedNow();
    for (let from = 0; from < rows.length; from += ROWS_PER_COMMIT)
      commit.immediate(rows.slice(from, from + ROWS_PER_COMMIT));
    const ms = sharedNow() - began;
    opened.value.close();
    return ms;
  },

  /** Takes frames as they come, and answers each. */
  async receive() {
    return listen((socket) => {
      socket.on('message', (message: Buffer) => {
        if (message.toString('utf8').length > 0) socket.send('taken');
      });
    });
  },

  /** Sends the log's events in frames like ours. */
  async send({ file, port }: { file: string; port: number }) {
    const frames = framesOf(file);
    const socket = await connect(port);
    const began = sharedNow();
    let sent = 0;
    let taken = 0;
    await new Promise<void>((resolve) => {
      function sendMore(): void {
        while (sent < frames.length && sent - taken < MOST_UNACKNOWLEDGED) socket.send(frames[sent++] ?? '');
      }
      socket.on('message', () => {
        taken += 1;
        if (taken === frames.length) resolve();
        sendMore();
      });
      sendMore();
    });
    const ms = sharedNow() - began;
    socket.terminate();
    return { ms, bytes: frames.reduce((sum, frame) => sum + Buffer.byteLength(frame), 0) };
  },

  /** Becomes one of three in a row; returns where it listens. */
  async hop({ next, folder }: Hop) {
    const file = folder === null ? null : openSync(join(folder, 'pages'), 'w');
    const onward = next === null ? null : await connect(next);
    pass = (message) => {
      if (file !== null) {
        writeSync(file, PAGE);
        fdatasyncSync(file);
      }
      if (onward === null) arrived[message.readUInt32BE()] = sharedNow();
      else onward.send(message);
    };
    process.once('exit', () => void (file === null || closeSync(file)));
    return listen((socket) => void socket.on('message', (message: Buffer) => pass(message)));
  },

  /** As the first of the row: passes on so many messages of this size. */
  async pass({ count, everyMs, bytes }: { count: number; everyMs: number; bytes: number }) {
    const times: number[] = [];
    await paced(count, everyMs, (turn) => {
      const message = Buffer.alloc(bytes);
      message.writeUInt32BE(turn);
      times.push(sharedNow());
      pass(message);
    });
    return times;
  },

  /** As the last of the row: when each message was there, once all are. */
  async arrivals({ count }: { count: number }) {
    while (arrived.filter(() => true).length < count) await new Promise((resolve) => setTimeout(resolve, 20));
    const times = arrived;
    arrived = [];
    return times;
  },
});

type Row = Readonly<Record<string, string | number | null>>;

function rowsOf(file: string): readonly Row[] {
  const db = new Sqlite(file, { readonly: true });
  const rows = db.prepare<[], Row>('SELECT * FROM event ORDER BY idx').all();
  db.close();
  return rows;
}

function framesOf(file: string): readonly string[] {
  const events = rowsOf(file).map(({ envelope, signature, body, salt }) => {
    const signed = { ...(JSON.parse(envelope as string) as UnsignedEnvelope), signature };
    return JSON.stringify({ envelope: signed, body: JSON.parse(body as string) as unknown, salt });
  });
  return Array.from({ length: Math.ceil(events.length / MOST_FRAME_EVENTS) }, (_, frame) =>
    events.slice(frame * MOST_FRAME_EVENTS, (frame + 1) * MOST_FRAME_EVENTS).join(),
  );
}

function isSigned(item: { key: KeyObject; message: Uint8Array; signature: Uint8Array }): Promise<boolean> {
  return new Promise((resolve) => {
    verify(null, item.message, item.key, item.signature, (error, isGood) => resolve(error === null && isGood));
  });
}

async function listen(onSocket: (socket: WebSocket) => void): Promise<number> {
  sockets = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  sockets.on('connection', onSocket);
  await once(sockets, 'listening');
  return (sockets.address() as AddressInfo).port;
}

async function connect(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${String(port)}`, { perMessageDeflate: false });
  await once(socket, 'open');
  return socket;
}
