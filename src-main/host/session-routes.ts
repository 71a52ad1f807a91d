import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { FailureLimit } from './rate-limit.ts';
import type { SessionAccess } from './session-access.ts';
import { deviceCookie, readDeviceCookie, readSessionCookie, sessionCookie } from './session-cookie.ts';

/** What `/session` answers; the host adds the headers that every response has. */
export interface SessionAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string | string[]>>;
}

interface SessionDeps {
  readonly access: SessionAccess;
  readonly failures: FailureLimit;
  readonly port: number;
  /** Called with the session that was signed out, so that its sockets are cut. */
  readonly onSignedOut: (sessionId: string) => void;
}

const SignIn = z.strictObject({ token: z.string().min(1).max(256) });
const MAX_BODY_BYTES = 4096;

/**
 * POST {token} signs in, DELETE signs out, GET says who is signed in. No answer's body holds a token or a cookie's value.
 * Signing out leaves the device cookie: whoever signs in there next writes from the same browser.
 */
export async function answerSession(
  request: IncomingMessage,
  origin: 'ours' | 'absent',
  deps: SessionDeps,
): Promise<SessionAnswer> {
  switch (request.method) {
    case 'GET':
      return whoIsSignedIn(request, deps);
    case 'POST':
      return signIn(request, deps);
    case 'DELETE':
      // The cookie alone proves nothing: any page can make a browser send it.
      return origin === 'ours'
        ? signOut(request, deps)
        : refusal(403, 'OriginMissing', 'Sign out from the page itself.');
    default:
      return {
        ...refusal(405, 'MethodNotAllowed', 'Use GET, POST or DELETE here.'),
        headers: { Allow: 'GET, POST, DELETE' },
      };
  }
}

function whoIsSignedIn(request: IncomingMessage, { access, port }: SessionDeps): SessionAnswer {
  const cookie = readSessionCookie(request, port);
  const session = cookie === null ? null : access.sessionOf(cookie);
  return { status: 200, body: { signedIn: session !== null, operatorId: session?.operatorId ?? null } };
}

async function signIn(request: IncomingMessage, deps: SessionDeps): Promise<SessionAnswer> {
  const { access, failures, port } = deps;
  const address = request.socket.remoteAddress ?? 'unknown';
  const waitMs = failures.waitMs(address);
  if (waitMs > 0) {
    const seconds = Math.ceil(waitMs / 1000);
    return {
      ...refusal(429, 'TooManyAttempts', `Too many links that did not work. Try again in ${seconds} s.`),
      headers: { 'Retry-After': String(seconds) },
    };
  }
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    return refusal(415, 'NotJson', 'Send the token as JSON.');
  }
  const body = await readBody(request);
  if (body === null) {
    // The rest of the body is not read: the connection ends with this answer.
    return { ...refusal(413, 'TooLarge', 'That is too long to be an access token.'), headers: { Connection: 'close' } };
  }
  const wanted = SignIn.safeParse(parseJson(body));
  if (!wanted.success) return refusal(400, 'Malformed', 'Send {"token": "..."}.');

  const opened = access.openSession(wanted.data.token, readDeviceCookie(request, port));
  if (!opened) {
    failures.failed(address);
    return refusal(401, 'BadToken', 'This access link is not valid any more. Ask an administrator for a new one.');
  }
  failures.succeeded(address);
  const earlier = readSessionCookie(request, port);
  const replaced = earlier === null ? null : access.sessionOf(earlier);
  if (replaced) {
    // The browser forgets the old cookie now; a session that nobody can end any more must not stay open.
    access.closeSession(replaced.sessionId);
    deps.onSignedOut(replaced.sessionId);
  }
  const about = { port, secure: isEncrypted(request) };
  const cookies = [
    sessionCookie({ ...about, value: opened.cookieValue }),
    deviceCookie({ ...about, value: opened.deviceCookieValue }),
  ];
  return {
    status: 200,
    body: { signedIn: true, operatorId: opened.operatorId },
    headers: { 'Set-Cookie': cookies },
  };
}

function signOut(request: IncomingMessage, { access, port, onSignedOut }: SessionDeps): SessionAnswer {
  const cookie = readSessionCookie(request, port);
  const session = cookie === null ? null : access.sessionOf(cookie);
  if (session) {
    access.closeSession(session.sessionId);
    onSignedOut(session.sessionId);
  }
  return {
    status: 200,
    body: { signedIn: false, operatorId: null },
    headers: { 'Set-Cookie': sessionCookie({ port, value: '', secure: isEncrypted(request) }) },
  };
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refusal(status: number, code: string, message: string): SessionAnswer {
  return { status, body: { code, message } };
}

function isEncrypted(request: IncomingMessage): boolean {
  return 'encrypted' in request.socket && request.socket.encrypted === true;
}
