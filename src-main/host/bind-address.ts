import ipaddr from 'ipaddr.js';
import { err, ok, type Result } from '../../shared/base/result.ts';

/** Where a host may listen and how, decided before a port is opened. */
export interface BindAddress {
  /** What to give to `listen`: a literal address for this machine, so that no name service decides that for us. */
  readonly host: string;
  readonly loopback: boolean;
  readonly encrypted: boolean;
}

export interface AddressRefused {
  readonly type: 'AddressRefused';
  readonly message: string;
}

/**
 * On this machine plain HTTP is enough: nobody else hears it, and browsers take it for secure. Anything else is TLS,
 * unless somebody asked for plain text by name (`insecure`). `tls` asks for TLS on loopback as well.
 */
export function decideBindAddress(wanted: {
  readonly host: string;
  readonly insecure: boolean;
  readonly tls: boolean;
}): Result<BindAddress, AddressRefused> {
  const host = wanted.host.toLowerCase() === 'localhost' ? '127.0.0.1' : unbracketed(wanted.host);
  if (host === '') return refused('Firebreak does not listen on an empty address, which would mean all of them.');
  if (wanted.insecure && wanted.tls)
    return refused('--insecure asks for plain HTTP, and the TLS options for the opposite. Use one of them.');
  const loopback = isLoopback(host);
  return ok({ host, loopback, encrypted: wanted.tls || !(loopback || wanted.insecure) });
}

export function isLoopback(host: string): boolean {
  // `isValid` also takes shorthands such as 127.1, which are loopback all the same.
  return ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback';
}

function unbracketed(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

function refused(message: string): Result<never, AddressRefused> {
  return err({ type: 'AddressRefused', message });
}
