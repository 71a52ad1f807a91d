import { startWireServer, type WireServer } from './wire-server.ts';

export interface JetstreamFrame {
  readonly timeUs: number;
  readonly text: string;
}

export interface JetstreamServer extends WireServer {
  readonly url: string;
  /** Everything it has, in order: what a cursor is answered from. */
  readonly frames: JetstreamFrame[];
  /** Kept, and sent to whoever listens. */
  publish(frame: JetstreamFrame): void;
  /** Sent to whoever listens, and not kept. */
  sendRaw(data: string | Uint8Array): void;
}

/** Speaks `/subscribe` and `subscribeEvents` as Jetstream does: the cursor is a time, and inclusive. */
export async function startJetstream(
  options: { readonly port?: number; readonly path?: string; readonly frames?: readonly JetstreamFrame[] } = {},
): Promise<JetstreamServer> {
  const frames: JetstreamFrame[] = [...(options.frames ?? [])];
  const server = await startWireServer({
    ...(options.port === undefined ? {} : { port: options.port }),
    onSocket(socket, url) {
      // v2 has nothing to hear from its clients.
      socket.on('message', () => socket.close(1008));
      const cursor = url.searchParams.get('cursor');
      if (cursor === null) return;
      for (const { timeUs, text } of frames) if (timeUs >= Number(cursor)) socket.send(text);
    },
  });
  const sendRaw = (data: string | Uint8Array): void => {
    for (const socket of server.sockets()) socket.send(data);
  };
  return {
    ...server,
    url: `ws://127.0.0.1:${server.port}${options.path ?? '/subscribe'}`,
    frames,
    publish(frame) {
      frames.push(frame);
      sendRaw(frame.text);
    },
    sendRaw,
  };
}

export interface PostFields {
  readonly did?: string;
  readonly rkey: string;
  readonly timeUs: number;
  readonly text?: string;
  readonly rev?: string;
  readonly operation?: 'create' | 'update' | 'delete';
  readonly record?: Readonly<Record<string, unknown>>;
}

/** A post as `/subscribe` sends it. */
export function postFrame(fields: PostFields): JetstreamFrame {
  const { rkey, timeUs, text = `text of ${rkey}`, operation = 'create' } = fields;
  const record = {
    $type: 'app.bsky.feed.post',
    createdAt: new Date(timeUs / 1_000).toISOString(),
    langs: ['en'],
    text,
  };
  const frame = {
    did: fields.did ?? 'did:plc:aaaabbbbccccddddeeeeffff',
    time_us: timeUs,
    kind: 'commit',
    commit: {
      rev: fields.rev ?? rkey,
      operation,
      collection: 'app.bsky.feed.post',
      rkey,
      ...(operation === 'delete' ? {} : { record: { ...record, ...fields.record } }),
      cid: 'bafyreidc6sydkkbchcyg62v77wbhzvb2mvytlmsychqgwf2xojjtirmzj4',
    },
  };
  return { timeUs, text: JSON.stringify(frame) };
}

/** The same as `subscribeEvents` frames it: one message a frame. */
export function asV2({ timeUs, text }: JetstreamFrame, seq: number): JetstreamFrame {
  const { did, commit } = JSON.parse(text) as {
    readonly did: string;
    readonly commit: Readonly<Record<string, unknown>>;
  };
  const micros = String(timeUs % 1_000_000).padStart(6, '0');
  const time = `${new Date(timeUs / 1_000).toISOString().slice(0, 19)}.${micros}Z`;
  const payload = { $type: 'network.bsky.jetstream.subscribeEvents#commit', seq, did, time, ...commit };
  return { timeUs, text: JSON.stringify({ $type: 'message', payload }) };
}
