import { z } from 'zod';
import { canonicalJson } from '../base/canonical.ts';
import { Instant, OperatorId, Sha256Hex } from '../base/ids.ts';
import { err, ok, type Result } from '../base/result.ts';
import { Role } from '../domain/roster/roles.ts';
import { utf8Bytes, utf8Text } from '../base/utf8.ts';
import { type CodeMistake, decodeInviteCode, encodeInviteCode, plainCode } from './invite-code.ts';

// Who issues an invite, who brings it and the page that shows it before that read it alike. Whether it holds is for the
// host that issued it to say: nothing here needs its secret.

// It is in Node, Electron and browsers alike, but neither the DOM's nor Node's types may be loaded in shared/.
declare const URL: new (text: string) => { readonly protocol: string; readonly origin: string };

/** Where a host answers: scheme, name and port, nothing more. */
const HostAddress = z
  .string()
  .max(200)
  .refine((text) => /^https?:$/.test(urlOf(text)?.protocol ?? '') && urlOf(text)?.origin === text, 'no host address');

export const UnsealedInvite = z.strictObject({
  v: z.literal(1),
  /** Hash of the genesis event: who joins needs to trust nobody else about which workspace it is. */
  workspace: Sha256Hex,
  /** Where the issuing host answers, the likeliest first. */
  hosts: z.array(HostAddress).min(1).max(4),
  /** SHA-256 of the issuing host's own certificate (DER); null on loopback, or where the organisation's is used. */
  certificate: Sha256Hex.nullable(),
  inviteId: z.string().regex(/^[0-9a-f]{16}$/),
  /** 128 random bits: it is tried at one host, which slows down whoever fails. */
  secret: z.string().regex(/^[0-9a-f]{32}$/),
  /** What the machine is called: a relay's name, or the person's. */
  name: z.string().trim().min(1).max(200),
  /** Whose desktop it will be; `role` is what a new person is given, null for one who is here already. */
  person: z.strictObject({ operatorId: OperatorId, role: Role.nullable() }).nullable(),
  expiresAt: Instant,
});
export type UnsealedInvite = z.infer<typeof UnsealedInvite>;

/** A single-use invite as it is handed over. Whoever has it may redeem it, once. */
export const Invite = UnsealedInvite.extend({
  /** HMAC-SHA-256 by a secret of the issuing host over all the rest, its first 16 bytes (RFC 2104, section 5). */
  mac: z.string().regex(/^[0-9a-f]{32}$/),
});
export type Invite = z.infer<typeof Invite>;

/** What was pasted or typed is no invite; `group` counts from 1 and says where a typed code is mistaken. */
export type InviteMistake = { readonly type: 'NoInvite' } | CodeMistake;

export const INVITE_LINK_PREFIX = 'firebreak://join#';

export function linkOf(invite: Invite): string {
  return INVITE_LINK_PREFIX + inviteTextOf(invite);
}

/** What stands behind the `#`: base64url of the canonical JSON. */
export function inviteTextOf(invite: Invite): string {
  return z.core.util.uint8ArrayToBase64url(utf8Bytes(canonicalJson(invite)));
}

export function codeOf(invite: Invite): string {
  return encodeInviteCode(invite);
}

/** Reads what somebody pasted or typed: a link, or a code in any grouping. Never throws. */
export function readInvite(pasted: string): Result<Invite, InviteMistake> {
  const text = pasted.trim();
  if (text.startsWith(INVITE_LINK_PREFIX)) {
    const invite = parseInviteText(text.slice(INVITE_LINK_PREFIX.length));
    return invite ? ok(invite) : err({ type: 'NoInvite' });
  }
  if (text.includes('://')) return err({ type: 'NoInvite' });
  const decoded = decodeInviteCode(text);
  if (!decoded.ok) return decoded;
  const invite = Invite.safeParse(decoded.value);
  // As it would be written: one invite has one code and one link.
  return invite.success && plainCode(codeOf(invite.data)) === plainCode(text)
    ? ok(invite.data)
    : err({ type: 'NoInvite' });
}

/** Null for everything that is not written exactly as we write it: base64url and JSON have several spellings each. */
export function parseInviteText(text: string): Invite | null {
  try {
    const json = utf8Text(z.core.util.base64urlToUint8Array(text));
    const invite = json === null ? null : Invite.safeParse(JSON.parse(json));
    return invite?.success && inviteTextOf(invite.data) === text ? invite.data : null;
  } catch {
    return null;
  }
}

function urlOf(text: string): InstanceType<typeof URL> | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
