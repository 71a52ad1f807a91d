import type { ReplicaLink, Schedule } from '../../src-main/commands/ports.ts';
import type { Draws } from '../fuzz/draws.ts';

/** One end of a connection, as the host behind it has it, with what only the world may do to it. */
export interface VirtualLink extends ReplicaLink {
  readonly isOpen: boolean;
  /** The process at this end has ended: it says and hears nothing any more, and the far end learns of it in time. */
  die(): void;
  /** Looks at every frame that leaves here; null keeps it back, as a host would that withholds. */
  tap: ((text: string) => string | null) | null;
}

export interface Connection {
  readonly ends: readonly [VirtualLink, VirtualLink];
  /** Ends it in the middle: what is on the way is lost, and each end learns of it in its own time. */
  cut(): void;
  /** Nothing arrives while it is stalled, and nobody is told. */
  stall(isStalled: boolean): void;
  /** One end holds it for closed long before the other does, whose frames go nowhere. */
  halfClose(deaf: 0 | 1): void;
}

interface End extends VirtualLink {
  hear(text: string): void;
  learnClosed(): void;
}

/** How long it takes until an end notices that nobody is there any more. */
const NOTICED_AFTER_MS = 4_000;

/**
 * Connects two hosts as a WebSocket does: text frames, whole and in order, as long as it lasts. What is sent on another
 * connection may overtake; what was on the way when a connection ends is lost, and comes again on the next.
 */
export function connect(draws: Draws, schedule: Schedule): Connection {
  const slowness = draws.pick([2, 20, 120]);
  /** What has arrived while nothing got through. */
  let held: (() => void)[] = [];
  let isStalled = false;
  let isCut = false;

  function end(farEnd: () => End): End {
    /** In order: each frame waits for the one before it, whatever its own delay was. */
    const line: string[] = [];
    const onClose: (() => void)[] = [];
    let early: string[] = [];
    let onMessage: ((text: string) => void) | null = null;
    let isOpen = true;
    let onTheWay = 0;

    function arrive(): void {
      const text = line.shift();
      if (text === undefined || isCut) return;
      if (isStalled) return void held.push(() => deliver(text));
      deliver(text);
    }

    function deliver(text: string): void {
      onTheWay -= text.length;
      farEnd().hear(text);
    }

    function learnClosed(): void {
      if (!isOpen) return;
      isOpen = false;
      for (const handler of onClose.splice(0)) handler();
    }

    const self: End = {
      tap: null,
      learnClosed,
      get isOpen() {
        return isOpen;
      },
      send(text) {
        const frame = self.tap === null ? text : self.tap(text);
        if (!isOpen || frame === null) return;
        onTheWay += frame.length;
        line.push(frame);
        schedule(draws.below(slowness + 1), arrive);
      },
      close() {
        if (!isOpen) return;
        learnClosed();
        schedule(slowness, () => farEnd().learnClosed());
      },
      die() {
        isOpen = false;
        onMessage = null;
        onClose.length = 0;
        schedule(draws.below(NOTICED_AFTER_MS), () => farEnd().learnClosed());
      },
      bufferedBytes: () => (isStalled ? onTheWay : 0),
      onMessage(handler) {
        onMessage = handler;
        for (const text of early.splice(0)) handler(text);
      },
      onClose(handler) {
        if (isOpen) onClose.push(handler);
        else handler();
      },
      hear(text) {
        if (!isOpen) return;
        if (onMessage === null) early = [...early, text];
        else onMessage(text);
      },
    };
    return self;
  }

  const a: End = end(() => b);
  const b: End = end(() => a);
  return {
    ends: [a, b],
    cut() {
      isCut = true;
      held = [];
      for (const one of [a, b]) schedule(draws.below(NOTICED_AFTER_MS), () => one.learnClosed());
    },
    stall(stalled) {
      isStalled = stalled;
      if (stalled) return;
      const late = held;
      held = [];
      for (const deliver of late) deliver();
    },
    halfClose(deaf) {
      const [closed, other] = deaf === 0 ? [a, b] : [b, a];
      closed.learnClosed();
      schedule(NOTICED_AFTER_MS + draws.below(NOTICED_AFTER_MS), () => other.learnClosed());
    },
  };
}
