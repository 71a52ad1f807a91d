import { retryAfterMs } from './retry-after.ts';

const TIMEOUT_MS = 15_000;
const MOST_BYTES = 2 * 1024 * 1024;

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** When the server asked for a pause. */
  readonly waitMs: number | null;
}

/** Asks once. Null when no whole answer came: no connection, no trust, no end in time, too much. Never throws. */
export type HttpGet = (url: string, headers: Readonly<Record<string, string>>) => Promise<HttpAnswer | null>;

/** Redirects are refused: a token must not travel to wherever an answer points. */
export const httpGet: HttpGet = async (url, headers) => {
  try {
    const response = await fetch(url, { headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = await readAtMost(response);
    if (body === null) return null;
    return { status: response.status, body, waitMs: retryAfterMs(response.headers.get('retry-after')) };
  } catch {
    return null;
  }
};

async function readAtMost(response: Response): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  if (body === null) return '';
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
