import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { err, ok, type Result } from '../../shared/base/result.ts';

/** The file is there and does not hold a secret of the right length; it was left as it is. */
export interface SecretUnusable {
  readonly type: 'SecretUnusable';
  readonly path: string;
}

const SECRET_BYTES = 32;

/** Reads the named secret of the folder of keys, and makes it (mode 600) when there is none yet. */
export function openSecret(
  keysDir: string,
  name: string,
  randomBytes: (size: number) => Uint8Array,
): Result<Uint8Array, SecretUnusable> {
  const path = join(keysDir, `${name}.secret`);
  mkdirSync(keysDir, { recursive: true, mode: 0o700 });
  const secret = readIfThere(path) ?? writeWhole(path, randomBytes(SECRET_BYTES));
  return secret.length === SECRET_BYTES ? ok(secret) : err({ type: 'SecretUnusable', path });
}

/** Under its name the file is either absent or whole: half a secret after a power cut would lock everybody out. */
function writeWhole(path: string, secret: Uint8Array): Uint8Array {
  const unfinished = `${path}.${String(process.pid)}.tmp`;
  const file = openSync(unfinished, 'w', 0o600);
  writeSync(file, secret);
  fsyncSync(file);
  closeSync(file);
  try {
    linkSync(unfinished, path);
  } catch (cause) {
    if (!isCode(cause, 'EEXIST')) throw cause;
  } finally {
    rmSync(unfinished, { force: true });
  }
  return readFileSync(path);
}

function readIfThere(path: string): Uint8Array | null {
  try {
    return readFileSync(path);
  } catch (cause) {
    if (isCode(cause, 'ENOENT')) return null;
    throw cause;
  }
}

function isCode(cause: unknown, code: string): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === code;
}
