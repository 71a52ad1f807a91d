// Windows are pages of Chromium. Stock Chromium knows no scheme of ours: app://host/ is shown as http://host.localhost/,
// which is a secure context too, and answered by the same handler.
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { app, chromiumReady, handlersByScheme, isQuitting, openWindows, policy } from './app.mjs';
import { events, send } from './chromium.mjs';
import { codec, mainWorldSource, preloadWorldSource } from './page.mjs';

const WORLD = 'standin-preload';
/** Asked when an origin is loaded and then set in Chromium: the policy holds, the moment of asking is another. */
const PERMISSIONS = ['geolocation', 'notifications', 'clipboard-read', 'midi', 'loopback-network', 'local-network'];

function toPage(address) {
  const url = new URL(address);
  if (!handlersByScheme.has(url.protocol.slice(0, -1))) return address;
  return `http://${url.host}.localhost${url.pathname || '/'}${url.search}${url.hash}`;
}

function fromPage(address) {
  const [scheme] = handlersByScheme.keys();
  return scheme ? address.replace(/^http:\/\/([^/]+)\.localhost(?=\/|$)/, `${scheme}://$1`) : address;
}

function preventable(url) {
  const event = { url, defaultPrevented: false, preventDefault: () => (event.defaultPrevented = true) };
  return event;
}

class WebContents extends EventEmitter {
  static #lastId = 0;
  id = ++WebContents.#lastId;
  targetId = null;
  #url = 'about:blank';
  #expected = null;
  #context = null;
  #originsByContext = new Map();
  #decideOpen = () => ({ action: 'allow' });
  #session = null;

  constructor(window, options) {
    super();
    this.window = window;
    this.attached = chromiumReady.then(() => this.#attach(options));
    queueMicrotask(() => app.emit('web-contents-created', {}, this));
  }

  #send(method, params) {
    return send(method, params, this.#session);
  }

  async #attach({ width = 800, height = 600, webPreferences = {} }) {
    const target = await send('Target.createTarget', { url: 'about:blank', newWindow: true, width, height });
    this.targetId = target.targetId;
    this.#session = (await send('Target.attachToTarget', { targetId: this.targetId, flatten: true })).sessionId;
    const on = (method, listener) => events.on(`${this.#session} ${method}`, listener);
    on('Fetch.requestPaused', (request) => void this.#answer(request));
    on('Runtime.executionContextCreated', ({ context }) => {
      if (context.name !== WORLD || context.auxData?.frameId !== this.targetId) return;
      this.#context = context.id;
      this.#originsByContext.set(context.id, context.origin);
    });
    on('Runtime.executionContextDestroyed', ({ executionContextId }) => {
      this.#originsByContext.delete(executionContextId);
      if (this.#context === executionContextId) this.#context = null;
    });
    on('Runtime.bindingCalled', ({ name, payload, executionContextId }) => {
      if (name === '__standinOpen') this.#decideOpen({ url: fromPage(payload), disposition: 'foreground-tab' });
      else void this.#receive(codec.fromText(payload), this.#originsByContext.get(executionContextId) ?? 'null');
    });
    on('Page.frameNavigated', ({ frame }) => this.#arrived(frame));
    on('Page.navigatedWithinDocument', ({ frameId, url }) => {
      if (frameId !== this.targetId) return;
      this.#url = url;
      this.emit('did-navigate-in-page', {}, this.getURL(), true);
    });
    on('Page.loadEventFired', () => this.emit('did-finish-load', {}));
    await Promise.all([
      this.#send('Page.enable'),
      this.#send('Runtime.enable'),
      this.#send('Fetch.enable', { patterns: [{ urlPattern: '*' }] }),
      this.#send('Runtime.addBinding', { name: '__standinOpen' }),
      this.#send('Runtime.addBinding', { name: '__standinSend', executionContextName: WORLD }),
      this.#send('Page.addScriptToEvaluateOnNewDocument', { source: mainWorldSource }),
    ]);
    if (!webPreferences.preload) return;
    const source = preloadWorldSource(readFileSync(webPreferences.preload, 'utf8'));
    await this.#send('Page.addScriptToEvaluateOnNewDocument', { source, worldName: WORLD });
  }

  #arrived(frame) {
    if (frame.id !== this.targetId) return;
    this.#url = frame.url + (frame.urlFragment ?? '');
    this.emit('did-navigate', {}, this.getURL());
  }

  /** Every request of the page comes through here: navigations are judged, our scheme is answered. */
  async #answer({ requestId, request, resourceType, frameId }) {
    const url = fromPage(request.url);
    const ofMainFrame = resourceType === 'Document' && frameId === this.targetId;
    if (ofMainFrame && url !== this.#expected) {
      const event = preventable(url);
      this.emit('will-navigate', event, url);
      if (event.defaultPrevented) return this.#send('Fetch.failRequest', { requestId, errorReason: 'Aborted' });
    }
    if (ofMainFrame) this.#expected = null;
    const handler = handlersByScheme.get(new URL(url).protocol.slice(0, -1));
    if (!handler) return this.#send('Fetch.continueRequest', { requestId }).catch(() => {});
    try {
      const response = await handler(new Request(url, { method: request.method, headers: request.headers }));
      await this.#send('Fetch.fulfillRequest', {
        requestId,
        responseCode: response.status,
        responseHeaders: [...response.headers].map(([name, value]) => ({ name, value })),
        body: Buffer.from(await response.arrayBuffer()).toString('base64'),
      });
    } catch (cause) {
      process.stderr.write(`${String(cause?.stack ?? cause)}\n`);
      await this.#send('Fetch.failRequest', { requestId, errorReason: 'Failed' }).catch(() => {});
    }
  }

  async #receive({ id, channel, args, title }, origin) {
    if (title !== undefined) return this.window.titleChanged(title);
    const url = `${fromPage(origin)}/`;
    const event = { sender: this, senderFrame: { url, origin: fromPage(origin), parent: null } };
    if (id === undefined) return ipcMain.emit(channel, event, ...args);
    try {
      const handler = invokeHandlers.get(channel);
      if (!handler) throw new Error(`No handler registered for '${channel}'`);
      this.#post({ id, ok: true, value: await handler(event, ...args) });
    } catch (cause) {
      this.#post({ id, ok: false, value: new Error(`Error invoking remote method '${channel}': ${cause}`) });
    }
  }

  #post(message) {
    if (this.#context === null || this.isDestroyed()) return;
    const expression = `__standinReceive(${JSON.stringify(codec.toText(message))})`;
    this.#send('Runtime.evaluate', { expression, contextId: this.#context }).catch(() => {});
  }

  send(channel, ...args) {
    if (this.isDestroyed()) throw new TypeError('Object has been destroyed');
    this.#post({ channel, args });
  }

  async loadURL(address) {
    await this.attached;
    for (const name of PERMISSIONS) {
      const setting = policy.allows(this, name, new URL(address).origin === 'null' ? address : new URL(address).origin);
      const permission = {
        permission: { name },
        setting: setting ? 'granted' : 'denied',
        origin: new URL(toPage(address)).origin,
      };
      await send('Browser.setPermission', permission).catch(() => {}); // a name this Chromium does not know
    }
    const loaded = new Promise((resolve) => this.once('did-finish-load', resolve));
    this.#expected = address.split('#', 1)[0];
    const { errorText, loaderId } = await this.#send('Page.navigate', { url: toPage(address) });
    if (errorText) throw new Error(`${errorText} loading '${address}'`);
    if (loaderId === undefined) return void (this.#expected = null); // the same document, another fragment
    await loaded;
    this.window.emit('ready-to-show');
  }

  getURL() {
    return fromPage(this.#url);
  }
  setWindowOpenHandler(decide) {
    this.#decideOpen = decide;
  }
  isDestroyed() {
    return this.window.isDestroyed();
  }
  isDevToolsOpened() {
    return false;
  }
}

export const webContents = {
  getAllWebContents: () => BrowserWindow.getAllWindows().map((window) => window.webContents),
  fromDevToolsTargetId: (id) => webContents.getAllWebContents().find((contents) => contents.targetId === id),
};

export class BrowserWindow extends EventEmitter {
  static #lastId = 0;
  static getAllWindows = () => [...openWindows];
  static getFocusedWindow = () => BrowserWindow.getAllWindows().find((window) => window.isFocused()) ?? null;
  static fromWebContents = (contents) => contents?.window ?? null;
  id = ++BrowserWindow.#lastId;
  #title;
  #bounds;
  #visible;
  #focused = false;
  #minimized = false;
  #maximized = false;

  constructor(options = {}) {
    super();
    const { contextIsolation = true, sandbox = true, nodeIntegration = false } = options.webPreferences ?? {};
    if (!contextIsolation || !sandbox || nodeIntegration) throw new Error('The stand-in runs sandboxed windows only.');
    this.#title = options.title ?? app.name;
    this.#visible = options.show !== false;
    this.#bounds = { x: options.x ?? 0, y: options.y ?? 0, width: options.width ?? 800, height: options.height ?? 600 };
    openWindows.add(this);
    this.webContents = new WebContents(this, options);
  }

  titleChanged(title) {
    if (title === this.#title) return;
    const event = preventable('');
    this.emit('page-title-updated', event, title, true);
    if (!event.defaultPrevented) this.#title = title;
  }
  loadURL(url) {
    return this.webContents.loadURL(url);
  }
  show() {
    this.#visible = true;
    this.emit('show');
    this.focus();
  }
  hide() {
    this.#visible = false;
    this.blur();
    this.emit('hide');
  }
  focus() {
    for (const other of openWindows) if (other !== this) other.blur();
    if (this.#focused) return;
    this.#focused = true;
    this.emit('focus');
  }
  blur() {
    if (!this.#focused) return;
    this.#focused = false;
    this.emit('blur');
  }
  minimize() {
    this.#minimized = true;
    this.blur();
    this.emit('minimize');
  }
  restore() {
    this.#minimized = false;
    this.emit('restore');
  }
  maximize() {
    this.#maximized = true;
    this.emit('maximize');
  }
  flashFrame() {}
  isFocused() {
    return this.#focused;
  }
  isMinimized() {
    return this.#minimized;
  }
  isMaximized() {
    return this.#maximized;
  }
  isVisible() {
    return this.#visible;
  }
  getTitle() {
    return this.#title;
  }
  setTitle(title) {
    this.#title = title;
  }
  getBounds() {
    return { ...this.#bounds };
  }
  getNormalBounds() {
    return { ...this.#bounds };
  }
  setBounds(bounds) {
    Object.assign(this.#bounds, bounds);
    this.emit('move');
    this.emit('resize');
  }
  isDestroyed() {
    return !openWindows.has(this);
  }
  close() {
    const event = preventable('');
    this.emit('close', event);
    if (!event.defaultPrevented) this.destroy();
  }
  destroy() {
    const { targetId } = this.webContents;
    if (targetId) send('Target.closeTarget', { targetId }).catch(() => {});
    this.gone();
  }
  gone() {
    if (!openWindows.delete(this)) return;
    this.webContents.emit('destroyed');
    this.emit('closed');
    if (openWindows.size === 0 && !isQuitting()) app.emit('window-all-closed');
  }
}

events.on('Target.targetDestroyed', ({ targetId }) => webContents.fromDevToolsTargetId(targetId)?.window.gone());

const invokeHandlers = new Map();
export const ipcMain = Object.assign(new EventEmitter(), {
  handle(channel, handler) {
    if (invokeHandlers.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`);
    invokeHandlers.set(channel, handler);
  },
  removeHandler: (channel) => void invokeHandlers.delete(channel),
});
