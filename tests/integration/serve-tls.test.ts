import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connectPinned } from '../../src-main/identity/certificate-pin.ts';
import { serveInProcess } from '../support/host-in-process.ts';
import { testFolder } from '../support/host-process.ts';
import { selfSigned } from '../support/self-signed.ts';

async function isShown(port: number, pin: NonNullable<Awaited<ReturnType<typeof serveInProcess>>['certificate']>) {
  const connected = await connectPinned({ host: '127.0.0.1', port, pin: pin.fingerprint, timeoutMs: 10_000 });
  if (connected.ok) connected.value.destroy();
  return connected.ok;
}

test('the own certificate is made at the first start that needs it, in the folder of keys, and is the same after it', async () => {
  const at = testFolder();
  const plain = await serveInProcess(at);
  expect([plain.url.startsWith('http://'), plain.certificate, plain.isInsecure]).toEqual([true, null, false]);
  expect(() => statSync(join(at.dataDir, 'keys', 'tls.pem'))).toThrow();
  await plain.close();

  const first = await serveInProcess(at, { tls: true });
  if (!first.certificate) throw new Error('there is no certificate');
  expect(first.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  expect(first.certificate).toMatchObject({
    selfSigned: true,
    printed: expect.stringMatching(/^(..:){31}..$/) as string,
  });
  expect(await isShown(first.port, first.certificate)).toBe(true);
  expect(statSync(join(at.dataDir, 'keys', 'tls.pem')).mode & 0o777).toBe(0o600);
  expect(first.reloadCertificate()).toMatchObject({ ok: false });
  await first.close();
  const second = await serveInProcess(at, { tls: true });
  expect(second.certificate).toEqual(first.certificate);
});

test('the certificate of the organisation is read anew when it was renewed, and a bad one changes nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const files = { certFile: join(folder, 'chain.pem'), keyFile: join(folder, 'key.pem') };
  const put = ({ cert, key }: { readonly cert: string; readonly key: string }) => {
    writeFileSync(files.certFile, cert);
    writeFileSync(files.keyFile, key);
  };
  put(selfSigned());
  const { certificate, port, reloadCertificate } = await serveInProcess(testFolder(), { certificateFiles: files });
  if (!certificate) throw new Error('there is no certificate');
  expect(await isShown(port, certificate)).toBe(true);

  put({ cert: selfSigned().cert, key: selfSigned().key });
  expect(reloadCertificate()).toMatchObject({ ok: false, error: expect.stringContaining('goes on') as string });
  expect(await isShown(port, certificate)).toBe(true);
  put(selfSigned());
  const reloaded = reloadCertificate();
  expect(reloaded.ok && reloaded.value).toMatch(/^(..:){31}..$/);
  expect(reloaded.ok && reloaded.value).not.toBe(certificate.printed);
  expect(await isShown(port, certificate)).toBe(false);
});
