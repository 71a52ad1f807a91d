import './zod-without-eval.ts';
import { mount, unmount } from 'svelte';
import { instant } from '../shared/base/ids.ts';
import { invariant } from '../shared/base/invariant.ts';
import { createWarRoomApi } from '../shared/protocol/create-war-room-api.ts';
import { BRIDGE_SYNC_URL, createBridgeSocket } from './api/bridge-socket.ts';
import { createElectronTransport } from './api/electron-transport.ts';
import { browserKeyDeps } from './api/device-key-shelf.ts';
import { makeKeyPair } from './api/device-key.ts';
import { apiUrl, createWebSocketTransport } from './api/websocket-transport.ts';
import App from './App.svelte';
import InsecurePage from './features/sign-in/InsecurePage.svelte';
import KeylessNotice from './features/sign-in/KeylessNotice.svelte';
import SignedOut from './features/sign-in/SignedOut.svelte';
import { isSignedIn, signIn, tokenOf } from './state/access-link.ts';
import { DocumentConnection, syncUrl } from './state/document-connection.svelte.ts';
import { createHostClock, onPageVisible } from './state/host-clock.ts';
import { type OpenDocument, WarRoom } from './state/war-room.svelte.ts';

const found = document.getElementById('app');
invariant(found, 'the page has an element #app');
const target: HTMLElement = found;
const bridge = window.firebreak;

const UPKEEP_MS = 30 * 60 * 1000;
const REFUSED_AGAIN_MS = 10_000;

await start();

async function start(): Promise<void> {
  if (bridge) return openRoom();
  if (!window.isSecureContext) return refuseInsecure();
  void warnOfMissingKey();
  const token = tokenOf(location.hash);
  if (token === null) return (await isSignedIn()) ? openRoom() : askForLink();
  // At once, before anything can read the address or keep it in the history.
  history.replaceState(null, '', `${location.pathname}#/watch`);
  const result = await signIn(token);
  if (result.ok) return openRoom();
  // A stale link does not push out somebody who is signed in already.
  return (await isSignedIn()) ? openRoom() : askForLink(result.error);
}

/** Away from its own machine a browser keeps keys only for pages that came by TLS. */
function refuseInsecure(): void {
  target.replaceChildren();
  mount(InsecurePage, { target });
}

async function warnOfMissingKey(): Promise<void> {
  const deps = browserKeyDeps();
  if (deps && (await makeKeyPair(deps.subtle))) return;
  mount(KeylessNotice, { target: document.body });
}

function askForLink(fault?: string): void {
  const onsignedin = (): void => {
    void unmount(page);
    openRoom();
  };
  target.replaceChildren(); // what the page shows until its script has run
  const page = mount(SignedOut, { target, props: { fault, onsignedin } });
}

function openRoom(): void {
  const transport = bridge ? createElectronTransport(bridge) : createWebSocketTransport({ url: apiUrl(location) });
  const api = createWarRoomApi(transport);
  const clock = createHostClock({
    ask: async () => {
      const result = await api.call('time.now', {});
      if (!result.ok) throw new Error(result.error.message);
      return result.value.now;
    },
    monotonic: () => performance.now(),
    wall: () => Date.now(),
    onVisible: onPageVisible,
  });
  const socket = bridge && createBridgeSocket(bridge, () => crypto.randomUUID());
  const openDocument: OpenDocument = (options) =>
    new DocumentConnection({
      ...options,
      url: bridge ? BRIDGE_SYNC_URL : syncUrl(location),
      getToken: async () => {
        const result = await api.call('document.token', { document: options.document });
        if (result.ok) return result.value.token;
        // Unreachable is tried again; a refusal is final.
        if (result.error.code === 'HostUnreachable') throw new Error(result.error.message);
        return undefined;
      },
      ...(socket && { socket }),
    });
  const warRoom = new WarRoom(api, { now: () => instant(clock.now()), destroy: () => clock.stop() }, openDocument);

  let over = false;
  let refusedAt = Number.NEGATIVE_INFINITY;
  // The key is proved again long before the session ends, so that nobody is interrupted by its end.
  const upkeep = bridge ? undefined : setInterval(() => void isSignedIn(), UPKEEP_MS);
  function leave(then: () => void): void {
    if (over) return;
    over = true;
    clearInterval(upkeep);
    void unmount(page);
    warRoom.destroy();
    transport.close();
    then();
  }
  target.replaceChildren();
  const page = mount(App, {
    target,
    props: { warRoom, retry: () => transport.retry(), onsignedin: () => leave(openRoom) },
  });

  transport.onConnection((connection) => {
    switch (connection.state) {
      case 'connecting':
        return warRoom.connectionChanged('connecting');
      case 'open':
        void clock.refresh();
        return warRoom.connectionChanged('connected');
      case 'down':
        warRoom.connectionChanged('lost');
        // A refused upgrade looks like a lost host to the page; the host itself knows the difference.
        return void isSignedIn().then((signedIn) => {
          if (!signedIn) leave(() => askForLink('You have been signed out.'));
        });
      case 'refused':
        warRoom.connectionChanged('lost');
        return void comeBack();
    }
  });

  /** The session may only be over because its key was not proved in time. Whoever is refused at once again is out. */
  async function comeBack(): Promise<void> {
    const isFirst = performance.now() - refusedAt > REFUSED_AGAIN_MS;
    refusedAt = performance.now();
    if (isFirst && (await isSignedIn())) transport.retry();
    else leave(() => askForLink('This access does not hold any more.'));
  }
}
