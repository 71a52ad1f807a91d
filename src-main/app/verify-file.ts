import { verifyRoom, type VerifyReport } from '../../shared/log/verify-room.ts';
import { verifyEd25519 } from '../identity/ed25519.ts';

/** Verifies an export's bytes with this program's strict Ed25519; needs no data folder and no key of ours. */
export function verifyExport(data: string | Uint8Array, trust?: string): VerifyReport {
  return verifyRoom(data, { verifier: verifyEd25519, ...(trust !== undefined && { trust }) });
}
