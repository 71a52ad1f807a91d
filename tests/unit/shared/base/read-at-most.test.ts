import { expect, test } from 'vitest';
import { readAtMost, readTextAtMost } from '../../../../shared/base/read-at-most.ts';

/** Streams these chunks, and notes how many were taken and that it was left. */
function streamOf(...chunks: readonly Uint8Array[]) {
  const seen = { taken: 0, left: false };
  async function* stream(): AsyncGenerator<Uint8Array> {
    try {
      for (const chunk of chunks) {
        seen.taken += 1;
        yield await Promise.resolve(chunk);
      }
    } finally {
      seen.left = true;
    }
  }
  return { stream: stream(), seen };
}

const utf8 = (text: string) => new TextEncoder().encode(text);

test('a stream as long as it may be is read whole, in order', async () => {
  const { stream } = streamOf(utf8('fire'), new Uint8Array(), utf8('break'));
  expect(await readAtMost(stream, 9)).toEqual(utf8('firebreak'));
});

test('one byte more is null, and nothing after it is taken', async () => {
  const { stream, seen } = streamOf(utf8('fire'), utf8('break'), utf8('never'));
  expect(await readAtMost(stream, 8)).toBeNull();
  expect(seen).toEqual({ taken: 2, left: true });
});

test('an empty stream is no bytes', async () => {
  expect(await readAtMost(streamOf().stream, 0)).toEqual(new Uint8Array());
  expect(await readTextAtMost(streamOf().stream, 0)).toBe('');
});

test('a character that is cut between two chunks is whole in the text', async () => {
  const bytes = utf8('é🔥');
  const { stream } = streamOf(...[...bytes].map((byte) => new Uint8Array([byte])));
  expect(await readTextAtMost(stream, bytes.length)).toBe('é🔥');
});

test('too long a text is null, too', async () => {
  expect(await readTextAtMost(streamOf(utf8('é')).stream, 1)).toBeNull();
});

test('what is in the stream is in the text: a byte-order mark, and a replacement for what is not UTF-8', async () => {
  expect(await readTextAtMost(streamOf(utf8('\uFEFF{}')).stream, 10)).toBe('\uFEFF{}');
  expect(await readTextAtMost(streamOf(new Uint8Array([0x61, 0xff])).stream, 10)).toBe('a\uFFFD');
});

test('a stream that breaks rejects', async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(utf8('fire'));
    throw new Error('cut off');
  }
  await expect(readAtMost(broken(), 100)).rejects.toThrow('cut off');
});
