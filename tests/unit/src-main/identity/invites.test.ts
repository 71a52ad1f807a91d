import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sha256Hex } from '../../../../shared/base/digest.ts';
import { instant, OperatorId, PublicKeyHex } from '../../../../shared/base/ids.ts';
import { inviteTextOf } from '../../../../shared/protocol/invite-link.ts';
import { createInvites, INVITE_MS } from '../../../../src-main/identity/invites.ts';
import { unwrap } from '../../../support/unwrap.ts';

let keys = '';
let now = 1_780_000_000_000;
beforeEach(() => {
  keys = mkdtempSync(join(tmpdir(), 'firebreak-invites-'));
  now = 1_780_000_000_000;
});
afterEach(() => rmSync(keys, { recursive: true }));

const open = (macSecret: Uint8Array = Buffer.alloc(32, 1)) =>
  createInvites(keys, { macSecret, clock: { now: () => instant(now) }, randomBytes });
const about = {
  workspace: sha256Hex('genesis'),
  hosts: ['http://127.0.0.1:9'],
  certificate: null,
  name: 'Ada',
  person: { operatorId: OperatorId.parse('ada'), role: 'legal' as const },
  issuer: OperatorId.parse('administrator'),
};
const by = {
  hostKey: PublicKeyHex.parse(sha256Hex('h')),
  restoreKey: PublicKeyHex.parse(sha256Hex('r')),
  deviceKey: null,
};

test('an invite is known again after a restart, and only its hash is kept, in a file of its owner alone', () => {
  const invite = unwrap(open().issue(about));
  expect(invite.expiresAt).toBe(now + INVITE_MS);
  expect(unwrap(open().examine(inviteTextOf(invite)))).toMatchObject({ invite, issued: { usedBy: null } });
  for (const name of readdirSync(keys)) {
    expect(readFileSync(join(keys, name), 'utf8')).not.toContain(invite.secret);
    if (process.platform !== 'win32') expect(statSync(join(keys, name)).mode & 0o777).toBe(0o600);
  }
});

test('its use is on the disk at once, with the keys that used it', () => {
  const invites = open();
  const invite = unwrap(invites.issue(about));
  expect(invites.reservedIds()).toEqual(['ada']);
  invites.use(invite.inviteId, by);
  expect(unwrap(open().examine(inviteTextOf(invite))).issued.usedBy).toEqual(by);
  expect(open().reservedIds()).toEqual([]);
});

test('another host, and a host whose list was lost, do not know it; a changed one is told apart', () => {
  const invite = unwrap(open().issue(about));
  const text = inviteTextOf(invite);
  expect(open(Buffer.alloc(32, 2)).examine(text)).toMatchObject({ error: { why: 'changed' } });
  const changed = inviteTextOf({ ...invite, person: { operatorId: OperatorId.parse('ada'), role: 'administrator' } });
  expect(open().examine(changed)).toMatchObject({ error: { why: 'changed', inviteId: invite.inviteId } });
  expect(open().examine('nonsense')).toMatchObject({ error: { why: 'changed', inviteId: null } });
  writeFileSync(join(keys, 'invites.json'), '{"version":1,"invites":[{}]}');
  expect(open().examine(text)).toMatchObject({ error: { why: 'unknown' } });
  expect(readdirSync(keys)).toContain('invites.json.unreadable');
});

test('only so many are open at once, and long after their end they are forgotten', () => {
  const invites = open();
  const first = unwrap(invites.issue(about));
  for (let count = 1; count < 200; count += 1) unwrap(invites.issue(about));
  expect(invites.issue(about)).toEqual({ ok: false, error: { type: 'TooManyInvites' } });
  now += INVITE_MS;
  unwrap(invites.issue(about));
  expect(invites.examine(inviteTextOf(first)).ok).toBe(true);
  now += 91 * 24 * 60 * 60_000;
  unwrap(invites.issue(about));
  expect(invites.examine(inviteTextOf(first))).toMatchObject({ error: { why: 'unknown' } });
});
