import { bytesToHex, concatBytes } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { canonicalJson } from '../base/canonical.ts';
import { sha256Hex } from '../base/digest.ts';
import type { SignatureHex } from '../base/ids.ts';
import { DeviceId, Instant, OperatorId, PublicKeyHex, Sha256Hex } from '../base/ids.ts';
import type { SignatureVerifier, Signer } from './signing.ts';
import { utf8Bytes } from '../base/utf8.ts';

// What people write travels beside the log, in batches: the updates of one document that one host took in, one after
// the other, each with who wrote it, from what, and when. The host that took them in signs them.
//
// 1. A host's batches of a document count from 1 without a gap, and each names the one before by its hash. So nobody who
//    passes them on can leave one out or put one in, and two that differ at one number prove that their host forked.
// 2. The workspace's id is in every batch: it means nothing in another organisation.

/** An update as the host that signed it took it in. */
export interface TextUpdate {
  readonly at: Instant;
  readonly operatorId: OperatorId;
  readonly deviceId: DeviceId;
  /** A Yjs update, format V1. */
  readonly data: Uint8Array;
}

/** A batch has no more of these, and a single update is never cut. */
export const MOST_BATCH_UPDATES = 512;
export const MOST_BATCH_BYTES = 256 * 1024;

export const TextBatchHeader = z
  .strictObject({
    v: z.literal(1),
    /** Hash of the genesis event. */
    workspace: Sha256Hex,
    document: z.string().min(1).max(200),
    /** The host that took the updates in. */
    author: PublicKeyHex,
    /** Counts the author's batches of this document, from 1. */
    n: z.int().positive(),
    previous: Sha256Hex.nullable(),
    updates: z
      .array(
        z
          .strictObject({ at: Instant, operatorId: OperatorId, deviceId: DeviceId, bytes: z.int().positive() })
          .readonly(),
      )
      .min(1)
      .max(MOST_BATCH_UPDATES)
      .readonly(),
    /** Of all updates' bytes, one after the other. */
    sha256: Sha256Hex,
  })
  .readonly();
export type TextBatchHeader = z.infer<typeof TextBatchHeader>;

/** A batch as it is stored and sent: `data` is every update's bytes, one after the other. */
export interface TextBatch {
  readonly header: TextBatchHeader;
  readonly signature: SignatureHex;
  readonly data: Uint8Array;
}

/** An author's newest batch of a document, as far as somebody holds them. */
export const TextHead = z.strictObject({ author: PublicKeyHex, n: z.int().positive(), hash: Sha256Hex }).readonly();
export type TextHead = z.infer<typeof TextHead>;

const TEXT_DOMAIN = 'firebreak/text/1\n';

/** Signs the updates as the author's next batch; `head` is the one before, null for the first. */
export function signTextBatch(
  signer: Signer,
  about: { readonly workspace: Sha256Hex; readonly document: string; readonly head: TextHead | null },
  updates: readonly TextUpdate[],
): TextBatch {
  const data = concatBytes(...updates.map((update) => update.data));
  const header: TextBatchHeader = {
    v: 1,
    workspace: about.workspace,
    document: about.document,
    author: signer.publicKey,
    n: (about.head?.n ?? 0) + 1,
    previous: about.head?.hash ?? null,
    updates: updates.map(({ at, operatorId, deviceId, data: { length } }) => ({
      at,
      operatorId,
      deviceId,
      bytes: length,
    })),
    sha256: sha256Hex(data),
  };
  return { header, signature: bytesToHex(signer.sign(signedBytes(header))) as SignatureHex, data };
}

/** The batch's identity: SHA-256 of the bytes its signature signs. */
export function textBatchHash(header: TextBatchHeader): Sha256Hex {
  return sha256Hex(signedBytes(header));
}

export function textHeadOf({ header }: Pick<TextBatch, 'header'>): TextHead {
  return { author: header.author, n: header.n, hash: textBatchHash(header) };
}

/** Checks a batch by itself: its data, its lengths, and its author's signature. */
export function isSoundTextBatch({ header, signature, data }: TextBatch, verifier: SignatureVerifier): boolean {
  const bytes = header.updates.reduce((sum, update) => sum + update.bytes, 0);
  if (bytes !== data.length || (header.n === 1) !== (header.previous === null)) return false;
  return sha256Hex(data) === header.sha256 && verifier(header.author, signedBytes(header), signature);
}

export function updatesOf({ header, data }: TextBatch): readonly TextUpdate[] {
  let from = 0;
  return header.updates.map(({ at, operatorId, deviceId, bytes }) => {
    from += bytes;
    return { at, operatorId, deviceId, data: data.subarray(from - bytes, from) };
  });
}

/** The bytes that are signed, for those who verify elsewhere than here. */
export function signedBytes(header: TextBatchHeader): Uint8Array {
  return utf8Bytes(TEXT_DOMAIN + canonicalJson(header));
}
