import type { IncomingMessage } from 'node:http';

/**
 * The names under which this host may be addressed. A page of somebody else's name that was re-pointed at 127.0.0.1
 * (DNS rebinding) has Origin equal to Host, so comparing the two proves nothing: both must be on this list.
 */
export interface HostNames {
  /** The validated `Host` of a request, or null when it must be answered with 421. */
  hostOf(request: IncomingMessage): string | null;
  originOf(request: IncomingMessage): 'ours' | 'foreign' | 'absent';
}

/**
 * `explicit` names come from configuration: `name` is allowed with our port and with none (behind a proxy on a
 * standard port), `name:port` as written, and with none where that is the port of http or https.
 */
export function createHostNames(
  bound: { readonly host: string; readonly port: number; readonly encrypted?: boolean },
  explicit: readonly string[],
): HostNames {
  const withPort = ['127.0.0.1', 'localhost', '[::1]', ...boundName(bound.host)].map((name) => `${name}:${bound.port}`);
  const named = explicit.flatMap((name) =>
    /:\d+$/.test(name) ? [name, withoutStandardPort(name)] : [name, `${name}:${bound.port}`],
  );
  const allowed = new Set([...withPort, ...named].map((name) => name.toLowerCase()));
  // Browsers leave the port out of `Host` and `Origin` when it is the scheme's own.
  const schemePort = bound.encrypted ? 443 : 80;
  const isSchemePort = bound.port === schemePort;
  if (isSchemePort) for (const name of [...allowed]) allowed.add(withoutStandardPort(name));

  function isOurs(host: string, request: IncomingMessage): boolean {
    if (allowed.has(host)) return true;
    const arrivedAt = isWildcard(bound.host) ? arrivalAddress(request) : null;
    return arrivedAt !== null && (host === `${arrivedAt}:${bound.port}` || (isSchemePort && host === arrivedAt));
  }

  return {
    hostOf(request) {
      const host = request.headers.host?.toLowerCase();
      return host !== undefined && isOurs(host, request) ? host : null;
    },
    originOf(request) {
      const origin = request.headers.origin;
      if (origin === undefined) return 'absent';
      const [, host] = /^https?:\/\/(.+)$/.exec(origin.toLowerCase()) ?? [];
      return host !== undefined && isOurs(host, request) ? 'ours' : 'foreign';
    },
  };
}

/** As browsers write a name whose port is the scheme's own. */
function withoutStandardPort(name: string): string {
  return name.replace(/:(80|443)$/, '');
}

/**
 * The literal address that this very connection came in at, as it stands in a URL. On all addresses of the machine it
 * is a name of ours: nobody's name service can re-point it.
 */
function arrivalAddress(request: IncomingMessage): string | null {
  const address = (request.socket as Partial<IncomingMessage['socket']> | undefined)?.localAddress;
  if (address === undefined) return null;
  const plain = address
    .replace(/^::ffff:(?=\d+\.)/i, '')
    .replace(/%.*$/, '')
    .toLowerCase();
  return plain.includes(':') ? `[${plain}]` : plain;
}

function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** A literal address cannot be re-pointed by anybody's name service, so the one we are bound to is safe to allow. */
function boundName(host: string): readonly string[] {
  if (isWildcard(host)) return [];
  return [host.includes(':') ? `[${host}]` : host];
}
