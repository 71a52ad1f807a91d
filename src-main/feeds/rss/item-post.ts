import { sha256Hex } from '../../../shared/base/digest.ts';
import type { FeedId, Instant } from '../../../shared/base/ids.ts';
import type { Post } from '../../../shared/domain/mention/mention.ts';
import { primaryLanguage } from '../../../shared/domain/mention/mention-record.ts';
import { addressIdentity, shortened } from '../address-identity.ts';
import type { FeedItem } from './feed-document.ts';

/**
 * The identity of an item: what its feed calls it, else its address, else a digest of what it says. An address or
 * another URI (`tag:`, `urn:`) means the same everywhere, so the same article in two feeds counts once; a bare number
 * means something in its own feed only.
 */
export function itemId({ guid, link, text, publishedAt }: FeedItem, feedId: FeedId): string {
  if (guid !== null) {
    const address = addressIdentity(guid);
    if (address !== null) return address;
    return shortened(/^[a-z][a-z0-9+.-]+:\S+$/i.test(guid) ? guid : `${feedId}:${guid}`);
  }
  const address = link === null ? null : addressIdentity(link);
  return address ?? `sha256:${sha256Hex(JSON.stringify([text, publishedAt]))}`;
}

/** `observedAt` is settled by whoever knows when the feed was looked at before. */
export function itemToPost(item: FeedItem, feedId: FeedId, observedAt: Instant, now: Instant): Post {
  return {
    id: itemId(item, feedId),
    feedId,
    channel: 'news',
    author: item.author,
    text: item.text,
    url: webAddress(item.link),
    language: item.language === null ? null : primaryLanguage(item.language),
    occurredAt: item.publishedAt,
    observedAt,
    recordedAt: now,
    engagement: null,
    reach: null,
    repostOf: null,
    sentiment: null,
  };
}

/** Anything else must never become a link. */
function webAddress(link: string | null): string | null {
  return link !== null && link.length <= 2048 && /^https?:\/\//i.test(link) && URL.canParse(link) ? link : null;
}
