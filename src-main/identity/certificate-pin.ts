import { connect, type TLSSocket } from 'node:tls';
import { isIP } from 'node:net';
import type { Sha256Hex } from '../../shared/base/ids.ts';
import { err, ok, type Result } from '../../shared/base/result.ts';
import { certificateFingerprint } from './certificate.ts';

/** Somebody else answers there, or the other host has a new certificate: which of the two, only people can tell. */
export interface CertificateNotPinned {
  readonly type: 'CertificateNotPinned';
  /** What was shown instead; null when nothing was. */
  readonly shown: Sha256Hex | null;
}

export interface HostUnreachable {
  readonly type: 'HostUnreachable';
  readonly detail: string;
}

/** `pin`: the SHA-256 of the certificate that must be there; null: one that this machine's authorities vouch for. */
export interface PinnedAddress {
  readonly host: string;
  readonly port: number;
  readonly pin: Sha256Hex | null;
  readonly timeoutMs: number;
}

/**
 * An encrypted connection to a host whose certificate is the pinned one. Not a byte is sent over it before that was
 * compared, so a socket that is returned may be handed to an HTTP or WebSocket client (`createConnection: () => it`).
 * With a pin neither names, dates nor authorities count: it says more than they do.
 */
export function connectPinned(
  address: PinnedAddress,
): Promise<Result<TLSSocket, CertificateNotPinned | HostUnreachable>> {
  const { host, port, pin, timeoutMs } = address;
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: pin === null,
      // A name for the other side to choose a certificate by; a literal address is none (RFC 6066, section 3).
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    const failed = (cause: Error): void => {
      socket.destroy();
      resolve(err({ type: 'HostUnreachable', detail: cause.message }));
    };
    socket.setTimeout(timeoutMs, () => failed(new Error(`no answer within ${String(timeoutMs)} ms`)));
    socket.once('error', failed);
    socket.once('secureConnect', () => {
      const shown = shownBy(socket);
      if (pin !== null && shown !== pin) {
        socket.destroy();
        return resolve(err({ type: 'CertificateNotPinned', shown }));
      }
      socket.setTimeout(0);
      socket.removeAllListeners('timeout');
      socket.off('error', failed);
      // Until somebody else listens, a broken connection is only a closed one.
      socket.on('error', () => socket.destroy());
      resolve(ok(socket));
    });
  });
}

/** The fingerprint of the certificate at the other end of this connection; null when there is none. */
export function shownBy(socket: TLSSocket): Sha256Hex | null {
  const certificate = socket.getPeerX509Certificate();
  return certificate ? certificateFingerprint(certificate.raw) : null;
}
