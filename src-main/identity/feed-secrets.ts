import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { FeedId } from '../../shared/base/ids.ts';
import type { FeedSecrets } from '../commands/ports.ts';

/** What the operating system offers to keep a text readable for this person at this machine only. */
export interface SecretProtection {
  /** Throws when the system refuses. */
  protect(text: string): Uint8Array;
  /** Throws when it was protected by somebody or something else. */
  unprotect(bytes: Uint8Array): string;
}

/** `protected` is what `protect` made, in base64; a file that was once headless may hold both kinds. */
const Kept = z.strictObject({
  version: z.literal(1),
  secrets: z.record(
    z.string(),
    z.union([z.strictObject({ plain: z.string() }), z.strictObject({ protected: z.base64() })]),
  ),
});
type Kept = z.infer<typeof Kept>;

/**
 * The tokens and secrets of all feeds in one file of the folder of keys, mode 600. Without a protection they stand there
 * as they are, as the keys beside them do. A secret that cannot be read (damaged, protected on another machine) counts
 * as none: the feed says that it has none, and a person sets it again.
 */
export function createFeedSecrets(keysDir: string, protection: SecretProtection | null = null): FeedSecrets {
  const file = join(keysDir, 'feed-secrets.json');

  function change(make: (secrets: Kept['secrets']) => Kept['secrets']): void {
    const held = read(file);
    // Perhaps somebody can still make sense of it; we only must not write over it.
    if (held === 'unreadable') renameSync(file, `${file}.unreadable`);
    const secrets = held === null || held === 'unreadable' ? {} : held.secrets;
    write(keysDir, file, { version: 1, secrets: make(secrets) });
  }

  return {
    get(feedId) {
      const held = read(file);
      const secret = held === null || held === 'unreadable' ? undefined : ownEntry(held.secrets, feedId);
      if (secret === undefined) return null;
      if ('plain' in secret) return secret.plain;
      try {
        return protection?.unprotect(Buffer.from(secret.protected, 'base64')) ?? null;
      } catch {
        return null;
      }
    },
    set(feedId, secret) {
      const entry = protection
        ? { protected: Buffer.from(protection.protect(secret)).toString('base64') }
        : { plain: secret };
      change((secrets) => ({ ...secrets, [feedId]: entry }));
    },
    remove(feedId) {
      if (read(file) === null) return;
      change((secrets) => Object.fromEntries(Object.entries(secrets).filter(([id]) => id !== feedId)));
    },
  };
}

/** `constructor` is a name that a feed may have, too. */
function ownEntry(secrets: Kept['secrets'], feedId: FeedId): Kept['secrets'][string] | undefined {
  return Object.hasOwn(secrets, feedId) ? secrets[feedId] : undefined;
}

function read(file: string): Kept | 'unreadable' | null {
  let text: string;
  try {
    chmodSync(file, 0o600); // a copy may have opened it to others
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw cause;
  }
  try {
    return Kept.parse(JSON.parse(text));
  } catch {
    return 'unreadable';
  }
}

/** Whole or not at all: half a file would be every feed's secret lost. */
function write(keysDir: string, file: string, kept: Kept): void {
  mkdirSync(keysDir, { recursive: true, mode: 0o700 });
  const partial = `${file}.${String(process.pid)}.partial`;
  const descriptor = openSync(partial, 'w', 0o600);
  try {
    writeSync(descriptor, `${JSON.stringify(kept)}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(partial, file);
}
