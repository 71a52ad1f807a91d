import { z } from 'zod';
import { Instant, Sha256Hex } from '../../shared/base/ids.ts';

// What an invite for a machine says, so that whoever joins sees it before they do. Whether it holds is for the host that
// issued it to say: nothing here is trusted, and nothing of it is sent anywhere but where it says itself.

const PREFIX = 'firebreak://join#';

/** The parts that are shown. Passes over the rest. */
const Shown = z.object({
  workspace: Sha256Hex,
  hosts: z.array(z.string().max(200)).min(1).max(4),
  certificate: Sha256Hex.nullable(),
  name: z.string().min(1).max(200),
  person: z.object({ operatorId: z.string().max(64), role: z.string().max(40).nullable() }).nullable(),
  expiresAt: Instant,
});
export type ShownInvite = z.infer<typeof Shown>;

export type JoinLink =
  | { readonly kind: 'invite'; readonly invite: ShownInvite; readonly link: string }
  /** Typed from a screen or paper: the host reads it, and checks it as it does a link. */
  | { readonly kind: 'code'; readonly link: string }
  | { readonly kind: 'empty' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Reads what somebody pasted, typed, or opened the program with. Never throws. */
export function readJoinLink(pasted: string): JoinLink {
  // Windows adds a slash to a link that opens a program.
  const text = pasted.trim().replace(/^firebreak:\/\/join\/#/, PREFIX);
  if (text === '') return { kind: 'empty' };
  if (text.startsWith(PREFIX)) {
    const invite = decoded(text.slice(PREFIX.length));
    return invite
      ? { kind: 'invite', invite, link: text }
      : unreadable('This link is not whole. Copy it again, from its first character to its last.');
  }
  if (/^https?:\/\//i.test(text))
    return unreadable(
      'This is a link for a browser: open it there. A machine joins with a link that begins with firebreak://join.',
    );
  if (text.includes('://'))
    return unreadable('This is no invite. One begins with firebreak://join, or is a code in groups of letters.');
  const letters = text.replace(/[\s-]/g, '');
  if (letters.length < 16 || !/^[A-Za-z0-9]+$/.test(letters))
    return unreadable('This is no invite. One begins with firebreak://join, or is a code in groups of letters.');
  return { kind: 'code', link: text };
}

function decoded(text: string): ShownInvite | null {
  if (!/^[A-Za-z0-9_-]{1,4096}$/.test(text)) return null;
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (one) => one.charCodeAt(0));
    const shown = Shown.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
    return shown.success ? shown.data : null;
  } catch {
    return null;
  }
}

function unreadable(why: string): JoinLink {
  return { kind: 'unreadable', why };
}

/** A fingerprint in groups of eight, for two people who compare it aloud. */
export function grouped(fingerprint: string): string {
  return fingerprint.replace(/(.{8})(?=.)/g, '$1 ');
}
