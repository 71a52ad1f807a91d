import { z } from 'zod';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { askStanding, bodyOf, browserKey, keepSession, postSession, proofOf } from '../api/device-key-session.ts';

export type AccessLink =
  | { readonly kind: 'token'; readonly token: string }
  /** A link of another host: this page cannot open it, but its own address can. */
  | { readonly kind: 'other-host'; readonly url: string }
  | { readonly kind: 'unreadable' };

/** Reads what a person pasted: the whole access link of this host (`origin`), one of another host, or a bare token. */
export function readAccessLink(pasted: string, origin: string): AccessLink {
  const text = pasted.trim();
  if (/^[A-Za-z0-9_.~-]{16,256}$/.test(text)) return { kind: 'token', token: text };
  if (!URL.canParse(text)) return { kind: 'unreadable' };
  const url = new URL(text);
  const token = tokenOf(url.hash);
  if (token === null || !/^https?:$/.test(url.protocol)) return { kind: 'unreadable' };
  return url.origin === origin ? { kind: 'token', token } : { kind: 'other-host', url: text };
}

/** The token in `#token=...`, if there is one. */
export function tokenOf(hash: string): string | null {
  const token = new URLSearchParams(hash.replace(/^#/, '')).get('token');
  return token === null || token === '' ? null : token;
}

const Answer = z.object({ message: z.string().optional() });

/**
 * Swaps an access token for a session of this browser: by its key where it can have one, so that a copied cookie is
 * soon worth nothing, else by a cookie alone. The failure is a sentence for people.
 */
export async function signIn(token: string): Promise<Result<true, string>> {
  const key = await browserKey({ create: true });
  const challenge = key.ok ? (await askStanding())?.challenge : undefined;
  // A host that asks for no proof cannot be reached, is older than this page, or wants to be asked less often.
  if (key.ok && !challenge) return err(UNREACHABLE);
  const proof = key.ok && challenge ? await proofOf(key.value, challenge) : undefined;
  const answered = await postSession({ token, ...(proof && { proof }) });
  if (!answered.ok) return err(UNREACHABLE);
  const response = answered.value;
  if (response.ok) return ok(true);
  const answer = Answer.safeParse(await bodyOf(response));
  return err((answer.success ? answer.data.message : undefined) ?? 'The host did not accept this access link.');
}

const UNREACHABLE = 'The host cannot be reached. Check that it runs, then try again.';

/**
 * Whether this browser holds a session of the host, or could open one by its key. An unreachable host has said nothing,
 * so it counts as yes.
 */
export async function isSignedIn(): Promise<boolean> {
  return (await keepSession())?.signedIn ?? true;
}
