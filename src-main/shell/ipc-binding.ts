/**
 * The page's two functions, bound to the host.
 *
 * 1. Nothing is looked at before the sender is known to be the main frame of our own page.
 * 2. A window's subscriptions end with the page that began them: at its next page, its crash, its end.
 * 3. A page that is gone is never sent to.
 */
import { ipcMain, type IpcMainEvent, type IpcMainInvokeEvent, type WebContents } from 'electron';
import { z } from 'zod';
import { BRIDGE } from '../../shared/protocol/bridge.ts';
import type { Api, Caller } from '../commands/ports.ts';
import { isOwnPage } from './links.ts';

const Id = z.int().nonnegative();
const Subscribe = z.tuple([Id, z.string().max(64), z.unknown()]);
const Invoke = z.tuple([z.string().max(64), z.unknown()]);
const MOST_SUBSCRIPTIONS = 512;

export interface IpcDeps {
  readonly api: Api;
  readonly ownOrigin: string;
  /** A subscription the host did not open, or a payload that cannot cross: the page hears nothing of it. */
  failed(topic: string, cause: unknown): void;
}

export function bindIpc({ api, ownOrigin, failed }: IpcDeps): void {
  const endsByPage = new Map<WebContents, Map<number, () => void>>();

  function isTrusted(event: IpcMainEvent | IpcMainInvokeEvent): boolean {
    const frame = event.senderFrame;
    return frame !== null && frame.parent === null && isOwnPage(frame.url, ownOrigin);
  }

  function endsOf(page: WebContents): Map<number, () => void> {
    const known = endsByPage.get(page);
    if (known) return known;
    const ends = new Map<number, () => void>();
    endsByPage.set(page, ends);
    page.once('destroyed', () => {
      endAll(ends);
      endsByPage.delete(page);
    });
    page.on('render-process-gone', () => endAll(ends));
    return ends;
  }

  ipcMain.handle(BRIDGE.invoke, (event, ...args: unknown[]) => {
    if (!isTrusted(event)) throw new Error('This page may not ask.');
    const [endpoint, input] = Invoke.parse(args);
    return api.invoke(callerOf(event.sender), endpoint, input);
  });

  ipcMain.on(BRIDGE.begin, (event) => {
    if (isTrusted(event)) endAll(endsOf(event.sender));
  });

  ipcMain.on(BRIDGE.subscribe, (event, ...args: unknown[]) => {
    const parsed = Subscribe.safeParse(args);
    if (!isTrusted(event) || !parsed.success) return;
    const [id, topic, params] = parsed.data;
    const page = event.sender;
    const ends = endsOf(page);
    if (ends.has(id) || ends.size >= MOST_SUBSCRIPTIONS) return;
    const opened = api.subscribe(callerOf(page), topic, params, (payload) => {
      try {
        if (!page.isDestroyed()) page.send(BRIDGE.payload, id, payload);
      } catch (cause) {
        // Whoever announced it goes on to tell the others.
        failed(topic, cause);
      }
    });
    if (opened.ok) ends.set(id, opened.value);
    else failed(topic, opened.error);
  });

  ipcMain.on(BRIDGE.unsubscribe, (event, ...args: unknown[]) => {
    const id = Id.safeParse(args[0]);
    if (!isTrusted(event) || !id.success) return;
    const ends = endsOf(event.sender);
    ends.get(id.data)?.();
    ends.delete(id.data);
  });
}

/** Who the owner of the folder acts as is the host's to say; a window only says which window it is. */
function callerOf(page: WebContents): Caller {
  return { sessionId: `window-${String(page.id)}`, operatorId: null, door: 'desktop' };
}

function endAll(ends: Map<number, () => void>): void {
  for (const end of ends.values()) end();
  ends.clear();
}
