import { expect, test } from 'vitest';
import { sha256Hex } from '../../../../shared/base/digest.ts';
import { instant, OperatorId } from '../../../../shared/base/ids.ts';
import {
  codeOf,
  type Invite,
  inviteTextOf,
  linkOf,
  parseInviteText,
  readInvite,
} from '../../../../shared/protocol/invite-link.ts';
import { unwrap } from '../../../support/unwrap.ts';

const invite: Invite = {
  v: 1,
  workspace: sha256Hex('genesis'),
  hosts: ['https://relay.example:8443', 'https://10.0.0.7:8443'],
  certificate: sha256Hex('certificate'),
  inviteId: sha256Hex('id').slice(0, 16),
  secret: sha256Hex('secret').slice(0, 32),
  name: 'Ada Byron – Lovelace',
  person: { operatorId: OperatorId.parse('ada-byron'), role: 'comms-lead' },
  expiresAt: instant(1_780_000_000_000),
  mac: sha256Hex('mac').slice(0, 32),
};
const variants: readonly Invite[] = [
  invite,
  { ...invite, certificate: null, hosts: ['http://127.0.0.1:40123'] },
  { ...invite, person: null, name: 'Relay in Malmö' },
  { ...invite, person: { operatorId: OperatorId.parse('ada'), role: null } },
];

test('link and code carry the same invite, whole', () => {
  for (const one of variants) {
    expect(unwrap(readInvite(linkOf(one)))).toEqual(one);
    expect(unwrap(readInvite(codeOf(one)))).toEqual(one);
    expect(linkOf(unwrap(readInvite(codeOf(one))))).toBe(linkOf(one));
    expect(unwrap(readInvite(`  ${linkOf(one)}\n`))).toEqual(one);
  }
});

test('a code may be typed in small letters, without dashes, and with what looks alike', () => {
  const typed = codeOf(invite).toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l');
  expect(unwrap(readInvite(typed))).toEqual(invite);
});

test('a code is as long as it says: eight symbols a group, 200 to 400 in all', () => {
  for (const one of variants) {
    const groups = codeOf(one).split('-');
    expect(groups.slice(0, -1).every((group) => group.length === 8)).toBe(true);
    const symbols = groups.join('').length;
    expect(symbols).toBeGreaterThanOrEqual(200);
    expect(symbols).toBeLessThanOrEqual(400);
  }
});

test('every symbol of a code that is typed wrong is found, with its group', () => {
  const code = codeOf(invite);
  const symbols = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  for (const [at, symbol] of [...code].entries()) {
    if (symbol === '-') continue;
    const group = code.slice(0, at).split('-').length;
    for (const wrong of symbols) {
      if (wrong === symbol) continue;
      const typed = code.slice(0, at) + wrong + code.slice(at + 1);
      expect(readInvite(typed), `symbol ${String(at)}`).toEqual({ ok: false, error: { type: 'GroupMistyped', group } });
    }
  }
});

test('two symbols, or two groups, that changed places are found', () => {
  const groups = codeOf(invite).split('-');
  for (const [index, group] of groups.entries()) {
    for (let at = 0; at + 1 < group.length; at += 1) {
      const swapped = group.slice(0, at) + group.charAt(at + 1) + group.charAt(at) + group.slice(at + 2);
      if (swapped === group) continue;
      expect(readInvite(groups.with(index, swapped).join('-'))).toMatchObject({ error: { group: index + 1 } });
    }
    const next = groups[index + 1];
    if (next === undefined || next === group || next.length !== group.length) continue;
    expect(
      readInvite(
        groups
          .with(index, next)
          .with(index + 1, group)
          .join('-'),
      ).ok,
    ).toBe(false);
  }
});

test('only the one spelling of an invite is read: other base64, other JSON, other links are none', () => {
  const json = Buffer.from(inviteTextOf(invite), 'base64url').toString();
  const written = (text: string): string => Buffer.from(text).toString('base64url');
  expect(parseInviteText(written(json))).toEqual(invite);
  const others = [
    `${inviteTextOf(invite)}=`,
    `${inviteTextOf(invite)} `,
    written(json.replace('{', '{ ')),
    written(JSON.stringify(invite)),
    written(json.replace('"v":1', '"v":1,"w":2')),
    written(json.replace('"v":1', '"v":2')),
    written(json.replace('https://relay.example:8443', 'ftp://relay.example')),
    written(json.replace('https://relay.example:8443', 'https://user@relay.example')),
    written(json.replace('https://relay.example:8443', 'https://relay.example/path')),
    written('[]'),
    '',
    '*',
  ];
  for (const text of others) expect(parseInviteText(text), text).toBeNull();
  const links = [
    linkOf(invite).replace('firebreak', 'Firebreak'),
    linkOf(invite).replace('join', 'joins'),
    linkOf(invite).replace('#', '?'),
    'https://relay.example/#token=fb_x',
    'firebreak://join#',
    'hello',
    '',
    '-'.repeat(500),
    '\u0000'.repeat(100),
  ];
  for (const link of links) expect(readInvite(link).ok, link).toBe(false);
});
