/** Where a webhook is sent to: the address that others reach this host by; null where nobody can. */
export function webhookAddress(
  feedId: string,
  sharedAt: string | null,
  page: { readonly protocol: string; readonly origin: string },
): string | null {
  const base = sharedAt ?? (/^https?:$/.test(page.protocol) ? page.origin : null);
  return base === null ? null : new URL(`/feeds/${feedId}`, base).href;
}

/** A request that works as it stands, once SECRET is set in the shell: the secret itself is never written down here. */
export function exampleRequest(address: string): string {
  return [
    `read -rs SECRET  # paste the secret; it stays out of the history`,
    `BODY='{"text":"Is the Leith store closed?","author":"@mara","channel":"x"}'`,
    `AT=$(date +%s)`,
    `MAC=$(printf '%s.%s' "$AT" "$BODY" | openssl dgst -sha256 -hmac "$SECRET" -r | cut -d' ' -f1)`,
    `curl -sS '${address}' -H 'content-type: application/json' \\`,
    `  -H "firebreak-timestamp: $AT" -H "firebreak-signature: v1=$MAC" -d "$BODY"`,
  ].join('\n');
}
