import { expect, test } from 'vitest';
import { instant, OperatorId, PublicKeyHex } from '../../../../../shared/base/ids.ts';
import type { ReplicaPeerView, ReplicaView } from '../../../../../shared/protocol/views.ts';
import { hostRows } from '../../../../../src-renderer/features/replica/host-rows.ts';
import { qrPicture } from '../../../../../src-renderer/features/replica/qr-picture.ts';
import { tooFewAdministrators } from '../../../../../src-renderer/state/readiness.ts';

const key = (digit: string): PublicKeyHex => PublicKeyHex.parse(digit.repeat(64));

type Host = ReplicaView['hosts'][number];

function host(digit: string, name: string, parts: Partial<Host> = {}): Host {
  return {
    hostId: key(digit),
    restoreKey: key('f'),
    name,
    operatorId: null,
    isFounder: false,
    retired: false,
    ...parts,
  };
}

function peer(digit: string, state: ReplicaPeerView['state']): ReplicaPeerView {
  const since = instant(0);
  return { hostId: key(digit), name: `peer ${digit}`, url: null, state, since, behind: 0, ahead: 0, progress: null, clockOffMs: null, reason: null }; // prettier-ignore
}

const rest = { forks: [], quarantined: [], refusedTexts: [] };

test('this machine stands first, then who is in touch, then the others; each says what it is', () => {
  const ines = OperatorId.parse('ines');
  const rows = hostRows({
    ...rest,
    self: { hostId: key('b'), name: 'Desk' },
    hosts: [
      host('a', 'Office', { isFounder: true }),
      host('b', 'Desk', { operatorId: ines }),
      host('c', 'Relay'),
      host('d', 'Attic'),
    ],
    peers: [peer('c', 'connected'), peer('a', 'offline')],
  });
  expect(rows.map(({ name, kind, isSelf }) => [name, kind, isSelf])).toEqual([
    ['Desk', 'desktop', true],
    ['Relay', 'relay', false],
    ['Office', 'founder', false],
    ['Attic', 'relay', false],
  ]);
});

test('a machine that is known before its enrolment has come is shown, too', () => {
  const rows = hostRows({ ...rest, self: null, hosts: [], peers: [peer('c', 'connecting')] });
  expect(rows).toMatchObject([{ name: 'peer c', kind: 'unknown', isSelf: false }]);
});

test('a QR code is shown as a picture or not at all', () => {
  expect(qrPicture('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>')).toMatch(
    /^data:image\/svg\+xml;charset=utf-8,%3Csvg/,
  );
  expect(qrPicture('<img src=x onerror=alert(1)>')).toBeNull();
  expect(qrPicture(`<svg>${'x'.repeat(200_001)}</svg>`)).toBeNull();
});

test('one administrator is too few, and a revoked one is none', () => {
  const person = { name: 'x', deputyId: null, revoked: false };
  const one = { ...person, operatorId: OperatorId.parse('a'), roles: ['administrator'] as const };
  const two = { ...one, operatorId: OperatorId.parse('b') };
  expect(tooFewAdministrators([])).toBe(false);
  expect(tooFewAdministrators([one])).toBe(true);
  expect(tooFewAdministrators([one, two])).toBe(false);
  expect(tooFewAdministrators([one, { ...two, revoked: true }])).toBe(true);
});
