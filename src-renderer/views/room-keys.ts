import { hasMod } from '../ui/keys.ts';
import type { RoomFocus } from './room-focus.ts';

/** The keys of the war room, as its help shows them. */
export const ROOM_KEYS = [
  { key: 'Mod K', label: 'Every act', group: 'Everywhere' },
  { key: 'Mod Enter', label: 'Next step of the story', group: 'Everywhere' },
  { key: 'F6', label: 'Next place (Shift F6: the one before)', group: 'Everywhere' },
  { key: 'Esc', label: 'Back to the text', group: 'Everywhere' },
  { key: '?', label: 'These keys', group: 'Everywhere' },
  { key: 'J', label: 'Next in a list', group: 'Lists' },
  { key: 'K', label: 'The one before in a list', group: 'Lists' },
  { key: 'A', label: 'Approve, then Enter', group: 'Sign-off' },
  { key: 'E', label: 'Edit, then Enter', group: 'Sign-off' },
  { key: 'R', label: 'Send back, then Enter', group: 'Sign-off' },
  { key: 'D', label: 'Delegate, then Enter', group: 'Sign-off' },
] as const;

export interface RoomKeyHandlers {
  /** Before the editor and the fields see the key. */
  readonly capture: (event: KeyboardEvent) => void;
  /** After everything that may have used Escape itself. */
  readonly bubble: (event: KeyboardEvent) => void;
}

export function createRoomKeys(focus: RoomFocus, takeNextStep: () => void): RoomKeyHandlers {
  return {
    capture(event) {
      if (event.key === 'F6') {
        event.preventDefault();
        focus.walk(event.shiftKey);
      } else if (event.key === 'Enter' && hasMod(event)) {
        event.preventDefault();
        event.stopPropagation();
        takeNextStep();
      }
    },
    bubble(event) {
      if (event.key === 'Escape' && !event.defaultPrevented) focus.text();
    },
  };
}
