import { expect, test } from 'vitest';
import { canonicalJson } from '../../../../shared/base/canonical.ts';
import { instant, OperatorId, Sha256Hex } from '../../../../shared/base/ids.ts';
import { codeOf, type Invite } from '../../../../shared/protocol/invite-link.ts';
import { grouped, readJoinLink } from '../../../../src-renderer/state/join-link.ts';

const said: Invite = {
  v: 1,
  workspace: Sha256Hex.parse('ab'.repeat(32)),
  hosts: ['https://192.168.1.7:4100'],
  certificate: Sha256Hex.parse('cd'.repeat(32)),
  inviteId: '0'.repeat(16),
  secret: '1'.repeat(32),
  name: 'Inês’ laptop',
  person: { operatorId: OperatorId.parse('ines'), role: null },
  expiresAt: instant(1_800_000_000_000),
  mac: '2'.repeat(32),
};

function linkOf(value: unknown): string {
  return `firebreak://join#${Buffer.from(canonicalJson(value)).toString('base64url')}`;
}

test('a link says whose workspace it is, where, for whom and until when, before anybody joins', () => {
  const read = readJoinLink(`  ${linkOf(said)}\n`);
  expect(read).toMatchObject({ kind: 'invite', link: linkOf(said) });
  if (read.kind !== 'invite') throw new Error('an invite');
  const { workspace, hosts, name, expiresAt } = said;
  expect(read.invite).toMatchObject({ workspace, hosts, name, expiresAt });
  expect(JSON.stringify(read.invite)).not.toContain(said.secret);
});

test('a code says the same as its link, however it is typed', () => {
  const typed = codeOf(said).toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o');
  const read = readJoinLink(` ${typed} `);
  expect(read).toEqual({ ...readJoinLink(linkOf(said)), link: typed });
  expect(JSON.stringify(read)).not.toContain(said.secret);
});

test('while a code is typed, the groups that are right are counted; nothing is nothing yet', () => {
  const groups = codeOf(said).split('-');
  for (let n = 2; n < groups.length; n += 1) {
    expect(readJoinLink(groups.slice(0, n).join('-'))).toEqual({ kind: 'code', groups: n });
    const begun = [...groups.slice(0, n), groups[n]?.slice(0, 1)].join('-');
    expect(readJoinLink(begun)).toEqual({ kind: 'code', groups: n });
  }
  expect(readJoinLink('  ')).toEqual({ kind: 'empty' });
});

test('the group of a code that is mistyped is named, with what was typed there', () => {
  const groups = codeOf(said).split('-');
  const third = groups[2] ?? '';
  const wrong = third.slice(0, -1) + (third.endsWith('7') ? '8' : '7');
  const read = readJoinLink(groups.with(2, wrong).join('-'));
  expect(read.kind).toBe('unreadable');
  if (read.kind === 'unreadable') expect(read.why).toContain(`Group 3 (${wrong}) is not as it was printed.`);
  const oneTooFew = groups.with(1, (groups[1] ?? '').slice(1)).join('-');
  expect(readJoinLink(oneTooFew)).toMatchObject({ why: expect.stringMatching(/^Group 2 /) as string });
});

test.each([
  ['a link that was cut off', linkOf(said).slice(0, -7)],
  ['a link with other parts', linkOf({ ...said, workspace: 'short' })],
  ['a link that is no text', 'firebreak://join#%00'],
  ['a link for a browser', 'https://relay.example/#token=abcdefghijklmnop'],
  ['a link of ours that is no invite', 'firebreak://room/room-0001'],
  ['a few letters', 'hello'],
  ['markup', '<b>'],
])('%s is said to be none, with what to do', (_, text) => {
  const read = readJoinLink(text);
  expect(read.kind).toBe('unreadable');
  if (read.kind === 'unreadable') expect(read.why).toMatch(/^This .*\.$/);
});

test('a fingerprint is read aloud in groups of eight', () => {
  expect(grouped('0123456789abcdef')).toBe('01234567 89abcdef');
});
