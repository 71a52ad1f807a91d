/**
 * The invites that this host issued.
 *
 * 1. A secret is never kept: only its SHA-256, in a file of the folder of keys that only its owner may read.
 * 2. That an invite is used, and by which keys, is on the disk before `use` returns; it is nobody else's from then on.
 * 3. Only this host can tell its own invites: the MAC's secret never leaves the folder.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { canonicalJson } from '../../shared/base/canonical.ts';
import { instant, type Instant, OperatorId, PublicKeyHex, Sha256Hex } from '../../shared/base/ids.ts';
import { invariant } from '../../shared/base/invariant.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import type { Clock } from '../commands/ports.ts';
import { type Invite, parseInviteText, type UnsealedInvite } from '../../shared/protocol/invite-link.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

/** How long an invite holds unless somebody says otherwise. */
export const INVITE_MS = 24 * 60 * 60_000;
/** Used and expired ones are known that long, so that who comes late is told what happened. */
const REMEMBERED_MS = 90 * 24 * 60 * 60_000;
/** More that are open nobody can account for. */
const MOST_OPEN = 200;
const MOST_KEPT = 2000;

/** The keys an invite was used by. */
const UsedBy = z.strictObject({
  hostKey: PublicKeyHex,
  restoreKey: PublicKeyHex,
  deviceKey: PublicKeyHex.nullable(),
});
export type UsedBy = z.infer<typeof UsedBy>;

const IssuedInvite = z.strictObject({
  inviteId: z.string().regex(/^[0-9a-f]{16}$/),
  secretHash: Sha256Hex,
  workspace: Sha256Hex,
  /** The administrator in whose name it was issued, and whose key will sign what comes of it. */
  issuer: OperatorId,
  /** A new person's id, which is nobody else's while the invite is open. */
  reserved: OperatorId.nullable(),
  expiresAt: z.number(),
  usedBy: UsedBy.nullable(),
});
export type IssuedInvite = z.infer<typeof IssuedInvite>;

const Kept = z.strictObject({ version: z.literal(1), invites: z.array(IssuedInvite) });

/** Why it is none of ours: never issued here, or not what was issued. `inviteId` is null where nothing could be read. */
export interface NotOurs {
  readonly type: 'NotOurs';
  readonly why: 'unknown' | 'changed';
  readonly inviteId: string | null;
}

export interface TooManyInvites {
  readonly type: 'TooManyInvites';
}

export interface Invites {
  issue(about: {
    readonly workspace: Sha256Hex;
    readonly hosts: readonly string[];
    readonly certificate: Sha256Hex | null;
    readonly name: string;
    readonly person: Invite['person'];
    readonly issuer: OperatorId;
    readonly lastsMs?: number;
  }): Result<Invite, TooManyInvites>;
  /** What was issued under this text. Says nothing yet about whether it is used or has expired. */
  examine(inviteText: string): Result<{ readonly invite: Invite; readonly issued: IssuedInvite }, NotOurs>;
  /** Marks it as used by these keys. Throws what the disk says, and it is as open as before then. */
  use(inviteId: string, by: UsedBy): void;
  /** The ids that open invites have promised to new people. */
  reservedIds(): readonly OperatorId[];
}

const MAC_DOMAIN = 'firebreak/invite/1\n';
const SECRET_DOMAIN = 'firebreak/invite/secret/1\n';

/** `macSecret` is 32 bytes of this host's own, kept with its keys. */
export function createInvites(
  keysDir: string,
  deps: {
    readonly macSecret: Uint8Array;
    readonly clock: Clock;
    readonly randomBytes: (size: number) => Uint8Array;
  },
): Invites {
  const { macSecret, clock } = deps;
  invariant(macSecret.length === 32, 'the secret of invites has 256 bits');
  const file = join(keysDir, 'invites.json');

  function kept(): readonly IssuedInvite[] {
    const text = readPrivateFile(file);
    if (text === null) return [];
    try {
      return Kept.parse(JSON.parse(text)).invites;
    } catch {
      renameSync(file, `${file}.unreadable`); // no invite of before holds then: new ones are easily made
      return [];
    }
  }

  function write(invites: readonly IssuedInvite[]): void {
    writePrivateFile(file, `${JSON.stringify({ version: 1, invites })}\n`);
  }

  function isOpen({ usedBy, expiresAt }: IssuedInvite): boolean {
    return usedBy === null && clock.now() < expiresAt;
  }

  function randomHex(bytes: number): string {
    const random = deps.randomBytes(bytes);
    invariant(random.length === bytes, 'randomness comes in the length that was asked for');
    return Buffer.from(random).toString('hex');
  }

  return {
    issue({ lastsMs = INVITE_MS, issuer, hosts, ...about }) {
      const now = clock.now();
      const before = kept().filter(({ expiresAt }) => now < expiresAt + REMEMBERED_MS);
      if (before.filter(isOpen).length >= MOST_OPEN) return err({ type: 'TooManyInvites' });
      const expiresAt: Instant = instant(now + lastsMs);
      const unsealed: UnsealedInvite = {
        v: 1,
        ...about,
        hosts: [...hosts],
        inviteId: randomHex(8),
        secret: randomHex(16),
        expiresAt,
      };
      const { inviteId, secret, workspace, person } = unsealed;
      const reserved = person !== null && person.role !== null ? person.operatorId : null;
      const secretHash = hashOf(secret);
      const issued: IssuedInvite = { inviteId, secretHash, workspace, issuer, reserved, expiresAt, usedBy: null };
      const closed = before.filter((one) => !isOpen(one)).slice(-MOST_KEPT);
      write([...closed, ...before.filter(isOpen), issued]);
      return ok({ ...unsealed, mac: macOf(macSecret, unsealed) });
    },
    examine(inviteText) {
      const invite = parseInviteText(inviteText);
      if (invite === null) return err({ type: 'NotOurs', why: 'changed', inviteId: null });
      const { mac, ...unsealed } = invite;
      const { inviteId } = invite;
      const issued = kept().find((one) => one.inviteId === inviteId);
      if (issued === undefined) return err({ type: 'NotOurs', why: 'unknown', inviteId });
      const isSealed = timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(macSecret, unsealed)));
      const isItsSecret = timingSafeEqual(Buffer.from(issued.secretHash), Buffer.from(hashOf(invite.secret)));
      if (!isSealed || !isItsSecret) return err({ type: 'NotOurs', why: 'changed', inviteId });
      return ok({ invite, issued });
    },
    use(inviteId, by) {
      write(kept().map((one) => (one.inviteId === inviteId ? { ...one, usedBy: by } : one)));
    },
    reservedIds: () => kept().flatMap((one) => (one.reserved !== null && isOpen(one) ? [one.reserved] : [])),
  };
}

function macOf(secret: Uint8Array, unsealed: UnsealedInvite): string {
  const mac = createHmac('sha256', secret).update(MAC_DOMAIN).update(canonicalJson(unsealed)).digest('hex');
  return mac.slice(0, 32);
}

/** A secret holds 128 random bits, so a plain hash gives nothing away. */
function hashOf(secret: string): Sha256Hex {
  return createHash('sha256').update(SECRET_DOMAIN).update(secret).digest('hex') as Sha256Hex;
}
