import { err, ok, type Result } from '../../shared/base/result.ts';
import {
  type BrowserChallenge,
  type BrowserProof,
  browserProofBytes,
  SessionStanding,
} from '../../shared/protocol/browser-proof.ts';
import { type DeviceKey, type NoDeviceKey, openDeviceKey } from './device-key.ts';
import { browserKeyDeps } from './device-key-shelf.ts';

/** A third of the time that a proof lasts: a page that is opened once a day is never turned away. */
const PROVE_WITHIN_MS = 4 * 60 * 60 * 1000;

/** The key of this browser, if it can have one. */
export async function browserKey(options: { readonly create: boolean }): Promise<Result<DeviceKey, NoDeviceKey>> {
  const deps = browserKeyDeps();
  return deps ? openDeviceKey(deps, options) : err({ type: 'NoDeviceKey', why: 'no-ed25519' });
}

/** What the host says of this browser's session; undefined when it says nothing, or nothing that can be read. */
export async function askStanding(): Promise<SessionStanding | undefined> {
  try {
    const response = await fetch('/session');
    const standing = SessionStanding.safeParse(await response.json());
    return standing.success ? standing.data : undefined;
  } catch {
    return undefined;
  }
}

/** What shows the host, once and only this host, that this browser holds the key. */
export async function proofOf(key: DeviceKey, challenge: BrowserChallenge): Promise<BrowserProof> {
  const signature = await key.sign(browserProofBytes(challenge, key.publicKey));
  return { key: key.publicKey, nonce: challenge.nonce, signature };
}

/** Whether a session has to be proved now: there is none, or its last proof will not last much longer. */
export function isProofDue({ signedIn, proveWithinMs }: SessionStanding): boolean {
  return !signedIn || (proveWithinMs !== null && proveWithinMs <= PROVE_WITHIN_MS);
}

/**
 * How this browser stands with the host, after the key has opened a new session where there was none and kept one that
 * would have ended. One tab at a time: each proof gives the session, and so all tabs, another cookie.
 */
export async function keepSession(): Promise<SessionStanding | undefined> {
  const first = await askStanding();
  if (!first || !isProofDue(first)) return first;
  const key = await browserKey({ create: false });
  if (!key.ok) return first;
  return navigator.locks.request('firebreak/session', async () => {
    // Another tab may have done it while this one waited.
    const standing = await askStanding();
    if (!standing?.challenge || !isProofDue(standing)) return standing;
    const proved = await postSession({ proof: await proofOf(key.value, standing.challenge) });
    const after = proved.ok ? SessionStanding.safeParse(await bodyOf(proved.value)) : undefined;
    return after?.success ? after.data : standing;
  });
}

/** The host's answer, whatever it is; an error when there was none. */
export async function postSession(body: {
  readonly token?: string;
  readonly proof?: BrowserProof;
}): Promise<Result<Response, 'unreachable'>> {
  try {
    const headers = { 'Content-Type': 'application/json' };
    return ok(await fetch('/session', { method: 'POST', headers, body: JSON.stringify(body) }));
  } catch {
    return err('unreachable');
  }
}

export async function bodyOf(response: Response): Promise<unknown> {
  return response.json().catch(() => null);
}
