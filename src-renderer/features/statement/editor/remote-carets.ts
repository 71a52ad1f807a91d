import type { Awareness } from 'y-protocols/awareness';
import { visibleName } from '../../../../shared/base/untrusted-text.ts';

const CARETS = 6;

/**
 * The awareness as y-codemirror.next may see it. That package writes a remote client's own colour into a style
 * attribute, where `red;position:fixed;inset:0` would cover the page; here everybody gets one of our carets, and a
 * name that is short and shows what is hidden in it.
 */
export function safeAwareness(awareness: Awareness): Awareness {
  function states(): Map<number, Record<string, unknown>> {
    return new Map(
      [...awareness.getStates()].map(([clientId, state]) => {
        const caret = `caret-${(clientId % CARETS) + 1}`;
        const user = { name: nameOf(state), color: `var(--${caret})`, colorLight: `var(--${caret}-surface)` };
        return [clientId, { cursor: (state as { cursor?: unknown }).cursor, user }];
      }),
    );
  }
  return new Proxy(awareness, {
    get(target, key) {
      if (key === 'getStates') return states;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value as (...input: unknown[]) => unknown).bind(target) : value;
    },
  });
}

function nameOf(state: unknown): string {
  const user = (state as { user?: { name?: unknown } }).user;
  return visibleName(typeof user?.name === 'string' ? user.name : '', 40);
}
