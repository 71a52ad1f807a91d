// What anybody would write who has only npm and a token: nothing of ours is imported here.
import process from 'node:process';
import WebSocket from 'ws';
import { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';

const [address, document, token, words] = process.argv.slice(2);
const ydoc = new Y.Doc();
const provider = new WebsocketProvider(address, document, ydoc, { WebSocketPolyfill: WebSocket, params: { token } });
const text = ydoc.getText('text');

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

// Said a turn later: whether it tries again is settled after this event.
provider.on('connection-close', (event) =>
  setTimeout(() => say({ closed: event.code, again: provider.shouldConnect })),
);
provider.on('sync', (synced) => {
  if (synced && words) text.insert(text.length, words);
});
text.observe(() => say({ text: text.toString() }));
