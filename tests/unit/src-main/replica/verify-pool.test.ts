import { describe, expect, it } from 'vitest';
import type { PublicKeyHex, SignatureHex } from '../../../../shared/base/ids.ts';
import { prepareEd25519, verifyEd25519 } from '../../../../src-main/identity/ed25519.ts';
import { createVerifyPool, type ToVerify } from '../../../../src-main/replica/verify-pool.ts';
import { signerOf } from '../../../support/log-fixtures.ts';

const signer = signerOf('anna');

function signed(text: string): ToVerify {
  const message = new TextEncoder().encode(text);
  const signature = Buffer.from(signer.sign(message)).toString('hex') as SignatureHex;
  return { publicKey: signer.publicKey, message, signature };
}

describe('the pool that verifies', () => {
  it('says of many at once, in their order, what the strict verifier says of each', async () => {
    const good = Array.from({ length: 200 }, (_, n) => signed(String(n)));
    const mixed = good.flatMap((one, n): readonly ToVerify[] => [
      one,
      { ...one, message: new TextEncoder().encode('another') },
      { ...one, publicKey: signerOf('ben').publicKey },
      { ...one, signature: one.signature.toUpperCase() as SignatureHex },
      { ...one, signature: (one.signature.slice(0, 64) + 'f'.repeat(64)) as SignatureHex },
      { ...one, publicKey: '0'.repeat(64) as PublicKeyHex },
      { ...one, publicKey: n.toString(16).padStart(64, '0') as PublicKeyHex },
    ]);
    const answers = await createVerifyPool(prepareEd25519)(mixed);
    expect(answers).toEqual(
      mixed.map(({ publicKey, message, signature }) => verifyEd25519(publicKey, message, signature)),
    );
    expect(answers.filter(Boolean)).toHaveLength(200);
  });

  it('answers several who ask at once', async () => {
    const pool = createVerifyPool(prepareEd25519);
    const asked = Array.from({ length: 8 }, (_, n) =>
      pool(Array.from({ length: 20 }, (_, m) => signed(`${String(n)} ${String(m)}`))),
    );
    expect((await Promise.all(asked)).flat().every(Boolean)).toBe(true);
    expect(await pool([])).toEqual([]);
  });
});
