import { createHash } from 'node:crypto';
import { request as requestPlain, type IncomingMessage } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { TLSSocket } from 'node:tls';
import type { Sha256Hex } from '../../shared/base/ids.ts';
import { parseJson } from '../../shared/base/json.ts';
import { isLoopbackName } from '../../shared/base/loopback.ts';
import { readTextAtMost } from '../../shared/base/read-at-most.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { ENROL_PATH, EnrolmentAnswer, type EnrolmentRequest } from '../../shared/protocol/enrolment.ts';
import { WireError } from '../../shared/protocol/wire.ts';

/** `isFinal`: the host itself said no; otherwise it was not reached, or was not who it should be. */
export interface EnrolCallRefused {
  readonly isFinal: boolean;
  readonly error: WireError;
}

/** `url` is scheme, name and port; `certificate` is what the invite pins. */
export type CallEnrol = (
  at: { readonly url: string; readonly certificate: Sha256Hex | null },
  request: EnrolmentRequest,
) => Promise<Result<EnrolmentAnswer, EnrolCallRefused>>;

const WITHIN_MS = 20_000;
const MOST_ANSWER_BYTES = 64 * 1024;

/**
 * Brings an invite to the host that issued it. Not a byte of it is sent before the host has shown the certificate that
 * the invite pins; without TLS it is brought to this very machine only.
 */
export const callEnrol: CallEnrol = async (at, request) => {
  const url = new URL(ENROL_PATH, at.url);
  if (url.protocol === 'http:' && !isLoopbackName(url.hostname)) return err(plainText);
  try {
    const { status, text } = await post(url, at.certificate, JSON.stringify(request));
    const body = parseJson(text);
    if (status === 200) {
      const answer = EnrolmentAnswer.safeParse(body);
      return answer.success ? ok(answer.data) : err({ isFinal: true, error: strangeAnswer });
    }
    const refusal = WireError.safeParse(body);
    return err({ isFinal: status < 500, error: refusal.success ? refusal.data : strangeAnswer });
  } catch (cause) {
    if (cause instanceof OtherCertificate) return err({ isFinal: false, error: otherCertificate });
    return err({ isFinal: false, error: unreachable(at.url) });
  }
};

class OtherCertificate extends Error {}

function post(
  url: URL,
  pinned: Sha256Hex | null,
  body: string,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const options = {
      method: 'POST',
      agent: false,
      headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) },
    } as const;
    const request =
      url.protocol === 'https:'
        ? requestSecure(url, { ...options, ...(pinned && { rejectUnauthorized: false }) })
        : requestPlain(url, options);
    const late = setTimeout(() => request.destroy(new Error('no answer in time')), WITHIN_MS);
    request.once('error', reject);
    request.once('close', () => clearTimeout(late));
    request.once('response', (response) => {
      textOf(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
    });
    if (url.protocol !== 'https:' || pinned === null) return void request.end(body);
    request.once('socket', (socket) => {
      (socket as TLSSocket).once('secureConnect', () => {
        const certificate = (socket as TLSSocket).getPeerCertificate().raw as Buffer | undefined;
        const shown = certificate ? createHash('sha256').update(certificate).digest('hex') : null;
        if (shown === pinned) request.end(body);
        else request.destroy(new OtherCertificate());
      });
    });
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  const text = await readTextAtMost(response as AsyncIterable<Buffer>, MOST_ANSWER_BYTES);
  if (text === null) throw new Error('the answer is too long');
  return text;
}

function wireError(code: string, message: string): WireError {
  return { code, message };
}

const plainText: EnrolCallRefused = {
  isFinal: true,
  error: wireError(
    'NotEncrypted',
    'The host of this invite answers without encryption. Have it serve with TLS, then ask for a new invite.',
  ),
};
const otherCertificate = wireError(
  'OtherCertificate',
  'Whoever answers there is not the host that issued this invite: it shows another certificate. Nothing was sent.',
);
const strangeAnswer = wireError(
  'StrangeAnswer',
  'What answers there is no Firebreak host, or another version of one. Update Firebreak on both machines.',
);

function unreachable(url: string): WireError {
  return wireError(
    'HostUnreachable',
    `The host that issued this invite does not answer at ${url}. Start it, or check the network, then try again.`,
  );
}
