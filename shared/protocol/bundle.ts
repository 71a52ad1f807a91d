import { bytesToHex } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { canonicalJson } from '../base/canonical.ts';
import { sha256Hex } from '../base/digest.ts';
import { Instant, PublicKeyHex, Sha256Hex, SignatureHex } from '../base/ids.ts';
import { err, ok, type Result } from '../base/result.ts';
import { isCanonicalFormOf } from '../log/canonical.ts';
import type { SignatureVerifier, Signer } from '../log/signing.ts';
import { utf8Bytes } from '../base/utf8.ts';
import { ReplicaFrame } from './replica-frames.ts';

// A bundle is what one host would say to another that holds nothing, written into a file to be carried on a stick:
// a line that says whose it is, the frames of events and texts as they go over a connection, and a signed manifest. So
// taking it in is a session like any other, and may be done as often as one likes.
//
// Every line is the one canonical form (RFC 8785) of what it says and ends in LF. The manifest is of every byte before
// it: nothing can be changed, put in or cut off without its host's key. What the frames hold proves itself besides.

const Header = z.strictObject({
  bundle: z.strictObject({ v: z.literal(1), workspace: Sha256Hex, by: PublicKeyHex, at: Instant }).readonly(),
});
export type BundleHeader = z.infer<typeof Header>['bundle'];

const Manifest = z.strictObject({
  manifest: z
    .strictObject({ frames: z.int().nonnegative(), sha256: Sha256Hex, by: PublicKeyHex, at: Instant })
    .readonly(),
  signature: SignatureHex,
});
export type BundleManifest = z.infer<typeof Manifest>['manifest'];

/** The frames that carry something; the others only arrange it. */
export type CarriedFrame = Extract<ReplicaFrame, { kind: 'events' | 'text' }>;

export interface Bundle {
  readonly header: BundleHeader;
  readonly frames: readonly CarriedFrame[];
  readonly manifest: BundleManifest;
}

/** The first place where a bundle does not hold. `line` counts from 1. */
export interface BundleBroken {
  readonly type: 'BundleBroken';
  readonly line: number;
  readonly reason:
    | 'NotABundle'
    | 'NoFinalNewline'
    | 'NotCanonicalJson'
    | 'NotAFrame'
    | 'NoManifest'
    | 'BadManifestSignature'
    | 'ManifestDiffers';
}

const BUNDLE_DOMAIN = 'firebreak/bundle/1\n';

/** Writes a bundle, signed by the host that hands it out. */
export function writeBundle(
  header: Omit<BundleHeader, 'v' | 'by'>,
  frames: Iterable<CarriedFrame>,
  signer: Signer,
): string {
  const by = signer.publicKey;
  let text = line({ bundle: { v: 1, ...header, by } });
  let count = 0;
  for (const frame of frames) {
    text += line(frame);
    count += 1;
  }
  const manifest: BundleManifest = { frames: count, sha256: sha256Hex(text), by, at: header.at };
  const signature = bytesToHex(signer.sign(manifestBytes(manifest))) as SignatureHex;
  return text + line({ manifest, signature });
}

/** Whether a file begins as a bundle does, so that one command can verify exports and bundles. */
export function isBundle(text: string): boolean {
  return text.startsWith('{"bundle":');
}

/** Reads a bundle: its form, and its host's signature over all of it. What the frames hold is not judged here. */
export function readBundle(text: string, verifier: SignatureVerifier): Result<Bundle, BundleBroken> {
  const lines = text.split('\n');
  if (lines.pop() !== '') return broken(lines.length + 1, 'NoFinalNewline');
  const parsed: unknown[] = [];
  for (const [index, one] of lines.entries()) {
    const value = parseCanonical(one);
    if (value === undefined) return broken(index + 1, 'NotCanonicalJson');
    parsed.push(value);
  }
  const header = Header.safeParse(parsed[0]);
  if (!header.success) return broken(1, 'NotABundle');
  const last = Manifest.safeParse(parsed.at(-1));
  if (parsed.length < 2 || !last.success) return broken(lines.length, 'NoManifest');
  const frames: CarriedFrame[] = [];
  for (const [index, value] of parsed.slice(1, -1).entries()) {
    const frame = ReplicaFrame.safeParse(value);
    if (!frame.success || (frame.data.kind !== 'events' && frame.data.kind !== 'text'))
      return broken(index + 2, 'NotAFrame');
    frames.push(frame.data);
  }
  const { manifest, signature } = last.data;
  if (!verifier(manifest.by, manifestBytes(manifest), signature)) return broken(lines.length, 'BadManifestSignature');
  const before = text.slice(0, text.length - (lines.at(-1)?.length ?? 0) - 1);
  const { by, at } = header.data.bundle;
  const isWhole = manifest.frames === frames.length && manifest.sha256 === sha256Hex(before);
  if (!isWhole || manifest.by !== by || manifest.at !== at) return broken(lines.length, 'ManifestDiffers');
  return ok({ header: header.data.bundle, frames, manifest });
}

function line(value: unknown): string {
  return `${canonicalJson(value)}\n`;
}

function manifestBytes(manifest: BundleManifest): Uint8Array {
  return utf8Bytes(BUNDLE_DOMAIN + canonicalJson(manifest));
}

function parseCanonical(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isCanonicalFormOf(value, text) ? value : undefined;
  } catch {
    return undefined;
  }
}

function broken(at: number, reason: BundleBroken['reason']): Result<never, BundleBroken> {
  return err({ type: 'BundleBroken', line: at, reason });
}
