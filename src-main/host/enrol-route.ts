/**
 * The door for a machine that joins: `POST /enrol`. It needs neither cookie nor `Origin`: the invite in its body is what
 * lets it in, and its keys sign that they come with it. The HTTP host slows down whoever fails.
 *
 * 1. No more than `MOST_BYTES` of a body is held, and no more than `MOST_AT_ONCE` bodies at a time.
 * 2. Nobody asks faster than `PER_SECOND` for long, whether it succeeds or not.
 * 3. Nothing of the body reaches the log.
 */
import type { IncomingMessage } from 'node:http';
import { parseJson } from '../../shared/base/json.ts';
import type { Result } from '../../shared/base/result.ts';
import { lenientUtf8Text } from '../../shared/base/utf8.ts';
import { type EnrolmentAnswer, EnrolmentRequest } from '../../shared/protocol/enrolment.ts';
import type { WireError } from '../../shared/protocol/wire.ts';
import type { Clock } from '../commands/ports.ts';
import { createBodyIntake } from './body-intake.ts';
import { closing, type JsonAnswer, refusal, tooOften } from './json-answer.ts';
import { createRequestLimit } from './rate-limit.ts';

/** Settles an invite. Synchronous: two that come at once are settled one after the other. */
export type EnrolmentReceiver = (
  request: EnrolmentRequest,
) => Result<EnrolmentAnswer, { readonly status: number; readonly error: WireError }>;

const MOST_BYTES = 16 * 1024;
const MOST_AT_ONCE = 16;
const PER_SECOND = 5;
const AT_ONCE = 20;

export function createEnrolRoute(clock: Clock, redeem: EnrolmentReceiver) {
  const requests = createRequestLimit(clock, { perSecond: PER_SECOND, atOnce: AT_ONCE });
  const bodyOf = createBodyIntake({ mostBytes: MOST_BYTES, mostAtOnce: MOST_AT_ONCE });

  return async (request: IncomingMessage): Promise<JsonAnswer> => {
    const address = request.socket.remoteAddress ?? 'unknown';
    const waitMs = requests.waitMs(address);
    if (waitMs > 0) return tooMany(waitMs);
    if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
      return refusal(415, 'NotJson', 'Send the invite as JSON.');
    const body = await bodyOf(request);
    if (!body.ok) return body.error === 'TooLarge' ? tooLarge : tooMany(1000);
    const wanted = EnrolmentRequest.safeParse(parseJson(lenientUtf8Text(body.value)));
    if (!wanted.success)
      return refusal(400, 'Malformed', 'This is not how a machine joins. Update Firebreak on both machines.');
    const redeemed = redeem(wanted.data);
    if (redeemed.ok) return { status: 200, body: { ...redeemed.value } };
    const { code, message } = redeemed.error.error;
    return refusal(redeemed.error.status, code, message);
  };
}

const tooLarge = closing(refusal(413, 'TooLarge', 'That is too long to be an invite.'));

function tooMany(waitMs: number): JsonAnswer {
  return closing(tooOften('TooManyAttempts', 'Too many attempts. Try again', waitMs));
}
