import { bytesToHex } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { canonicalJson } from '../base/canonical.ts';
import { sha256Hex } from '../base/digest.ts';
import { Instant, PublicKeyHex, RoomId, Sha256Hex, SignatureHex } from '../base/ids.ts';
import { invariant } from '../base/invariant.ts';
import { err, ok, type Result } from '../base/result.ts';
import { isCanonicalFormOf } from './canonical.ts';
import { headsOf, verifyChain, type ChainFault } from './chain.ts';
import { Head, SignedEvent, type LogId, type StoredEvent } from './envelope.ts';
import type { SignatureVerifier, Signer } from './signing.ts';
import { utf8Bytes, utf8Text } from '../base/utf8.ts';

// What an accepted export guarantees:
// 1. Every line is the one canonical form of what it says; lines end in LF; nothing follows the last.
// 2. Workspace events come first, then the room's; both chains hold (see chain.ts).
// 3. The last line is a manifest, signed by `by`, of every byte before it. So no byte can be changed, put in or cut.
// It does not say who holds a key: that is the roster's, and only against a genesis one trusts.

const Manifest = z
  .strictObject({
    v: z.literal(1),
    room: RoomId,
    /** The hash of the genesis event: the first workspace event. */
    workspace: Sha256Hex,
    counts: z.strictObject({ workspace: z.int().nonnegative(), room: z.int().nonnegative() }).readonly(),
    heads: z.strictObject({ workspace: z.array(Head).readonly(), room: z.array(Head).readonly() }).readonly(),
    /** Of all bytes before the manifest's line: the digest by which other formats name this export. */
    sha256: Sha256Hex,
    by: PublicKeyHex,
    at: Instant,
  })
  .readonly();
export type Manifest = z.infer<typeof Manifest>;

const ManifestLine = z.strictObject({ manifest: Manifest, signature: SignatureHex });

export interface RoomExport {
  readonly workspaceEvents: readonly StoredEvent[];
  readonly roomEvents: readonly StoredEvent[];
  readonly manifest: Manifest;
}

/** The first place where an export does not hold. `line` counts from 1. */
export interface ExportBroken {
  readonly type: 'ExportBroken';
  readonly line: number;
  readonly reason: ExportFault | ChainFault;
}

export type ExportFault =
  | 'TooLarge'
  | 'NotUtf8'
  | 'NoFinalNewline'
  | 'LineTooLong'
  | 'NotCanonicalJson'
  | 'NotAnEvent'
  | 'OutOfPlace'
  | 'NoGenesis'
  | 'NoManifest'
  | 'BadManifestSignature'
  | 'DigestDiffers'
  | 'ManifestDiffers';

const EXPORT_DOMAIN = 'firebreak/export/1\n';
const MAX_EXPORT_BYTES = 512 * 1024 * 1024;
const MAX_LINE_CHARACTERS = 8 * 1024 * 1024;

/**
 * Writes a room as byte-canonical JSON Lines: the workspace events it needs, its own events, the signed manifest.
 * `signer` is the host's key. The first workspace event must be the genesis.
 */
export function writeExport(input: {
  readonly workspaceEvents: readonly StoredEvent[];
  readonly roomEvents: readonly StoredEvent[];
  readonly room: RoomId;
  readonly signer: Signer;
  readonly now: Instant;
}): string {
  const { workspaceEvents, roomEvents, room, signer, now } = input;
  const genesis = workspaceEvents[0];
  invariant(genesis !== undefined, 'an export begins with the genesis event');
  const lines = [...workspaceEvents, ...roomEvents].map(eventLine).join('');
  const manifest: Manifest = {
    v: 1,
    room,
    workspace: genesis.hash,
    counts: { workspace: workspaceEvents.length, room: roomEvents.length },
    heads: { workspace: headsOf(workspaceEvents), room: headsOf(roomEvents) },
    sha256: sha256Hex(lines),
    by: signer.publicKey,
    at: now,
  };
  const signature = bytesToHex(signer.sign(manifestBytes(manifest))) as SignatureHex;
  return `${lines}${canonicalJson({ manifest, signature })}\n`;
}

/** Reads an export and verifies all of it, trusting nothing. A refusal names the first line that does not hold. */
export function readExport(data: string | Uint8Array, verifier: SignatureVerifier): Result<RoomExport, ExportBroken> {
  const split = splitLines(data);
  if (!split.ok) return split;
  const lines = split.value;
  const parsed: unknown[] = [];
  for (const [index, line] of lines.entries()) {
    const value = parseCanonical(line);
    if (value === undefined) return broken(index + 1, 'NotCanonicalJson');
    parsed.push(value);
  }
  const last = ManifestLine.safeParse(parsed.at(-1));
  const eventLines = last.success ? parsed.slice(0, -1) : parsed;
  const events = parseEvents(eventLines);
  if (!events.ok) return events;
  const { workspaceEvents, roomEvents, room } = events.value;

  const workspace = verifyChain({ log: 'workspace', events: workspaceEvents, verifier });
  if (!workspace.ok) return broken(workspace.error.index + 1, workspace.error.fault);
  const genesis = workspace.value[0];
  if (genesis === undefined) return broken(1, 'NoGenesis');
  const chain = verifyChain({ log: room ?? 'workspace', events: roomEvents, verifier, workspace: workspace.value });
  if (!chain.ok) return broken(workspaceEvents.length + chain.error.index + 1, chain.error.fault);

  if (!last.success) return broken(lines.length + 1, 'NoManifest');
  const { manifest, signature } = last.data;
  if (!verifier(manifest.by, manifestBytes(manifest), signature)) return broken(lines.length, 'BadManifestSignature');
  const expected = {
    ...manifest,
    room: room ?? manifest.room,
    workspace: genesis.hash,
    counts: { workspace: workspace.value.length, room: chain.value.length },
    heads: { workspace: headsOf(workspace.value), room: headsOf(chain.value) },
  };
  if (canonicalJson(expected) !== canonicalJson(manifest)) return broken(lines.length, 'ManifestDiffers');
  const before = lines.slice(0, -1).map((line) => `${line}\n`);
  if (sha256Hex(before.join('')) !== manifest.sha256) return broken(lines.length, 'DigestDiffers');
  return ok({ workspaceEvents: workspace.value, roomEvents: chain.value, manifest });
}

function eventLine({ envelope, body, salt }: SignedEvent): string {
  return `${canonicalJson({ envelope, body, salt })}\n`;
}

function manifestBytes(manifest: Manifest): Uint8Array {
  return utf8Bytes(EXPORT_DOMAIN + canonicalJson(manifest));
}

function splitLines(data: string | Uint8Array): Result<readonly string[], ExportBroken> {
  if (data.length > MAX_EXPORT_BYTES) return broken(1, 'TooLarge');
  const text = typeof data === 'string' ? data : utf8Text(data);
  if (text === null) return broken(lineOfBadUtf8(data as Uint8Array), 'NotUtf8');
  const lines = text.split('\n');
  if (lines.pop() !== '') return broken(lines.length + 1, 'NoFinalNewline');
  const long = lines.findIndex((line) => line.length > MAX_LINE_CHARACTERS);
  return long === -1 ? ok(lines) : broken(long + 1, 'LineTooLong');
}

/** LF never occurs inside a UTF-8 sequence, so the lines can be tried one by one. */
function lineOfBadUtf8(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line += 1) {
    const end = bytes.indexOf(0x0a, start);
    const stop = end === -1 ? bytes.length : end;
    if (utf8Text(bytes.subarray(start, stop)) === null) return line;
    start = stop + 1;
  }
  return line;
}

function parseCanonical(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return isCanonicalFormOf(value, line) ? value : undefined;
  } catch {
    return undefined;
  }
}

interface ParsedEvents {
  readonly workspaceEvents: readonly SignedEvent[];
  readonly roomEvents: readonly SignedEvent[];
  /** Null where there is no room event. */
  readonly room: LogId | null;
}

function parseEvents(values: readonly unknown[]): Result<ParsedEvents, ExportBroken> {
  const workspaceEvents: SignedEvent[] = [];
  const roomEvents: SignedEvent[] = [];
  for (const [index, value] of values.entries()) {
    const event = SignedEvent.safeParse(value);
    if (!event.success) return broken(index + 1, 'NotAnEvent');
    if (event.data.envelope.log !== 'workspace') roomEvents.push(event.data);
    else if (roomEvents.length > 0) return broken(index + 1, 'OutOfPlace');
    else workspaceEvents.push(event.data);
  }
  return ok({ workspaceEvents, roomEvents, room: roomEvents[0]?.envelope.log ?? null });
}

function broken(line: number, reason: ExportBroken['reason']): Result<never, ExportBroken> {
  return err({ type: 'ExportBroken', line, reason });
}
