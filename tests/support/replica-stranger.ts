import { bytesToHex } from '@noble/hashes/utils.js';
import type { SignatureHex } from '../../shared/base/ids.ts';
import { unsignedText, type LogId, type SignedEvent } from '../../shared/log/envelope.ts';
import type { Signer } from '../../shared/log/signing.ts';
import { utf8Bytes } from '../../shared/base/utf8.ts';
import { signerOf } from './log-fixtures.ts';
import { createMemoryWire } from './replica-links.ts';
import type { ReplicaHost, ReplicaWorld } from './replica-world.ts';

/** A host that is let in, and then says whatever the test makes it say. */
export function connectStranger(world: ReplicaWorld, to: ReplicaHost, name = 'stranger') {
  const key = signerOf(`host ${name}`).publicKey;
  const wire = createMemoryWire(world.time.schedule);
  const heard: { readonly kind: string; readonly log?: LogId; readonly [name: string]: unknown }[] = [];
  const isIn = to.replica.connect(wire.a, { hostId: key, key, name, clockOffMs: 0 });
  const send = (frame: object): void => wire.b.send(JSON.stringify(frame));
  wire.b.onMessage((text) => {
    const frame = JSON.parse(text) as (typeof heard)[0];
    heard.push(frame);
    // It keeps nothing, and is polite about it: whoever acknowledges nothing is cut after a while.
    if (frame.kind === 'events') send({ kind: 'ack', log: frame.log, tips: [], length: 0, frames: 1 });
  });
  if (isIn) send({ kind: 'ready' });
  return {
    key,
    isIn,
    heard,
    send,
    sendText: (text: string) => wire.b.send(text),
    /** Why the host closed it. */
    closed: () => wire.a.closed,
    sendEvents: (log: LogId, events: readonly SignedEvent[]) =>
      send({ kind: 'events', log, events: events.map(({ envelope, body, salt }) => ({ envelope, body, salt })) }),
    count: (kind: string): number => heard.filter((frame) => frame.kind === kind).length,
    status: () => to.replica.status().peers.find((peer) => peer.hostId === key),
  };
}

/** The same event with a signature over its text under another domain: what a proof or a text's signature would be. */
export function signedUnder(domain: string, event: SignedEvent, signer: Signer): SignedEvent {
  const { signature: _, ...unsigned } = event.envelope;
  const message = utf8Bytes(domain + unsignedText(unsigned));
  return { ...event, envelope: { ...unsigned, signature: bytesToHex(signer.sign(message)) as SignatureHex } };
}

/** One that looks right and was signed by nobody. */
export function forged(event: SignedEvent): SignedEvent {
  const { signature } = event.envelope;
  const other = (signature.startsWith('0') ? '1' : '0') + signature.slice(1);
  return { ...event, envelope: { ...event.envelope, signature: other as SignatureHex } };
}
