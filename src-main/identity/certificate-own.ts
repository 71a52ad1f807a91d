import { createPublicKey, generateKeyPairSync, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  BasicConstraints,
  Certificate as AsnCertificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_kp_serverAuth,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';
import type { Instant } from '../../shared/base/ids.ts';
import type { Result } from '../../shared/base/result.ts';
import { parseCertificate, type Certificate, type CertificateUnusable } from './certificate.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Whoever pins it is in no hurry to be told another one, and nobody else is asked about it. */
const VALID_DAYS = 10 * 365;
const MOST_NAMES = 64;
/** ecdsa-with-SHA256 (RFC 5758, section 3.2) and commonName (RFC 5280, appendix A). */
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';

interface OwnCertificateOptions {
  /** Host names and literal addresses under which this host is reached as far as is known when it is made. */
  readonly names: readonly string[];
  readonly now: Instant;
  readonly randomBytes: (size: number) => Uint8Array;
}

/**
 * The host's own certificate, in one file of the folder of keys (mode 600) so that key and certificate are there both
 * or not at all. It is made when there is none, and then stays the same: its fingerprint is what others pin, so
 * another address is no reason for another certificate. Whoever wants a new one removes the file.
 */
export function openOwnCertificate(
  keysDir: string,
  options: OwnCertificateOptions,
): Result<Certificate, CertificateUnusable> {
  const file = join(keysDir, 'tls.pem');
  const pem = readPrivateFile(file) ?? keepPem(file, makePem(options));
  return parseCertificate({ chain: pem, key: pem }, { certFile: file, keyFile: file }, options.now);
}

function keepPem(file: string, pem: string): string {
  writePrivateFile(file, pem);
  return pem;
}

/** P-256 and not Ed25519: no browser takes an Ed25519 certificate. */
function makePem({ names, now, randomBytes }: OwnCertificateOptions): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const der = selfSignedDer(privateKey, names, now, randomBytes(16));
  return `${privateKey.export({ type: 'pkcs8', format: 'pem' }) as string}${new X509Certificate(der).toString()}`;
}

/** An X.509 certificate of version 3 (RFC 5280, section 4.1) for a server and nothing else. */
function selfSignedDer(privateKey: KeyObject, names: readonly string[], now: Instant, serial: Uint8Array): Buffer {
  const algorithm = new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 });
  const name = new Name([
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({ type: COMMON_NAME, value: new AttributeValue({ utf8String: 'Firebreak host' }) }),
    ]),
  ]);
  const toBeSigned = new TBSCertificate({
    version: Version.v3,
    // Positive and without a leading zero byte, as DER has it.
    serialNumber: bufferOf([0x40 | ((serial[0] ?? 0) & 0x3f), ...serial.subarray(1)]),
    signature: algorithm,
    issuer: name,
    // A day back: the clocks of those who look at it may be behind ours.
    validity: new Validity({ notBefore: new Date(now - DAY_MS), notAfter: new Date(now + VALID_DAYS * DAY_MS) }),
    subject: name,
    subjectPublicKeyInfo: AsnConvert.parse(
      createPublicKey(privateKey).export({ type: 'spki', format: 'der' }),
      SubjectPublicKeyInfo,
    ),
    extensions: new Extensions([
      extension(id_ce_basicConstraints, true, new BasicConstraints({ cA: false })),
      extension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature)),
      extension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_serverAuth])),
      extension(id_ce_subjectAltName, false, new SubjectAlternativeName(generalNames(names))),
    ]),
  });
  const signed = AsnConvert.serialize(toBeSigned);
  const signature = sign('sha256', Buffer.from(signed), privateKey);
  const certificate = new AsnCertificate({
    tbsCertificate: toBeSigned,
    signatureAlgorithm: algorithm,
    signatureValue: bufferOf(signature),
  });
  return Buffer.from(AsnConvert.serialize(certificate));
}

function extension(extnID: string, critical: boolean, value: object): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}

function generalNames(names: readonly string[]): GeneralName[] {
  return [...new Set(names)].slice(0, MOST_NAMES).flatMap((name) => {
    if (isIP(name) !== 0) return [new GeneralName({ iPAddress: name })];
    return /^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$/.test(name) ? [new GeneralName({ dNSName: name })] : [];
  });
}

function bufferOf(bytes: Iterable<number>): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
