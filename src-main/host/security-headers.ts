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
 * What the page may do. `host` is the validated `Host` of the request: naming the socket's address keeps browsers
 * working in which 'self' does not cover `ws:`, and is narrower than any port of the machine. Null is a page that has
 * no socket to reach: the desktop's.
 */
export function pagePolicy(nonce: string, host: string | null): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    // Carets of colleagues are coloured through style attributes.
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    // A policy cannot name an IPv6 address (CSP 3, section 2.3.1); there 'self' has to do.
    host === null || host.startsWith('[') ? "connect-src 'self'" : `connect-src 'self' ws://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types svelte-trusted-html',
  ].join('; ');
}
