import type { IncomingMessage } from 'node:http';

/** `value` empty: the browser is to forget it. */
interface Cookie {
  readonly port: number;
  readonly value: string;
  /** Whether this connection is encrypted: the cookie then stays on such ones. */
  readonly secure: boolean;
}

const DAY_S = 24 * 60 * 60;
/** The longest that browsers keep a cookie for. Each sign-in begins it anew. */
const DEVICE_DAYS = 400;
const SESSION_DAYS = 30;

/** Cookies know no ports, so two hosts on one machine would sign each other out if they shared a name. */
function sessionCookieName(port: number): string {
  return `firebreak_session_${port}`;
}

function deviceCookieName(port: number): string {
  return `firebreak_device_${port}`;
}

/** The cookie's value as the browser sent it, or null. */
export function readSessionCookie(request: IncomingMessage, port: number): string | null {
  return readCookie(request, sessionCookieName(port));
}

/** What a browser without a key is known by, or null: a secret that outlives sign-out. */
export function readDeviceCookie(request: IncomingMessage, port: number): string | null {
  return readCookie(request, deviceCookieName(port));
}

/** `Set-Cookie` for a new session, or for the end of one. */
export function sessionCookie(cookie: Cookie): string {
  return setCookie(sessionCookieName(cookie.port), cookie, SESSION_DAYS);
}

/** `Set-Cookie` for the browser's device: at every sign-in, so that it does not end while it is in use. */
export function deviceCookie(cookie: Cookie): string {
  return setCookie(deviceCookieName(cookie.port), cookie, DEVICE_DAYS);
}

function readCookie(request: IncomingMessage, wanted: string): string | null {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === wanted && value) return value;
  }
  return null;
}

function setCookie(name: string, { value, secure }: Cookie, days: number): string {
  const maxAge = value === '' ? 0 : days * DAY_S;
  const attributes = ['HttpOnly', 'SameSite=Strict', 'Path=/', `Max-Age=${maxAge}`];
  if (secure) attributes.push('Secure');
  return [`${name}=${value}`, ...attributes].join('; ');
}
