// The desktop's bridge: what the preload and the shell say to each other. The page sees only `Transport`'s two functions.

/** The name under which the page finds the two functions: `window.firebreak`. */
export const BRIDGE_NAME = 'firebreak';

/** The page's own origin on the desktop: a standard, secure scheme that reaches no network. */
export const APP_SCHEME = 'app';
export const APP_HOST = 'firebreak';
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;

/** Links from outside, such as `firebreak://room/ID`. They navigate and never act. */
export const LINK_SCHEME = 'firebreak';

/** IPC channels. `begin` is said once by every new page: what an earlier page of the window followed ends there. */
export const BRIDGE = {
  begin: 'begin',
  invoke: 'invoke',
  subscribe: 'subscribe',
  unsubscribe: 'unsubscribe',
  payload: 'payload',
} as const;
