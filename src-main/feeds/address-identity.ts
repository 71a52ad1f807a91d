import { sha256Hex } from '../../shared/base/digest.ts';

const LONGEST_ID = 512;
/** What newsletters and networks add to an address to see who came from where. */
const TRACKING = /^(?:utm_\w+|fbclid|gclid|dclid|msclkid|mc_[ce]id|igshid|ref_src)$/i;

/**
 * One text for all the addresses that people copy of the same page: without fragment, tracking parameters and a last
 * slash, and http for https. Null when it is not an address of the web. At most 512 characters: a digest stands in for
 * a longer one.
 */
export function addressIdentity(address: string): string | null {
  const url = URL.parse(address.trim());
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null;
  url.hash = '';
  for (const name of [...url.searchParams.keys()]) if (TRACKING.test(name)) url.searchParams.delete(name);
  const path = url.pathname.replace(/(?<!\/)\/$/, '');
  return shortened(`https://${url.host}${path}${url.search}`);
}

/** As it is, or its digest where it is longer than an identity may be. */
export function shortened(id: string): string {
  return id.length <= LONGEST_ID ? id : `sha256:${sha256Hex(id)}`;
}
