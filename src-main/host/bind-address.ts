import ipaddr from 'ipaddr.js';
import { err, ok, type Result } from '../../shared/base/result.ts';

/** Where a host may listen, decided before a port is opened. */
export interface BindAddress {
  /** What to give to `listen`: a literal address, so that no name service decides it for us. */
  readonly host: string;
  readonly loopback: boolean;
}

export interface NotLoopback {
  readonly type: 'NotLoopback';
  readonly message: string;
}

/** Loopback is always allowed. Anything else is plain text on a network, which somebody must have asked for by name. */
export function decideBindAddress(wanted: {
  readonly host: string;
  readonly insecure: boolean;
}): Result<BindAddress, NotLoopback> {
  const host = wanted.host.toLowerCase() === 'localhost' ? '127.0.0.1' : unbracketed(wanted.host);
  if (isLoopback(host)) return ok({ host, loopback: true });
  if (wanted.insecure && host !== '') return ok({ host, loopback: false });
  return err({
    type: 'NotLoopback',
    message:
      `Firebreak does not listen on ${host === '' ? 'an empty address' : host}: without TLS everybody on that network ` +
      'could read tokens and statements. Use 127.0.0.1, or add --insecure to accept that.',
  });
}

export function isLoopback(host: string): boolean {
  // `isValid` also takes shorthands such as 127.1, which are loopback all the same.
  return ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback';
}

function unbracketed(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}
