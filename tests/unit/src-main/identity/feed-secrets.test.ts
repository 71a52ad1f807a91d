import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { FeedId } from '../../../../shared/base/ids.ts';
import { createFeedSecrets, type SecretProtection } from '../../../../src-main/identity/feed-secrets.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function keysFolder() {
  const parent = mkdtempSync(join(tmpdir(), 'firebreak-feed-secrets-'));
  folders.push(parent);
  const keys = join(parent, 'keys');
  return { keys, file: join(keys, 'feed-secrets.json') };
}

const mastodon = FeedId.parse('mastodon');
const press = FeedId.parse('press');

/** As an operating system does it for one machine: reversible here, noise elsewhere. */
function protectionOf(machine: string): SecretProtection {
  return {
    protect: (text) => Buffer.from(`${machine}:${text}`).reverse(),
    unprotect(bytes) {
      const text = Buffer.from(bytes).reverse().toString();
      if (!text.startsWith(`${machine}:`)) throw new Error('protected elsewhere');
      return text.slice(machine.length + 1);
    },
  };
}

test('keeps each secret under its feed, for the next start too, in a file that nobody else may read', () => {
  const { keys, file } = keysFolder();
  const secrets = createFeedSecrets(keys);
  expect(secrets.get(press)).toBeNull();
  secrets.set(press, 'one');
  secrets.set(mastodon, 'two');
  secrets.set(press, 'three');
  expect(createFeedSecrets(keys).get(press)).toBe('three');
  expect(createFeedSecrets(keys).get(mastodon)).toBe('two');
  if (process.platform !== 'win32') {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(keys).mode & 0o777).toBe(0o700);
    chmodSync(file, 0o644);
    secrets.get(press);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  }
});

test('removes one and leaves the others', () => {
  const { keys, file } = keysFolder();
  const secrets = createFeedSecrets(keys);
  secrets.remove(press);
  expect(existsSync(file)).toBe(false);
  secrets.set(press, 'one');
  secrets.set(mastodon, 'two');
  secrets.remove(press);
  expect(secrets.get(press)).toBeNull();
  expect(secrets.get(mastodon)).toBe('two');
  expect(readFileSync(file, 'utf8')).not.toContain('one');
});

test('with a protection nothing readable is on the disk; on another machine it counts as none and can be set again', () => {
  const { keys, file } = keysFolder();
  createFeedSecrets(keys, protectionOf('here')).set(press, 'very secret');
  expect(readFileSync(file, 'utf8')).not.toContain('very secret');
  expect(createFeedSecrets(keys, protectionOf('here')).get(press)).toBe('very secret');
  const elsewhere = createFeedSecrets(keys, protectionOf('there'));
  expect(elsewhere.get(press)).toBeNull();
  expect(createFeedSecrets(keys).get(press)).toBeNull();
  elsewhere.set(press, 'anew');
  expect(elsewhere.get(press)).toBe('anew');
});

test('a secret that was kept without protection is read by the desktop too', () => {
  const { keys } = keysFolder();
  createFeedSecrets(keys).set(press, 'from the headless host');
  expect(createFeedSecrets(keys, protectionOf('here')).get(press)).toBe('from the headless host');
});

test.each(['', '{', '{"version":2,"secrets":{}}', '{"version":1,"secrets":{"press":7}}', '\0\0'])(
  'a damaged file (%j) holds no secrets, and is put aside when one is set',
  (text) => {
    const { keys, file } = keysFolder();
    createFeedSecrets(keys).set(press, 'one');
    writeFileSync(file, text);
    const secrets = createFeedSecrets(keys);
    expect(secrets.get(press)).toBeNull();
    secrets.set(press, 'anew');
    expect(secrets.get(press)).toBe('anew');
    expect(readFileSync(`${file}.unreadable`, 'utf8')).toBe(text);
  },
);

test('a feed may have the name of what every object has', () => {
  const { keys } = keysFolder();
  const secrets = createFeedSecrets(keys);
  secrets.set(press, 'one');
  expect(secrets.get(FeedId.parse('constructor'))).toBeNull();
});
