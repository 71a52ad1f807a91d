import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Instant, Sha256Hex } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';

/** What a host shows to whoever connects by TLS, and the key that it proves it with. */
export interface Certificate {
  /** PEM; never to be shown or logged. */
  readonly key: string;
  /** PEM: the host's own certificate first, then whatever vouches for it. */
  readonly chain: string;
  /** SHA-256 of the first one (DER): what other hosts pin. */
  readonly fingerprint: Sha256Hex;
  /** Nobody vouches for it but itself: a browser warns, and only the fingerprint says whose it is. */
  readonly selfSigned: boolean;
}

/** A sentence for whoever starts the host. Names files, never what is in them. */
export interface CertificateUnusable {
  readonly type: 'CertificateUnusable';
  readonly message: string;
}

export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** The organisation's own certificate: read, matched with its key and checked against the clock. */
export function readCertificate(files: CertificateFiles, now: Instant): Result<Certificate, CertificateUnusable> {
  const { certFile, keyFile } = files;
  const chain = readText(certFile);
  if (chain === null) return unusable(`The certificate ${certFile} cannot be read.`);
  const key = readText(keyFile);
  if (key === null) return unusable(`The private key ${keyFile} cannot be read.`);
  return parseCertificate({ chain, key }, files, now);
}

/** `files` are only named in sentences; they may be one and the same. */
export function parseCertificate(
  { chain, key }: { readonly chain: string; readonly key: string },
  { certFile, keyFile }: CertificateFiles,
  now: Instant,
): Result<Certificate, CertificateUnusable> {
  const leaf = parsed(() => new X509Certificate(chain));
  if (!leaf) return unusable(`${certFile} holds no certificate in PEM.`);
  const privateKey = parsed((): KeyObject => createPrivateKey(key));
  if (!privateKey) return unusable(`${keyFile} holds no private key in PEM, or one that a passphrase locks.`);
  if (!leaf.checkPrivateKey(privateKey)) return unusable(`The key in ${keyFile} is not that of ${certFile}.`);
  if (Date.parse(leaf.validTo) <= now) return unusable(`The certificate ${certFile} expired on ${leaf.validTo}.`);
  if (Date.parse(leaf.validFrom) > now)
    return unusable(
      `The certificate ${certFile} is not valid before ${leaf.validFrom}. Is this machine's clock right?`,
    );
  const selfSigned = leaf.issuer === leaf.subject && leaf.verify(leaf.publicKey);
  return ok({ key, chain, fingerprint: certificateFingerprint(leaf.raw), selfSigned });
}

/** Of a certificate in DER, as a peer showed it. */
export function certificateFingerprint(der: Uint8Array): Sha256Hex {
  return Sha256Hex.parse(createHash('sha256').update(der).digest('hex'));
}

/** As browsers print it, for people to compare: `AB:CD:...`. */
export function printedFingerprint(fingerprint: Sha256Hex): string {
  return (fingerprint.toUpperCase().match(/../g) ?? []).join(':');
}

function readText(file: string): string | null {
  return parsed(() => readFileSync(file, 'latin1'));
}

function parsed<Value>(parse: () => Value): Value | null {
  try {
    return parse();
  } catch {
    return null;
  }
}

function unusable(message: string): Result<never, CertificateUnusable> {
  return err({ type: 'CertificateUnusable', message });
}
