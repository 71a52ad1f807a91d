/**
 * One page's socket at `/api`.
 *
 * 1. Every frame is answered on behalf of the session as it is now, not as it was when the socket opened: a revoked
 *    session is cut at its next frame even if nobody told us.
 * 2. A frame that does not parse ends its own socket and nothing else.
 * 3. Nothing piles up without a bound: neither subscriptions, nor work in hand, nor bytes that the page does not read.
 */
import type { RawData, WebSocket } from 'ws';
import { parseJson } from '../../shared/base/json.ts';
import { err } from '../../shared/base/result.ts';
import { ClientFrame, type HostFrame, type Reply } from '../../shared/protocol/wire.ts';
import type { Api, Caller } from '../commands/ports.ts';
import type { HostLog } from './host-log.ts';
import type { DoorSession } from './session-access.ts';
import { HANDLER_BROKE, HANDLER_BROKE_ERROR, wireReply } from './wire-reply.ts';

export const API_CLOSE = {
  signedOut: 4401,
  malformed: 1003,
  comeAgain: 1012,
  tooSlow: 4408,
  tooMuch: 4429,
  tooMany: 1013,
  goingAway: 1001,
  hostFailed: 1011,
} as const;

const MOST_SUBSCRIPTIONS = 64;
const MOST_INVOKES_AT_WORK = 256;
/** Pushed payloads that the page has not taken yet. */
const MOST_PUSHED_BYTES = 8 * 1024 * 1024;
/** Replies were asked for and may be an export, so they get more room, counted apart. */
const MOST_REPLY_BYTES = 128 * 1024 * 1024;
/** A peer that does not answer our close is not waited for. */
const CLOSE_GRACE_MS = 1000;

export interface ApiSocket {
  readonly sessionId: string;
  /** As of the last frame or `refresh`. */
  operatorId(): Caller['operatorId'];
  /** Looks the session up again: cuts the socket when it is over, and notices a change of operator. */
  refresh(): void;
  /** Asks the page whether it is there; cuts it when it missed two questions in a row. */
  ping(): void;
  close(code: number, reason: string): void;
  /** As soon as nothing is at work for this page: it must not have to wonder what became of a command. */
  closeWhenIdle(code: number, reason: string): void;
}

interface ApiSocketDeps {
  readonly api: Api;
  readonly session: DoorSession;
  readonly sessionById: (sessionId: string) => DoorSession | null;
  readonly log: HostLog;
  readonly onOperatorChanged: () => void;
  readonly onClosed: () => void;
}

export function serveApiSocket(socket: WebSocket, deps: ApiSocketDeps): ApiSocket {
  const { api, log } = deps;
  const { sessionId } = deps.session;
  const endById = new Map<number, () => void>();
  let operatorId = deps.session.operatorId;
  let invokesAtWork = 0;
  let waitingBytes = { reply: 0, payload: 0 };
  let missedPongs = 0;
  let open = true;
  let lastAct: (() => void) | null = null;

  socket.on('pong', () => (missedPongs = 0));
  socket.on('message', receive);
  // A frame that is too long or breaks the protocol arrives here; `ws` closes the socket with the right code.
  socket.on('error', (cause) => log.debug({ reason: cause.message }, 'api socket broke the protocol'));
  socket.on('close', ended);

  function ended(): void {
    if (!open) return;
    open = false;
    for (const end of endById.values()) end();
    endById.clear();
    deps.onClosed();
  }

  function close(code: number, reason: string): void {
    socket.close(code, reason);
    setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
    ended();
  }

  function closeWhenIdle(code: number, reason: string): void {
    lastAct = () => {
      if (open) close(code, reason);
    };
    if (invokesAtWork === 0) lastAct();
  }

  function currentCaller(): Caller | null {
    let session: DoorSession | null;
    try {
      session = deps.sessionById(sessionId);
    } catch (cause) {
      // Whoever cannot be known is not answered; the page connects anew and asks again.
      log.error({ err: cause }, 'a session could not be looked up');
      close(API_CLOSE.hostFailed, 'the host failed');
      return null;
    }
    if (!session) {
      close(API_CLOSE.signedOut, 'signed out');
      return null;
    }
    if (session.operatorId !== operatorId) {
      operatorId = session.operatorId;
      deps.onOperatorChanged();
    }
    return { sessionId, operatorId, door: 'browser' };
  }

  function receive(data: RawData, isBinary: boolean): void {
    if (!open) return;
    const frame = isBinary ? null : parseFrame(data);
    if (!frame) return close(API_CLOSE.malformed, 'malformed frame');
    const caller = currentCaller();
    if (!caller) return;
    switch (frame.kind) {
      case 'invoke':
        return void invoke(caller, frame.id, frame.endpoint, frame.input);
      case 'subscribe':
        return subscribe(caller, frame.id, frame.topic, frame.params);
      case 'unsubscribe':
        endById.get(frame.id)?.();
        endById.delete(frame.id);
    }
  }

  async function invoke(caller: Caller, id: number, endpoint: string, input: unknown): Promise<void> {
    if (invokesAtWork >= MOST_INVOKES_AT_WORK) {
      const message = 'Too much at once from this window. Nothing was done; try again.';
      return send({ kind: 'reply', id, reply: { ok: false, error: { code: 'Busy', message } } });
    }
    invokesAtWork += 1;
    const reply = await answer(caller, endpoint, input);
    invokesAtWork -= 1;
    send({ kind: 'reply', id, reply: wireReply(reply) });
    if (invokesAtWork === 0) lastAct?.();
  }

  async function answer(caller: Caller, endpoint: string, input: unknown): Promise<Reply> {
    try {
      return await api.invoke(caller, endpoint, input);
    } catch (cause) {
      log.error({ err: cause, endpoint }, 'an endpoint threw');
      return HANDLER_BROKE;
    }
  }

  function subscribe(caller: Caller, id: number, topic: string, params: unknown): void {
    if (endById.has(id)) return close(API_CLOSE.malformed, 'subscription id in use');
    if (endById.size >= MOST_SUBSCRIPTIONS) {
      const message = 'This window follows too many things at once.';
      return send({ kind: 'refused', id, error: { code: 'TooManySubscriptions', message } });
    }
    let live = true;
    // Held before `subscribe` pushes, so that a socket cut by the first payload ends this one too.
    let endAtSource = (): void => undefined;
    endById.set(id, () => {
      live = false;
      endAtSource();
    });
    const subscribed = opened(caller, topic, params, (payload) => {
      if (live) send({ kind: 'payload', id, payload: payload ?? null });
    });
    if (!subscribed.ok) {
      live = false;
      endById.delete(id);
      return send({ kind: 'refused', id, error: subscribed.error });
    }
    if (live) endAtSource = subscribed.value;
    else subscribed.value();
  }

  function opened(...wanted: Parameters<Api['subscribe']>): ReturnType<Api['subscribe']> {
    try {
      return api.subscribe(...wanted);
    } catch (cause) {
      log.error({ err: cause, topic: wanted[1] }, 'a topic threw');
      return err(HANDLER_BROKE_ERROR);
    }
  }

  function send(frame: HostFrame): void {
    if (!open || socket.readyState !== socket.OPEN) return;
    const text = JSON.stringify(frame);
    const lane = frame.kind === 'payload' ? 'payload' : 'reply';
    const bytes = Buffer.byteLength(text);
    waitingBytes = { ...waitingBytes, [lane]: waitingBytes[lane] + bytes };
    const most = lane === 'payload' ? MOST_PUSHED_BYTES : MOST_REPLY_BYTES;
    // One message alone is never too much: it is what was asked for.
    if (waitingBytes[lane] > most && waitingBytes[lane] > bytes) return tooSlow();
    socket.send(text, () => (waitingBytes = { ...waitingBytes, [lane]: waitingBytes[lane] - bytes }));
  }

  /** Closing politely would queue one more frame behind those that it does not read. */
  function tooSlow(): void {
    log.warn({ waitingBytes }, 'a page does not read what it is sent; its socket was cut');
    socket.terminate();
    ended();
  }

  function ping(): void {
    if (missedPongs >= 2) {
      socket.terminate();
      return ended();
    }
    missedPongs += 1;
    socket.ping();
  }

  return { sessionId, operatorId: () => operatorId, refresh: () => void currentCaller(), ping, close, closeWhenIdle };
}

function parseFrame(data: RawData): ClientFrame | null {
  return ClientFrame.safeParse(parseJson((data as Buffer).toString('utf8'))).data ?? null;
}
