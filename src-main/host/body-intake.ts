import type { IncomingMessage } from 'node:http';
import { readAtMost } from '../../shared/base/read-at-most.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';

/** Takes in the bodies of requests: none that is longer than `mostBytes`, and no more than `mostAtOnce` at a time. */
export function createBodyIntake({
  mostBytes,
  mostAtOnce,
}: {
  readonly mostBytes: number;
  readonly mostAtOnce: number;
}) {
  let underWay = 0;

  return async (request: IncomingMessage): Promise<Result<Uint8Array, 'TooLarge' | 'TooManyAtOnce'>> => {
    if (Number(request.headers['content-length'] ?? 0) > mostBytes) return err('TooLarge');
    if (underWay >= mostAtOnce) return err('TooManyAtOnce');
    underWay += 1;
    try {
      const body = await readAtMost(request as AsyncIterable<Buffer>, mostBytes);
      return body === null ? err('TooLarge') : ok(body);
    } finally {
      underWay -= 1;
    }
  };
}
