import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DeviceId, instant, OperatorId, PublicKeyHex } from '../../../../shared/base/ids.ts';
import { createAccess, PROOF_LASTS_MS } from '../../../../src-main/identity/access.ts';
import { openAccessDatabase } from '../../../../src-main/identity/access-database.ts';
import { unwrap } from '../../../support/unwrap.ts';

const ana = OperatorId.parse('ana');
const ben = OperatorId.parse('ben');
const KEY = PublicKeyHex.parse('a1'.repeat(32));
const OTHER_KEY = PublicKeyHex.parse('b2'.repeat(32));

function open() {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-access-'));
  let now = 1_750_000_000_000;
  const db = unwrap(openAccessDatabase(join(folder, 'keys')));
  const access = createAccess(db, { clock: { now: () => instant(now) }, randomBytes });
  onTestFinished(() => {
    access.close();
    rmSync(folder, { recursive: true });
  });
  return { access, pass: (ms: number) => void (now += ms) };
}

function present<Value>(value: Value | null): Value {
  if (value === null) throw new Error('there is none');
  return value;
}

test('a browser with a key is the device of that key, under every link and after signing out', () => {
  const { access } = open();
  const first = present(access.openSessionWithKey(access.issueToken(ana), KEY));
  expect(DeviceId.parse(first.deviceId)).toMatch(/^key:[A-Za-z0-9_-]{43}$/);
  expect(first.deviceCookieValue).toBeNull();
  access.signOut(first.sessionId);
  const later = present(access.openSessionWithKey(access.issueToken(ben), KEY));
  expect(later.deviceId).toBe(first.deviceId);
  const other = present(access.openSessionWithKey(access.issueToken(ben), OTHER_KEY));
  expect(other.deviceId).not.toBe(first.deviceId);
});

test('nothing but a token in force lets a key in for the first time', () => {
  const { access } = open();
  expect(access.reopenSession(KEY, null)).toBeNull();
  expect(access.openSessionWithKey('fb_wrong', KEY)).toBeNull();
  expect(access.reopenSession(KEY, null)).toBeNull();
});

test('a session with a key ends when the key was not proved for twelve hours, however busy it was', () => {
  const { access, pass } = open();
  const session = present(access.openSessionWithKey(access.issueToken(ana), KEY));
  for (let hour = 0; hour < 11; hour += 1) {
    pass(60 * 60 * 1000);
    expect(access.sessionById(session.sessionId)?.proveBefore).toBe(session.proveBefore);
  }
  pass(60 * 60 * 1000 - 1);
  expect(access.sessionOf(session.cookieValue)?.sessionId).toBe(session.sessionId);
  pass(1);
  expect(access.sessionOf(session.cookieValue)).toBeNull();
  expect(access.sessionById(session.sessionId)).toBeNull();
});

test('a proof in time keeps the session and gives it another cookie: a copy of the old one is worth nothing', () => {
  const { access, pass } = open();
  const session = present(access.openSessionWithKey(access.issueToken(ana), KEY));
  pass(PROOF_LASTS_MS - 1);
  const renewed = present(access.reopenSession(KEY, session.cookieValue));
  expect(renewed).toMatchObject({ sessionId: session.sessionId, operatorId: ana, renewed: true });
  expect(access.sessionOf(session.cookieValue)).toBeNull();
  pass(PROOF_LASTS_MS - 1);
  expect(access.sessionOf(renewed.cookieValue)?.sessionId).toBe(session.sessionId);
});

test('a proof too late, or without its cookie, begins a new session for the person of the link', () => {
  const { access, pass } = open();
  const session = present(access.openSessionWithKey(access.issueToken(ana), KEY));
  pass(PROOF_LASTS_MS);
  const late = present(access.reopenSession(KEY, session.cookieValue));
  expect(late).toMatchObject({ operatorId: ana, deviceId: session.deviceId, renewed: false });
  expect(late.sessionId).not.toBe(session.sessionId);
  expect(present(access.reopenSession(KEY, null)).sessionId).not.toBe(late.sessionId);
});

test("a proof of one key does not renew another key's session, nor one without a key", () => {
  const { access } = open();
  const anas = present(access.openSessionWithKey(access.issueToken(ana), KEY));
  present(access.openSessionWithKey(access.issueToken(ben), OTHER_KEY));
  const keyless = present(access.openSession(access.issueToken(ana)));
  for (const cookie of [anas.cookieValue, keyless.cookieValue])
    expect(access.reopenSession(OTHER_KEY, cookie)).toMatchObject({ operatorId: ben, renewed: false });
  expect(access.sessionOf(anas.cookieValue)?.operatorId).toBe(ana);
});

test('a revoked operator does not come back by a key, and neither does a browser that signed out', () => {
  const { access } = open();
  const session = present(access.openSessionWithKey(access.issueToken(ana), KEY));
  access.revokeOperator(ana);
  expect(access.reopenSession(KEY, session.cookieValue)).toBeNull();
  const bens = present(access.openSessionWithKey(access.issueToken(ben), KEY));
  access.signOut(bens.sessionId);
  expect(access.reopenSession(KEY, bens.cookieValue)).toBeNull();
});

test('a session that another one replaces leaves its key known', () => {
  const { access } = open();
  const session = present(access.openSessionWithKey(access.issueToken(ana), KEY));
  access.closeSession(session.sessionId);
  expect(access.reopenSession(KEY, null)).toMatchObject({ operatorId: ana });
});

test('a key that comes with another link belongs to that one from then on', () => {
  const { access } = open();
  present(access.openSessionWithKey(access.issueToken(ana), KEY));
  present(access.openSessionWithKey(access.issueToken(ben), KEY));
  expect(access.reopenSession(KEY, null)?.operatorId).toBe(ben);
  access.revokeOperator(ben);
  expect(access.reopenSession(KEY, null)).toBeNull();
});

test('a first-run session with a key becomes a person with its token', () => {
  const { access } = open();
  const session = present(access.openSessionWithKey(access.issueToken(null), KEY));
  expect(access.bindOperator(session.sessionId, ana)).toBe(true);
  expect(access.reopenSession(KEY, null)?.operatorId).toBe(ana);
});

test('the organisation that is left takes the keys of everybody else with it', () => {
  const { access } = open();
  const kept = present(access.openSessionWithKey(access.issueToken(ana), KEY));
  present(access.openSessionWithKey(access.issueToken(ben), OTHER_KEY));
  access.releaseAll(kept.sessionId);
  expect(access.reopenSession(OTHER_KEY, null)).toBeNull();
  expect(access.reopenSession(KEY, kept.cookieValue)).toMatchObject({ operatorId: null, renewed: true });
});
