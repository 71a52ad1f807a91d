import type { OpenSocket, SocketEnd, SocketEvents, SocketRequest } from '../../src-main/feeds/stream/open-socket.ts';
import type { createFakeTime } from './mention-fixtures.ts';

export interface ScriptedFrame {
  /** After the world began. */
  readonly atMs: number;
  readonly text: string | null;
}

export interface FakeStream {
  readonly openSocket: OpenSocket;
  readonly requests: readonly SocketRequest[];
  readonly sent: readonly string[];
  /** How often reading was stopped, and taken up again. */
  readonly pauses: { paused: number; resumed: number };
  /** To whoever is connected, now. */
  frame(text: string | null): void;
  /** Lets go of whoever is connected. */
  close(end?: SocketEnd): void;
  isOpen(): boolean;
  /** From now on nobody answers: no open, no pong. */
  fallSilent(): void;
  /** From now on a connection is refused like that. */
  refuse(end: SocketEnd | null): void;
}

/** A source on fake time: it opens a moment after it is asked, answers pings, and says what the script says. */
export function createFakeStream(
  time: ReturnType<typeof createFakeTime>,
  script: readonly ScriptedFrame[] = [],
): FakeStream {
  const beganAt = time.clock.now();
  const requests: SocketRequest[] = [];
  const sent: string[] = [];
  const pauses = { paused: 0, resumed: 0 };
  let current: SocketEvents | null = null;
  let isSilent = false;
  let refusal: SocketEnd | null = null;

  const openSocket: OpenSocket = (request, events) => {
    requests.push(request);
    const cancels = new Set<() => void>();
    const later = (delayMs: number, act: () => void): void => {
      const cancel = time.schedule(delayMs, () => {
        cancels.delete(cancel);
        act();
      });
      cancels.add(cancel);
    };
    const end = (): void => {
      for (const cancel of cancels) cancel();
      cancels.clear();
      if (current === events) current = null;
    };
    later(1, () => {
      if (isSilent) return;
      if (refusal !== null) {
        end();
        return events.closed(refusal);
      }
      current = events;
      events.opened();
    });
    const nowMs = time.clock.now() - beganAt;
    for (const { atMs, text } of script)
      if (atMs > nowMs) later(atMs - nowMs, () => !isSilent && current === events && events.frame(text));
    return {
      send: (text) => sent.push(text),
      ping: () => !isSilent && later(1, () => !isSilent && events.sign()),
      pause: () => (pauses.paused += 1),
      resume: () => (pauses.resumed += 1),
      cut: end,
    };
  };

  return {
    openSocket,
    requests,
    sent,
    pauses,
    frame: (text) => current?.frame(text),
    close(end = { reason: 'The connection broke' }) {
      const open = current;
      current = null;
      open?.closed(end);
    },
    isOpen: () => current !== null,
    fallSilent: () => (isSilent = true),
    refuse: (end) => (refusal = end),
  };
}
