import { createHash, createHmac } from 'node:crypto';
import type { DeviceId, PublicKeyHex } from '../../shared/base/ids.ts';

/**
 * What somebody writes from. A device owns the Yjs client ids that it was the first to use, so nobody may speak for it
 * who can read the store or the wire: its name is a hash (SHA-256, FIPS 180-4) of what only it, or this host, keeps.
 * Hashes of hashes carry a prefix, so that none is ever the hash of a secret that somebody could choose to bring.
 */

/** A browser, by the secret that its device cookie holds: 256 random bits, so a plain hash gives nothing away. */
export function browserDevice(cookieValue: string): DeviceId {
  return `browser:${hashOf(cookieValue)}` as DeviceId;
}

/** A browser by its own key, which nobody can take out of it. The key is public, so the name gives nothing away. */
export function keyDevice(key: PublicKeyHex): DeviceId {
  return `key:${hashOf(`firebreak/device/key/1\n${key}`)}` as DeviceId;
}

/** A browser that signed in before there were device cookies: as long as its session lasts. */
export function earlierBrowserDevice(sessionHash: string): DeviceId {
  return `browser:${hashOf(`firebreak/device/session/1\n${sessionHash}`)}` as DeviceId;
}

/** A script that opens documents with a durable token: whoever holds the token is the same device. */
export function tokenDevice(tokenHash: string): DeviceId {
  return `token:${hashOf(`firebreak/device/token/1\n${tokenHash}`)}` as DeviceId;
}

/**
 * This host itself: its own edits and those of its window. By one of its secrets and not by its signing key, which is
 * only there once an organisation is set up, and is another one after a restored backup. HMAC-SHA-256 (RFC 2104).
 */
export function hostDevice(secret: Uint8Array): DeviceId {
  return `host:${createHmac('sha256', secret).update('firebreak/device/host/1\n').digest('base64url')}` as DeviceId;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('base64url');
}
