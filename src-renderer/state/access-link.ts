import { z } from 'zod';
import { err, ok, type Result } from '../../shared/base/result.ts';

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

/** Swaps an access token for the session cookie. The failure is a sentence for people. */
export async function signIn(token: string): Promise<Result<true, string>> {
  let response: Response;
  try {
    response = await fetch('/session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ token }),
    });
  } catch {
    return err('The host cannot be reached. Check that it runs, then try again.');
  }
  if (response.ok) return ok(true);
  const answer = Answer.safeParse(await response.json().catch(() => null));
  return err((answer.success ? answer.data.message : undefined) ?? 'The host did not accept this access link.');
}

const Signed = z.object({ signedIn: z.boolean() });

/** Whether this browser holds a session of the host. An unreachable host has said nothing, so it counts as yes. */
export async function isSignedIn(): Promise<boolean> {
  try {
    const response = await fetch('/session');
    const answer = Signed.safeParse(await response.json());
    return !answer.success || answer.data.signedIn;
  } catch {
    return true;
  }
}
