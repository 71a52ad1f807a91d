import { bytesToHex } from '@noble/hashes/utils.js';
import { z } from 'zod';
import { canonicalJson } from '../base/canonical.ts';
import { OperatorId, PublicKeyHex, Sha256Hex, SignatureHex } from '../base/ids.ts';
import { utf8Bytes } from '../base/utf8.ts';
import type { SignatureVerifier, Signer } from '../log/signing.ts';

// What a machine that joins and the host that issued its invite say to each other: one request, one answer.

export const ENROL_PATH = '/enrol';

const InviteText = z
  .string()
  .regex(/^[A-Za-z0-9_-]+$/)
  .max(4096);

export const EnrolmentRequest = z.strictObject({
  /** What stands behind the `#` of the link, as it was issued. */
  invite: InviteText,
  hostKey: PublicKeyHex,
  restoreKey: PublicKeyHex,
  /** Signs for the person whose desktop it is; null for a relay. */
  deviceKey: PublicKeyHex.nullable(),
  /** By each of the keys above, over the same bytes: whoever sends a key has it. */
  proofs: z.strictObject({ host: SignatureHex, restore: SignatureHex, device: SignatureHex.nullable() }),
});
export type EnrolmentRequest = z.infer<typeof EnrolmentRequest>;

/** Passes over what a newer host says beside it. */
export const EnrolmentAnswer = z.object({
  workspace: Sha256Hex,
  organisation: z.string().max(200),
  /** The host that answers: by the key it was enrolled with, and by the one it signs with now. */
  host: z.object({ hostId: PublicKeyHex, key: PublicKeyHex, name: z.string().max(200) }),
  /** Whose desktop the new machine is; null for a relay. */
  operatorId: OperatorId.nullable(),
});
export type EnrolmentAnswer = z.infer<typeof EnrolmentAnswer>;

/** What a key that joins says yes to, so that its signature means nothing anywhere else. */
export interface EnrolmentChallenge {
  readonly inviteId: string;
  readonly workspace: Sha256Hex;
  /** SHA-256 of the certificate (DER) that the link pins; null where there is none to pin. */
  readonly certificate: Sha256Hex | null;
  readonly hostKey: PublicKeyHex;
  readonly restoreKey: PublicKeyHex;
  readonly deviceKey: PublicKeyHex | null;
}

const ENROL_DOMAIN = 'firebreak/enrol/1\n';

export function proveEnrolment(signer: Signer, challenge: EnrolmentChallenge): SignatureHex {
  return bytesToHex(signer.sign(challengeBytes(challenge))) as SignatureHex;
}

/** Whether each key of the request signed for itself that it joins with just this invite. */
export function isEnrolmentProven(
  { hostKey, restoreKey, deviceKey, proofs }: EnrolmentRequest,
  about: Pick<EnrolmentChallenge, 'inviteId' | 'workspace' | 'certificate'>,
  verifier: SignatureVerifier,
): boolean {
  const { inviteId, workspace, certificate } = about;
  const bytes = challengeBytes({ inviteId, workspace, certificate, hostKey, restoreKey, deviceKey });
  if ((deviceKey === null) !== (proofs.device === null)) return false;
  if (deviceKey !== null && proofs.device !== null && !verifier(deviceKey, bytes, proofs.device)) return false;
  return verifier(hostKey, bytes, proofs.host) && verifier(restoreKey, bytes, proofs.restore);
}

function challengeBytes(challenge: EnrolmentChallenge): Uint8Array {
  return utf8Bytes(ENROL_DOMAIN + canonicalJson(challenge));
}
