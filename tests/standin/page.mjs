// Source text that runs in the page: the preload in a real isolated world, and the bridge between the two worlds. The
// functions are written out as text, so each may use nothing but its own arguments and the page's globals.

/** Values as structured clone would carry them, as text: JSON, with tags for what JSON loses. */
function makeCodec() {
  const TAG = '\u0000kind';
  const refuse = () => {
    throw new Error('An object could not be cloned.');
  };

  function plain(value, keepFunction) {
    if (value === undefined) return { [TAG]: 'undefined' };
    if (typeof value === 'symbol') return refuse();
    if (typeof value === 'function') return { [TAG]: 'function', id: (keepFunction ?? refuse)(value) };
    if (value === null || typeof value !== 'object') return value;
    if (value instanceof Date) return { [TAG]: 'date', time: value.getTime() };
    if (value instanceof Error) return { [TAG]: 'error', name: value.name, message: value.message };
    if (value instanceof Map) return { [TAG]: 'map', entries: plain([...value], keepFunction) };
    if (value instanceof Set) return { [TAG]: 'set', values: plain([...value], keepFunction) };
    if (value instanceof ArrayBuffer) return { [TAG]: 'buffer', text: toBase64(new Uint8Array(value)) };
    if (ArrayBuffer.isView(value)) {
      return { [TAG]: 'bytes', text: toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) };
    }
    if (Array.isArray(value)) return value.map((item) => plain(item, keepFunction));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item, keepFunction)]));
  }

  function revive(value, makeFunction) {
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map((item) => revive(item, makeFunction));
    switch (value[TAG]) {
      case undefined:
        return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item, makeFunction)]));
      case 'function':
        return makeFunction(value.id);
      case 'date':
        return new Date(value.time);
      case 'error':
        return Object.assign(new Error(value.message), { name: value.name });
      case 'map':
        return new Map(revive(value.entries, makeFunction));
      case 'set':
        return new Set(revive(value.values, makeFunction));
      case 'bytes':
        return fromBase64(value.text);
      case 'buffer':
        return fromBase64(value.text).buffer;
      default:
        return undefined;
    }
  }

  function toBase64(bytes) {
    let text = '';
    for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    return btoa(text);
  }
  const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

  return {
    toText: (value, keepFunction) => JSON.stringify(plain(value, keepFunction)),
    fromText: (text, makeFunction) => revive(JSON.parse(text), makeFunction),
  };
}

/** One end of the context bridge. Calls cross as text in synchronous DOM events; functions stay on their own side. */
function makeBridge(own, other, codec) {
  const functionsById = new Map();
  let lastId = 0;
  function keep(fn) {
    functionsById.set(++lastId, fn);
    return lastId;
  }
  const post = (detail) => document.dispatchEvent(new CustomEvent(`standin-${other}`, { detail }));

  function proxy(id) {
    return (...args) => {
      let outcome = null;
      const reply = keep((kind, value) => (outcome = { kind, value }));
      post(codec.toText({ call: id, args, reply }, keep));
      functionsById.delete(reply);
      if (!outcome) throw new Error('The other world is gone.');
      if (outcome.kind === 'thrown') throw outcome.value;
      return outcome.kind === 'value'
        ? outcome.value
        : new Promise((resolve, reject) => outcome.value(resolve, reject));
    };
  }

  function freeze(value) {
    for (const item of Object.values(value)) if (item instanceof Object) freeze(item);
    return Object.freeze(value);
  }

  document.addEventListener(`standin-${own}`, ({ detail }) => {
    const { call, args, reply, expose, value } = codec.fromText(detail, proxy);
    if (expose) return void Object.defineProperty(globalThis, expose, { value: freeze(value), enumerable: true });
    const fn = functionsById.get(call);
    if (!reply) return void fn?.(...args);
    const answer = (kind, result) => post(codec.toText({ call: reply, args: [kind, result], reply: 0 }, keep));
    try {
      const result = fn(...args);
      if (result instanceof Promise) answer('promise', (resolve, reject) => void result.then(resolve, reject));
      else answer('value', result);
    } catch (cause) {
      answer('thrown', cause);
    }
  });
  return { expose: (key, value) => post(codec.toText({ expose: key, value }, keep)) };
}

/** What a sandboxed preload may require. */
function makePreloadElectron(bridge, codec, send) {
  const listenersByChannel = new Map();
  const pendingById = new Map();
  let lastId = 0;
  const ipcRenderer = {
    invoke: (channel, ...args) =>
      new Promise((resolve, reject) => {
        pendingById.set(++lastId, { resolve, reject });
        send(codec.toText({ id: lastId, channel, args }));
      }),
    send: (channel, ...args) => send(codec.toText({ channel, args })),
    on(channel, listener) {
      listenersByChannel.set(channel, [...(listenersByChannel.get(channel) ?? []), listener]);
      return ipcRenderer;
    },
    off(channel, listener) {
      const others = (listenersByChannel.get(channel) ?? []).filter((one) => one !== listener);
      listenersByChannel.set(channel, others);
      return ipcRenderer;
    },
  };
  globalThis.__standinReceive = (text) => {
    const { id, ok, value, channel, args } = codec.fromText(text);
    if (id === undefined) {
      for (const listener of listenersByChannel.get(channel) ?? []) listener({ sender: ipcRenderer }, ...args);
      return;
    }
    const { resolve, reject } = pendingById.get(id);
    pendingById.delete(id);
    if (ok) resolve(value);
    else reject(value);
  };
  return { ipcRenderer, contextBridge: { exposeInMainWorld: (key, value) => bridge.expose(key, value) } };
}

export const mainWorldSource = `(() => {
  if (window !== window.top) return;
  const codec = (${makeCodec})();
  (${makeBridge})('main', 'preload', codec);
  const open = globalThis.__standinOpen;
  delete globalThis.__standinOpen;
  window.open = (url) => (open(String(new URL(url, location.href))), null);
  addEventListener('click', (event) => {
    const link = event.target.closest?.('a[target=_blank]');
    if (!link || event.defaultPrevented) return;
    event.preventDefault();
    open(link.href);
  });
})();`;

export function preloadWorldSource(preload) {
  return `(() => {
  if (window !== window.top) return;
  const codec = (${makeCodec})();
  const bridge = (${makeBridge})('preload', 'main', codec);
  const electron = (${makePreloadElectron})(bridge, codec, (text) => globalThis.__standinSend(text));
  const require = (name) => {
    if (name === 'electron' || name === 'electron/renderer') return electron;
    throw new Error('module not found: ' + name);
  };
  const module = { exports: {} };
  ((require, module, exports) => {
${preload}
  })(require, module, module.exports);
  // Headless Chromium does not tell when the title changes.
  const tell = () => globalThis.__standinSend(codec.toText({ title: document.title }));
  addEventListener('DOMContentLoaded', () => {
    tell();
    new MutationObserver(tell).observe(document.head, { childList: true, subtree: true, characterData: true });
  });
})();`;
}

export const codec = makeCodec();
