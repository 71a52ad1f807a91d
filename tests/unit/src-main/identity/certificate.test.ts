import { randomBytes, X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { instant } from '../../../../shared/base/ids.ts';
import { printedFingerprint, readCertificate } from '../../../../src-main/identity/certificate.ts';
import { openOwnCertificate } from '../../../../src-main/identity/certificate-own.ts';
import { selfSigned } from '../../../support/self-signed.ts';
import { unwrap } from '../../../support/unwrap.ts';

const NOW = instant(Date.UTC(2026, 10, 22));
const NAMES = ['localhost', '127.0.0.1', '::1', '192.168.1.20', 'relay.example', 'not a name', 'relay.example'];

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-certificate-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

function makeOwn(keysDir: string, names: readonly string[] = NAMES) {
  return openOwnCertificate(keysDir, { names, now: NOW, randomBytes });
}

test('the own certificate is for a server under these names and nothing else, for years, and nobody vouches for it', () => {
  const own = unwrap(makeOwn(join(newFolder(), 'keys')));
  const certificate = new X509Certificate(own.chain);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(own.selfSigned).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1');
  expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']); // serverAuth
  expect(certificate.subjectAltName?.split(', ')).toEqual([
    'DNS:localhost',
    'IP Address:127.0.0.1',
    'IP Address:0:0:0:0:0:0:0:1',
    'IP Address:192.168.1.20',
    'DNS:relay.example',
  ]);
  expect(Date.parse(certificate.validFrom)).toBeLessThan(NOW);
  expect(Date.parse(certificate.validTo) - NOW).toBeGreaterThan(9 * 365 * 24 * 60 * 60 * 1000);
  expect(printedFingerprint(own.fingerprint)).toBe(certificate.fingerprint256);
});

test('it stays the same for other names and after a restart, because others pin it; only its owner reads the file', () => {
  const keysDir = newFolder();
  const first = unwrap(makeOwn(keysDir));
  chmodSync(join(keysDir, 'tls.pem'), 0o644);
  expect(unwrap(makeOwn(keysDir, ['other.example']))).toEqual(first);
  expect(statSync(join(keysDir, 'tls.pem')).mode & 0o777).toBe(0o600);
  expect(unwrap(makeOwn(newFolder())).fingerprint).not.toBe(first.fingerprint);
});

test('a damaged file is named and left as it is, and no byte of it is in the sentence', () => {
  const keysDir = newFolder();
  const file = join(keysDir, 'tls.pem');
  writeFileSync(file, '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n');
  const refused = makeOwn(keysDir);
  expect(refused).toMatchObject({ ok: false, error: { type: 'CertificateUnusable' } });
  expect(!refused.ok && refused.error.message).toContain(file);
  expect(!refused.ok && refused.error.message).not.toContain('c2VjcmV0');
  expect(readFileSync(file, 'utf8')).toContain('c2VjcmV0');
});

function organisations(pem: { readonly cert?: string; readonly key?: string } = {}) {
  const folder = newFolder();
  const files = { certFile: join(folder, 'chain.pem'), keyFile: join(folder, 'key.pem') };
  const made = selfSigned();
  writeFileSync(files.certFile, pem.cert ?? made.cert);
  writeFileSync(files.keyFile, pem.key ?? made.key);
  return files;
}

test('the certificate of the organisation is taken with the key that belongs to it', () => {
  const files = organisations();
  const read = unwrap(readCertificate(files, NOW));
  expect(printedFingerprint(read.fingerprint)).toBe(new X509Certificate(read.chain).fingerprint256);
});

test.each<[string, () => ReturnType<typeof organisations>, RegExp]>([
  ['no file', () => ({ ...organisations(), certFile: '/nowhere/chain.pem' }), /nowhere.* cannot be read/],
  ['no key', () => ({ ...organisations(), keyFile: '/nowhere/key.pem' }), /nowhere.* cannot be read/],
  ['something else', () => organisations({ cert: 'hello' }), /holds no certificate in PEM/],
  ['no private key', () => organisations({ key: selfSigned().cert }), /holds no private key in PEM/],
  ['the key of another', () => organisations({ key: selfSigned().key }), /is not that of/],
])('%s is refused with a sentence', (_what, files, sentence) => {
  const read = readCertificate(files(), NOW);
  expect(!read.ok && read.error.message).toMatch(sentence);
});

test('a certificate that has expired, or is not valid yet, is refused with its date', () => {
  const files = organisations();
  const early = readCertificate(files, instant(Date.UTC(2019, 0, 1)));
  expect(!early.ok && early.error.message).toMatch(/not valid before Jan {2}1 .* 2020/);
  const late = readCertificate(files, instant(Date.UTC(2051, 0, 1)));
  expect(!late.ok && late.error.message).toMatch(/expired on Dec 31 .* 2049/);
});
