import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { parseJson } from '../../shared/base/json.ts';
import { readTextAtMost } from '../../shared/base/read-at-most.ts';
import type { SignatureVerifier } from '../../shared/log/signing.ts';
import { BrowserProof, browserProofBytes, type SessionStanding } from '../../shared/protocol/browser-proof.ts';
import type { Clock } from '../commands/ports.ts';
import { closing, type JsonAnswer, notAllowed, refusal, tooOften } from './json-answer.ts';
import type { FailureLimit, RequestLimit } from './rate-limit.ts';
import type { DoorSession, OpenedDoorSession, SessionAccess } from './session-access.ts';
import type { SessionChallenges } from './session-challenges.ts';
import { deviceCookie, readDeviceCookie, readSessionCookie, sessionCookie } from './session-cookie.ts';

interface SessionDeps {
  readonly access: SessionAccess;
  readonly failures: FailureLimit;
  readonly challenges: SessionChallenges;
  /** How often one address may ask for a challenge. */
  readonly challengeLimit: RequestLimit;
  readonly verifier: SignatureVerifier;
  readonly clock: Clock;
  readonly port: number;
  /** Called with the session that was signed out, so that its sockets are cut. */
  readonly onSignedOut: (sessionId: string) => void;
  /** Called with the session that goes on under a new cookie: what the old one opened has to come again. */
  readonly onRenewed: (sessionId: string) => void;
}

/** A token, a proof of the browser's key, or both: then the token is the key's from now on. */
const SignIn = z.strictObject({ token: z.string().min(1).max(256).optional(), proof: BrowserProof.optional() });
const MOST_BODY_BYTES = 4096;

/**
 * POST {token, proof} signs in, DELETE signs out, GET says who is signed in and asks for a proof. No answer's body
 * holds a token or a cookie's value. Signing out leaves the device cookie: whoever signs in there next writes from the
 * same browser.
 */
export async function answerSession(
  request: IncomingMessage,
  origin: 'ours' | 'absent',
  deps: SessionDeps,
): Promise<JsonAnswer> {
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
      return notAllowed('GET, POST, DELETE', 'Use GET, POST or DELETE here.');
  }
}

function whoIsSignedIn(request: IncomingMessage, deps: SessionDeps): JsonAnswer {
  const waitMs = deps.challengeLimit.waitMs(addressOf(request));
  if (waitMs > 0) return tooMany(waitMs, 'This was asked too often.');
  const session = sessionIn(request, deps);
  return {
    status: 200,
    body: { ...standing(session, deps), challenge: deps.challenges.issue() },
  };
}

function standing(
  session: DoorSession | null,
  { clock }: SessionDeps,
): SessionStanding & { readonly operatorId: DoorSession['operatorId'] } {
  if (!session) return { signedIn: false, operatorId: null, device: null, proveWithinMs: null };
  const { operatorId, proveBefore } = session;
  if (proveBefore === null) return { signedIn: true, operatorId, device: 'cookie', proveWithinMs: null };
  return { signedIn: true, operatorId, device: 'key', proveWithinMs: Math.max(0, proveBefore - clock.now()) };
}

async function signIn(request: IncomingMessage, deps: SessionDeps): Promise<JsonAnswer> {
  const { access, failures, port } = deps;
  const address = addressOf(request);
  const waitMs = failures.waitMs(address);
  if (waitMs > 0) return tooMany(waitMs, 'Too many links that did not work.');
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    return refusal(415, 'NotJson', 'Send the token as JSON.');
  }
  const body = await readTextAtMost(request as AsyncIterable<Buffer>, MOST_BODY_BYTES);
  if (body === null) return closing(refusal(413, 'TooLarge', 'That is too long to be an access token.'));
  const wanted = SignIn.safeParse(parseJson(body));
  if (!wanted.success) return refusal(400, 'Malformed', 'Send {"token": "..."}.');
  const { token, proof } = wanted.data;
  if (token === undefined && proof === undefined) return refusal(400, 'Malformed', 'Send {"token": "..."}.');

  if (proof && !isProven(proof, deps)) {
    failures.failed(address);
    return refusal(401, 'BadProof', 'This browser could not show that it holds its key. Load the page again.');
  }
  const earlier = sessionIn(request, deps);
  const opened = open(request, token, proof, access, port);
  if (!opened) {
    // A key that is nobody's any more is no attempt at anything: the page asks for a link.
    if (token === undefined) return { status: 200, body: { ...standing(null, deps) } };
    failures.failed(address);
    return refusal(401, 'BadToken', 'This access link is not valid any more. Ask an administrator for a new one.');
  }
  failures.succeeded(address);
  if (earlier && earlier.sessionId !== opened.sessionId) {
    // The browser forgets the old cookie now; a session that nobody can end any more must not stay open.
    access.closeSession(earlier.sessionId);
    deps.onSignedOut(earlier.sessionId);
  }
  if (earlier?.sessionId === opened.sessionId) deps.onRenewed(opened.sessionId);
  const about = { port, secure: isSecure(request) };
  const cookies = [sessionCookie({ ...about, value: opened.cookieValue })];
  if (opened.deviceCookieValue !== null) cookies.push(deviceCookie({ ...about, value: opened.deviceCookieValue }));
  return { status: 200, body: { ...standing(opened, deps) }, headers: { 'Set-Cookie': cookies } };
}

function isProven(proof: BrowserProof, { challenges, verifier }: SessionDeps): boolean {
  const challenge = challenges.take(proof.nonce);
  return challenge !== null && verifier(proof.key, browserProofBytes(challenge, proof.key), proof.signature);
}

function open(
  request: IncomingMessage,
  token: string | undefined,
  proof: BrowserProof | undefined,
  access: SessionAccess,
  port: number,
): OpenedDoorSession | null {
  if (token === undefined) return proof ? access.reopenSession(proof.key, readSessionCookie(request, port)) : null;
  return proof
    ? access.openSessionWithKey(token, proof.key)
    : access.openSession(token, readDeviceCookie(request, port));
}

function signOut(request: IncomingMessage, deps: SessionDeps): JsonAnswer {
  const { access, port, onSignedOut } = deps;
  const session = sessionIn(request, deps);
  if (session) {
    access.signOut(session.sessionId);
    onSignedOut(session.sessionId);
  }
  return {
    status: 200,
    body: { ...standing(null, deps) },
    headers: { 'Set-Cookie': sessionCookie({ port, value: '', secure: isSecure(request) }) },
  };
}

function sessionIn(request: IncomingMessage, { access, port }: SessionDeps): DoorSession | null {
  const cookie = readSessionCookie(request, port);
  return cookie === null ? null : access.sessionOf(cookie);
}

function tooMany(waitMs: number, sentence: string): JsonAnswer {
  return tooOften('TooManyAttempts', `${sentence} Try again`, waitMs);
}

function addressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? 'unknown';
}

/** Whether the browser came by TLS: to us, or, as its own `Origin` says, to a proxy in front of us. */
function isSecure(request: IncomingMessage): boolean {
  const isEncrypted = 'encrypted' in request.socket && request.socket.encrypted === true;
  return isEncrypted || request.headers.origin?.toLowerCase().startsWith('https://') === true;
}
