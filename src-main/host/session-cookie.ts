import type { IncomingMessage } from 'node:http';

/** Cookies know no ports, so two hosts on one machine would sign each other out if they shared a name. */
export function sessionCookieName(port: number): string {
  return `firebreak_session_${port}`;
}

/** The cookie's value as the browser sent it, or null. */
export function readSessionCookie(request: IncomingMessage, port: number): string | null {
  const wanted = sessionCookieName(port);
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === wanted && value) return value;
  }
  return null;
}

/** `Set-Cookie` for a new session, or, with an empty value, for the end of one. */
export function sessionCookie(port: number, value: string, options: { readonly secure: boolean }): string {
  const maxAge = value === '' ? 0 : 30 * 24 * 60 * 60;
  const attributes = ['HttpOnly', 'SameSite=Strict', 'Path=/', `Max-Age=${maxAge}`];
  if (options.secure) attributes.push('Secure');
  return [`${sessionCookieName(port)}=${value}`, ...attributes].join('; ');
}
