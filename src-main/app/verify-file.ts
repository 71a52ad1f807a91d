import { utf8Text } from '../../shared/base/utf8.ts';
import { verifyRoom, type VerifyReport } from '../../shared/log/verify-room.ts';
import { isBundle } from '../../shared/protocol/bundle.ts';
import { bundleText } from '../../shared/protocol/bundle-text.ts';
import { verifyBundle } from '../../shared/protocol/verify-bundle.ts';
import { verifyText } from '../../shared/protocol/verify-text.ts';
import { verifyEd25519 } from '../identity/ed25519.ts';

/** Verifies an export's bytes with this program's strict Ed25519; needs no data folder and no key of ours. */
export function verifyExport(data: string | Uint8Array, trust?: string): VerifyReport {
  return verifyRoom(data, depsFor(trust));
}

/** Verifies an export or a bundle, whichever it is, and says what was found. */
export function verifyFile(data: Uint8Array, trust?: string): { readonly ok: boolean; readonly text: string } {
  const text = utf8Text(data);
  if (text !== null && isBundle(text)) {
    const report = verifyBundle(text, depsFor(trust));
    return { ok: report.ok, text: bundleText(report) };
  }
  const report = verifyExport(data, trust);
  return { ok: report.ok, text: verifyText(report) };
}

function depsFor(trust: string | undefined) {
  return { verifier: verifyEd25519, ...(trust !== undefined && { trust }) };
}
