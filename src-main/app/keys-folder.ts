import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../commands/ports.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { createAccess } from '../identity/access.ts';
import { openAccessDatabase } from '../identity/access-database.ts';
import { hostDevice } from '../identity/device.ts';
import { createDocumentTokens } from '../identity/document-token.ts';
import { createFeedSecrets, type SecretProtection } from '../identity/feed-secrets.ts';
import { createFollowFile } from '../identity/follow-file.ts';
import { openHighWater, outsideHighWaterFile } from '../identity/high-water.ts';
import { createInvites } from '../identity/invites.ts';
import { createKeyStore } from '../identity/key-store.ts';
import { createLocalOperator } from '../identity/local-operator.ts';
import { openSecret } from '../identity/secret-file.ts';
import type { DataPaths } from './data-folder.ts';
import { createKeyRing } from './key-ring.ts';

export interface KeysUnusable {
  readonly type: 'KeysUnusable';
  readonly message: string;
}

export interface KeysFolderOptions {
  readonly clock: Clock;
  readonly secretProtection: SecretProtection | null;
  /** Where the outside high-water marks are; the platform's own place where it is not given. */
  readonly configDir: string | undefined;
}

/** Everything in `keys/`: what this host signs with, whom it lets in, what it keeps secret, how far it has signed. */
export function openKeysFolder({ dataDir, keysDir }: DataPaths, options: KeysFolderOptions) {
  const { clock, secretProtection, configDir } = options;
  const keys = createKeyStore(keysDir, secretProtection);
  const accessDb = openAccessDatabase(keysDir);
  const documentSecret = openSecret(keysDir, 'documents', randomBytes);
  const webhookSecret = openSecret(keysDir, 'webhook', randomBytes);
  const inviteSecret = openSecret(keysDir, 'invites', randomBytes);
  if (!accessDb.ok || !documentSecret.ok || !webhookSecret.ok || !inviteSecret.ok) {
    const message = `A file in ${keysDir} cannot be used. Put back a copy of it, or remove it.`;
    return err({ type: 'KeysUnusable', message }) satisfies Result<never, KeysUnusable>;
  }
  return ok({
    keys,
    keyRing: createKeyRing(keys),
    access: createAccess(accessDb.value, { clock, randomBytes }),
    invites: createInvites(keysDir, { macSecret: inviteSecret.value, clock, randomBytes }),
    documentTokens: createDocumentTokens(documentSecret.value),
    deviceId: hostDevice(documentSecret.value),
    webhookSecret: webhookSecret.value,
    feedSecrets: createFeedSecrets(keysDir, secretProtection),
    localPerson: createLocalOperator(keysDir),
    follow: createFollowFile(keysDir),
    highWater: openHighWater({
      inside: join(keysDir, 'high-water.txt'),
      outside: outsideHighWaterFile(dataDir, configDir),
    }),
  });
}
