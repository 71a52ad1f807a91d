import { contextBridge, ipcRenderer } from 'electron';
import { BRIDGE, BRIDGE_NAME } from '../shared/protocol/bridge.ts';
import type { Transport } from '../shared/protocol/wire.ts';

// Two functions and nothing else: neither `ipcRenderer` nor an event object ever reaches the page.
const pushesById = new Map<number, (payload: unknown) => void>();
let lastId = 0;

ipcRenderer.on(BRIDGE.payload, (_event, id: number, payload: unknown) => pushesById.get(id)?.(payload));
ipcRenderer.send(BRIDGE.begin);

const bridge: Transport = {
  invoke: (endpoint, input) => ipcRenderer.invoke(BRIDGE.invoke, endpoint, input) as Promise<unknown>,
  subscribe(topic, params, push) {
    const id = ++lastId;
    pushesById.set(id, push);
    ipcRenderer.send(BRIDGE.subscribe, id, topic, params);
    return () => {
      if (pushesById.delete(id)) ipcRenderer.send(BRIDGE.unsubscribe, id);
    };
  },
};

contextBridge.exposeInMainWorld(BRIDGE_NAME, bridge);
