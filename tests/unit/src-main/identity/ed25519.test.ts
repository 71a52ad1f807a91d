import { expect, test } from 'vitest';
import type { PublicKeyHex, SignatureHex } from '../../../../shared/base/ids.ts';
import { createKeyPair, createSigner, verifyEd25519 } from '../../../../src-main/identity/ed25519.ts';

const fromHex = (hex: string) => Buffer.from(hex, 'hex');
const check = (key: string, message: Uint8Array, signature: string) =>
  verifyEd25519(key as PublicKeyHex, message, signature as SignatureHex);

// RFC 8032, section 7.1, tests 1 to 3.
const VECTORS = [
  {
    seed: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    key: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    message: '',
    signature:
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  },
  {
    seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    key: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    message: '72',
    signature:
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  },
  {
    seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    key: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    message: 'af82',
    signature:
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  },
];

const SMALL_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
];

/** Encodings whose y is not below the prime, and the two zeros of x with a sign. */
const NOT_CANONICAL = [
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
];

test.each(VECTORS)('RFC 8032 vector with the key $key', ({ seed, key, message, signature }) => {
  const signer = createSigner(fromHex(seed), 'host');
  expect(signer.publicKey).toBe(key);
  expect(Buffer.from(signer.sign(fromHex(message))).toString('hex')).toBe(signature);
  expect(check(key, fromHex(message), signature)).toBe(true);
  expect(check(key, fromHex(`${message}00`), signature)).toBe(false);
});

test('one flipped bit anywhere in a signature or a key is refused', () => {
  const { key, message, signature } = VECTORS[2]!;
  for (let bit = 0; bit < 512; bit += 1) {
    const flipped = fromHex(signature);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    expect(check(key, fromHex(message), flipped.toString('hex')), `signature bit ${String(bit)}`).toBe(false);
  }
  for (let bit = 0; bit < 256; bit += 1) {
    const flipped = fromHex(key);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    expect(check(flipped.toString('hex'), fromHex(message), signature), `key bit ${String(bit)}`).toBe(false);
  }
});

test('an S that is not below the order is refused', () => {
  const { key, message, signature } = VECTORS[1]!;
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${fromHex(signature).subarray(32).reverse().toString('hex')}`) + order;
  const malleated = signature.slice(0, 64) + fromHex(s.toString(16).padStart(64, '0')).reverse().toString('hex');
  expect(check(key, fromHex(message), malleated)).toBe(false);
});

test.each([...SMALL_ORDER, ...NOT_CANONICAL])('the point %s is refused as a key and as R', (point) => {
  const identity = SMALL_ORDER[2]!;
  const zero = '00'.repeat(32);
  for (let message = 0; message < 16; message += 1) {
    // With a small-order key about every eighth message fits S = 0 and R = the identity.
    expect(check(point, Buffer.from([message]), identity + zero)).toBe(false);
    expect(check(identity, Buffer.from([message]), point + zero)).toBe(false);
  }
  const { key, message } = VECTORS[0]!;
  expect(check(key, fromHex(message), point + zero)).toBe(false);
});

test('a signature or a key of another length is refused, not thrown at', () => {
  const { key, signature } = VECTORS[0]!;
  expect(check(key, Buffer.alloc(0), signature.slice(2))).toBe(false);
  expect(check(key.slice(2), Buffer.alloc(0), signature)).toBe(false);
  expect(check('', Buffer.alloc(0), '')).toBe(false);
});

test('hexadecimal in capitals is refused: a signature has one spelling', () => {
  const { key, message, signature } = VECTORS[1]!;
  expect(check(key, fromHex(message), signature.toUpperCase())).toBe(false);
  expect(check(key.toUpperCase(), fromHex(message), signature)).toBe(false);
});

test('a new key pair signs what its public key verifies, and the signer shows no seed', () => {
  const { publicKey, seed } = createKeyPair();
  const signer = createSigner(seed, 'host');
  expect(signer.publicKey).toBe(publicKey);
  const signature = Buffer.from(signer.sign(Buffer.from('x'))).toString('hex');
  expect(check(publicKey, Buffer.from('x'), signature)).toBe(true);
  expect(JSON.stringify(signer)).not.toContain(seed.toString('hex'));
});
