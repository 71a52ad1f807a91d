import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { Sha256Hex } from '../../shared/base/ids.ts';
import { invariant } from '../../shared/base/invariant.ts';

/** What the host shows to whoever connects by TLS. Key and chain are PEM. */
export interface HostCertificate {
  readonly key: string;
  readonly chain: string;
  readonly fingerprint: Sha256Hex;
  readonly selfSigned: boolean;
}

/** The server under a door, by TLS or without, which looks the same from above. */
export interface DoorServer {
  readonly server: Server;
  /** The one that is shown now; null without TLS. */
  certificate(): HostCertificate | null;
  /** Shows another one from the next connection on. Only with TLS. */
  renew(next: HostCertificate): void;
}

/** Cookies know no ports: a browser sends those of every host that ever ran on this machine. */
const MOST_HEADER_BYTES = 32 * 1024;

/** `headersTimeoutMs`: for a handshake as for the headers of a request; the whole of one has twice that. */
export function createDoorServer(first: HostCertificate | null, headersTimeoutMs: number): DoorServer {
  const options = {
    maxHeaderSize: MOST_HEADER_BYTES,
    headersTimeout: headersTimeoutMs,
    requestTimeout: headersTimeoutMs * 2,
    keepAliveTimeout: 5000,
    connectionsCheckingInterval: Math.min(1000, headersTimeoutMs),
  };
  let certificate = first;
  const secureServer: SecureServer | null = first
    ? createSecureServer({
        ...options,
        ...secureContextOf(first),
        handshakeTimeout: headersTimeoutMs,
        // WebSockets are not spoken over HTTP/2 here.
        ALPNProtocols: ['http/1.1'],
      })
    : null;

  return {
    server: secureServer ?? createServer(options),
    certificate: () => certificate,
    renew(next) {
      invariant(secureServer, 'only a host with TLS has a certificate to renew');
      secureServer.setSecureContext(secureContextOf(next));
      certificate = next;
    },
  };
}

/** TLS 1.3 is what both sides choose when they can; nothing below 1.2 (RFC 8996). */
function secureContextOf({ key, chain }: HostCertificate) {
  return { key, cert: chain, minVersion: 'TLSv1.2' } as const;
}
