import { z } from 'zod';
import { parseJson } from '../../../shared/base/json.ts';
import type { HttpGet } from '../stream/http-get.ts';
import type { SocketEnd } from '../stream/open-socket.ts';

const Instance = z.object({
  configuration: z.object({ urls: z.object({ streaming: z.string().max(2048) }) }),
});

/**
 * Where a server's stream is, and whether its service is up: large servers have a host of their own for it, which
 * `/api/v2/instance` names (https://docs.joinmastodon.org/methods/streaming/, "Hostname discovery" and "health").
 * Gives the socket's address, or why there is none. Asked without a token.
 */
export async function findStreaming(origin: string, get: HttpGet): Promise<{ url: string } | { end: SocketEnd }> {
  const answer = await get(`${origin}/api/v2/instance`, {});
  if (answer === null) return { end: { reason: 'The server cannot be reached' } };
  if (answer.status >= 500 || answer.status === 429)
    return { end: { reason: `The server does not answer (${answer.status})`, waitMs: answer.waitMs } };
  const url = named(answer.status === 200 ? answer.body : '', origin) ?? sameHost(origin);
  const health = await get(`${url.replace(/^ws/, 'http')}/api/v1/streaming/health`, {});
  if (health === null) return { end: { reason: 'The streaming service cannot be reached' } };
  // Servers that are not Mastodon itself may have no such address; the stream will tell.
  if (health.status >= 500)
    return { end: { reason: `The streaming service is down (${health.status})`, waitMs: health.waitMs } };
  return { url: `${url}/api/v1/streaming` };
}

/** Null when it names none that may be given our token: one that is as safe as the server's own address. */
function named(body: string, origin: string): string | null {
  const instance = Instance.safeParse(parseJson(body));
  if (!instance.success) return null;
  const { streaming } = instance.data.configuration.urls;
  if (!URL.canParse(streaming)) return null;
  const { protocol, host, pathname } = new URL(streaming);
  const isSafe = protocol === 'wss:' || (protocol === 'ws:' && origin.startsWith('http:'));
  return isSafe ? `${protocol}//${host}${pathname.replace(/\/+$/, '')}` : null;
}

function sameHost(origin: string): string {
  return origin.replace(/^http/, 'ws');
}
