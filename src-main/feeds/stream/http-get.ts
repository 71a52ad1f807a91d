import { readTextAtMost } from '../../../shared/base/read-at-most.ts';
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
    const body = response.body === null ? '' : await readTextAtMost(response.body, MOST_BYTES);
    if (body === null) return null;
    return { status: response.status, body, waitMs: retryAfterMs(response.headers.get('retry-after')) };
  } catch {
    return null;
  }
};
