import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { JsonAnswer } from './json-answer.ts';
import { CLOSED_POLICY, type PageAddress, pagePolicy, SECURITY_HEADERS } from './security-headers.ts';
import type { StaticFile } from './static-files.ts';

/** A peer that does not take its refusal is not waited for. */
const REFUSAL_GRACE_MS = 1000;

/** What a door answers with: the desktop's page and a browser's are given the same. */
export interface Answer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A file of the page. Pages get a nonce of their own, good for this one response. `page` as `pagePolicy` takes it. */
export function fileAnswer(file: StaticFile, page: PageAddress | null): Answer {
  const nonce = randomBytes(16).toString('base64');
  const body = file.isPage ? Buffer.from(file.bytes.toString('utf8').replaceAll('__NONCE__', nonce)) : file.bytes;
  const headers = {
    ...SECURITY_HEADERS,
    'Content-Security-Policy': file.isPage ? pagePolicy(nonce, page) : CLOSED_POLICY,
    'Content-Type': file.contentType,
    'Content-Length': String(body.length),
    'Cache-Control': file.cacheControl,
  };
  return { headers, body };
}

export function refusalAnswer(sentence: string): Answer {
  const headers = {
    ...SECURITY_HEADERS,
    'Content-Security-Policy': CLOSED_POLICY,
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
  };
  return { headers, body: Buffer.from(`${sentence}\n`) };
}

export function sendFile(
  response: ServerResponse,
  file: StaticFile,
  options: { readonly page: PageAddress; readonly withBody: boolean },
): void {
  const { headers, body } = fileAnswer(file, options.page);
  response.writeHead(200, headers);
  response.end(options.withBody ? body : undefined);
}

export function sendJson(response: ServerResponse, answer: JsonAnswer): void {
  response.writeHead(answer.status, {
    ...SECURITY_HEADERS,
    'Content-Security-Policy': CLOSED_POLICY,
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
    ...answer.headers,
  });
  response.end(JSON.stringify(answer.body));
}

export function refuse(response: ServerResponse, status: number, sentence: string): void {
  const { headers, body } = refusalAnswer(sentence);
  response.writeHead(status, headers);
  response.end(body);
}

export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  setTimeout(() => socket.destroy(), REFUSAL_GRACE_MS).unref();
}
