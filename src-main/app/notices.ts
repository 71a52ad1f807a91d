import type { HostView } from '../../shared/protocol/views.ts';
import { createSignal } from '../commands/signal.ts';

export type Notice = HostView['notices'][number];

/** What the host has to say about itself: each stays until it is no longer true. */
export function createNotices() {
  const noticesById = new Map<string, Notice>();
  const changed = createSignal<void>();
  return {
    changed,
    all: (): readonly Notice[] => [...noticesById.values()],
    show(notice: Notice): void {
      noticesById.set(notice.id, notice);
      changed.emit();
    },
    clear(id: string): void {
      if (noticesById.delete(id)) changed.emit();
    },
  };
}

export type Notices = ReturnType<typeof createNotices>;
