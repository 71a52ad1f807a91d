import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { instant, OperatorId } from '../../../../shared/base/ids.ts';
import { createDocumentTokens } from '../../../../src-main/identity/document-token.ts';
import { openSecret } from '../../../../src-main/identity/secret-file.ts';

const secret = new Uint8Array(32).fill(7);
const tokens = createDocumentTokens(secret);
const claims = {
  document: 'workspace/notes',
  operatorId: OperatorId.parse('ana'),
  sessionId: 'a'.repeat(64),
  expiresAt: instant(10_000),
};

test('a token opens its own document until it expires', () => {
  const token = tokens.issue(claims);
  expect(tokens.check(token, 'workspace/notes', instant(9_999))).toEqual(claims);
  expect(tokens.check(token, 'workspace/notes', instant(10_000))).toBeNull();
  expect(tokens.check(token, 'room-0001/notes', instant(0))).toBeNull();
});

test('no change of a single character goes unnoticed', () => {
  const token = tokens.issue(claims);
  for (let at = 0; at < token.length; at += 1) {
    const other = token[at] === 'A' ? 'B' : 'A';
    expect(tokens.check(token.slice(0, at) + other + token.slice(at + 1), claims.document, instant(0))).toBeNull();
  }
});

test('another secret, or a MAC without the domain prefix, opens nothing', () => {
  const token = tokens.issue(claims);
  expect(createDocumentTokens(new Uint8Array(32)).check(token, claims.document, instant(0))).toBeNull();
  const text = token.slice(4).split('.')[0] ?? '';
  const mac = createHmac('sha256', secret).update(text).digest('base64url');
  expect(tokens.check(`fbd_${text}.${mac}`, claims.document, instant(0))).toBeNull();
});

test.each(['', 'fbd_', 'fbd_.', `fbd_${'A'.repeat(5000)}.${'A'.repeat(43)}`, 'fbd_e30.AAAA', '\u0000'])(
  'rubbish is null and never throws: %j',
  (rubbish) => expect(tokens.check(rubbish, claims.document, instant(0))).toBeNull(),
);

test('the secret is made once, kept, readable by its owner only, and a damaged one is said to be', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-secret-'));
  try {
    const made = openSecret(join(folder, 'keys'), 'document-token', randomBytes);
    const path = join(folder, 'keys', 'document-token.secret');
    expect(made.ok && made.value.length).toBe(32);
    expect(openSecret(join(folder, 'keys'), 'document-token', randomBytes)).toEqual(made);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    writeFileSync(path, 'short');
    expect(openSecret(join(folder, 'keys'), 'document-token', randomBytes)).toEqual({
      ok: false,
      error: { type: 'SecretUnusable', path },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
