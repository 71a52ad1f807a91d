import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PublicKeyHex, Sha256Hex } from '../../shared/base/ids.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

/** Whom this host follows: written once, when it has joined. */
export const Follow = z.strictObject({
  version: z.literal(1),
  /** The host that enrolled this one, by the key that it was enrolled with itself; `hostKey` is what it signed with then. */
  hostId: PublicKeyHex,
  hostKey: PublicKeyHex,
  /** Where it answers: scheme, name and port. */
  url: z.string().max(200),
  /** SHA-256 of its certificate (DER), which is the only one to accept; null on loopback or for the organisation's own. */
  certificate: Sha256Hex.nullable(),
  /** Hash of the genesis event: a log that begins otherwise is somebody else's. */
  workspace: Sha256Hex,
});
export type Follow = z.infer<typeof Follow>;

/** A join that has begun and may not have come to its end. */
const Joining = z.strictObject({
  version: z.literal(1),
  inviteId: z.string().max(64),
  workspace: Sha256Hex,
});
export type Joining = z.infer<typeof Joining>;

export interface FollowFile {
  /** Null where this host follows nobody; `unreadable` where it did, and the file does not say whom any more. */
  read(): Follow | 'unreadable' | null;
  write(follow: Follow): void;
  joining: {
    read(): Joining | null;
    write(joining: Joining): void;
    forget(): void;
  };
}

export function createFollowFile(keysDir: string): FollowFile {
  const file = join(keysDir, 'follow.json');
  const joiningFile = join(keysDir, 'joining.json');
  return {
    read() {
      const text = readPrivateFile(file);
      return text === null ? null : (parsed(Follow, text) ?? 'unreadable');
    },
    write: (follow) => writePrivateFile(file, `${JSON.stringify(follow)}\n`),
    joining: {
      read() {
        const text = readPrivateFile(joiningFile);
        return text === null ? null : parsed(Joining, text);
      },
      write: (joining) => writePrivateFile(joiningFile, `${JSON.stringify(joining)}\n`),
      forget: () => rmSync(joiningFile, { force: true }),
    },
  };
}

function parsed<Value>(schema: z.ZodType<Value>, text: string): Value | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
