import { expect, test } from 'vitest';
import { instant } from '../../../../shared/base/ids.ts';
import { readExport, writeExport } from '../../../../shared/log/export-jsonl.ts';
import { verifyEd25519 } from '../../../../src-main/identity/ed25519.ts';
import { ROOM, sampleRoom, signerOf } from '../../../support/log-fixtures.ts';
import { createRandom } from '../../../support/random.ts';
import { unwrap } from '../../../support/unwrap.ts';

const { workspaceEvents, roomEvents } = sampleRoom(12);
const signer = signerOf('host');
const text = writeExport({ workspaceEvents, roomEvents, room: ROOM, signer, now: instant(50_000) });
const bytes = Buffer.from(text);
const lines = text.split('\n').slice(0, -1);
const read = (data: string | Uint8Array) => readExport(data, verifyEd25519);
const broken = (line: number, reason: string) => ({ ok: false, error: { type: 'ExportBroken', line, reason } });

test('what was written is read back, from text and from bytes', () => {
  const value = unwrap(read(bytes));
  expect(read(text)).toEqual({ ok: true, value });
  expect(value.workspaceEvents).toEqual(workspaceEvents);
  expect(value.roomEvents).toEqual(roomEvents);
  expect(value.manifest).toMatchObject({
    workspace: workspaceEvents[0]!.hash,
    room: ROOM,
    by: signer.publicKey,
    at: 50_000,
  });
  expect(text.endsWith('}\n')).toBe(true);
});

test('a room without events, and a redacted event, can be exported too', () => {
  expect(read(writeExport({ workspaceEvents, roomEvents: [], room: ROOM, signer, now: instant(1) })).ok).toBe(true);
  const redacted = roomEvents.map((event, at) => (at === 3 ? { ...event, body: null, salt: null } : event));
  expect(read(writeExport({ workspaceEvents, roomEvents: redacted, room: ROOM, signer, now: instant(1) })).ok).toBe(
    true,
  );
});

test('1,000 random changes of one byte, none undetected', () => {
  const seed = 20_261_121;
  const random = createRandom(seed);
  const undetected: string[] = [];
  for (let round = 0; round < 1_000; round += 1) {
    const at = Math.floor(random() * bytes.length);
    const byte = Math.floor(random() * 256);
    const kind = (['replace', 'insert', 'delete'] as const)[round % 3] ?? 'replace';
    if (kind === 'replace' && bytes[at] === byte) continue;
    const middle = kind === 'delete' ? [] : [byte];
    const changed = Buffer.concat([
      bytes.subarray(0, at),
      Buffer.from(middle),
      bytes.subarray(kind === 'insert' ? at : at + 1),
    ]);
    const result = read(changed);
    if (result.ok) undetected.push(`${kind} ${String(byte)} at ${String(at)}`);
    else {
      const line = bytes.subarray(0, at).filter((each) => each === 0x0a).length + 1;
      // A cut line end joins two lines, and a new one makes two: the place is there or at the one that follows.
      expect(
        Math.abs(result.error.line - line),
        `${kind} ${String(byte)} at ${String(at)}: ${JSON.stringify(result.error)}`,
      ).toBeLessThanOrEqual(1);
    }
  }
  expect(undetected, `seed ${String(seed)}`).toEqual([]);
});

test('a cut anywhere is detected, at every byte of the tail and at every line', () => {
  const tail = bytes.length - lines.at(-1)!.length - 40;
  for (let end = tail; end < bytes.length; end += 1) expect(read(bytes.subarray(0, end)).ok, String(end)).toBe(false);
  for (let kept = 0; kept < lines.length; kept += 1) {
    const whole = lines
      .slice(0, kept)
      .map((line) => `${line}\n`)
      .join('');
    expect(read(whole).ok, `first ${String(kept)} lines`).toBe(false);
  }
});

test('a whole line cut out, doubled or swapped is detected', () => {
  for (let at = 0; at < lines.length; at += 1) {
    expect(read(`${lines.toSpliced(at, 1).join('\n')}\n`).ok, `without line ${String(at + 1)}`).toBe(false);
    expect(read(`${lines.toSpliced(at, 0, lines[at]!).join('\n')}\n`).ok, `line ${String(at + 1)} twice`).toBe(false);
    if (at > 0)
      expect(
        read(
          `${lines
            .with(at, lines[at - 1]!)
            .with(at - 1, lines[at]!)
            .join('\n')}\n`,
        ).ok,
      ).toBe(false);
  }
});

test('the last event of each author cut out, with a manifest that nobody signed anew, is laid at the manifest', () => {
  const cut = lines.toSpliced(lines.length - 2, 1);
  expect(read(`${cut.join('\n')}\n`)).toEqual(broken(cut.length, 'ManifestDiffers'));
});

test('the reason and the line are named', () => {
  expect(read(text.slice(0, -1))).toEqual(broken(lines.length, 'NoFinalNewline'));
  expect(read(`${text}\n`)).toEqual(broken(lines.length + 1, 'NotCanonicalJson'));
  expect(read(text.replaceAll('\n', '\r\n'))).toEqual(broken(1, 'NotCanonicalJson'));
  expect(read(`\ufeff${text}`)).toEqual(broken(1, 'NotCanonicalJson'));
  expect(read(`${lines.slice(0, -1).join('\n')}\n`)).toEqual(broken(lines.length, 'NoManifest'));
  expect(read(text.replace('{"body"', '{ "body"'))).toEqual(broken(1, 'NotCanonicalJson'));
  expect(read('')).toEqual(broken(1, 'NoGenesis'));
  const notUtf8 = Buffer.from(bytes);
  notUtf8[bytes.indexOf(0x0a) + 20] = 0xff;
  expect(read(notUtf8)).toEqual(broken(2, 'NotUtf8'));
  const byHand = lines.with(6, lines[6]!.replace('So far', 'So fat'));
  expect(read(`${byHand.join('\n')}\n`)).toEqual(broken(7, 'BodyChanged'));
  const signature = lines.with(
    6,
    lines[6]!.replace(/"signature":"(.)/, (_, digit: string) => `"signature":"${digit === '0' ? '1' : '0'}`),
  );
  expect(read(`${signature.join('\n')}\n`)).toEqual(broken(7, 'BadSignature'));
});

test('a manifest that another key signed over other counts does not pass', () => {
  const other = unwrap(
    read(
      writeExport({
        workspaceEvents,
        roomEvents: roomEvents.slice(0, 5),
        room: ROOM,
        signer: signerOf('mallory'),
        now: instant(1),
      }),
    ),
  );
  const foreign = writeExport({
    workspaceEvents,
    roomEvents: roomEvents.slice(0, 5),
    room: ROOM,
    signer: signerOf('mallory'),
    now: instant(1),
  });
  expect(other.manifest.by).not.toBe(signer.publicKey);
  expect(read(`${lines.slice(0, -1).join('\n')}\n${foreign.split('\n').at(-2)!}\n`)).toEqual(
    broken(lines.length, 'ManifestDiffers'),
  );
});
