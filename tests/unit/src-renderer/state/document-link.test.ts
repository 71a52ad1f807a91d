import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { afterEach, expect, test } from 'vitest';
import { Awareness } from 'y-protocols/awareness';
import { readSyncMessage, writeSyncStep1, writeUpdate } from 'y-protocols/sync';
import * as Y from 'yjs';
import { createDocumentLink, type DocumentLink, type LinkState } from '../../../../src-renderer/state/document-link.ts';
import { createManualSchedule, settle } from '../manual-schedule.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A host that speaks the sync protocol to fake sockets, and refuses with `refusal` where one is set. */
function setUp(getToken?: () => Promise<string | undefined>) {
  const host = new Y.Doc();
  const urls: string[] = [];
  const world = { refusal: 0, deaf: false, tokens: 0, emptied: null as Y.Doc | null };
  let current: FakeSocket | undefined;

  class FakeSocket {
    readonly OPEN = 1;
    readyState = 0;
    binaryType = '';
    onopen: (() => void) | null = null;
    onmessage: ((event: { data: Uint8Array }) => void) | null = null;
    onclose: ((event: { code: number; reason: string }) => void) | null = null;
    onerror: (() => void) | null = null;
    constructor(url: string) {
      urls.push(url);
      // eslint-disable-next-line @typescript-eslint/no-this-alias -- the host's end of it
      current = this;
      queueMicrotask(() => {
        this.readyState = 1;
        this.onopen?.();
        if (world.refusal) this.lose(world.refusal);
        else this.push((encoder) => writeSyncStep1(encoder, world.emptied ?? host));
      });
    }
    send(data: Uint8Array): void {
      if (world.deaf || world.refusal) return;
      const decoder = decoding.createDecoder(data);
      if (decoding.readVarUint(decoder) !== 0) return;
      const encoder = encoding.createEncoder();
      encoding.writeVarUint(encoder, 0);
      readSyncMessage(decoder, encoder, host, this);
      if (encoding.length(encoder) > 1)
        queueMicrotask(() => this.onmessage?.({ data: encoding.toUint8Array(encoder) }));
    }
    push(write: (encoder: encoding.Encoder) => void): void {
      const encoder = encoding.createEncoder();
      encoding.writeVarUint(encoder, 0);
      write(encoder);
      this.onmessage?.({ data: encoding.toUint8Array(encoder) });
    }
    lose(code = 1006): void {
      this.readyState = 3;
      this.onclose?.({ code, reason: '' });
    }
    close(): void {
      this.readyState = 3;
    }
  }

  const doc = new Y.Doc();
  const awareness = new Awareness(doc);
  const states: LinkState[] = [];
  const unsent: boolean[] = [];
  const time = createManualSchedule();
  const link: DocumentLink = createDocumentLink({
    document: 'workspace/notes',
    url: 'ws://host/yjs',
    doc,
    awareness,
    getToken: getToken ?? (() => Promise.resolve(`token-${++world.tokens}`)),
    socket: FakeSocket as unknown as typeof WebSocket,
    schedule: time.schedule,
    random: () => 1,
    onState: (state) => states.push(state),
    onUnsent: (value) => unsent.push(value),
  });
  ends.push(() => {
    link.destroy();
    awareness.destroy();
  });
  return {
    host,
    doc,
    urls,
    world,
    states,
    unsent,
    time,
    link,
    lose: (code?: number) => current?.lose(code),
    push: (write: (encoder: encoding.Encoder) => void) => current?.push(write),
  };
}

const last = <Value>(values: readonly Value[]): Value | undefined => values.at(-1);

test('an edit is unsent until the host is known to have it', async () => {
  const { doc, host, states, unsent, time } = setUp();
  await settle();
  expect(last(states)).toEqual({ state: 'synced' });
  doc.getText('text').insert(0, 'hello');
  expect(unsent).toEqual([true]);
  await time.pass(300);
  expect(host.getText('text').toString()).toBe('hello');
  expect(unsent).toEqual([true, false]);
});

test('edits made offline stay unsent, arrive afterwards, and each attempt has its own token', async () => {
  const { doc, host, states, unsent, time, urls, lose } = setUp();
  await settle();
  lose();
  expect(last(states)).toEqual({ state: 'offline', retryInMs: 250 });
  doc.getText('text').insert(0, 'offline words');
  expect(last(unsent)).toBe(true);
  await time.pass(250);
  await settle();
  expect(last(states)).toEqual({ state: 'synced' });
  await time.pass(300);
  expect(host.getText('text').toString()).toBe('offline words');
  expect(last(unsent)).toBe(false);
  expect(urls).toEqual(['ws://host/yjs/workspace/notes?token=token-1', 'ws://host/yjs/workspace/notes?token=token-2']);
});

test('an edit sent into a socket that was already dead is still called unsent', async () => {
  const { doc, unsent, world, time, lose, host } = setUp();
  await settle();
  world.deaf = true;
  doc.getText('text').insert(0, 'lost?');
  await time.pass(5_000);
  expect(last(unsent)).toBe(true);
  lose();
  expect(last(unsent)).toBe(true);
  world.deaf = false;
  await time.pass(5_000);
  await settle();
  expect(last(unsent)).toBe(false);
  expect(host.getText('text').toString()).toBe('lost?');
});

test('4401 gets one fresh token and then stops; a retry by hand begins anew', async () => {
  const { states, urls, world, time, link, lose } = setUp();
  await settle();
  world.refusal = 4401;
  lose(4401);
  await settle();
  expect(last(states)).toEqual({ state: 'refused', reason: 'token' });
  expect(urls).toHaveLength(2);
  await time.pass(60_000);
  expect(urls).toHaveLength(2);
  world.refusal = 0;
  link.retry();
  await settle();
  expect(last(states)).toEqual({ state: 'synced' });
});

test('what coming back would not mend stops it at once, and it says why', async () => {
  for (const [code, reason] of [
    [4403, 'read-only'],
    [4404, 'no-such-document'],
    [4409, 'not-yours'],
    [4413, 'full'],
    [1003, 'unfit'],
    [1009, 'unfit'],
  ] as const) {
    const { states, urls, time, lose } = setUp();
    await settle();
    lose(code);
    await time.pass(60_000);
    expect(last(states)).toEqual({ state: 'refused', reason });
    expect(urls).toHaveLength(1);
  }
});

test('a host that cannot be asked for a token is tried again, one that gives none is not', async () => {
  const away = setUp(() => Promise.reject(new Error('unreachable')));
  await settle();
  expect(last(away.states)).toEqual({ state: 'offline', retryInMs: 250 });
  await away.time.pass(250);
  expect(last(away.states)).toEqual({ state: 'offline', retryInMs: 500 });
  expect(away.urls).toEqual([]);
  const shut = setUp(() => Promise.resolve(undefined));
  await settle();
  expect(last(shut.states)).toEqual({ state: 'refused', reason: 'token' });
});

test('edits kept from before are unsent until the host has them', async () => {
  const { link, unsent, time } = setUp();
  link.markUnsent();
  expect(unsent).toEqual([true]);
  await settle();
  await time.pass(300);
  expect(unsent).toEqual([true, false]);
});

test('what the host refuses stays in the text, is counted, and goes along with a try by hand only', async () => {
  for (const code of [4409, 4413]) {
    const { doc, host, states, unsent, time, urls, world, link, lose } = setUp();
    const text = doc.getText('text');
    await settle();
    text.insert(0, 'Known. ');
    await time.pass(300);
    expect(link.unsentLength()).toBe(0);
    world.deaf = true; // the host takes nothing of it
    text.insert(7, 'Not taken, and half of it gone again');
    text.delete(17, 26);
    lose(code);
    await time.pass(60_000);
    expect(urls).toHaveLength(1);
    expect(text.toString()).toBe('Known. Not taken,');
    expect([last(unsent), link.unsentLength()]).toEqual([true, 10]);

    // Typing goes on into the tab alone.
    text.insert(0, '! ');
    expect(link.unsentLength()).toBe(12);
    world.deaf = false;
    world.refusal = code;
    link.retry();
    await settle();
    expect([last(states)?.state, urls.length, host.getText('text').toString()]).toEqual(['refused', 2, 'Known. ']);
    world.refusal = 0;
    link.retry();
    await settle();
    await time.pass(300);
    expect([last(unsent), link.unsentLength()]).toEqual([false, 0]);
    expect(host.getText('text').toString()).toBe('! Known. Not taken,');
  }
});

test('what others wrote is not counted as unsent', async () => {
  const { doc, host, link, time, push } = setUp();
  await settle();
  host.on('update', (update: Uint8Array) => push((encoder) => writeUpdate(encoder, update)));
  host.getText('text').insert(0, 'From somebody else. ');
  expect(doc.getText('text').toString()).toBe('From somebody else. ');
  expect(link.unsentLength()).toBe(0);
  doc.getText('text').insert(0, 'Mine');
  expect(link.unsentLength()).toBe(4);
  await time.pass(300);
  expect(link.unsentLength()).toBe(0);
});

test('a host that came back with less than it had confirmed lacks it again', async () => {
  const { doc, host, link, time, world, lose } = setUp();
  await settle();
  doc.getText('text').insert(0, 'Once there.');
  await time.pass(300);
  expect([link.unsentLength(), host.getText('text').length]).toEqual([0, 11]);
  world.emptied = new Y.Doc();
  world.deaf = true;
  lose();
  await time.pass(300);
  await settle();
  expect(link.unsentLength()).toBe(11);
});
