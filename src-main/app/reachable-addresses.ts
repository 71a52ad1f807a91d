/** One of this machine's own addresses, as the operating system lists them. */
export interface OwnAddress {
  readonly address: string;
  readonly family: string;
  readonly internal: boolean;
}

const MOST = 4;

/**
 * Where other machines reach a host, the likeliest first: for the invites it issues. By the names it was given, then by
 * the address it listens on, or by each of the machine's own where it listens on all. Without TLS it is reached from this
 * machine alone: its names are those of a proxy then, and no machine comes in by one, because what they say to each other
 * is bound to the certificate that the host itself shows.
 */
export function reachableAddresses(
  bound: { readonly host: string; readonly port: number; readonly encrypted: boolean },
  names: readonly string[],
  own: readonly OwnAddress[],
): readonly string[] {
  const { host, port, encrypted } = bound;
  const withPort = (name: string): string => `https://${name}:${String(port)}`;
  if (!encrypted) return [`http://127.0.0.1:${String(port)}`];
  const named = names.map((name) => (/:\d+$/.test(name) ? `https://${name}` : withPort(name)));
  const isWildcard = host === '0.0.0.0' || host === '::';
  const outside = own.filter(({ address, internal }) => !internal && !address.toLowerCase().startsWith('fe80'));
  const fourFirst = [...outside].sort((a, b) => Number(a.family === 'IPv6') - Number(b.family === 'IPv6'));
  const listening = isWildcard
    ? fourFirst.map(({ address }) => withPort(bracketed(address)))
    : [withPort(bracketed(host))];
  return [...new Set([...named, ...listening].map((url) => new URL(url).origin))].slice(0, MOST);
}

function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}
