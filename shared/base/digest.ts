import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Sha256Hex } from './ids.ts';

/** SHA-256 (FIPS 180-4) of bytes, or of a text's UTF-8 bytes. */
export function sha256Hex(data: Uint8Array | string): Sha256Hex {
  return bytesToHex(sha256(typeof data === 'string' ? utf8ToBytes(data) : data)) as Sha256Hex;
}
