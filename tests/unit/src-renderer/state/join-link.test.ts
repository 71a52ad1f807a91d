import { expect, test } from 'vitest';
import { grouped, readJoinLink } from '../../../../src-renderer/state/join-link.ts';

const said = {
  v: 1,
  workspace: 'ab'.repeat(32),
  hosts: ['https://192.168.1.7:4100'],
  certificate: 'cd'.repeat(32),
  inviteId: '0'.repeat(16),
  secret: '1'.repeat(32),
  name: 'Inês’ laptop',
  person: { operatorId: 'ines', role: null },
  expiresAt: 1_800_000_000_000,
  mac: '2'.repeat(32),
};

function linkOf(value: unknown): string {
  return `firebreak://join#${Buffer.from(JSON.stringify(value)).toString('base64url')}`;
}

test('a link says whose workspace it is, where, for whom and until when, before anybody joins', () => {
  const read = readJoinLink(`  ${linkOf(said)}\n`);
  expect(read).toMatchObject({ kind: 'invite', link: linkOf(said) });
  if (read.kind !== 'invite') throw new Error('an invite');
  const { workspace, hosts, name, expiresAt } = said;
  expect(read.invite).toMatchObject({ workspace, hosts, name, expiresAt });
  expect(JSON.stringify(read.invite)).not.toContain(said.secret);
});

test('a code is left to the host; nothing is nothing yet', () => {
  expect(readJoinLink('7GKQ-VT3M 9ZRX-W2DY 01AB').kind).toBe('code');
  expect(readJoinLink('  ')).toEqual({ kind: 'empty' });
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
