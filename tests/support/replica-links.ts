import type { ReplicaLink, Schedule } from '../../src-main/commands/ports.ts';

export interface MemoryLink extends ReplicaLink {
  /** Why it was closed from this end; null while it was not. */
  readonly closed: { readonly code: number; readonly reason: string } | null;
  readonly isOpen: boolean;
  /** In place of what the network says. */
  buffered: number;
}

export interface MemoryWire {
  readonly a: MemoryLink;
  readonly b: MemoryLink;
  /** Every frame that was sent, in order, from either end. */
  readonly sent: { readonly from: 'a' | 'b'; readonly text: string }[];
  cut(): void;
}

/** Two ends of one line in virtual time. `onFrame` may let a frame be lost or doubled, or cut the line in its place. */
export function createMemoryWire(
  schedule: Schedule,
  onFrame: (index: number, text: string) => 'pass' | 'lose' | 'double' | 'cut' = () => 'pass',
  delayMs = 1,
): MemoryWire {
  const sent: MemoryWire['sent'] = [];
  let isOpen = true;

  function end(name: 'a' | 'b', far: () => End): End {
    const closers: (() => void)[] = [];
    let handler: ((text: string) => void) | null = null;
    let early: string[] = [];
    let closed: MemoryLink['closed'] = null;
    let isEnded = false;
    const self: End = {
      buffered: 0,
      get closed() {
        return closed;
      },
      get isOpen() {
        return !isEnded;
      },
      send(text) {
        if (!isOpen || isEnded) return;
        const index = sent.push({ from: name, text }) - 1;
        const fate = onFrame(index, text);
        if (fate === 'cut') return cut();
        for (let times = fate === 'double' ? 2 : fate === 'lose' ? 0 : 1; times > 0; times -= 1) {
          schedule(delayMs, () => far().hear(text));
        }
      },
      close(code, reason) {
        closed ??= { code, reason };
        cut();
      },
      bufferedBytes: () => self.buffered,
      onMessage(next) {
        handler = next;
        for (const text of early.splice(0)) next(text);
      },
      onClose: (next) => void closers.push(next),
      hear(text) {
        if (isEnded) return;
        if (handler === null) early = [...early, text];
        else handler(text);
      },
      end() {
        if (isEnded) return;
        isEnded = true;
        for (const tell of closers) tell();
      },
    };
    return self;
  }

  function cut(): void {
    if (!isOpen) return;
    isOpen = false;
    schedule(0, () => {
      a.end();
      b.end();
    });
  }

  const a: End = end('a', () => b);
  const b: End = end('b', () => a);
  return { a, b, sent, cut };
}

interface End extends MemoryLink {
  hear(text: string): void;
  end(): void;
}
