import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { CLOSED_POLICY, pagePolicy, SECURITY_HEADERS } from './security-headers.ts';
import type { SessionAnswer } from './session-routes.ts';
import type { StaticFile } from './static-files.ts';

/** A peer that does not take its refusal is not waited for. */
const REFUSAL_GRACE_MS = 1000;

/** A file of the page. Pages get a nonce of their own, good for this one response. `host` is a validated one. */
export function sendFile(
  response: ServerResponse,
  file: StaticFile,
  options: { readonly host: string; readonly withBody: boolean },
): void {
  const nonce = randomBytes(16).toString('base64');
  const body = file.isPage ? Buffer.from(file.bytes.toString('utf8').replaceAll('__NONCE__', nonce)) : file.bytes;
  response.writeHead(200, {
    ...SECURITY_HEADERS,
    'Content-Security-Policy': file.isPage ? pagePolicy(nonce, options.host) : CLOSED_POLICY,
    'Content-Type': file.contentType,
    'Content-Length': body.length,
    'Cache-Control': file.cacheControl,
  });
  response.end(options.withBody ? body : undefined);
}

export function sendJson(response: ServerResponse, answer: SessionAnswer): void {
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
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    'Content-Security-Policy': CLOSED_POLICY,
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
  });
  response.end(`${sentence}\n`);
}

export function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  setTimeout(() => socket.destroy(), REFUSAL_GRACE_MS).unref();
}
