import { z } from 'zod';
import { canonicalJson } from '../../shared/base/canonical.ts';
import { Instant, OperatorId, Sha256Hex } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { Role } from '../../shared/domain/roster/roles.ts';
import { type CodeMistake, decodeInviteCode, encodeInviteCode, plainCode } from './invite-code.ts';

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

const LINK_PREFIX = 'firebreak://join#';

export function linkOf(invite: Invite): string {
  return LINK_PREFIX + inviteTextOf(invite);
}

/** What stands behind the `#`: base64url of the canonical JSON. */
export function inviteTextOf(invite: Invite): string {
  return Buffer.from(canonicalJson(invite)).toString('base64url');
}

export function codeOf(invite: Invite): string {
  return encodeInviteCode(invite);
}

/** Reads what somebody pasted or typed: a link, or a code in any grouping. Never throws. */
export function readInvite(pasted: string): Result<Invite, InviteMistake> {
  const text = pasted.trim();
  if (text.startsWith(LINK_PREFIX)) {
    const invite = parseInviteText(text.slice(LINK_PREFIX.length));
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
    const bytes = Buffer.from(text, 'base64url');
    if (bytes.toString('base64url') !== text) return null;
    const json = bytes.toString('utf8');
    const invite = Invite.safeParse(JSON.parse(json));
    return invite.success && canonicalJson(invite.data) === json ? invite.data : null;
  } catch {
    return null;
  }
}

function urlOf(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
