import { expect, onTestFinished, test, vi } from 'vitest';
import WebSocket from 'ws';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import type { SyncLimits } from '../../src-main/host/sync/sync-socket.ts';
import { createDocumentLink, type LinkState } from '../../src-renderer/state/document-link.ts';
import { createMemoryDocumentStore } from '../support/memory-document-store.ts';
import { NOTES, startSyncHost } from '../support/sync-host.ts';

const SOON = { timeout: 10_000 };

async function host(limits: Partial<SyncLimits> = {}) {
  const stores = new Map([[NOTES, createMemoryDocumentStore()]]);
  const served = await startSyncHost({ stores, limits });
  onTestFinished(() => served.kill());

  /** The page's own line, as a tab has it, in the name of one of the host's people. */
  function tab(token: string, doc = new Y.Doc()) {
    const states: LinkState[] = [];
    const awareness = new Awareness(doc);
    const link = createDocumentLink({
      document: NOTES,
      url: served.url,
      doc,
      awareness,
      getToken: () => Promise.resolve(token),
      socket: WebSocket as unknown as typeof globalThis.WebSocket,
      onState: (state) => states.push(state),
      onUnsent: () => undefined,
    });
    onTestFinished(() => {
      link.destroy();
      awareness.destroy();
    });
    return { doc, link, states, text: doc.getText('text'), is: () => states.at(-1) };
  }
  return { ...served, tab };
}

test('a full document: the words stay in the tab and are counted, a fresh tab can still delete', async () => {
  const { tab, service } = await host({ documentUnits: 100 });
  const [anna, ben] = [tab('anna'), tab('ben')];
  await vi.waitFor(() => expect([anna.is()?.state, ben.is()?.state]).toEqual(['synced', 'synced']), SOON);
  anna.text.insert(0, 'x'.repeat(90));
  await vi.waitFor(() => expect(ben.text).toHaveLength(90), SOON);
  await vi.waitFor(() => expect(anna.link.unsentLength()).toBe(0), SOON);
  anna.text.insert(90, 'and twenty more words');
  await vi.waitFor(() => expect(anna.is()).toEqual({ state: 'refused', reason: 'full' }), SOON);
  expect(anna.text.toString()).toBe(`${'x'.repeat(90)}and twenty more words`);
  expect(anna.link.unsentLength()).toBe(21);
  expect(ben.text).toHaveLength(90);

  // What is unsent goes along with every try, so a deletion does not help here; it does where nothing is unsent.
  anna.text.delete(0, 10);
  anna.link.retry();
  await vi.waitFor(
    () => expect(anna.states.slice(-2)).toMatchObject([{ state: 'connecting' }, { reason: 'full' }]),
    SOON,
  );
  expect(anna.link.unsentLength()).toBe(21);
  const again = tab('anna');
  await vi.waitFor(() => expect(again.text).toHaveLength(90), SOON);
  again.text.delete(0, 10);
  await vi.waitFor(() => expect(ben.text).toHaveLength(80), SOON);
  expect(service.textOf(NOTES)?.text).toHaveLength(80);
});

test('words under the client id of somebody else: refused, kept and counted, and nothing of it reaches anybody', async () => {
  const { tab, service } = await host();
  const anna = tab('anna');
  anna.text.insert(0, 'Mine. ');
  await vi.waitFor(() => expect(service.textOf(NOTES)?.text).toBe('Mine. '), SOON);
  // As after somebody copied a browser's profile: the same document, the same client id, another device.
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(anna.doc));
  copy.clientID = anna.doc.clientID;
  copy.getText('text').insert(6, 'As if it were hers. ');
  const ben = tab('ben', copy);
  await vi.waitFor(() => expect(ben.is()).toEqual({ state: 'refused', reason: 'not-yours' }), SOON);
  expect(ben.link.unsentLength()).toBe(20);
  expect(ben.text.toString()).toBe('Mine. As if it were hers. ');
  anna.text.insert(6, 'Still mine. ');
  await vi.waitFor(() => expect(service.textOf(NOTES)?.text).toBe('Mine. Still mine. '), SOON);
});
