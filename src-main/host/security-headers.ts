/** On every response, refusals included. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy':
    'camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), display-capture=()',
  'X-Frame-Options': 'DENY',
};

/** For whatever is not the page itself: it may do nothing. */
export const CLOSED_POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * For a browser that came by TLS under a name that an authority vouches for: never again without. Not for a certificate
 * of our own, which would take the browser's way round its warning away, and not for `localhost`, which belongs to
 * every program of the machine. Browsers keep none for literal addresses (RFC 6797, section 8.1.1).
 */
export const STRICT_TRANSPORT = { 'Strict-Transport-Security': 'max-age=31536000' } as const;

/** Where a page is served: the validated `Host` of its request, and whether the connection to us is encrypted. */
export interface PageAddress {
  readonly host: string;
  readonly encrypted: boolean;
}

/**
 * What the page may do. Naming the socket's address keeps browsers working in which 'self' does not cover `ws:`, and
 * is narrower than any port of the machine. Null is a page that has no socket to reach: the desktop's.
 */
export function pagePolicy(nonce: string, page: PageAddress | null): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    // Carets of colleagues are coloured through style attributes.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    connectSources(page),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types svelte-trusted-html',
  ].join('; ');
}

function connectSources(page: PageAddress | null): string {
  // A policy cannot name an IPv6 address (CSP 3, section 2.3.1); there 'self' has to do.
  if (page === null || page.host.startsWith('[')) return "connect-src 'self'";
  const { host, encrypted } = page;
  // Without TLS of our own there may be a proxy in front that has it.
  return `connect-src 'self' ${encrypted ? '' : `ws://${host} `}wss://${host}`;
}
