import { lenientUtf8Text } from './utf8.ts';

/** All of a stream, or null when it is longer than `mostBytes`: then no more of it is read, and leaving it ends it. */
export async function readAtMost(chunks: AsyncIterable<Uint8Array>, mostBytes: number): Promise<Uint8Array | null> {
  const read: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > mostBytes) return null;
    read.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of read) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

/** The same of a stream of UTF-8. */
export async function readTextAtMost(chunks: AsyncIterable<Uint8Array>, mostBytes: number): Promise<string | null> {
  const bytes = await readAtMost(chunks, mostBytes);
  return bytes && lenientUtf8Text(bytes);
}
